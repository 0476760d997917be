package remedy

import (
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Decision is what is to be done about a finding, and why.
type Decision struct {
	Mode   settings.Mode // Off: nothing
	Remedy string
	Reason string // one sentence
	Stack  string // that manages the resource, where it is only proposed for that
	Fight  bool   // the resource is changed back again and again: people must look
}

// Situation is what a decision rests on besides the finding and the settings.
type Situation struct {
	Applied  []time.Time        // when remedies changed the resource
	Undone   bool               // somebody undid the remedy here, and it was not approved again since
	Place    settings.Place     // where the resource stands; its tags tell which stack manages it
	Exempted *finding.Exemption // who decided to leave it so, by now; nil: nobody
	Stopped  string             // who stopped all remedies, and why, as a sentence; "": nobody
}

// Stack is the CloudFormation stack that manages the resource; "" for none, or when its tags are not known.
func (s Situation) Stack() string { return s.Place.Tags[resource.StackTag] }

// Flips in Window after which a resource is left alone: somebody, or something, wants it otherwise.
const (
	Flips  = 3
	Window = time.Hour
)

// Choose is the finding with the mildest remedy that the settings leave on for the resource; where they leave none on, it is as it was.
func Choose(f finding.Finding, s *settings.Settings, at settings.Place) finding.Finding {
	if f.Remedy == "" || s.Choose(f.Remedy, at).Mode != settings.Off {
		return f
	}
	for _, other := range f.Harsher {
		if s.Choose(other.Remedy, at).Mode != settings.Off {
			f.Remedy, f.Would = other.Remedy, other.Would
			f.ByHand, f.Template = "", nil // they do what the milder one does
			return f
		}
	}
	return f
}

// Decide says whether a remedy may act on a finding. It is pure.
func Decide(f finding.Finding, s *settings.Settings, now Situation, at time.Time) Decision {
	d := Decision{Mode: settings.Off, Remedy: f.Remedy}
	if d.Reason = beyond(f); d.Reason != "" {
		return d
	}
	choice := s.Choose(f.Remedy, now.Place)
	if choice.Mode == settings.Off {
		d.Reason = "The settings switch " + f.Remedy + " off."
		return d
	}
	if flips := now.since(at.Add(-Window)); flips >= Flips {
		d.Fight, d.Reason = true, fmt.Sprintf("It was put right %d times within an hour and changed back each time. pipewarden leaves it alone.", flips)
		return d
	}
	d.Mode, d.Reason = bounded(choice, f.Remedy)
	if why := now.held(); why != "" && d.Mode != settings.Propose {
		d.Mode, d.Reason = settings.Propose, why
	} else if why := now.managed(s, d.Mode); why != "" {
		d.Mode, d.Reason, d.Stack = settings.Propose, why, now.Stack()
	}
	return d
}

// bounded is what the settings say, as far as the remedy's risk lets them: what is grave always asks, and what may stop work asks where no
// rule names it.
func bounded(c settings.Choice, remedy string) (settings.Mode, string) {
	reason := "The settings say " + string(c.Mode) + " for " + remedy + "."
	if c.Rule >= 0 {
		reason = fmt.Sprintf("Rule %d of modes in the settings says %s for %s.", c.Rule+1, c.Mode, remedy)
	}
	if c.Unsure != "" {
		reason += " A rule before it may fit as well: " + c.Unsure + "."
	}
	switch risk := risks[remedy]; {
	case c.Mode != settings.Apply:
	case risk == Grave:
		return settings.Ask, remedy + " is grave: it asks before each use."
	case risk == Disruptive && !c.Named:
		return settings.Ask, remedy + " may stop work: it asks unless a rule of modes names it."
	}
	return c.Mode, reason
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

// held says why a change that the settings allow is only proposed, whatever the resource; "" when it may be made.
func (s Situation) held() string {
	switch {
	case s.Stopped != "":
		return s.Stopped
	case s.Undone:
		return "Somebody undid this remedy here before: it is not applied again without being asked for."
	}
	return ""
}

// managed says why what a stack manages is only proposed. What is proposed in any case says so of a stack that is known.
func (s Situation) managed(set *settings.Settings, mode settings.Mode) string {
	stack := s.Stack()
	switch {
	case set.RemediateStackResources:
	case stack != "":
		return "The stack " + stack + " manages it: change the template, or allow remediateStackResources."
	case s.Place.NoTags != "" && mode != settings.Propose:
		return "Whether a stack manages it is not known: " + s.Place.NoTags + "."
	}
	return ""
}

func (s Situation) since(start time.Time) int {
	n := 0
	for _, at := range s.Applied {
		if at.After(start) {
			n++
		}
	}
	return n
}
