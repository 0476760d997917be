package outline

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
)

var ended = map[announce.Kind]string{
	announce.Fixed: "Done", announce.Restored: "Done", announce.Refused: "Looked", announce.Undone: "Undone", announce.Rejected: "Rejected",
}

// facts are when, who, where and MFA, and what the check saw.
func (o *Outline) facts(doc announce.Document, e announce.Entry, now time.Time) {
	if d := doc.Deed; d != nil && done(e.Kind) {
		o.acted(*d, e.Kind, now)
	}
	if e.Kind != announce.Restored {
		o.when(e, now)
	}
	o.fact("Where", where(doc.AccountName, e.Resource))
	if e.MFA != nil {
		o.fact("MFA", mfa(*e.MFA))
	}
	if e.Basis == finding.Event && e.Once == "" && !Over(e.Kind) {
		o.fact("Basis", "the event alone; the resource itself was not read")
	}
	if Over(e.Kind) && e.Once == "" { // what the check saw is no longer so
		return
	}
	for _, f := range e.Facts {
		if !strings.EqualFold(f.Label, "changed") {
			o.fact(f.Label, f.Value)
		}
	}
}

// acted is when a remedy acted, and for whom.
func (o *Outline) acted(d announce.Deed, k announce.Kind, now time.Time) {
	person := finding.Called(d.By)
	if person == announce.Self {
		person = ""
	}
	if !d.At.IsZero() || person != "" {
		o.fact(first(ended[k], "Tried"), strings.TrimSuffix(moment(d.At, now)+", by "+person, ", by "))
	}
}

// where is "prod (111122223333), eu-west-1".
func where(account string, r finding.Resource) string {
	switch {
	case account == "":
		account = first(r.Account, "account not known")
	case r.Account != "":
		account += " (" + r.Account + ")"
	}
	region := "region not known"
	if r.Kind == "role" || r.Kind == "user" || r.Kind == "account" {
		region = "global"
	}
	return account + ", " + first(r.Region, region)
}

func (o *Outline) when(e announce.Entry, now time.Time) {
	by := "not known; no event told of the change"
	if e.Actor != nil {
		by = who(*e.Actor)
	}
	if e.Event == nil {
		o.fact("Seen", stamp(now)+", in a sweep")
		if e.Kind != announce.Unread {
			o.fact("By", by)
		}
		return
	}
	label, change := "Changed", e.Event.Name
	switch {
	case e.Kind == announce.Resolved:
		label = "Resolved"
	case e.Actor == nil || e.Kind == announce.Unread:
		label = "Seen"
	}
	for _, f := range e.Facts {
		if strings.EqualFold(f.Label, "changed") && e.Kind != announce.Resolved {
			change = f.Value
		}
	}
	o.fact(label, strings.TrimSuffix(moment(e.Event.Time, now)+": "+change, ": "))
	if e.Actor == nil {
		by = "not told by the event"
	}
	o.fact("By", by)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// moment is a time with how long ago it was. The clock of whoever wrote it may be ahead of ours.
func moment(at, now time.Time) string {
	switch {
	case at.IsZero():
		return "at a time that is not known"
	case now.Sub(at) < time.Second:
		return stamp(at) + ", just now"
	}
	return stamp(at) + ", " + Span(now.Sub(at)) + " ago"
}

// Span is a length of time in its largest whole unit.
func Span(d time.Duration) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if d >= unit.length {
			return counted(int(d/unit.length), unit.name)
		}
	}
	return counted(int(d/time.Second), "second")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

var actors = map[string]string{
	"IAMUser": "IAM user", "Root": "root user", "AssumedRole": "role session", "Role": "role session", "FederatedUser": "federated session",
	"SAMLUser": "SAML user", "WebIdentityUser": "web identity", "IdentityCenterUser": "Identity Center user", "AWSAccount": "another account",
	"AWSService": "AWS service", "Unknown": "",
}

// who is "alice (IAM user, console session) from 203.0.113.7".
func who(a finding.Actor) string {
	name := a.Name
	if name == "" || name == "unknown" {
		name = "somebody whose name is not known"
	}
	kind, known := actors[a.Type]
	if !known {
		kind = a.Type
	}
	via := a.Via
	if via == "unknown" || strings.Contains(kind, via) {
		via = ""
	}
	if how := strings.Trim(kind+", "+via, ", "); how != "" {
		name += " (" + how + ")"
	}
	if a.SourceIP == "" {
		return name
	}
	if _, err := netip.ParseAddr(a.SourceIP); err != nil {
		return name + " through " + a.SourceIP
	}
	return name + " from " + a.SourceIP
}

func mfa(m finding.MFA) string {
	word, ok := map[string]string{"proven": "yes", "disproven": "no", "not-applicable": "does not apply"}[m.Verdict]
	if !ok {
		word = "not known"
	}
	return words(word+".", sentence(Tidy(m.Reason, mostText)))
}

var kinds = map[string]string{
	"buildproject": "build project", "loggroup": "log group", "logpolicy": "logs resource policy", "reportgroup": "report group",
	"deploymentgroup": "deployment group", "imagerepository": "image repository", "packagedomain": "package domain", "sourcecredential": "source credential",
}

// named is "build project payments-api".
func named(r finding.Resource) string {
	return strings.TrimSpace(first(kinds[r.Kind], r.Kind, "resource") + " " + first(r.ID, "whose name is not known"))
}
