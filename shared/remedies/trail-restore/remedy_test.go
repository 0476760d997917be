package trailrestore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

func Test(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		c      remedy.Case
		change func(*one)
		calls  []string
	}{
		"one region":          {weakened(whole, all, "proven MFA", "Multi-region", "Global events"), oneRegion, []string{update}},
		"no digests":          {weakened(whole, "", "a person vouched for it", "Log file validation"), noDigests, []string{update}},
		"reads only":          {weakened(cut, all, "proven MFA", "Management events"), readsOnly, []string{put}},
		"basic over advanced": {weakened(whole, all, "CloudFormation", "Management events"), dataOnly, []string{put}},
		"advanced over basic": {weakened(whole, allByFit, "CloudFormation", "Management events"), readsOnly, []string{put}},
		"all of it":           {weakened(whole, allByFit, "proven MFA", "Management events", "Multi-region", "Global events", "Log file validation"), both(oneRegion, noDigests, readsOnly), []string{update, put}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: c.c, Calls: c.calls,
				World: func(t *testing.T) remedytest.World { return world(t, is(c.change)) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(both(oneRegion, readsOnly))), weakened(whole, allByFit, "proven MFA", "Management events", "Multi-region"))
	const which = `{"trailARN":"` + arn + `","S3BucketName":"archive",`
	for got, want := range map[string]string{
		string(p.Before): which + `"trail":{"IsMultiRegionTrail":false,"IncludeGlobalServiceEvents":false,"EnableLogFileValidation":true},` +
			`"selectors":{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"ReadOnly"}]}}`,
		string(p.After): which + `"trail":{"IsMultiRegionTrail":true,"IncludeGlobalServiceEvents":true,"EnableLogFileValidation":true},` +
			`"selectors":{"AdvancedEventSelectors":[{"FieldSelectors":[{"Equals":["Management"],"Field":"eventCategory"}],"Name":"all"}]}}`,
		string(p.Calls[0].Input): `{"EnableLogFileValidation":true,"IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"Name":"management-events"}`,
		string(p.Calls[1].Input): `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Equals":["Management"],"Field":"eventCategory"}],"Name":"all"}],"TrailName":"management-events"}`,
		p.Manual: "aws cloudtrail update-trail --region eu-west-1 --enable-log-file-validation --include-global-service-events --is-multi-region-trail --name management-events\n" +
			"aws cloudtrail put-event-selectors --region eu-west-1 --cli-input-json '" + string(p.Calls[1].Input) + "'",
		p.Summary: "Have the trail management-events cover again what it covered in the definition of 2026-11-01 12:00:00 UTC (proven MFA) and in the definition of 2026-11-01 12:09:00 UTC (proven MFA).",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for _, change := range []string{"trail.IsMultiRegionTrail: false -> true", "selectors.AdvancedEventSelectors.0.Name: nothing -> all", "selectors.EventSelectors.0.ReadWriteType: ReadOnly -> nothing"} {
		if !slices.Contains(p.Changes, change) {
			t.Errorf("%q is not among %q", change, p.Changes)
		}
	}
}

// TestNeverWeaker: what covers more now than then stays, and so does whatever else was changed.
func TestNeverWeaker(t *testing.T) {
	t.Parallel()
	w := world(t, is(noDigests))
	p := remedytest.Plan(t.Context(), t, Remedy, w, weakened(cut, noKeys, "proven MFA", "Log file validation"))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	o := w.State().(one)
	if !*o.Trail.IsMultiRegionTrail || !*o.Trail.IncludeGlobalServiceEvents || !*o.Trail.LogFileValidationEnabled || len(o.Basic[0].ExcludeManagementEventSources) > 0 || *o.Trail.KmsKeyId != "key" {
		t.Errorf("%+v", o)
	}
	// Selectors that leave out the same, or let nothing pass, are no better.
	shut := `{"EventSelectors":[{"ReadWriteType":"ReadOnly"}]}`
	for _, selection := range []string{noKeys, shut} {
		w = world(t, is(both(noDigests, func(o *one) {
			o.Basic[0].ExcludeManagementEventSources = []string{"kms.amazonaws.com"}
			o.Basic = append(o.Basic, types.EventSelector{IncludeManagementEvents: aws.Bool(false)})
		})))
		p = remedytest.Plan(t.Context(), t, Remedy, w, weakened(whole, selection, "proven MFA", "Log file validation"))
		if len(p.Calls) != 1 || p.Calls[0].Operation != "UpdateTrail" {
			t.Errorf("%s: %+v", selection, p.Calls)
		}
	}
	unproven := strings.Replace(whole, `"EnableLogFileValidation":true`, `"EnableLogFileValidation":false`, 1)
	w = world(t, is(oneRegion))
	p = remedytest.Plan(t.Context(), t, Remedy, w, weakened(unproven, "", "proven MFA", "Multi-region"))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil || !*w.State().(one).Trail.LogFileValidationEnabled {
		t.Errorf("%v: %+v", err, w.State())
	}
	// Fewer services left out is more; others left out is not.
	drop := func(services ...string) func(*one) {
		return func(o *one) { o.Basic[0].ExcludeManagementEventSources = services }
	}
	two := is(drop("kms.amazonaws.com", "rdsdata.amazonaws.com"))
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, two), weakened(whole, all, "proven MFA", "Left out")); len(p.Calls) != 1 {
		t.Errorf("%+v", p)
	}
	other := is(drop("rdsdata.amazonaws.com"))
	if why := remedytest.Refuses(t, Remedy, world(t, other), weakened(whole, noKeys, "proven MFA", "Left out")); !strings.Contains(why, "(Left out)") {
		t.Error(why)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []remedy.Case{weakened(whole, all, "proven MFA", "Multi-region"), weakened("", "", "", "Multi-region")} {
		// Validation is off, which is another finding's business.
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(noDigests)), c); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "any more") {
			t.Errorf("%+v", p)
		}
	}
}

