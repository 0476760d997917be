package estate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
)

// ErrNoNode says that the template cannot be written: the CDK runs on Node.js.
var ErrNoNode = errors.New("node is not on the PATH: install Node.js 20 or newer")

// Functions are the folders below functions/. Which of them a stack deploys, System.Functions says.
var Functions = blueprint.Functions

// Product is pipewarden as it is shipped: its functions and command, built for this machine, and its synthesised template.
type Product struct {
	Root     string // of the repository
	Dir      string // of its own; Close removes it
	Template []byte
	Command  string // the binary of the command line tool
}

// Make builds the product in a folder of its own. The text of pipewarden.yaml may be left empty: the repository's own counts.
// tell hears of each step before it begins. It fails with ErrNoNode where there is no Node.js.
func Make(ctx context.Context, settings string, tell func(step string)) (_ *Product, err error) {
	if _, err := exec.LookPath("node"); err != nil {
		return nil, ErrNoNode
	}
	p := &Product{}
	if p.Root, err = root(); err != nil {
		return nil, err
	}
	if p.Dir, err = os.MkdirTemp("", "pipewarden-"); err != nil {
		return nil, fmt.Errorf("make a folder for the binaries: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if err = p.build(ctx, tell); err != nil {
		return nil, err
	}
	tell("stack")
	if err = p.Synth(ctx, settings); err != nil {
		return nil, err
	}
	return p, nil
}

// root is the repository's: the nearest folder above with a go.mod.
func root() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod here or above: run it inside the repository")
		}
		dir = filepath.Dir(dir)
	}
	return "", fmt.Errorf("find the repository: %w", err)
}

// build leaves out -trimpath, unlike what is shipped: so packages that tests and tools have compiled are not compiled again.
func (p *Product) build(ctx context.Context, tell func(string)) error {
	for _, name := range Functions {
		tell(name)
		if err := p.compile(ctx, "./functions/"+name, p.binary(name), "-tags", "lambda.norpc"); err != nil {
			return err
		}
	}
	tell("command")
	p.Command = filepath.Join(p.Dir, "pipewarden")
	return p.compile(ctx, "./cmd/pipewarden", p.Command)
}

func (p *Product) binary(function string) string {
	return filepath.Join(p.Dir, "build", function, "bootstrap")
}

func (p *Product) compile(ctx context.Context, what, to string, flags ...string) error {
	args := append([]string{"build", "-ldflags=-s -w", "-o", to}, flags...)
	return p.run(ctx, append(os.Environ(), "CGO_ENABLED=0"), "go", append(args, what)...)
}

// run runs a tool in the repository. What it printed is part of the error, and of nothing else.
func (p *Product) run(ctx context.Context, env []string, name string, args ...string) error {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = p.Root, env, &said, &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), errors.Join(err, ctx.Err()), strings.TrimSpace(said.String()))
	}
	return nil
}

// Synth writes the template for these settings, and the settings beside each function, as make deploy would.
func (p *Product) Synth(ctx context.Context, settings string) error { return p.synth(ctx, settings) }

// SynthFor is Synth for the central account of an organisation, as make deploy-org would do it. Units are watched by their ids.
func (p *Product) SynthFor(ctx context.Context, settings, organization string, units, regions []string) error {
	return p.synth(ctx, settings, "PIPEWARDEN_ORGANIZATION="+organization, "PIPEWARDEN_UNITS="+strings.Join(units, ","), "PIPEWARDEN_REGIONS="+strings.Join(regions, ","))
}

func (p *Product) synth(ctx context.Context, settings string, more ...string) error {
	file := filepath.Join(p.Root, "pipewarden.yaml")
	if settings != "" {
		file = filepath.Join(p.Dir, "pipewarden.yaml")
		if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
			return fmt.Errorf("write settings: %w", err)
		}
	}
	flags, err := p.flags()
	if err != nil {
		return err
	}
	out := filepath.Join(p.Dir, "cdk.out")
	env := append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+flags, "CDK_VALIDATION=false", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20",
		"PIPEWARDEN_BUILD="+filepath.Join(p.Dir, "build"), "PIPEWARDEN_SETTINGS="+file, "CDK_DEFAULT_REGION="+Region,
		"PIPEWARDEN_ORGANIZATION=", "PIPEWARDEN_UNITS=", "PIPEWARDEN_REGIONS=")
	env = append(env, more...)
	if err := p.run(ctx, env, "go", "run", "./infra"); err != nil {
		return fmt.Errorf("synthesise the stack: %w", err)
	}
	if p.Template, err = os.ReadFile(filepath.Join(out, "pipewarden.template.json")); err != nil {
		return fmt.Errorf("read the template: %w", err)
	}
	return nil
}

// flags are the CDK's feature flags, which change what is synthesised.
func (p *Product) flags() (string, error) {
	raw, err := os.ReadFile(filepath.Join(p.Root, "cdk.json"))
	if err != nil {
		return "", fmt.Errorf("read cdk.json: %w", err)
	}
	var file struct{ Context json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		return "", fmt.Errorf("read cdk.json: %w", err)
	}
	return string(file.Context), nil
}

// With is the same product with other settings beside its functions than it was synthesised with: broken ones for instance.
func (p *Product) With(packed []byte) (*Product, error) {
	dir, err := os.MkdirTemp("", "pipewarden-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the binaries: %w", err)
	}
	other := &Product{Root: p.Root, Dir: dir, Template: p.Template, Command: p.Command}
	for _, name := range Functions {
		to := other.binary(name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("copy %s: %w", name, err), other.Close())
		}
		if err := errors.Join(copyFile(p.binary(name), to), os.WriteFile(filepath.Join(filepath.Dir(to), deployment.SettingsName), packed, 0o600)); err != nil {
			return nil, errors.Join(fmt.Errorf("copy %s: %w", name, err), other.Close())
		}
	}
	rules := filepath.Join("remediator", deployment.RulesName)
	if err := copyFile(filepath.Join(p.Dir, "build", rules), filepath.Join(dir, "build", rules)); err != nil {
		return nil, errors.Join(fmt.Errorf("copy the rules: %w", err), other.Close())
	}
	return other, nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// Close removes what was built.
func (p *Product) Close() error { return os.RemoveAll(p.Dir) }
