// Package framework holds the requirements of the standards that checks support, as dated data, and tells which of them nothing supports, and why.
package framework

import (
	"embed"
	"fmt"
	"slices"
	"sync"
)

// Framework is one standard, as far as it concerns what is judged.
type Framework struct {
	ID       string    // as reports and the CLI ask for it: "soc2"
	Name     string    // as checks name it: "SOC 2"
	Title    string    // in full
	Editions []Edition // the newest first; one for most
}

// Edition is one version of a framework, and when and where it was read.
type Edition struct {
	Version  string // as checks name it: "2017 TSC"
	Source   string // the publication or page
	Read     string // the day: "2026-11-30"
	Partial  string // what is listed, where it is not all of it; "": all
	Controls []Control
}

// Control is a requirement of a framework. Its title is in our own words: it says what is asked for, and stands in for no text.
type Control struct {
	ID      string // as the framework writes it: "CC6.1"
	Title   string
	Group   string // the part of the framework that it stands in
	Outside string // why no tool that looks into AWS accounts can show anything of it; "": one could
}

// ids are the frameworks in the order in which people are told of them.
var ids = [...]string{"soc2", "hipaa", "gdpr", "nist-800-53", "cis-aws", "owasp-cicd", "fsbp"}

//go:embed data/*.yaml
var files embed.FS

// loaded reads the files once. That they can be read is tested; a program that was built with broken ones stops.
var loaded = sync.OnceValue(func() []Framework {
	all := make([]Framework, 0, len(ids))
	for _, id := range ids {
		raw, err := files.ReadFile("data/" + id + ".yaml")
		if err != nil {
			panic(fmt.Sprintf("read framework %s: %v", id, err))
		}
		f, err := Load(raw)
		if err != nil {
			panic(fmt.Sprintf("load framework %s: %v", id, err))
		}
		all = append(all, *f)
	}
	return all
})

// All are the frameworks that reports are made for. What is in them is shared: it is not to be changed.
func All() []Framework { return slices.Clone(loaded()) }

// IDs are what ByID knows, in the order of All.
func IDs() []string { return slices.Clone(ids[:]) }

// ByID gives the framework of that ID.
func ByID(id string) (Framework, bool) {
	all := loaded()
	i := slices.IndexFunc(all, func(f Framework) bool { return f.ID == id })
	if i < 0 {
		return Framework{}, false
	}
	return all[i], true
}

// Edition gives the edition of that version.
func (f *Framework) Edition(version string) (Edition, bool) {
	i := slices.IndexFunc(f.Editions, func(e Edition) bool { return e.Version == version })
	if i < 0 {
		return Edition{}, false
	}
	return f.Editions[i], true
}

// Control gives the control of that ID.
func (e *Edition) Control(id string) (Control, bool) {
	i := slices.IndexFunc(e.Controls, func(c Control) bool { return c.ID == id })
	if i < 0 {
		return Control{}, false
	}
	return e.Controls[i], true
}
