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
	Undone  bool        // somebody undid a remedy here, and it was not approved again since
	Stack   string      // the CloudFormation stack that manages it, when that is known
}

// Flips in Window after which a resource is left alone: somebody, or something, wants it otherwise.
const (
	Flips  = 3
	Window = time.Hour
)

// Decide says whether a remedy may act on a finding. It is pure.
func Decide(f finding.Finding, s *settings.Settings, h History, now time.Time) Decision {
	d := Decision{Mode: settings.Off, Remedy: f.Remedy}
	if d.Reason = beyond(f); d.Reason != "" {
		return d
	}
	mode := s.ModeOf(f.Remedy)
	if mode == settings.Off {
		d.Reason = "The settings switch " + f.Remedy + " off."
		return d
	}
	if flips := h.since(now.Add(-Window)); flips >= Flips {
		d.Fight, d.Reason = true, fmt.Sprintf("It was put right %d times within an hour and changed back each time. pipewarden leaves it alone.", flips)
		return d
	}
	d.Mode, d.Reason = mode, "The settings say "+string(mode)+" for "+f.Remedy+"."
	if mode == settings.Propose {
		return d
	}
	if why := h.careful(s); why != "" {
		d.Mode, d.Reason = settings.Propose, why
	}
	return d
}

// beyond says why no remedy acts on such a finding, whatever the settings allow; "" when one may.
func beyond(f finding.Finding) string {
	switch {
	case f.Outcome != finding.Fail:
		return "Nothing is wrong."
	case f.Remedy == "":
		return "No remedy is known; the finding is advice."
	case f.Exemption != nil:
		return fmt.Sprintf("%s exempted it until %s.", f.Exemption.Owner, f.Exemption.Until.Format(time.DateOnly))
	case f.Self:
		return "The change was made by the remediator itself."
	case f.Basis != finding.State && f.Once == "":
		return "Only the event was seen, not the resource."
	}
	return ""
}

// careful says why a change that the settings allow is only proposed; "" when it may be made.
func (h History) careful(s *settings.Settings) string {
	switch {
	case h.Undone:
		return "Somebody undid this remedy here before: it is not applied again without being asked for."
	case h.Stack != "" && !s.RemediateStackResources:
		return "The stack " + h.Stack + " manages it: change the template, or allow remediateStackResources."
	}
	return ""
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
