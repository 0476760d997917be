package announce

import (
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Exemption is one that ends soon, with how often it was used.
type Exemption struct {
	settings.Exemption
	Used int
}

// Ending is an exemption's end as machines get it.
type Ending struct {
	Exemption finding.Exemption `json:"exemption"`
	Check     string            `json:"check"`
	On        string            `json:"pattern"` // of names of resources
	Used      int               `json:"used"`
}

// EndOf words the end of an exemption as it reads at a moment: after it, the findings that it keeps quiet are told, and put right.
func EndOf(e Exemption, from Sender, now time.Time) (Message, error) {
	l := generous
	facts := []finding.Fact{{Label: "Owner", Value: clean(e.Owner, l.name)}, {Label: "Reason", Value: clean(e.Reason, l.text)}, {Label: "Used", Value: counted(e.Used, "time")}}
	if where := e.Where(); where != "" {
		facts = append([]finding.Fact{{Label: "Where", Value: clean(where, l.text)}}, facts...)
	}
	check, on := clean(e.Check, l.name), clean(e.Resource, l.name)
	last := e.Until.UTC().Format(time.DateOnly)
	return statement{
		kind: Ends, status: "ENDS " + last, title: "exemption: " + check + " on " + on, check: check,
		ending: &Ending{
			Check: check, On: on, Used: e.Used,
			Exemption: finding.Exemption{Key: e.Key(), Owner: clean(e.Owner, l.name), Reason: clean(e.Reason, l.text), Until: e.Until.UTC()},
		},
		sections: []Section{
			{Lines: []string{fmt.Sprintf("The exemption of %s from %s holds until the end of %s, UTC: %s.", on, check, last, within(e.Until.AddDate(0, 0, 1).Sub(now)))}},
			{Lines: aligned(facts)},
			{Heading: "What happens then", Lines: []string{indent + "What it keeps quiet is told again, and may be put right."}},
			{Heading: "To have it longer", Lines: []string{longer(e, check, on)}},
		},
	}.message(from)
}

// longer is how an exemption is given more time, and no wider a reach than it has. Those of units and tags are in the settings only.
func longer(e Exemption, check, on string) string {
	if e.OU != "" || e.Tag != "" {
		return indent + "Give it a later day under exemptions in the settings, and deploy them."
	}
	return run + exempting(check, on, clean(e.Account, generous.name), "DATE")
}

// within is how long it is until then, in words.
func within(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return "within a day"
	}
	return "in " + counted(int(d/day), "day")
}
