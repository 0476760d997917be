// Package loggroupstreamsabroad tells of logs of builds, pipelines and trails that are streamed to accounts which nobody declared.
package loggroupstreamsabroad

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// Check fails a subscription that sends logs to an account which is neither the own nor trusted.
var Check = &check.Check{
	ID: "log-group-streams-abroad", Severity: finding.High,
	Reads: loggroup.Subscriptions, Run: run, Remedies: []string{"log-group-unsubscribe"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-3", "AC-4", "AC-20", "AU-9", "SC-7", "SI-4"),
		controls.SOC2(controls.Own, "CC6.1", "CC6.6", "CC7.2"),
		controls.HIPAA(controls.Own, "164.312(a)(1)", "164.312(b)"),
		controls.GDPR(controls.Own, "5(1)(f)", "28", "32"),
		controls.OWASP("CICD-SEC-10", "CICD-SEC-7"),
	),
}

func run(p *check.Pass) {
	s := check.State[loggroup.Streams](p)
	var abroad []stream
	var unclear error
	for _, f := range s.Filters {
		switch to, err := f.Receiver(); {
		case err != nil:
			unclear = err
		case to != p.Ref.Account && !p.Options.Trusts(to):
			abroad = append(abroad, stream{f, to})
		}
	}
	switch {
	case len(abroad) > 0:
		fail(p, abroad)
	case unclear != nil:
		p.Unknown("Where "+loggroup.Called(p.Ref, p.Past.Used)+" streams to", unclear)
	case s.Partly:
		p.Skip("The event tells of one subscription, which stays with accounts that are known; of another there may be it says nothing.")
	default:
		p.OK()
	}
}

// stream is a subscription and the account that it sends to.
type stream struct {
	loggroup.Filter
	to string
}

func fail(p *check.Pass, abroad []stream) {
	var accounts []string
	r := check.Report{}
	for _, s := range abroad {
		if !slices.Contains(accounts, s.to) {
			accounts = append(accounts, s.to)
		}
		arn, _ := s.Destination.Get()
		r.Facts = append(r.Facts, finding.Fact{Label: kind(p), Value: s.Name}, finding.Fact{Label: "Sends to", Value: arn})
		if s.Except != "" {
			r.Facts = append(r.Facts, finding.Fact{Label: "Only where", Value: s.Except})
		}
		r.Path = append(r.Path, loggroup.Called(p.Ref, nil)+" -> "+strings.ToLower(kind(p))+" "+s.Name+" -> account "+s.to)
	}
	slices.Sort(accounts)
	r.Title = loggroup.Called(p.Ref, p.Past.Used) + " " + streams(p) + " to " + plural(accounts, "account ", "accounts ")
	r.Detail = fmt.Sprintf("%s sends what is logged from then on, as it is logged, to %s, which the settings do not trust (options.trustedAccounts).",
		plural(names(abroad), kind(p)+" ", kind(p)+"s "), plural(accounts, "account ", "accounts "))
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the subscription was removed since."
	}
	r.ByHand = byHand(p, abroad)
	if r.NoRemedy = loggroup.All(p.Ref); !r.NoRemedy {
		r.Would = "Delete " + plural(names(abroad), "the subscription filter ", "the subscription filters ") + ", and leave others as they are. Whoever receives these logs gets none from then on, also where that was wanted. Can be undone."
	}
	p.Fail(r)
}

func kind(p *check.Pass) string {
	if loggroup.All(p.Ref) {
		return "Account policy"
	}
	return "Subscription filter"
}

func streams(p *check.Pass) string {
	if loggroup.All(p.Ref) {
		return "stream"
	}
	return "streams"
}

func names(abroad []stream) []string {
	out := make([]string, 0, len(abroad))
	for _, s := range abroad {
		out = append(out, s.Name)
	}
	return out
}

func plural(list []string, one, many string) string {
	if len(list) == 1 {
		return one + list[0]
	}
	return many + strings.Join(list, " and ")
}

func byHand(p *check.Pass, abroad []stream) string {
	commands := make([]string, 0, len(abroad))
	for _, s := range abroad {
		command := "aws logs delete-subscription-filter --log-group-name " + p.Ref.ID + " --filter-name " + s.Name
		if loggroup.All(p.Ref) {
			command = "aws logs delete-account-policy --policy-type SUBSCRIPTION_FILTER_POLICY --policy-name " + s.Name
		}
		if !delivery.Word(s.Name) || !loggroup.All(p.Ref) && !delivery.Word(p.Ref.ID) {
			return "" // a part of it would not be one word
		}
		commands = append(commands, command+delivery.In(p.Ref.Region))
	}
	return strings.Join(commands, "\n")
}