// CloudTrail gives selectors and fields in any order.
func TestAnotherOrder(t *testing.T) {
	t.Parallel()
	c := weakened(whole, allByFit, "proven MFA", "Management events")
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(dataOnly)), c)
	turned := is(dataOnly)
	slices.Reverse(turned.Advanced[0].FieldSelectors)
	if err := Remedy.Apply(t.Context(), world(t, turned).Fake.Config(), p); err != nil {
		t.Error(err)
	}
}

// Whoever turned one of the switches since is not taken for the half of what one call does.
func TestTurnedBackInPart(t *testing.T) {
	t.Parallel()
	w := world(t, is(both(oneRegion, noDigests)))
	p := remedytest.Plan(t.Context(), t, Remedy, w, weakened(whole, all, "proven MFA", "Multi-region", "Log file validation"))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	part := world(t, is(noDigests))
	if _, moved := errors.AsType[*remedy.MovedError](Remedy.Undo(t.Context(), part.Fake.Config(), p, false)); !moved || slices.Contains(part.Fake.Actions(), update) {
		t.Errorf("calls %v", part.Fake.Actions())
	}
}

// A trail that is turned to another bucket after it was planned for is left alone.
func TestTurned(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(readsOnly)), weakened(whole, all, "proven MFA", "Management events"))
	turned := world(t, is(both(readsOnly, elsewhere)))
	_, moved := errors.AsType[*remedy.MovedError](Remedy.Apply(t.Context(), turned.Fake.Config(), p))
	if !moved || slices.Contains(turned.Fake.Actions(), put) {
		t.Errorf("calls %v", turned.Fake.Actions())
	}
}

