package main

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const mega = 1e6

// functions are the folders below functions/, in the order of their names.
func functions(root string) ([]string, error) {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	var names []string
	for _, path := range mains {
		names = append(names, filepath.Base(filepath.Dir(path)))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("list functions: there are none below %s: run this in the repository's root", root)
	}
	slices.Sort(names)
	return names, nil
}

// shipped is the variable in which the Makefile hands over the flags with which functions are built for AWS Lambda, in the shell's words.
const shipped = "LAMBDA_FLAGS"

// compile builds a function as it is shipped, for an architecture; "" is this machine's. Without those flags it does the same, and is larger.
func compile(ctx context.Context, root, name, arch, out string) error {
	return tool(ctx, root, arch, "sh", "-c", "go build "+os.Getenv(shipped)+` -o "$0" "$1"`, out, "./functions/"+name)
}

func tool(ctx context.Context, root, arch, command string, args ...string) error {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if arch != "" {
		cmd.Env = append(cmd.Env, "GOOS=linux", "GOARCH="+arch)
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", command, args, err, text)
	}
	return nil
}

// build makes the binaries that run here: one folder per function, with the settings beside it.
func (b *bench) build(ctx context.Context) error {
	packed, err := settings.Pack(settings.Default())
	if err != nil {
		return err
	}
	for _, name := range b.functions {
		out := b.binary(name)
		if err := compile(ctx, b.root, name, "", out); err != nil {
			return err
		}
		for file, content := range map[string][]byte{deployment.SettingsName: packed, deployment.RulesName: []byte("{}")} {
			if err := os.WriteFile(filepath.Join(filepath.Dir(out), file), content, 0o644); err != nil {
				return fmt.Errorf("write %s beside %s: %w", file, name, err)
			}
		}
	}
	return tool(ctx, b.root, "", "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(b.dir, "pipewarden"), "./cmd/pipewarden")
}

func (b *bench) binary(name string) string { return filepath.Join(b.dir, name, "bootstrap") }

// sizes measures what is shipped: the arm64 binary, and its zip file with the settings.
func (b *bench) sizes(ctx context.Context) error {
	var all, zipped float64
	var list string
	for _, name := range b.functions {
		out := filepath.Join(b.dir, "arm64", name, "bootstrap")
		if err := compile(ctx, b.root, name, "arm64", out); err != nil {
			return err
		}
		info, err := os.Stat(out)
		if err != nil {
			return fmt.Errorf("measure %s: %w", name, err)
		}
		packed, err := zipSize(out, filepath.Join(filepath.Dir(b.binary(name)), deployment.SettingsName))
		if err != nil {
			return fmt.Errorf("measure %s: %w", name, err)
		}
		size := float64(info.Size()) / mega
		all, zipped = max(all, size), max(zipped, float64(packed)/mega)
		list += fmt.Sprintf("%s %.1f (%.1f zipped), ", name, size, float64(packed)/mega)
	}
	b.add(figure{Budget: "size of a function's binary", Limit: 15, Reached: all, Unit: "MB", How: "arm64 as shipped, the largest of: " + list[:max(0, len(list)-2)]})
	b.add(figure{Budget: "size of a function's zip file", Limit: 6, Reached: zipped, Unit: "MB", How: "the same with the settings, deflated at the default level"})
	return nil
}

// zipSize is how large the files are together in a zip file.
func zipSize(paths ...string) (int64, error) {
	var size counter
	w := zip.NewWriter(&size)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.DefaultCompression) })
	var all error
	for _, path := range paths {
		all = errors.Join(all, pack(w, path))
	}
	if err := errors.Join(all, w.Close()); err != nil {
		return 0, fmt.Errorf("zip: %w", err)
	}
	return size.n, nil
}

func pack(w *zip.Writer, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	entry, err := w.CreateHeader(&zip.FileHeader{Name: filepath.Base(path), Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = entry.Write(raw)
	return err
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
