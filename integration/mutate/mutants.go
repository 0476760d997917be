package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change to the code of a check, after which its tests should fail.
type mutant struct {
	Check    string `json:"check"`
	File     string `json:"file"` // in the check's folder
	Line     int    `json:"line"`
	Function string `json:"function"` // "" outside of any
	Change   string `json:"change"`

	edits []edit
}

// edit replaces the bytes from start up to end.
type edit struct {
	start, end int
	text       string
}

// name tells a mutant from others of the repository, also after lines were moved.
func (m mutant) name() string { return m.Check + "/" + m.File + " " + m.Function + ": " + m.Change }

// apply gives the changed source.
func (m mutant) apply(source []byte) []byte {
	out, at := []byte(nil), 0
	for _, e := range m.edits {
		out = append(append(out, source[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, source[at:]...)
}

// scanner finds what to change in one file.
type scanner struct {
	check, file string
	source      []byte
	set         *token.FileSet
	function    string
	found       []mutant
	seen        map[string]int
}

// mutants lists the changes to a file of a check.
func mutants(check, path string, source []byte) ([]mutant, error) {
	s := &scanner{check: check, file: filepath.Base(path), source: source, set: token.NewFileSet(), seen: map[string]int{}}
	syntax, err := parser.ParseFile(s.set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read code: %w", err)
	}
	for _, declaration := range syntax.Decls {
		s.function = ""
		if fn, ok := declaration.(*ast.FuncDecl); ok {
			s.function = fn.Name.Name
			s.silence(fn)
		}
		ast.Inspect(declaration, func(node ast.Node) bool {
			s.look(node)
			return true
		})
	}
	return s.found, nil
}

func (s *scanner) look(node ast.Node) {
	switch node := node.(type) {
	case *ast.IfStmt:
		s.negate(node.Cond)
	case *ast.SwitchStmt:
		if node.Tag == nil {
			s.cases(node.Body)
		}
	case *ast.BinaryExpr:
		s.operator(node)
	case *ast.UnaryExpr:
		if node.Op == token.NOT {
			s.add(node, s.text(node)+" -> without !", s.replace(node.OpPos, node.X.Pos(), ""))
		}
	case *ast.SelectorExpr:
		s.severity(node)
		s.report(node)
	case *ast.Ident, *ast.BasicLit:
		s.value(node)
	}
}

// value changes what is written out: true, false and whole numbers.
func (s *scanner) value(node ast.Node) {
	was := s.text(node)
	other := map[string]string{"true": "false", "false": "true"}[was]
	if n, err := strconv.Atoi(was); err == nil {
		other = strconv.Itoa(n + 1)
	}
	if other != "" {
		s.add(node, was+" -> "+other, s.replace(node.Pos(), node.End(), other))
	}
}

// silence lets a function that judges return at once.
func (s *scanner) silence(fn *ast.FuncDecl) {
	if fn.Body == nil || fn.Type.Results != nil || len(fn.Body.List) == 0 {
		return
	}
	s.add(fn, "returns at once", s.replace(fn.Body.Lbrace+1, fn.Body.Lbrace+1, " return;"))
}

func (s *scanner) cases(body *ast.BlockStmt) {
	for _, clause := range body.List {
		if c, ok := clause.(*ast.CaseClause); ok {
			for _, condition := range c.List {
				s.negate(condition)
			}
		}
	}
}

// negate turns a condition round, unless another change comes to the same.
func (s *scanner) negate(condition ast.Expr) {
	switch c := condition.(type) {
	case *ast.BinaryExpr:
		if c.Op == token.EQL || c.Op == token.NEQ {
			return
		}
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			return
		}
	}
	s.add(condition, s.text(condition)+" -> negated", edit{s.offset(condition.Pos()), s.offset(condition.Pos()), "!("}, edit{s.offset(condition.End()), s.offset(condition.End()), ")"})
}

var operators = map[token.Token]token.Token{
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.LAND: token.LOR, token.LOR: token.LAND,
}

func (s *scanner) operator(node *ast.BinaryExpr) {
	other, ok := operators[node.Op]
	if !ok {
		return
	}
	// Without brackets the other operator might bind its neighbours in another way.
	s.add(node, s.text(node)+" -> "+other.String(),
		edit{s.offset(node.Pos()), s.offset(node.Pos()), "("},
		edit{s.offset(node.OpPos), s.offset(node.OpPos) + len(node.Op.String()), other.String()},
		edit{s.offset(node.End()), s.offset(node.End()), ")"})
}

func (s *scanner) severity(node *ast.SelectorExpr) {
	of, ok := node.X.(*ast.Ident)
	if !ok || of.Name != "finding" || !slices.Contains([]string{"Info", "Low", "Medium", "High", "Critical"}, node.Sel.Name) {
		return
	}
	other := "Low"
	if node.Sel.Name == "Low" {
		other = "High"
	}
	s.add(node, node.Sel.Name+" -> "+other, s.replace(node.Sel.Pos(), node.Sel.End(), other))
}

// verdicts are what a check reports by, and what to report in their place.
var verdicts = map[string]string{
	"Fail": "func(check.Report) { p.OK() }", "Unknown": "func(string, error) { p.OK() }",
	"Skip": "func(string) { p.OK() }", "OK": "func() { p.Skip(\"\") }",
}

func (s *scanner) report(node *ast.SelectorExpr) {
	of, ok := node.X.(*ast.Ident)
	if text := verdicts[node.Sel.Name]; ok && text != "" && of.Name == "p" {
		other := "OK"
		if node.Sel.Name == other {
			other = "Skip"
		}
		s.add(node, node.Sel.Name+" -> "+other, s.replace(node.Pos(), node.End(), text))
	}
}

func (s *scanner) offset(p token.Pos) int { return s.set.Position(p).Offset }

func (s *scanner) replace(from, to token.Pos, text string) edit {
	return edit{s.offset(from), s.offset(to), text}
}

// longest is how much of the code a change is told by.
const longest = 90

func (s *scanner) text(node ast.Node) string {
	text := []rune(strings.Join(strings.Fields(string(s.source[s.offset(node.Pos()):s.offset(node.End())])), " "))
	if len(text) > longest {
		return string(text[:longest/2]) + " … " + string(text[len(text)-longest/2:])
	}
	return string(text)
}

func (s *scanner) add(node ast.Node, change string, edits ...edit) {
	m := mutant{Check: s.check, File: s.file, Line: s.set.Position(node.Pos()).Line, Function: s.function, Change: change, edits: edits}
	if s.seen[m.name()]++; s.seen[m.name()] > 1 {
		m.Change += fmt.Sprintf(" (%d)", s.seen[m.name()])
	}
	s.found = append(s.found, m)
}
