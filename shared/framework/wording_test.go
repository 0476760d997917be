package framework_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// claim is what no text may say of a check and a requirement: whether a requirement is met, an auditor says.
var claim = regexp.MustCompile(`(?i)\b(satisf(y|ies|ied)|compl(y|ies|ied) with|compliant (with|to)|certified|fulfils? (the |a |this )?(requirement|control|criteri))`)

// denied are the sentences that say just that.
var denied = regexp.MustCompile(`(?i)no check satisfies one by itself|never satisfies( one by itself)?`)

// told are the files and folders with texts that people read.
var told = []string{
	"README.md", "docs", "shared/checks", "shared/remedies", "shared/framework/data", "cmd/pipewarden", "shared/report", "shared/asff", "shared/announce", "shared/slack",
	"shared/amazonq", "shared/reporter", "shared/exporter",
}

func claims(text string) []string { return claim.FindAllString(denied.ReplaceAllString(text, ""), -1) }

func TestNoTextSaysThatARequirementIsMet(t *testing.T) {
	t.Parallel()
	root, read := filepath.Join("..", ".."), 0
	for _, place := range told {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".md", ".go", ".yaml", ".txt", ".json", ".html", ".tmpl"}, filepath.Ext(path)) || strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			read++
			for _, words := range claims(string(raw)) {
				t.Errorf("%s says %q: a check supports a requirement, and does no more", path, words)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if read < 300 {
		t.Errorf("only %d texts were read", read)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"The check satisfies CC6.1.": 1, "It complies with SOC 2, and is compliant with the GDPR.": 2, "What it finds is evidence; no check satisfies one by itself.": 0,
		"A check supports a requirement; it never satisfies one by itself.": 0, "It supports CC6.1.": 0, "The key fulfils the requirement.": 1,
	} {
		if got := claims(text); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
