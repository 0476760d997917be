package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const source = `package door

var Severity = finding.High

func run(p *check.Pass) {
	switch n := len(p.Doors); {
	case n > 2, !p.Shut:
		p.Fail(check.Report{NoRemedy: true})
	case p.Known() && n == 0:
		p.OK()
	}
	if p.Lost {
		p.Unknown("it", nil)
	}
}

func title() string { return "x" }
`

func TestMutants(t *testing.T) {
	t.Parallel()
	all, err := mutants("door-open", "checks/door-open/check.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{} // the line that was changed, by the mutant's name
	for _, m := range all {
		got[m.name()] = strings.TrimSpace(strings.Split(string(m.apply([]byte(source))), "\n")[m.Line-1])
	}
	want := map[string]string{
		"door-open/check.go : High -> Low":                       "var Severity = finding.Low",
		"door-open/check.go run: returns at once":                "func run(p *check.Pass) { return;",
		"door-open/check.go run: n > 2 -> negated":               "case !(n > 2), !p.Shut:",
		"door-open/check.go run: n > 2 -> >=":                    "case (n >= 2), !p.Shut:",
		"door-open/check.go run: 2 -> 3":                         "case n > 3, !p.Shut:",
		"door-open/check.go run: !p.Shut -> without !":           "case n > 2, p.Shut:",
		"door-open/check.go run: Fail -> OK":                     "func(check.Report) { p.OK() }(check.Report{NoRemedy: true})",
		"door-open/check.go run: true -> false":                  "p.Fail(check.Report{NoRemedy: false})",
		"door-open/check.go run: p.Known() && n == 0 -> negated": "case !(p.Known() && n == 0):",
		"door-open/check.go run: p.Known() && n == 0 -> ||":      "case (p.Known() || n == 0):",
		"door-open/check.go run: n == 0 -> !=":                   "case p.Known() && (n != 0):",
		"door-open/check.go run: 0 -> 1":                         "case p.Known() && n == 1:",
		"door-open/check.go run: OK -> Skip":                     `func() { p.Skip("") }()`,
		"door-open/check.go run: p.Lost -> negated":              "if !(p.Lost) {",
		"door-open/check.go run: Unknown -> OK":                  `func(string, error) { p.OK() }("it", nil)`,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(all) != len(want) {
		t.Errorf("%d mutants\n%s", len(all), diff)
	}
	if _, err := mutants("x", "x.go", []byte("package")); err == nil {
		t.Error("what is no Go")
	}
}

func TestMutantsOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()
	all, err := mutants("x", "x.go", []byte("package x\n\nfunc f() bool { return a == b || a == b }\n"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range all {
		names = append(names, m.Change)
	}
	if want := []string{"a == b || a == b -> &&", "a == b -> !=", "a == b -> != (2)"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// repository is a module with one check, whose tests see to the number of doors but not to the lock.
func repository(t *testing.T, test string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.org/m\n\ngo 1.26\n",
		"shared/checks/door-open/check.go": "package dooropen\n\nfunc open(doors int, locked bool) bool {\n\tif locked {\n\t\tdoors = 0\n\t}\n" +
			"\tfor doors > 9 {\n\t\tdoors--\n\t}\n\treturn doors != 0\n}\n",
		"shared/checks/door-open/check_test.go": "package dooropen\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {\n" + test + "\n}\n",
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const weak = "\tif !open(12, false) || open(0, false) { t.Fail() }"

func TestRun(t *testing.T) {
	t.Parallel()
	root := repository(t, weak)
	var out, said bytes.Buffer
	code, err := run(t.Context(), []string{"-root", root, "-patience", "20s"}, nil, &out, &said)
	if err != nil || code != 1 || !strings.HasSuffix(out.String(), " 3 survived, 0 excused in survivors.txt. 0 more do not compile.\n") {
		t.Errorf("%d, %v\n%s", code, err, out.String())
	}
	for _, want := range []string{
		"door-open/check.go:5  door-open/check.go open: 0 -> 1\n", "door-open/check.go:7  door-open/check.go open: doors > 9 -> >=\n", "door-open/check.go:7  door-open/check.go open: 9 -> 10\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if said.String() != "[1/1] door-open: 3 killed, 3 survived\n" {
		t.Error(said.String())
	}
	list := "# why\n\ndoor-open/check.go open: 0 -> 1 => it is so\ndoor-open/check.go open: doors > 9 -> >= => the same\ndoor-open/check.go open: 9 -> 10 => the same\n"
	out.Reset()
	if code, err := run(t.Context(), []string{"-root", root}, []byte(list), &out, &said); err != nil || code != 0 {
		t.Errorf("%d, %v\n%s", code, err, out.String())
	}
	out.Reset()
	list += "door-open/check.go open: gone => it was so\nother/check.go open: gone => another check\n"
	code, err = run(t.Context(), []string{"-root", root, "-format", "json"}, []byte(list), &out, &said)
	var told struct {
		Mutants []struct{ Check, Fate, Why string }
		Stale   []string
	}
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	if err != nil || code != 1 || !slices.Equal(told.Stale, []string{"door-open/check.go open: gone"}) || len(told.Mutants) != 6 {
		t.Errorf("%d, %v, %+v", code, err, told)
	}
}

func TestRunThatCannotTell(t *testing.T) {
	t.Parallel()
	var out, said bytes.Buffer
	for name, c := range map[string]struct {
		args []string
		list string
		want string
	}{
		"tests that fail":  {[]string{"-root", repository(t, "\tt.Fail()")}, "", "the tests of door-open fail without any change"},
		"no such check":    {[]string{"-root", repository(t, weak), "-checks", "window"}, "", `no check fits "window"`},
		"no such format":   {[]string{"-format", "xml"}, "", "-format"},
		"no pattern":       {[]string{"-checks", "("}, "", "-checks: "},
		"no such flag":     {[]string{"-loud"}, "", ""},
		"no reason":        {nil, "door-open/check.go open: x", "survivors.txt:1: "},
		"one reason twice": {nil, "a => b\na => b", "survivors.txt:2: "},
		"no repository":    {[]string{"-root", t.TempDir()}, "", "list checks: "},
	} {
		code, err := run(t.Context(), c.args, []byte(c.list), &out, &said)
		if code != 2 || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %d, %v", name, code, err)
		}
	}
}

func TestRunEndsWhenItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, said bytes.Buffer
	if code, err := run(ctx, []string{"-root", repository(t, weak)}, nil, &out, &said); code != 2 || err == nil {
		t.Errorf("%d, %v", code, err)
	}
}

// TestForever counts a mutant that does not end as killed.
func TestForever(t *testing.T) {
	t.Parallel()
	root := repository(t, weak)
	path := filepath.Join(root, "shared/checks/door-open/check.go")
	code := "package dooropen\n\nfunc open(doors int, _ bool) bool {\n\tfor !(doors < 9) {\n\t\tdoors -= 1\n\t}\n\treturn doors > 0\n}\n"
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	if _, err := run(t.Context(), []string{"-root", root, "-patience", "4s", "-format", "json"}, nil, &out, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"change":"!(doors < 9) -> without !","fate":"killed"`) {
		t.Error(out.String())
	}
}

// TestSurvivorsListIsSound reads the list that is shipped.
func TestSurvivorsListIsSound(t *testing.T) {
	t.Parallel()
	if _, err := excuses(list); err != nil {
		t.Error(err)
	}
}
