package delivery

import (
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// WithoutMFA judges a change by its caller: it fails when the record disproves MFA. Root is left to root-changed-delivery, and
// a declared machine user to whoever vouches for it. words say what happened, with the target's name for %s: by the call, undated,
// or by service and call where several services have one of that name.
// finish adds to the report what the check knows beyond that.
func WithoutMFA(p *check.Pass, words map[string]string, finish func(*check.Report)) {
	switch who := p.Actor; {
	case !p.Event.Succeeded():
		p.Skip("The call did not succeed.")
	case who.Actor.Type == "Root":
		p.Skip("What root does is told by root-changed-delivery.")
	case who.MFA == identity.Proven:
		p.OK()
	case who.MFA != identity.Disproven || who.Declared:
		p.Skip(who.Reason)
	default:
		r := act(p, words)
		finish(&r)
		p.Fail(r)
	}
}

func act(p *check.Pass, words map[string]string) check.Report {
	ref := About(p.Event)
	severity := p.Check.Severity
	if s, err := finding.ParseSeverity(p.Actor.Severity); err == nil {
		severity = s
	}
	return check.Report{
		Title:  happened(p, words, ref),
		Detail: Done(p.Event, p.Actor.Actor.Name) + " " + p.Actor.Reason,
		Facts:  Facts(p.Event), Severity: &severity, Once: p.Event.ID, About: &ref,
	}
}

// Facts are the call, and what kind of key signed it.
func Facts(e *event.Event) []finding.Fact {
	facts := []finding.Fact{{Label: "Call", Value: Call(e)}}
	if key := Key(e); key != "" {
		facts = append(facts, finding.Fact{Label: "Key", Value: key})
	}
	return facts
}

// ssoRow is the row of the identity table for IAM Identity Center, whose sessions show no MFA even where it was used.
const ssoRow = 10

func happened(p *check.Pass, words map[string]string, ref resource.Ref) string {
	how := " without MFA"
	if p.Actor.Row == ssoRow {
		how = " without MFA on record"
	}
	if ref.Kind == "account" { // the request was lost, and with it the name
		return p.Event.Name() + " was called" + how
	}
	what := "%s was changed"
	call := Undated(p.Event.Name())
	for _, name := range []string{Service(p.Event) + " " + call, call} {
		if given, ok := words[name]; ok {
			what = given
			break
		}
	}
	return fmt.Sprintf(what, ref.ID+resource.UsedBy(p.Past.Used)) + how
}

// Undated is a call's name without the date that CloudTrail appends to Lambda's: UpdateFunctionCode20150331v2.
func Undated(call string) string {
	if i := strings.IndexAny(call, "0123456789"); i > 0 {
		return call[:i]
	}
	return call
}
