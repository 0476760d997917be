package remediator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// planned is what a remedy was told when it planned last, and of which resources tags were read.
type planned struct {
	options remedy.Options
	tags    []string
}

// at lets the door have tags, and plans be seen.
func (w *world) at(r *remediator.Remediator, tags map[string]string) *planned {
	seen := &planned{}
	kind := w.kind()
	kind.Tagged = func(_ context.Context, _ aws.Config, ref resource.Ref) (map[string]string, error) {
		seen.tags = append(seen.tags, ref.ID)
		return tags, w.tagless
	}
	rem := r.Remedies[0]
	rem.On = []resource.Source{kind}
	plan := rem.Plan
	rem.Plan = func(ctx context.Context, cfg aws.Config, c remedy.Case) (remedy.Plan, error) {
		seen.options = c.Options
		return plan(ctx, cfg, c)
	}
	return seen
}

// A remedy plans by the options that hold where the resource stands.
func TestAPlanFollowsTheOptionsOfThePlace(t *testing.T) {
	t.Parallel()
	days := func(n int) settings.Given { return settings.Given{RetentionDays: new(n)} }
	for name, c := range map[string]struct {
		overrides []settings.Override
		tags      map[string]string
		tagless   string
		member    ledger.Member
		options   string
		tagged    int // how often tags are read: once in any case, for the stack that manages the resource
		status    ledger.Status
		says      string
	}{
		"everywhere":           {nil, nil, "", ledger.Member{}, "{[] 90}", 1, ledger.Applied, ""},
		"in the account":       {[]settings.Override{{Account: front.Account, Options: settings.Given{RetentionDays: new(400), CustomerKeys: &[]string{"k"}}}}, nil, "", ledger.Member{}, "{[k] 400}", 1, ledger.Applied, ""},
		"in another account":   {[]settings.Override{{Account: "444455556666", Options: days(400)}}, nil, "", ledger.Member{}, "{[] 90}", 1, ledger.Applied, ""},
		"in its unit":          {[]settings.Override{{OU: "ou-1", Options: days(400)}}, nil, "", ledger.Member{Units: []string{"ou-1"}}, "{[] 400}", 1, ledger.Applied, ""},
		"by its tag":           {[]settings.Override{{Tag: "keep", Options: days(400)}}, map[string]string{"keep": ""}, "", ledger.Member{}, "{[] 400}", 2, ledger.Applied, ""},
		"another tag":          {[]settings.Override{{Tag: "keep", Options: days(400)}}, nil, "", ledger.Member{}, "{[] 90}", 2, ledger.Applied, ""},
		"a tag for no plan":    {[]settings.Override{{Tag: "keep", Options: settings.Given{RequireVPC: new(true)}}}, nil, "", ledger.Member{}, "{[] 90}", 1, ledger.Applied, ""},
		"tags are denied":      {[]settings.Override{{Tag: "keep", Options: days(400)}}, nil, "AccessDenied", ledger.Member{}, "{[] 0}", 1, ledger.Refused, "Which options hold for it is not known: its tags cannot be read (access denied)."},
		"the unit is unknown":  {[]settings.Override{{OU: "ou-1", Options: days(400)}}, nil, "", ledger.Member{NoUnits: "no answer"}, "{[] 0}", 1, ledger.Refused, "Which options hold for it is not known: no answer."},
		"unknown, and no harm": {[]settings.Override{{OU: "ou-1", Options: days(90)}}, nil, "", ledger.Member{NoUnits: "no answer"}, "{[] 90}", 1, ledger.Applied, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open()
			r := w.remediator(settings.Apply)
			r.Settings.Overrides, r.Settings.RemediateStackResources = c.overrides, true
			if c.tagless != "" {
				w.tagless = awstest.Error(c.tagless)
			}
			c.member.Account, c.member.State = front.Account, "ACTIVE"
			if _, err := r.Ledger.SetMember(t.Context(), c.member); err != nil {
				t.Fatal(err)
			}
			seen := w.at(r, c.tags)
			if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) > 0 {
				t.Fatal(again)
			}
			a := w.action(t)
			if got := fmt.Sprint(seen.options); got != c.options || a.Status != c.status || a.Error != c.says || len(seen.tags) != c.tagged {
				t.Errorf("planned with %s (tags of %v), and it is %s: %q", got, seen.tags, a.Status, a.Error)
			}
			if c.status == ledger.Refused && w.writes > 0 {
				t.Error("it was changed all the same")
			}
		})
	}
}

// Where tags may be had later, the order waits for them; what does not exist has none.
func TestTagsForOptionsThatCannotBeReadNow(t *testing.T) {
	t.Parallel()
	w := open()
	r := w.remediator(settings.Apply)
	r.Settings.Overrides = []settings.Override{{Tag: "keep", Options: settings.Given{RetentionDays: new(400)}}}
	w.tagless = awstest.Error("ThrottlingException")
	seen := w.at(r, nil)
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) != 1 || seen.options.RetentionDays != 0 {
		t.Errorf("%v, planned with %v", again, seen.options)
	}
	w.tagless = awstest.Error("ResourceNotFoundException")
	w.gone = true
	if again := r.Handle(t.Context(), []queue.Message{order(settings.Apply)}); len(again) > 0 {
		t.Error(again)
	}
	if a := w.action(t); a.Status != ledger.Needless {
		t.Errorf("%s: %s", a.Status, a.Error)
	}
}

// An exemption by tag is for the resource that the finding is about, whatever else is changed to put it right.
func TestAnExemptionByTagHoldsForAnOrder(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []bool{false, true} {
		w := open()
		r := w.remediator(settings.Apply)
		r.Settings.Exemptions = []settings.Exemption{{Check: "door-open", Resource: "*", Tag: "stage=sandbox", Owner: "ann", Until: settings.Date{Time: now()}}}
		seen := w.at(r, map[string]string{"stage": "sandbox"})
		if elsewhere {
			rem := r.Remedies[0]
			plan := rem.Plan
			rem.Target = &resource.Kind[int]{Name: "lock"}
			rem.Plan = func(ctx context.Context, cfg aws.Config, c remedy.Case) (remedy.Plan, error) {
				p, err := plan(ctx, cfg, c)
				p.Resource = finding.Resource{Kind: "lock", ID: "lock"}
				return p, err
			}
		}
		r.Handle(t.Context(), []queue.Message{order(settings.Apply)})
		if a := w.expect(t, ledger.Refused, "open", 0, 1); !strings.Contains(a.Error, "ann exempted it") || strings.Join(seen.tags, " ") != "front" {
			t.Errorf("changed elsewhere %v: %q, tags of %v", elsewhere, a.Error, seen.tags)
		}
	}
}
