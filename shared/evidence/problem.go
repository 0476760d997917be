package evidence

import (
	"cmp"
	"slices"
	"strings"
)

// What is wrong with one part of the evidence.
type What string

// The kinds of problems.
const (
	Missing    What = "missing"    // a manifest names it, and it is not there
	Altered    What = "altered"    // it is not what the manifest says
	Added      What = "added"      // no manifest names it, though its day is sealed
	Gap        What = "gap"        // a day, or several, without a manifest
	Unreadable What = "unreadable" // a manifest that is none
	Unsigned   What = "unsigned"   // a manifest without its signature
	Forged     What = "forged"     // a manifest that none of the keys signed
	Unchained  What = "unchained"  // a manifest that follows on another one than the one before it
	Unfit      What = "unfit"      // records that do not fit the schema
)

// Problem is one thing that is wrong.
type Problem struct {
	What What   `json:"what"`
	Name string `json:"name"` // of the object; for a gap the day, or the first and the last with two dots between
	Why  string `json:"why"`
}

// Result is what a verification found.
type Result struct {
	First     Day       `json:"first"` // that is sealed, as far as was asked for; "": none
	Last      Day       `json:"last"`
	Manifests int       `json:"manifests"`
	Objects   int       `json:"objects"` // that manifests name
	Expired   int       `json:"expired"` // of the objects, that are gone because their time was over
	Records   int       `json:"records"` // in those that are what the manifests say
	Keys      []string  `json:"keys"`    // fingerprints of those that counted
	Unsealed  []Day     `json:"unsealed"`
	Notes     []string  `json:"notes"` // what manifests say of themselves
	Problems  []Problem `json:"problems"`
}

func (r *Result) wrong(what What, name, why string) {
	r.Problems = append(r.Problems, Problem{what, name, why})
}

// settle brings the problems into one order, whatever order they were found in.
func (r *Result) settle() {
	slices.SortFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.What), string(b.What)), strings.Compare(a.Why, b.Why))
	})
	r.Problems = slices.Compact(r.Problems)
}
