package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Checks of the tests' own, whose verdicts do not change when a real one learns something.

// openness is the state of a door: open or not, and whether it stands ajar.
type openness struct {
	open, ajar bool
	uses       []resource.Uses
}

// estate is an account as a test makes it up.
type estate struct {
	doors  map[string]openness // count by themselves
	keys   map[string]openness // count while a door uses them
	denied string              // the kind that may not be listed
	torn   string              // the resource that may not be read
}

func (e *estate) kind(name string, scoped bool, things func() map[string]openness) *resource.Kind[openness] {
	return &resource.Kind[openness]{
		Name:    name,
		Changed: []event.Selector{event.Calls("codebuild.amazonaws.com", "UpdateProjectVisibility")},
		Refs: func(ev *event.Event) []resource.Ref {
			if name != "door" {
				return nil
			}
			return []resource.Ref{{Kind: name, ID: ev.Request().String("door"), Account: ev.Account, Region: ev.Region}}
		},
		Told: func(ev *event.Event) (openness, bool) {
			return openness{open: ev.Request().String("to") == "open"}, ev.Request().Has("to")
		},
		Read: func(_ context.Context, _ aws.Config, ref resource.Ref) (openness, error) {
			state, there := things()[ref.ID]
			switch {
			case ref.ID == e.torn:
				return state, fmt.Errorf("read: %w", awstest.Error("AccessDenied"))
			case !there:
				return state, awstest.Error("ResourceNotFoundException")
			}
			return state, nil
		},
		List: func(_ context.Context, _ aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
			return func(yield func(resource.Ref, error) bool) {
				if e.denied == name {
					yield(resource.Ref{}, fmt.Errorf("list: %w", awstest.Error("AccessDenied")))
					return
				}
				for id := range things() {
					if !yield(resource.Ref{Kind: name, ID: id, Account: in.Account, Region: in.Region}, nil) {
						return
					}
				}
			}
		},
		Uses:   func(_ resource.Ref, s openness) []resource.Uses { return s.uses },
		Scoped: scoped,
	}
}

func (e *estate) checks() []*check.Check {
	judge := func(p *check.Pass) {
		if !check.State[openness](p).open {
			p.OK()
			return
		}
		p.Fail(check.Report{Title: p.Ref.ID + " stands open", Detail: "It is open."})
	}
	return []*check.Check{
		{
			ID: "door-open", Doc: "# A door stands open\n\n## Why it matters\nAnybody can walk in.\n", Severity: finding.High, Aliases: []string{"Elsewhere:D.1"},
			Reads: e.kind("door", false, func() map[string]openness { return e.doors }), Run: judge, Remedies: []string{"door-close"},
		},
		{
			ID: "key-copied", Doc: "# A key was copied\n", Severity: finding.Critical,
			Reads: e.kind("key", true, func() map[string]openness { return e.keys }), Run: judge,
		},
		{
			ID: "lock-picked", Doc: "# A lock was picked\n", Severity: finding.Medium,
			On: []event.Selector{event.Calls("codebuild.amazonaws.com", "UpdateProject"), {DetailType: "Alarm", Source: "aws.codebuild"}},
			Run: func(p *check.Pass) {
				if p.Event.Request().String("how") == "twice" {
					p.Unknown("Who picked it", errors.New("it was dark"))
				}
				p.Fail(check.Report{Title: "a lock was picked", Detail: "It was heard.", Once: p.Event.Request().String("lock")})
			},
		},
	}
}

// sample is the program with the checks above.
func sample(t testing.TB) *program {
	t.Helper()
	p := offline(t, nil)
	p.checks, p.remedies = (&estate{}).checks(), nil
	return p
}

// call is a CloudTrail record. Each has an event ID of its own, made of its time.
func call(at, name, request string) string {
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAALICE11111EXAMPLE"},`+
		`"eventTime":"2026-11-20T%sZ","eventSource":"codebuild.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","requestParameters":%s,"eventID":"id-%[1]s","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`,
		at, name, request)
}

func opened(at, door string) string {
	return call(at, "UpdateProjectVisibility", `{"door":"`+door+`","to":"open"}`)
}

func picked(at, lock string) string { return call(at, "UpdateProject", `{"lock":"`+lock+`"}`) }

func looked(at string) string { return call(at, "BatchGetProjects", "null") }

func envelope(record string) string {
	return `{"version":"0","id":"bus","detail-type":"AWS API Call via CloudTrail","source":"aws.codebuild","account":"111122223333","time":"2026-11-20T00:00:00Z","region":"eu-west-1","resources":[],"detail":` + record + `}`
}

func records(list ...string) string { return `{"Records":[` + strings.Join(list, ",") + `]}` }
