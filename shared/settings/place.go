package settings

import (
	"slices"
	"strings"
)

// Place is where a resource stands, as far as rules, overrides and exemptions ask for it.
type Place struct {
	Account, Name string
	Tags          map[string]string
	NoTags        string   // why its tags are not known; "": they are
	OUs           []string // the organisational units that its account lies in, and the root
	NoOUs         string   // why they are not known; "": they are
}

// where is what a part of the settings asks of a place. Every member that is given must fit.
type where struct {
	account string // id; * stands for any text; "" for any
	ou      string // id of an organisational unit, or of the root, at any height above the account; "" for any
	tag     string // name, or name=value; * stands for any text; "" for any
}

// answer is whether a part of the settings fits a place.
type answer int

const (
	no answer = iota
	maybe
	yes
)

// fits says why where it is not known.
func (w where) fits(at Place) (fits answer, why string) {
	if w.account != "" && !glob(w.account, at.Account) {
		return no, ""
	}
	fits = yes
	for _, asked := range []struct {
		of, unknown string
		known       bool
	}{
		{w.ou, at.NoOUs, slices.Contains(at.OUs, w.ou)},
		{w.tag, at.NoTags, tagged(w.tag, at.Tags)},
	} {
		switch {
		case asked.of == "" || asked.unknown == "" && asked.known:
		case asked.unknown == "":
			return no, ""
		default:
			fits, why = maybe, asked.unknown
		}
	}
	return fits, why
}

// tagged says whether one of the tags is the one that is asked for.
func tagged(asked string, tags map[string]string) bool {
	name, value, valued := strings.Cut(asked, "=")
	for has, is := range tags {
		if glob(name, has) && (!valued || glob(value, is)) {
			return true
		}
	}
	return false
}

// AsksTags says whether it takes the tags of resources to know what holds for the findings of a check.
func (s *Settings) AsksTags(check string) bool {
	return slices.ContainsFunc(s.Overrides, func(o Override) bool { return o.Tag != "" }) ||
		slices.ContainsFunc(s.Exemptions, func(e Exemption) bool { return e.Tag != "" && e.Check == check })
}

// AsksUnits says whether anything asks in which organisational units accounts lie.
func (s *Settings) AsksUnits() bool {
	return slices.ContainsFunc(s.Modes, func(r Rule) bool { return r.OU != "" }) ||
		slices.ContainsFunc(s.Overrides, func(o Override) bool { return o.OU != "" }) ||
		slices.ContainsFunc(s.Exemptions, func(e Exemption) bool { return e.OU != "" })
}
