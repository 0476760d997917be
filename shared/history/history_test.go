package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// pass is an update of a project that sends these variables, against a project without any.
func pass(t *testing.T, before time.Time, variables ...any) *check.Pass {
	t.Helper()
	e := checktest.Sample(t, "codebuild/UpdateProject.json", map[string]any{
		"requestParameters": map[string]any{"name": "payments-api", "serviceRole": "r", "environment": map[string]any{"image": "i", "environmentVariables": variables}},
	})
	return &check.Pass{
		Check: &check.Check{ID: "x", Doc: "# x\n"}, Event: e, Ref: resource.Ref{Kind: "buildproject", ID: "payments-api"},
		Past: check.Memory{Before: &check.Definition{
			Body: resource.SealText([]byte(`{"name":"payments-api","serviceRole":"r","environment":{"image":"i"}}`)), By: "arn:aws:sts::111122223333:assumed-role/Admin/bob", Trusted: true, At: before,
		}},
	}
}

func variable(name string) any { return map[string]any{"name": name, "value": "v"} }

var longAgo = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// TestOnce holds that a difference is told once for each definition that it is compared with, whoever makes it again and whatever else changes.
func TestOnce(t *testing.T) {
	t.Parallel()
	once := func(before time.Time, variables ...any) check.Report {
		p := pass(t, before, variables...)
		found := Project(p, definition.Variables)
		if len(found) != 1 {
			t.Fatalf("%d changes, %+v", len(found), p.Results())
		}
		return found[0].Report(p, "title", "Why.")
	}
	first, again := once(longAgo, variable("A")), once(longAgo, variable("A"))
	if first.Once == "" || first.Once != again.Once || first.Detail != again.Detail {
		t.Errorf("the same difference is told as another: %+v and %+v", first, again)
	}
	if other := once(longAgo, variable("B")); other.Once == first.Once {
		t.Error("another variable is told as the same")
	}
	if later := once(longAgo.Add(time.Hour), variable("A")); later.Once == first.Once {
		t.Error("against another definition the difference is told as the same")
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var many []any
	for i := range 3 * mostFacts {
		many = append(many, variable(fmt.Sprint("V", i)))
	}
	p := pass(t, longAgo, many...)
	r := Project(p, definition.Variables)[0].Report(p, "title", "Why.")
	changed := 0
	for _, f := range r.Facts {
		if f.Label == "Changed" {
			changed++
		}
	}
	if changed != mostFacts || !strings.HasSuffix(r.Detail, " And more. Why. It is compared with the definition of 2026-11-01 00:00:00 UTC, which Admin/bob left behind.") {
		t.Errorf("%d facts: %s", changed, r.Detail)
	}
	if got := Project(pass(t, longAgo, variable("A")), definition.Role); got != nil {
		t.Errorf("a kind that was not asked for: %+v", got)
	}
}

// TestPutBack: what nobody vouches for is not put back.
func TestPutBack(t *testing.T) {
	t.Parallel()
	p := pass(t, longAgo, variable("A"))
	c := Project(p, definition.Variables)[0]
	r := c.Report(p, "title", "Why.")
	c.PutBack(&r, "the project", "Stops no build.")
	if want := "Put the project back to the whole definition of 2026-11-01 00:00:00 UTC, and with it all else that was changed since then. Stops no build. Can be undone."; r.Would != want || r.NoRemedy {
		t.Errorf("no remedy %v, would %q", r.NoRemedy, r.Would)
	}
	p.Past.Before.Trusted = false
	r = c.Report(p, "title", "Why.")
	if c.PutBack(&r, "the project", "Stops no build."); r.Would != "" || !r.NoRemedy {
		t.Errorf("no remedy %v, would %q", r.NoRemedy, r.Would)
	}
}

func TestShortName(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:user/team/alice": "alice", "arn:aws:sts::111122223333:assumed-role/Admin/bob": "Admin/bob", "": "", "alice": "alice",
		"arn:aws-cn:iam::111122223333:root": "root",
	} {
		if got := shortName(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}

// TestSilence holds each reason for saying nothing apart from the others.
func TestSilence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*check.Pass)
		outcome finding.Outcome
	}{
		"no definition before": {func(p *check.Pass) { p.Past.Before = nil }, finding.NotApplicable},
		"a trusted one since":  {func(p *check.Pass) { p.Past.Before.At = p.Event.Time.Add(time.Second) }, finding.NotApplicable},
		"refused":              {func(p *check.Pass) { p.Event.Detail["errorCode"] = "AccessDenied" }, finding.NotApplicable},
		"nothing was told": {func(p *check.Pass) {
			delete(p.Event.Detail, "requestParameters")
			delete(p.Event.Detail, "responseElements")
		}, finding.Unknown},
		"the memory is broken": {func(p *check.Pass) { p.Past.Before.Body = resource.SealText([]byte("{")) }, finding.Unknown},
		"one seen first since, which may hold another change already": {func(p *check.Pass) {
			p.Past.Before.At, p.Past.Before.Trusted = p.Event.Time.Add(time.Second), false
		}, ""},
	} {
		p := pass(t, longAgo, variable("A"))
		c.change(p)
		found := Project(p, definition.Variables)
		switch results := p.Results(); {
		case c.outcome == "" && (len(found) != 1 || len(results) > 0), c.outcome != "" && (len(found) > 0 || len(results) != 1 || results[0].Outcome != c.outcome):
			t.Errorf("%s: %+v %+v", name, found, results)
		}
	}
}
