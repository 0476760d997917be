package browser

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNoAxe says that there is nothing to judge by whether everybody can use a page.
var ErrNoAxe = errors.New("axe-core is not in .browser: make browser installs it")

// Violation is a rule that a page breaks, and where.
type Violation struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"` // minor, moderate, serious or critical
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

// Grave says whether somebody is kept from using the page.
func (v Violation) Grave() bool { return v.Impact == "serious" || v.Impact == "critical" }

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s, %d times: %.300s", v.ID, v.Impact, v.Help, len(v.Nodes), strings.Join(v.Nodes, " | "))
}

// Audit judges by axe-core whether everybody can use a part of the page as it stands, which is named as axe.run takes it
// (https://www.deque.com/axe/core-documentation/api-documentation/). It fails with ErrNoAxe where there is no axe-core.
func (p *Page) Audit(part string) ([]Violation, error) {
	axe, err := rules()
	if err != nil {
		return nil, err
	}
	if _, err := Eval[string](p, axe+"\n;axe.version"); err != nil {
		return nil, err
	}
	return Eval[[]Violation](p, `axe.run(`+part+`, {resultTypes: ["violations"], preload: false}).then(function (found) {
  return found.violations.map(function (v) {
    return {id: v.id, impact: v.impact || "", help: v.help, nodes: v.nodes.map(function (n) { return n.target.join(" ") + " " + (n.any[0] ? n.any[0].message : ""); })};
  });
})`)
}

// Ready says what is missing to judge pages: ErrNone, ErrNoAxe, or nothing.
func Ready() error {
	if _, found := Find(); !found {
		return ErrNone
	}
	_, err := rules()
	return err
}

// rules is the text of axe-core, which lies at the repository's root.
func rules() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		raw, err := os.ReadFile(filepath.Join(dir, ".browser", "node_modules", "axe-core", "axe.min.js"))
		switch {
		case err == nil:
			return string(raw), nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("read axe-core: %w", err)
		case dir == filepath.Dir(dir):
			return "", ErrNoAxe
		}
		dir = filepath.Dir(dir)
	}
}
