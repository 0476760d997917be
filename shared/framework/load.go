package framework

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// longest is how many characters a title may have, so that it fits beside its control.
const longest = 90

// file is a framework as it is written down. Reasons are written once and named where they count.
type file struct {
	ID       string            `yaml:"id"`
	Name     string            `yaml:"name"`
	Title    string            `yaml:"title"`
	Reasons  map[string]string `yaml:"reasons"`
	Editions []edition         `yaml:"editions"`
}

type edition struct {
	Version string  `yaml:"version"`
	Source  string  `yaml:"source"`
	Read    string  `yaml:"read"`
	Partial string  `yaml:"partial"`
	Groups  []group `yaml:"groups"`
}

type group struct {
	Name     string    `yaml:"name"`
	Controls []control `yaml:"controls"`
}

type control struct {
	ID      string `yaml:"id"`
	Title   string `yaml:"title"`
	Outside string `yaml:"outside"` // the name of a reason
}

// Load reads a framework from YAML and reports everything that is wrong with it at once.
func Load(raw []byte) (*Framework, error) {
	var written file
	faults := &faults{}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var typed *yaml.TypeError
	switch err := decoder.Decode(&written); {
	case errors.As(err, &typed):
		for _, text := range typed.Errors {
			faults.add("%s", text)
		}
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		faults.add("there is more than one document in it")
	}
	f := faults.framework(&written)
	if len(faults.all) > 0 {
		return nil, errors.Join(faults.all...)
	}
	return f, nil
}

// faults is what is wrong with a file, in the order in which it was found.
type faults struct {
	all  []error
	used map[string]bool // reasons that a control names
}

func (f *faults) add(format string, args ...any) { f.all = append(f.all, fmt.Errorf(format, args...)) }

// text wants one line of text that has something in it.
func (f *faults) text(where, member, value string) {
	if strings.TrimSpace(value) != value || value == "" || strings.ContainsAny(value, "\n\r\t") {
		f.add("%s: %s is to be one line of text, not %q", where, member, value)
	}
}

func (f *faults) framework(w *file) *Framework {
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(w.ID) {
		f.add("id is to be of lower case, digits and hyphens, not %q", w.ID)
	}
	f.text("framework", "name", w.Name)
	f.text("framework", "title", w.Title)
	reasons := slices.Sorted(maps.Keys(w.Reasons))
	for _, name := range reasons {
		f.text("reason "+name, "the text", w.Reasons[name])
	}
	if len(w.Editions) == 0 {
		f.add("there are no editions")
	}
	f.used = map[string]bool{}
	all := &Framework{ID: w.ID, Name: w.Name, Title: w.Title}
	seen := map[string]bool{}
	for i := range w.Editions {
		e := &w.Editions[i]
		if seen[e.Version] {
			f.add("edition %s: it is there twice", e.Version)
		}
		seen[e.Version] = true
		all.Editions = append(all.Editions, f.edition(e, w.Reasons))
	}
	for _, name := range reasons {
		if !f.used[name] {
			f.add("reason %s: no control names it", name)
		}
	}
	return all
}

func (f *faults) edition(e *edition, reasons map[string]string) Edition {
	where := "edition " + e.Version
	f.text(where, "version", e.Version)
	f.text(where, "source", e.Source)
	if _, err := time.Parse(time.DateOnly, e.Read); err != nil {
		f.add("%s: read is to be the day it was read, as 2026-11-30, not %q", where, e.Read)
	}
	if e.Partial != "" {
		f.text(where, "partial", e.Partial)
	}
	if len(e.Groups) == 0 {
		f.add("%s: there are no groups", where)
	}
	all := Edition{Version: e.Version, Source: e.Source, Read: e.Read, Partial: e.Partial}
	groups, controls := map[string]bool{}, map[string]bool{}
	for _, g := range e.Groups {
		f.text(where, "the name of a group", g.Name)
		if groups[g.Name] {
			f.add("%s: group %s is there twice", where, g.Name)
		}
		if len(g.Controls) == 0 {
			f.add("%s: group %s has no controls", where, g.Name)
		}
		groups[g.Name] = true
		for _, c := range g.Controls {
			if controls[c.ID] {
				f.add("%s: control %s is there twice", where, c.ID)
			}
			controls[c.ID] = true
			f.control(where, c, reasons)
			all.Controls = append(all.Controls, Control{ID: c.ID, Title: c.Title, Group: g.Name, Outside: reasons[c.Outside]})
		}
	}
	return all
}

func (f *faults) control(where string, c control, reasons map[string]string) {
	where += ", control " + c.ID
	f.text(where, "id", c.ID)
	f.text(where, "title", c.Title)
	if n := utf8.RuneCountInString(c.Title); n > longest {
		f.add("%s: the title has %d characters; %d are the most", where, n, longest)
	}
	if c.Outside == "" {
		return
	}
	if _, there := reasons[c.Outside]; !there {
		f.add("%s: outside names a reason that is not there: %s", where, c.Outside)
	}
	f.used[c.Outside] = true
}
