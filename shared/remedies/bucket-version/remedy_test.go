package bucketversion

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var unversioned = remedy.Case{Finding: remedytest.Finding("bucket-unversioned", "bucket", "artifacts")}

// site is one bucket.
type site struct {
	Status types.BucketVersioningStatus
	MFA    types.MFADeleteStatus
}

func world(t *testing.T, s *site) remedytest.World {
	fake := awstest.New(t).
		On("s3.GetBucketVersioning", func(in any) (any, error) {
			if aws.ToString(in.(*s3.GetBucketVersioningInput).ExpectedBucketOwner) != "111122223333" {
				return nil, awstest.Error("AccessDenied")
			}
			return &s3.GetBucketVersioningOutput{Status: s.Status, MFADelete: s.MFA}, nil
		}).
		On("s3.PutBucketVersioning", func(in any) (any, error) {
			c := in.(*s3.PutBucketVersioningInput).VersioningConfiguration
			switch {
			case s.MFA == types.MFADeleteStatusEnabled:
				return nil, awstest.Error("AccessDenied")
			case c.Status == "":
				return nil, awstest.Error("IllegalVersioningConfigurationException")
			case c.MFADelete != "":
				s.MFA = types.MFADeleteStatus(c.MFADelete)
			}
			s.Status = c.Status
			return &s3.PutBucketVersioningOutput{}, nil
		})
	// What differs between suspended and never switched on is no state to come back to.
	return remedytest.World{Fake: fake, State: func() any {
		return struct {
			Kept types.BucketVersioningStatus
			MFA  types.MFADeleteStatus
		}{cmp.Or(s.Status, types.BucketVersioningStatusSuspended), s.MFA}
	}, Move: func() { s.Status = "Paused" }} // which S3 has not, yet: of the two that it has, each is one that the plan knows
}

func Test(t *testing.T) {
	t.Parallel()
	for _, status := range []types.BucketVersioningStatus{"", types.BucketVersioningStatusSuspended} {
		t.Run("from "+string(status), func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: unversioned, Calls: []string{"s3:PutBucketVersioning"},
				World: func(t *testing.T) remedytest.World {
					return world(t, &site{Status: status, MFA: types.MFADeleteStatusDisabled})
				},
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{}), unversioned)
	for got, want := range map[string]string{
		string(p.Before): `{"Status":"Suspended"}`, string(p.After): `{"Status":"Enabled"}`,
		string(p.Calls[0].Input):     `{"Bucket":"artifacts","ExpectedBucketOwner":"111122223333","VersioningConfiguration":{"Status":"Enabled"}}`,
		strings.Join(p.Changes, ";"): "Status: never switched on -> Enabled",
		p.Manual:                     "aws s3api put-bucket-versioning --region eu-west-1 --cli-input-json '" + string(p.Calls[0].Input) + "'",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if !strings.Contains(p.Breaks, "S3 never goes back to a bucket without it") {
		t.Errorf("that undoing only suspends is not told: %s", p.Breaks)
	}
}

// TestUndo suspends, whatever it was before: S3 takes nothing else.
func TestUndo(t *testing.T) {
	t.Parallel()
	for _, before := range []types.BucketVersioningStatus{"", types.BucketVersioningStatusSuspended} {
		s := &site{Status: before}
		w := world(t, s)
		p := remedytest.Plan(t.Context(), t, Remedy, w, unversioned)
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil || s.Status != types.BucketVersioningStatusEnabled {
			t.Fatal(err)
		}
		if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil || s.Status != types.BucketVersioningStatusSuspended {
			t.Errorf("%q: undone, it is %q: %v", before, s.Status, err)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, mfa := range []types.MFADeleteStatus{"", types.MFADeleteStatusEnabled} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{types.BucketVersioningStatusEnabled, mfa}), unversioned); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "keeps former versions") {
			t.Errorf("plan %+v", p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	if why := remedytest.Refuses(t, Remedy, world(t, &site{types.BucketVersioningStatusSuspended, types.MFADeleteStatusEnabled}), unversioned); !strings.Contains(why, "only root") {
		t.Error(why)
	}
	if why := remedytest.Refuses(t, Remedy, world(t, &site{Status: "Paused"}), unversioned); !strings.Contains(why, "Paused") {
		t.Error(why)
	}
}

// TestMFADeleteInBetween: somebody switched it on since, and S3 would refuse. What is asked for by force is refused with the reason.
func TestMFADeleteInBetween(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &site{}), unversioned)
	locked := world(t, &site{types.BucketVersioningStatusEnabled, types.MFADeleteStatusEnabled})
	for name, err := range map[string]error{
		"applied": Remedy.Apply(t.Context(), world(t, &site{MFA: types.MFADeleteStatusEnabled}).Fake.Config(), p),
		"undone":  Remedy.Undo(t.Context(), locked.Fake.Config(), p, false),
	} {
		if moved, ok := errors.AsType[*remedy.MovedError](err); !ok || strings.Join(moved.Differs, ";") != "MFADelete: false -> true" {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := Remedy.Undo(t.Context(), locked.Fake.Config(), p, true)
	if refused, ok := errors.AsType[*remedy.RefusedError](err); !ok || !strings.Contains(refused.Why, "only root") {
		t.Errorf("by force: %v", err)
	}
}

// TestPlanOfAFormerVersion has no status where versioning was never switched on, and can be undone all the same.
func TestPlanOfAFormerVersion(t *testing.T) {
	t.Parallel()
	s := &site{}
	w := world(t, s)
	p := remedytest.Plan(t.Context(), t, Remedy, w, unversioned)
	p.Before = []byte(`{"Status":""}`)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil || s.Status != types.BucketVersioningStatusSuspended {
		t.Errorf("%q: %v", s.Status, err)
	}
}

// TestDoneAgain: undone, it is found as it was before, so that the same plan is made anew.
func TestDoneAgain(t *testing.T) {
	t.Parallel()
	w := world(t, &site{})
	p := remedytest.Plan(t.Context(), t, Remedy, w, unversioned)
	for _, err := range []error{Remedy.Apply(t.Context(), w.Fake.Config(), p), Remedy.Undo(t.Context(), w.Fake.Config(), p, false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if again := remedytest.Plan(t.Context(), t, Remedy, w, unversioned); string(again.Before) != string(p.Before) {
		t.Errorf("before %s, undone %s", p.Before, again.Before)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for code, wrong := range map[string]func(error) bool{"NoSuchBucket": awserr.IsNotFound, "AccessDenied": awserr.IsDenied, "SlowDown": awserr.IsThrottled} {
		w := world(t, &site{})
		w.Fake.On("s3.GetBucketVersioning", awstest.Error(code))
		if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), unversioned); !wrong(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
}
