package trailstart

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

const (
	arn  = "arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events"
	name = "management-events"
)

// found names the trail as a call in another region did: it is at home in us-east-1.
var found = finding.Finding{Check: "trail-stopped", Resource: finding.Resource{Kind: "trail", ID: name, Account: "111122223333", Region: "eu-west-1"}}

// world is the one trail that is seen.
type world struct {
	arn, home string
	logging   bool
	tags      []types.Tag
	fake      *awstest.Fake
}

func build(t *testing.T, w *world) *world {
	if w.arn == "" {
		w.arn = arn
	}
	w.home = strings.Split(w.arn, ":")[3]
	w.fake = awstest.New(t).
		On("cloudtrail.DescribeTrails", func(any) (any, error) {
			return &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{{Name: aws.String(name), TrailARN: aws.String(w.arn), HomeRegion: aws.String(w.home)}}}, nil
		}).
		On("cloudtrail.GetTrailStatus", func(any) (any, error) {
			return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(w.logging)}, nil
		}).
		On("cloudtrail.ListTags", func(in any) (any, error) {
			return &cloudtrail.ListTagsOutput{ResourceTagList: []types.ResourceTag{{ResourceId: &in.(*cloudtrail.ListTagsInput).ResourceIdList[0], TagsList: w.tags}}}, nil
		}).
		On("cloudtrail.StartLogging", func(in any) (any, error) {
			if aws.ToString(in.(*cloudtrail.StartLoggingInput).Name) != name {
				return nil, awstest.Error("TrailNotFoundException")
			}
			w.logging = true
			return &cloudtrail.StartLoggingOutput{}, nil
		})
	return w
}

func (w *world) writes() []awstest.Call {
	return slices.DeleteFunc(w.fake.Calls(), func(c awstest.Call) bool { return c.Operation != "cloudtrail.StartLogging" })
}

func planned(t *testing.T, w *world) remedy.Plan {
	t.Helper()
	p, err := Remedy.Plan(t.Context(), w.fake.Config(), found)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.writes()); n != 0 {
		t.Fatalf("planning wrote %d times", n)
	}
	return p
}

func TestStart(t *testing.T) {
	t.Parallel()
	w := build(t, &world{})
	p := planned(t, w)
	if p.Done() || p.Undoable || p.Stack != "" || p.Remedy != id || string(p.Calls[0].Input) != `{"Name":"management-events"}` ||
		p.Manual != "aws cloudtrail start-logging --name "+arn+" --region us-east-1" || !strings.Contains(p.Summary, "in us-east-1") {
		t.Errorf("plan %+v", p)
	}
	if want := `{"trailARN":"` + arn + `","homeRegion":"us-east-1","isLogging":`; string(p.Before) != want+"false}" || string(p.After) != want+"true}" {
		t.Errorf("before %s, after %s", p.Before, p.After)
	}
	for range 2 {
		if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
			t.Fatal(err)
		}
	}
	if writes := w.writes(); !w.logging || len(writes) != 1 || writes[0].Region != "us-east-1" {
		t.Errorf("logging %v, writes %+v", w.logging, writes)
	}
}

// TestUndo: there is none, so the trail stays as it is.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := build(t, &world{})
	p := planned(t, w)
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	w.fake.Forget()
	var refused *remedy.RefusedError
	if err := Remedy.Undo(t.Context(), w.fake.Config(), p); !errors.As(err, &refused) || !w.logging || len(w.fake.Calls()) != 0 {
		t.Errorf("undo: %v, calls %+v", err, w.fake.Calls())
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	w := build(t, &world{logging: true})
	p := planned(t, w)
	w.fake.Forget()
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil || !p.Done() || len(w.fake.Calls()) != 0 {
		t.Errorf("a trail that logs: %+v, %v, calls %+v", p, err, w.fake.Calls())
	}
}

func TestStack(t *testing.T) {
	t.Parallel()
	w := build(t, &world{tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}, {Key: aws.String(stackTag), Value: aws.String("audit")}}})
	if p := planned(t, w); p.Stack != "audit" {
		t.Errorf("stack %q", p.Stack)
	}
	w.fake.On("cloudtrail.ListTags", awstest.Error("AccessDeniedException"))
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); !awserr.IsDenied(err) {
		t.Errorf("without the tags it is not known whose the trail is: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	var refused *remedy.RefusedError
	w := build(t, &world{arn: "arn:aws:cloudtrail:us-east-1:777788889999:trail/" + name})
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); !errors.As(err, &refused) || !strings.Contains(err.Error(), "777788889999") {
		t.Errorf("an organisation's trail: %v", err)
	}
	other := found
	other.Resource.Kind = "bucket"
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), other); !errors.As(err, &refused) {
		t.Errorf("a bucket: %v", err)
	}
}

// TestMoved: a trail of that name was made anew elsewhere since.
func TestMoved(t *testing.T) {
	t.Parallel()
	w := build(t, &world{})
	p := planned(t, w)
	w.arn, w.home = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/"+name, "eu-west-1"
	var moved *remedy.MovedError
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !errors.As(err, &moved) || len(w.writes()) != 0 {
		t.Errorf("moved: %v", err)
	}
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		operation, code string
		is              func(error) bool
	}{
		{"cloudtrail.DescribeTrails", "AccessDeniedException", awserr.IsDenied},
		{"cloudtrail.GetTrailStatus", "ThrottlingException", awserr.IsThrottled},
		{"cloudtrail.StartLogging", "InvalidHomeRegionException", func(err error) bool { return awserr.Is(err, "InvalidHomeRegionException") }},
	} {
		w := build(t, &world{})
		p := planned(t, w)
		w.fake.On(one.operation, awstest.Error(one.code))
		if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !one.is(err) || w.logging {
			t.Errorf("%s %s: %v", one.operation, one.code, err)
		}
		if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); one.operation != "cloudtrail.StartLogging" && !one.is(err) {
			t.Errorf("plan, %s %s: %v", one.operation, one.code, err)
		}
	}
	w := build(t, &world{})
	p := planned(t, w)
	p.Before = []byte("{")
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err == nil {
		t.Error("a torn plan was applied")
	}
	w.fake.On("cloudtrail.DescribeTrails", &cloudtrail.DescribeTrailsOutput{})
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); !awserr.IsNotFound(err) {
		t.Errorf("a trail that is gone: %v", err)
	}
	w.fake.On("cloudtrail.DescribeTrails", &cloudtrail.DescribeTrailsOutput{TrailList: []types.Trail{{Name: aws.String(name)}}})
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), found); err == nil {
		t.Error("a trail without an ARN was planned for")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := build(t, &world{})
	p := planned(t, w)
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	declared := slices.Clone(Remedy.Reads)
	for _, grant := range Remedy.Grants {
		declared = append(declared, grant.Action)
		if !strings.HasPrefix(grant.Resource, "arn:{partition}:") {
			t.Errorf("grant on %s", grant.Resource)
		}
	}
	w.fake.ExpectActions(declared)
}
