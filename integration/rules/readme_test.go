package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/rules"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var update = flag.Bool("update", false, "write the README's catalogue anew")

const (
	opening = "<!-- catalogue: go test ./integration/rules -run README -update -->\n"
	closing = "<!-- /catalogue -->"
)

func readme(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(rules.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// blocks are the code blocks of one language.
func blocks(text, language string) []string {
	var all []string
	for _, match := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}

// It is not parallel: with -update it writes what the others read.
func TestREADMEListsTheCatalogue(t *testing.T) {
	var want strings.Builder
	want.WriteString("\n| check | judges | severity | remedy | what is wrong |\n|---|---|---|---|---|\n")
	for _, c := range checks.Documented() {
		remedy := "advice"
		if len(c.Remedies) > 0 {
			remedy = strings.Join(c.Remedies, ", ")
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s | %s |\n", c.ID, c.Judges(), c.Severity, remedy, c.Title())
	}
	want.WriteString("\n| remedy | risk | what it does |\n|---|---|---|\n")
	for _, r := range remedies.Documented() {
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", r.ID, r.Risk, r.Title())
	}
	want.WriteString("\n")
	text := readme(t)
	before, rest, found := strings.Cut(text, opening)
	_, after, closed := strings.Cut(rest, closing)
	if !found || !closed {
		t.Fatal("README.md has no place for the catalogue")
	}
	fresh := before + opening + want.String() + closing + after
	if *update {
		if err := os.WriteFile(filepath.Join(rules.Root(t), "README.md"), []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if fresh != text {
		t.Error("README.md lists another catalogue: go test ./integration/rules -run README -update")
	}
}

func TestREADMENamesTargetsThatExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(rules.Root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	text := readme(t)
	named := regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)").FindAllStringSubmatch(text, -1)
	if len(named) < 8 {
		t.Fatalf("only %d targets named", len(named))
	}
	for _, match := range named {
		if !regexp.MustCompile(`(?m)^` + match[1] + `:.*## `).Match(makefile) {
			t.Errorf("README.md says make %s, and the Makefile has no such target", match[1])
		}
	}
}

func TestREADMESettingsLoad(t *testing.T) {
	t.Parallel()
	examples := blocks(readme(t), "yaml")
	if len(examples) == 0 {
		t.Fatal("no example of settings")
	}
	for _, example := range examples {
		if _, err := settings.Load([]byte(example), deployment.Known(checks.All())); err != nil {
			t.Errorf("%v in\n%s", err, example)
		}
	}
}

func TestREADMENamesFoldersThatExist(t *testing.T) {
	t.Parallel()
	for _, match := range regexp.MustCompile("`((?:functions|infra|events|integration|cmd|shared)/[a-z/.]*)").FindAllStringSubmatch(readme(t), -1) {
		if _, err := os.Stat(filepath.Join(rules.Root(t), match[1])); err != nil {
			t.Errorf("README.md names %s: %v", match[1], err)
		}
	}
}