// What was broken off after the first call goes on with the second.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(both(oneRegion, readsOnly))), weakened(whole, all, "proven MFA", "Management events", "Multi-region"))
	half := world(t, is(readsOnly))
	if err := Remedy.Apply(t.Context(), half.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if got := half.Fake.Actions(); slices.Contains(got, update) || !slices.Contains(got, put) {
		t.Errorf("calls %v", got)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	noLedger := weakened("", "", "", "Multi-region")
	noLedger.Trusted = nil
	for name, c := range map[string]struct {
		c      remedy.Case
		change func(*one)
		why    string
	}{
		"nothing is kept":              {weakened("", "", "", "Multi-region"), oneRegion, "is kept that covers more (Multi-region)"},
		"no ledger":                    {noLedger, oneRegion, "is kept that covers more (Multi-region)"},
		"the kept one is cut down too": {weakened(cut, all, "proven MFA", "Multi-region"), oneRegion, "is kept that covers more (Multi-region)"},
		"only first seen": {
			weakened(whole, all, remedy.FirstSeen, "Multi-region", "Management events"), both(oneRegion, readsOnly),
			"that somebody vouches for is kept and covers more (Multi-region, Management events); there is the definition first seen at 2026-11-01 12:09:00 UTC. " +
				"Put it right by hand, and vouch for it: pipewarden trust trail management-events",
		},
		"its bucket is not kept":          {weakened("", all, "proven MFA", "Management events"), readsOnly, "went is not kept"},
		"it was turned elsewhere":         {weakened(whole, all, "proven MFA", "Management events"), both(readsOnly, elsewhere), "go to the bucket drop, and went to archive"},
		"of two things one is kept":       {weakened(whole, "", "proven MFA", "Management events", "Multi-region"), both(oneRegion, readsOnly), "(Management events)"},
		"selectors that are cut down too": {weakened(whole, `{"EventSelectors":[{"ReadWriteType":"ReadOnly"}]}`, "proven MFA", "Management events"), readsOnly, "(Management events)"},
		"of another trail of that name":   {weakened(strings.Replace(whole, "eu-west-1:", "us-east-1:", 1), "", "proven MFA", "Multi-region"), oneRegion, "(Multi-region)"},
		"the organisation's":              {weakened(whole, all, "proven MFA", "Multi-region"), func(o *one) { o.Trail.TrailARN = aws.String(strings.Replace(arn, "111122223333", "777788889999", 1)) }, "777788889999"},
		"at home in another region":       {weakened(whole, all, "proven MFA", "Multi-region"), func(o *one) { o.Trail.HomeRegion = aws.String("us-east-1") }, "only there"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, is(c.change)), c.c); !strings.Contains(why, c.why) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// A person who asks for what is kept gets it, whatever a finding said.
func TestRestored(t *testing.T) {
	t.Parallel()
	c := weakened(whole, all, remedy.FirstSeen)
	c.Restore = true
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(both(noDigests, readsOnly))), c); len(p.Calls) != 2 {
		t.Errorf("%+v", p)
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, is(both())), c); !p.Done() {
		t.Errorf("%+v", p)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	c := weakened(whole, all, "proven MFA", "Multi-region")
	for _, call := range []string{"cloudtrail.DescribeTrails", "cloudtrail.GetEventSelectors"} {
		w := world(t, is(oneRegion))
		w.Fake.On(call, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), c); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
	gone := is(func(o *one) { o.Trail.Name = aws.String("other") })
	if _, err := Remedy.Plan(t.Context(), world(t, gone).Fake.Config(), c); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
	for _, torn := range []remedy.Case{weakened(`{"HomeRegion":7}`, "", "proven MFA", "Multi-region"), weakened("", `[`, "proven MFA", "Multi-region")} {
		if p, err := Remedy.Plan(t.Context(), world(t, is(oneRegion)).Fake.Config(), torn); err == nil {
			t.Errorf("torn: %+v", p)
		}
	}
	broken := errors.New("the ledger is away")
	c.Trusted = func(context.Context, string) (*remedy.Definition, error) { return nil, broken }
	if p, err := Remedy.Plan(t.Context(), world(t, is(oneRegion)).Fake.Config(), c); !errors.Is(err, broken) {
		t.Errorf("%+v, %v", p, err)
	}
}
