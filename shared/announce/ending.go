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
	Used                 int
	Account, AccountName string // in which pipewarden was deployed
}

// Ending is an exemption's end as machines get it.
type Ending struct {
	Version int               `json:"version"` // 1
	Kind    Kind              `json:"kind"`    // Ends
	Subject string            `json:"subject"`
	Ends    finding.Exemption `json:"exemption"`
	Check   string            `json:"check"`
	On      string            `json:"pattern"` // of names of resources
	Used    int               `json:"used"`
}

// Ends is the kind of message that tells of an exemption that ends soon.
const Ends Kind = "exemption-ends"

// EndOf words the end of an exemption as it reads at a moment: after it, the findings that it keeps quiet are told, and put right.
func EndOf(e Exemption, now time.Time) (Message, error) {
	l := generous
	check, on := clean(e.Check, l.name), clean(e.Resource, l.name)
	last := e.Until.UTC().Format(time.DateOnly)
	n := tidied{Notice: Notice{AccountName: clean(e.AccountName, l.name), Resource: finding.Resource{Account: clean(e.Account, l.name), Region: ""}}}
	end := "  (" + middle(ascii(first(n.AccountName, n.Resource.Account, "account not known")), 22) + ")"
	start := "[pipewarden] ENDS " + last + "  exemption: "
	m := Message{
		Subject: start + middle(ascii(check+" on "+on), maxSubject-len(start)-len(end)) + end,
		Attributes: map[string]string{
			"severity": finding.Info.String(), "check": middle(ascii(first(check, "unknown")), 256), "account": first(ascii(n.Resource.Account), "unknown"),
			"kind": string(Ends), "resourceKind": "unknown",
		},
	}
	p := &page{}
	p.block(fmt.Sprintf("The exemption of %s from %s holds until the end of %s, UTC: %s.", on, check, last, within(e.Until.AddDate(0, 0, 1).Sub(now))))
	p.block(aligned([]finding.Fact{
		{Label: "Owner", Value: clean(e.Owner, l.name)}, {Label: "Reason", Value: clean(e.Reason, l.text)}, {Label: "Used", Value: counted(e.Used, "time")},
	})...)
	p.section("What happens then", indent+"What it keeps quiet is told again, and may be put right.")
	p.section("To have it longer", run+exempting(check, on, "", "DATE"))
	m.Text = p.String()
	var err error
	m.JSON, err = encode(Ending{
		Version: 1, Kind: Ends, Subject: m.Subject, Check: check, On: on, Used: e.Used,
		Ends: finding.Exemption{Key: e.Key(), Owner: clean(e.Owner, l.name), Reason: clean(e.Reason, l.text), Until: e.Until.UTC()},
	})
	return m, err
}

// within is how long it is until then, in words.
func within(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return "within a day"
	}
	return "in " + counted(int(d/day), "day")
}
