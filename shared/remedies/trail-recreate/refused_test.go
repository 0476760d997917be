package trailrecreate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

// What was broken off goes on where it stopped, wherever that was.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	c := deleted(rich, advanced)
	for _, failing := range []string{"cloudtrail.PutEventSelectors", "cloudtrail.PutInsightSelectors", "cloudtrail.StartLogging"} {
		w := world(t, missing())
		p := remedytest.Plan(t.Context(), t, Remedy, w, c)
		whole := world(t, missing())
		if err := Remedy.Apply(t.Context(), whole.Fake.Config(), p); err != nil {
			t.Fatal(err)
		}
		w.Fake.On(failing, awstest.Error("ThrottlingException"))
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); !awserr.IsThrottled(err) {
			t.Fatalf("%s: %v", failing, err)
		}
		h := w.State().(home)
		if h.Trail == nil || h.Logging {
			t.Fatalf("%s: %+v", failing, h)
		}
		rest := world(t, h)
		if err := Remedy.Apply(t.Context(), rest.Fake.Config(), p); err != nil {
			t.Errorf("%s: %v", failing, err)
		}
		if differs, err := Remedy.Stand(t.Context(), rest.Fake.Config(), p); err != nil || len(differs) > 0 {
			t.Errorf("%s: %v, %v", failing, differs, err)
		}
		// What was done is not done again: the calls from the one that failed on are those that are left.
		order := []string{create, put, look, start}
		left := order[slices.Index(order, awstest.Action(failing)):]
		for _, call := range order {
			if slices.Contains(rest.Fake.Actions(), call) != slices.Contains(left, call) {
				t.Errorf("%s: %s among %v", failing, call, rest.Fake.Actions())
			}
		}
	}
}

// Somebody started it meanwhile, and CloudTrail gives fields in another order.
func TestMadeByOthers(t *testing.T) {
	t.Parallel()
	const objects = `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`
	w := world(t, missing())
	p := remedytest.Plan(t.Context(), t, Remedy, w, deleted(plain, objects))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	turned := w.State().(home)
	slices.Reverse(turned.Advanced[0].FieldSelectors)
	if differs, err := Remedy.Stand(t.Context(), world(t, turned).Fake.Config(), p); err != nil || len(differs) > 0 {
		t.Errorf("%v, %v", differs, err)
	}
	half := home{Trail: turned.Trail, Basic: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true)}}, Logging: true, buckets: turned.buckets}
	rest := world(t, half)
	if err := Remedy.Apply(t.Context(), rest.Fake.Config(), p); err != nil || slices.Contains(rest.Fake.Actions(), start) || !slices.Contains(rest.Fake.Actions(), put) {
		t.Errorf("%v, after %v", err, rest.Fake.Actions())
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	noLedger := deleted("", "")
	noLedger.Trusted = nil
	for name, one := range map[string]struct {
		c   remedy.Case
		why string
	}{
		"nothing is kept":    {deleted("", advanced), "is kept to make it by"},
		"no ledger":          {noLedger, "is kept to make it by"},
		"the organisation's": {deleted(strings.Replace(plain, `"IsOrganizationTrail":false`, `"IsOrganizationTrail":true`, 1), ""), "organisation's"},
		"another account's":  {deleted(strings.Replace(plain, "111122223333", "777788889999", 1), ""), "is another trail: arn:aws:cloudtrail:eu-west-1:777788889999"},
		"at home elsewhere":  {deleted(strings.ReplaceAll(plain, "eu-west-1", "us-east-1"), ""), "is another trail"},
		"of another name":    {deleted(strings.Replace(plain, name, "other", 1), ""), "is another trail"},
		"it names no bucket": {deleted(strings.Replace(plain, `"archive"`, `""`, 1), ""), "names no bucket"},
		"no ARN":             {deleted(`{"S3BucketName":"archive"}`, ""), "is another trail"},
		"at home nowhere":    {deleted(strings.Replace(plain, `"HomeRegion":"eu-west-1"`, `"HomeRegion":"us-east-1"`, 1), ""), "at home in another region: us-east-1"},
		"only first seen":    {known(rich, remedy.FirstSeen, advanced, proven), "Nobody vouches for what is kept of the trail management-events: that is the definition first seen at 2026-11-01"},
		"the bucket is gone": {deleted(strings.Replace(plain, `"archive"`, `"archive-of"`, 1), ""), "The account has no bucket archive-of,"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, missing()), one.c); !strings.Contains(why, one.why) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// What a person asks for may be what was only first seen. Else selectors and tags that nobody vouches for are not put back with a trail that
// somebody does.
func TestFirstSeen(t *testing.T) {
	t.Parallel()
	c := known(rich, remedy.FirstSeen, advanced, remedy.FirstSeen)
	c.Restore = true
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), c); len(p.Calls) != 4 {
		t.Errorf("%+v", p)
	}
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), known(rich, proven, advanced, remedy.FirstSeen))
	if len(p.Calls) != 2 || strings.Contains(string(p.Calls[0].Input), "TagsList") || !strings.Contains(p.Summary, "nobody vouches for selectors and tags") {
		t.Errorf("%+v", p)
	}
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, missing()), known(rich, proven, advanced, "CloudFormation"))
	if !strings.Contains(p.Summary, "(proven MFA) (its selectors and tags by the definition of 2026-11-01 12:00:00 UTC (CloudFormation)), and start it") {
		t.Error(p.Summary)
	}
}

