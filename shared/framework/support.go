package framework

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
)

// Standing is how far checks go towards a control. That a check supports a control never means that the control is met.
type Standing string

// Standings, the best first.
const (
	Supported Standing = "supported" // by at least one check
	InPart    Standing = "in part"   // no check supports it as a whole; some support parts of it
	Open      Standing = "open"      // no check supports it, though one could
	Outside   Standing = "outside"   // nothing in an AWS account shows it
)

// Support is a control, and what supports it.
type Support struct {
	Control
	Checks []string // IDs, in the order that was given
	Parts  []string // IDs of controls within this one that checks support: AC-6(9) of AC-6
}

// Standing says how far checks go towards the control.
func (s *Support) Standing() Standing {
	switch {
	case len(s.Checks) > 0:
		return Supported
	case len(s.Parts) > 0:
		return InPart
	case s.Outside != "":
		return Outside
	}
	return Open
}

// Supports says of each control of an edition, in its order, which of the checks support it.
func (f *Framework) Supports(e *Edition, checks []*check.Check) []Support {
	by := map[string][]string{}
	for _, c := range checks {
		for _, control := range c.Controls {
			if control.Framework == f.Name && control.Version == e.Version && !slices.Contains(by[control.ID], c.ID) {
				by[control.ID] = append(by[control.ID], c.ID)
			}
		}
	}
	all := make([]Support, 0, len(e.Controls))
	for _, control := range e.Controls {
		s := Support{Control: control, Checks: by[control.ID]}
		for _, other := range e.Controls {
			if strings.HasPrefix(other.ID, control.ID+"(") && len(by[other.ID]) > 0 {
				s.Parts = append(s.Parts, other.ID)
			}
		}
		all = append(all, s)
	}
	return all
}
