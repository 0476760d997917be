package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/rules"
)

func TestFind(t *testing.T) {
	t.Parallel()
	all, err := find(rules.Root(t), regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 || !slices.Contains(all, fuzzTest{"shared/event", "FuzzDecode"}) || !slices.IsSortedFunc(all, func(a, b fuzzTest) int { return strings.Compare(a.String(), b.String()) }) {
		t.Errorf("%v", all)
	}
	if one, err := find(rules.Root(t), regexp.MustCompile("event FuzzDecode$")); err != nil || len(one) != 1 {
		t.Errorf("%v, %v", one, err)
	}
	if _, err := find(t.TempDir()+"/none", regexp.MustCompile("")); err == nil {
		t.Error("a folder that is not there")
	}
}

// module is a module with one fuzz test.
func module(t *testing.T, body string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module example.org/m\n\ngo 1.26\n",
		"door/d_test.go":  "package door\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc FuzzOpen(f *testing.F) {\n\tf.Add(\"a\")\n\tf.Fuzz(func(t *testing.T, s string) { " + body + " })\n}\n\nvar _ = time.Now\n",
		"testdata/x.go":   "no Go at all",
		".hidden/x.go":    "no Go at all",
		"door/notfuzz.go": "package door\n\nfunc FuzzNone() {}\n",
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-root", module(t, "_ = len(s)"), "-time", "200ms"}, &out); err != nil {
		t.Fatal(err)
	}
	told := out.String()
	if !strings.HasPrefix(told, "  door FuzzOpen\n1 fuzz test, 200ms each: about 200ms.\n[1/1] door FuzzOpen ... ") || !strings.HasSuffix(told, " of them new paths\nNone fails.\n") {
		t.Error(told)
	}
}

func TestRunStopsAtAFailure(t *testing.T) {
	t.Parallel()
	root := module(t, `if len(s) > 2 { t.Error("it is long") }`)
	var out bytes.Buffer
	err := run(t.Context(), []string{"-root", root, "-time", "20s"}, &out)
	if err == nil || !strings.Contains(err.Error(), "it is long") || !regexp.MustCompile(`Again: go test \./door -run 'FuzzOpen/[0-9a-f]+'$`).MatchString(err.Error()) {
		t.Errorf("%v", err)
	}
	if kept, err := filepath.Glob(filepath.Join(root, "door/testdata/fuzz/FuzzOpen/*")); err != nil || len(kept) != 1 {
		t.Errorf("%v, %v", kept, err)
	}
	if err := run(t.Context(), []string{"-root", module(t, "nonsense"), "-time", "1s"}, &out); err == nil || !strings.HasSuffix(err.Error(), "Again: go test ./door -run '^$' -fuzz '^FuzzOpen$'") {
		t.Errorf("what does not compile: %v", err)
	}
}

func TestRunEndsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var out bytes.Buffer
	began := time.Now()
	if err := run(ctx, []string{"-root", module(t, "time.Sleep(time.Hour)"), "-time", "1h"}, &out); err == nil || time.Since(began) > time.Minute {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	root := module(t, "_ = s")
	for args, want := range map[string]string{
		"-only nothing": `no fuzz test fits "nothing"`,
		"-only (":       "-only: error parsing regexp",
		"-time soon":    "invalid value",
	} {
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"-root", root}, strings.Fields(args)...), &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-root", root, "-list"}, &out); err != nil || out.String() != "  door FuzzOpen\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestTheEndOfTheTimeIsNoFailure(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		"fuzz: elapsed: 1m0s\n--- FAIL: FuzzRun (60.04s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tdoor\t60.051s\n":                       true,
		"--- FAIL: FuzzRun (3.04s)\n    --- FAIL: FuzzRun (0.00s)\n        d_test.go:9: context deadline exceeded\n    Failing input written to x\nFAIL\n": false,
		"--- FAIL: FuzzRun (60.04s)\n    context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzRun/1\nFAIL\n":                          false,
		"--- FAIL: FuzzRun (60.04s)\n    it is long\nFAIL\n":                                                                                               false,
		"ok door": false,
	} {
		if outOfTime(said) != want {
			t.Errorf("%q: want %v", said, want)
		}
	}
}