// Whoever deleted the trail took its bucket as well, so that the name may be anybody's: neither is the trail made, nor one that is half made
// started.
func TestBucketLost(t *testing.T) {
	t.Parallel()
	c := deleted(rich, advanced)
	w := world(t, missing())
	p := remedytest.Plan(t.Context(), t, Remedy, w, c)
	w.Fake.On("cloudtrail.StartLogging", awstest.Error("ThrottlingException"))
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); !awserr.IsThrottled(err) {
		t.Fatal(err)
	}
	half := w.State().(home)
	half.buckets = nil
	for _, h := range []home{{}, half} {
		lost := world(t, h)
		err := Remedy.Apply(t.Context(), lost.Fake.Config(), p)
		why, refused := errors.AsType[*remedy.RefusedError](err)
		if !refused || !strings.Contains(why.Why, "no bucket archive,") || slices.Contains(lost.Fake.Actions(), create) || slices.Contains(lost.Fake.Actions(), start) {
			t.Errorf("%v, after %v", err, lost.Fake.Actions())
		}
	}
	if why := remedytest.Refuses(t, Remedy, world(t, home{}), c); !strings.Contains(why, "no bucket archive,") {
		t.Error(why)
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	for _, g := range Remedy.Grants {
		if g.Action == "iam:PassRole" && !slices.Equal(g.PassedTo, []string{"cloudtrail.amazonaws.com"}) {
			t.Errorf("%+v", g)
		}
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	c := deleted(rich, advanced)
	again := created(&cloudtrail.CreateTrailInput{Name: aws.String(name), S3BucketName: aws.String("archive")})
	again.HasInsightSelectors = aws.Bool(true)
	for _, call := range []string{"DescribeTrails", "GetTrailStatus", "GetEventSelectors", "GetInsightSelectors", "ListTags"} {
		w := world(t, home{Trail: again, buckets: []string{"archive"}})
		w.Fake.On("cloudtrail."+call, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), c); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
	w := world(t, missing())
	w.Fake.On("s3.ListBuckets", awstest.Error("ThrottlingException"))
	if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), c); !awserr.IsThrottled(err) {
		t.Errorf("whose bucket: %+v, %v", p, err)
	}
	for _, torn := range []remedy.Case{deleted(`{"HomeRegion":7}`, ""), deleted(plain, `[`)} {
		if p, err := Remedy.Plan(t.Context(), world(t, missing()).Fake.Config(), torn); err == nil {
			t.Errorf("torn: %+v", p)
		}
	}
	broken := errors.New("the ledger is away")
	c.Trusted = func(context.Context, string) (*remedy.Definition, error) { return nil, broken }
	if p, err := Remedy.Plan(t.Context(), world(t, missing()).Fake.Config(), c); !errors.Is(err, broken) {
		t.Errorf("%+v, %v", p, err)
	}
}
