package rules_test

import (
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/rules"
)

// unfuzzed are packages that decode and have no fuzz test of their own, and why that is all right.
var unfuzzed = []struct{ folders, why string }{
	{`shared/remedies/[a-z-]+`, "they read back plans of their own; the fuzz test in shared/remedies hands hostile ones to all of them"},
	{`shared/auditor`, "messages are decoded in shared/event and shared/queue, which are fuzzed; it reads back its own notes from the ledger"},
	{`shared/remediator`, "orders are decoded in shared/queue, which is fuzzed; it reads back its own plans from the ledger"},
	{`shared/(check/checktest|history/historytest)`, "they read cases that lie in this repository"},
	{`shared/deployment`, "it reads the rules that were deployed with it"},
	{`shared/remedy/remedytest`, "it reads back the plans of the remedies that it tests"},
	{`integration/(docs|estate|soak)`, "they read this repository, and what the product itself sent"},
}

// A package decodes when it has a function that is named for it, says what an event tells (a Kind's Refs and Told), or has a decoder work.
var (
	decoding = regexp.MustCompile(`^(?i:parse|decode|load|unmarshal)([A-Z].*|d)?$`)
	heard    = []string{"Refs", "Told"}
	decoders = []string{
		"json.Unmarshal", "json.NewDecoder", "yaml.Unmarshal", "yaml.NewDecoder", "xml.Unmarshal", "xml.NewDecoder",
		"gzip.NewReader", "csv.NewReader", "gjson.Get", "gjson.GetBytes", "gjson.Parse", "gjson.ParseBytes",
	}
)

// decodes says by what a file shows that its package decodes; "" when it does not.
func decodes(f rules.File) string {
	by := ""
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			if decoding.MatchString(node.Name.Name) {
				by = node.Name.Name
			}
		case *ast.KeyValueExpr:
			if name, ok := node.Key.(*ast.Ident); ok && slices.Contains(heard, name.Name) {
				by = name.Name
			}
		case *ast.CallExpr:
			if call, ok := node.Fun.(*ast.SelectorExpr); ok {
				if of, ok := call.X.(*ast.Ident); ok && slices.Contains(decoders, of.Name+"."+call.Sel.Name) {
					by = of.Name + "." + call.Sel.Name
				}
			}
		}
		return by == ""
	})
	return by
}

func fuzzes(f rules.File) bool {
	return slices.ContainsFunc(f.Syntax.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz")
	})
}

// TestEveryDecoderIsFuzzed: what comes from elsewhere may be anything.
func TestEveryDecoderIsFuzzed(t *testing.T) {
	t.Parallel()
	decoder, fuzzed := map[string]string{}, map[string]bool{}
	for _, f := range rules.Tree(t) {
		switch {
		case f.Test():
			fuzzed[f.Folder()] = fuzzed[f.Folder()] || fuzzes(f)
		case decoder[f.Folder()] == "":
			if by := decodes(f); by != "" {
				decoder[f.Folder()] = by + " in " + f.Path
			}
		}
	}
	if len(decoder) < 15 {
		t.Errorf("only %d packages decode: %v", len(decoder), decoder)
	}
	excused := map[string]bool{}
	for _, folder := range slices.Sorted(maps.Keys(decoder)) {
		i := slices.IndexFunc(unfuzzed, func(u struct{ folders, why string }) bool {
			return regexp.MustCompile(`^(` + u.folders + `)$`).MatchString(folder)
		})
		switch {
		case i < 0 && !fuzzed[folder]:
			t.Errorf("%s decodes (%s) and has no fuzz test: write one, or name it in unfuzzed with the reason", folder, decoder[folder])
		case i >= 0 && fuzzed[folder]:
			t.Errorf("%s has a fuzz test: take it out of unfuzzed", folder)
		case i >= 0:
			excused[unfuzzed[i].folders] = true
		}
	}
	for _, u := range unfuzzed {
		if !excused[u.folders] {
			t.Errorf("nothing in %s decodes: take it out of unfuzzed", u.folders)
		}
	}
}
