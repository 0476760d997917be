package remedy

import (
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Decision is what is to be done about a finding, and why.
type Decision struct {
	Mode   settings.Mode // Off: nothing
	Remedy string
	Reason string // one sentence
	Fight  bool   // the resource is changed back again and again: people must look
}

// History is what was done to the resource before.
type History struct {
	Applied []time.Time // when remedies changed it
	Stack   string      // the CloudFormation stack that manages it, when that is known
}

// Flips in Window after which a resource is left alone: somebody, or something, wants it otherwise.
const (
	Flips  = 3
	Window = time.Hour
)

// Decide says whether a remedy may act on a finding. It is pure.
func Decide(f finding.Finding, s *settings.Settings, h History, now time.Time) Decision {
	none := func(why string) Decision { return Decision{Mode: settings.Off, Remedy: f.Remedy, Reason: why} }
	switch {
	case f.Outcome != finding.Fail:
		return none("Nothing is wrong.")
	case f.Remedy == "":
		return none("No remedy is known; the finding is advice.")
	case f.Exemption != nil:
		return none(fmt.Sprintf("%s exempted it until %s.", f.Exemption.Owner, f.Exemption.Until.Format(time.DateOnly)))
	case f.Self:
		return none("The change was made by the remediator itself.")
	case f.Basis != finding.State && f.Once == "":
		return none("Only the event was seen, not the resource.")
	}
	mode := s.ModeOf(f.Remedy)
	if mode == settings.Off {
		return none("The settings switch " + f.Remedy + " off.")
	}
	if flips := h.since(now.Add(-Window)); flips >= Flips {
		d := none(fmt.Sprintf("It was put right %d times within an hour and changed back each time. pipewarden leaves it alone.", flips))
		d.Fight = true
		return d
	}
	if h.Stack != "" && !s.RemediateStackResources && (mode == settings.Apply || mode == settings.Ask) {
		return Decision{Mode: settings.Propose, Remedy: f.Remedy, Reason: "The stack " + h.Stack + " manages it: change the template, or allow remediateStackResources."}
	}
	return Decision{Mode: mode, Remedy: f.Remedy, Reason: "The settings say " + string(mode) + " for " + f.Remedy + "."}
}

func (h History) since(start time.Time) int {
	n := 0
	for _, at := range h.Applied {
		if at.After(start) {
			n++
		}
	}
	return n
}
