package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedies"
)

var update = flag.Bool("update", false, "write the goldens")

var clock = time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC)

// offline is the program as it is shipped, with no AWS, no terminal and nothing on its input.
func offline(t testing.TB, out io.Writer) *program {
	t.Helper()
	return &program{
		in: strings.NewReader(""), out: out, err: io.Discard,
		env: func(string) string { return "" }, now: func() time.Time { return clock },
		checks: checks.Documented(), remedies: remedies.Documented(),
		aws: func(context.Context, string) (aws.Config, error) {
			t.Error("AWS was asked for")
			return aws.Config{}, errors.New("offline")
		},
		store: func(aws.Config, string) ledger.Store {
			t.Error("the ledger was asked for")
			return nil
		},
	}
}

// ran is what a command line led to.
type ran struct {
	code     int
	out, err string
}

func run(t testing.TB, p *program, args ...string) ran {
	t.Helper()
	var out, broken bytes.Buffer
	p.out, p.err = &out, &broken
	code := p.run(t.Context(), args)
	return ran{code, out.String(), broken.String()}
}

func (r ran) want(t testing.TB, code int, out, err string) {
	t.Helper()
	if diff := cmp.Diff(ran{code, out, err}, r, cmp.AllowUnexported(ran{})); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func golden(t testing.TB, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want -, got +\n%s", file, diff)
	}
}

func write(t testing.TB, file, text string) string {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"frob":                         "pipewarden: frob: no such command. All: pipewarden --help\n",
		"polisy":                       "pipewarden: polisy: no such command. Did you mean policy? All: pipewarden --help\n",
		"replay":                       "pipewarden: replay: files, folders, or - for the standard input, expected. See: pipewarden replay --help\n",
		"replay --format xml x":        "pipewarden: replay: invalid argument \"xml\" for \"--format\" flag: one of table, json, sarif, csv, ocsf expected. See: pipewarden replay --help\n",
		"replay --fail-on bad x":       "pipewarden: replay: invalid argument \"bad\" for \"--fail-on\" flag: one of info, low, medium, high, critical expected. See: pipewarden replay --help\n",
		"replay --loud x":              "pipewarden: replay: unknown flag: --loud. See: pipewarden replay --help\n",
		"scan here":                    "pipewarden: scan: \"here\" is too much: nothing expected. See: pipewarden scan --help\n",
		"settings check":               "pipewarden: settings: \"check\" is too much: validate or explain expected. See: pipewarden settings --help\n",
		"policy a b":                   "pipewarden: policy: \"b\" is too much: a policy's file, or - for the standard input, expected. See: pipewarden policy --help\n",
		"policy --account 1 x":         "pipewarden: policy: --account 1: an account ID has twelve digits\n",
		"approve":                      "pipewarden: approve: the ID of an action, as the message names it, expected. See: pipewarden approve --help\n",
		"settings validate\x00a b\x1b": "pipewarden: settings: \"validate\\x00a\" is too much: validate or explain expected. See: pipewarden settings --help\n",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			run(t, offline(t, nil), strings.Fields(line)...).want(t, usage, "", want)
		})
	}
}

func TestEveryCommandHasExamples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"replay", "scan", "policy", "secrets", "checks", "approve", "undo", "settings", "settings validate", "version"} {
		got := run(t, offline(t, nil), append(strings.Fields(name), "--help")...)
		if got.code != done || !strings.Contains(got.out, "Examples:\n  ") || !strings.Contains(got.out, "pipewarden "+name) {
			t.Errorf("%s --help: %+v", name, got)
		}
	}
	if got := run(t, offline(t, nil)); got.code != done || !strings.Contains(got.out, "Examples:") {
		t.Errorf("without a command: %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"__complete checks trail-":            "trail-stopped\n",
		"__complete replay --format ":         "table\njson\nsarif\ncsv\nocsf\n",
		"__complete replay --fail-on ":        "info\nlow\nmedium\nhigh\ncritical\n",
		"__complete policy --kind ":           "bucket\nkey\nlogs\ntopic\nrepository\n",
		"completion bash":                     "# bash completion",
		"__complete undo ":                    ":4\n",
		"__complete scan ":                    ":4\n",
		"__complete checks trail-stopped tra": ":4\n",
	} {
		args := strings.Split(line, " ")
		if got := run(t, offline(t, nil), args...); got.code != done || !strings.Contains(got.out, want) {
			t.Errorf("%s: no %q in %.300q", line, want, got.out)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := run(t, offline(t, nil), "--version"); got.code != done || !strings.HasPrefix(got.out, "pipewarden version ") {
		t.Errorf("%+v", got)
	}
	got := run(t, offline(t, nil), "version")
	if got.code != done || !strings.HasPrefix(got.out, "pipewarden ") || !strings.Contains(got.out, " checks, ") {
		t.Errorf("%+v", got)
	}
}
