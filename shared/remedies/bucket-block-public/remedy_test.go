package bucketblockpublic

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

var public = remedy.Case{Finding: remedytest.Finding("bucket-public", "bucket", "artifacts")}

// store is one bucket, and its account.
type store struct{ Own, Account *bucket.Flags } // nil: no configuration

func configuration(f bucket.Flags) *types.PublicAccessBlockConfiguration {
	return &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
		BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
	}
}

func world(t *testing.T, s store) remedytest.World {
	absent := awstest.Error("NoSuchPublicAccessBlockConfiguration")
	fake := awstest.New(t).
		On("s3.GetPublicAccessBlock", func(any) (any, error) {
			if s.Own == nil {
				return nil, absent
			}
			return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: configuration(*s.Own)}, nil
		}).
		On("s3control.GetPublicAccessBlock", func(any) (any, error) {
			if s.Account == nil {
				return nil, absent
			}
			return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
				BlockPublicAcls: &s.Account.BlockPublicAcls, IgnorePublicAcls: &s.Account.IgnorePublicAcls,
				BlockPublicPolicy: &s.Account.BlockPublicPolicy, RestrictPublicBuckets: &s.Account.RestrictPublicBuckets,
			}}, nil
		}).
		On("s3.PutPublicAccessBlock", func(input any) (any, error) {
			c := input.(*s3.PutPublicAccessBlockInput).PublicAccessBlockConfiguration
			s.Own = &bucket.Flags{
				BlockPublicAcls: aws.ToBool(c.BlockPublicAcls), IgnorePublicAcls: aws.ToBool(c.IgnorePublicAcls),
				BlockPublicPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
			}
			return &s3.PutPublicAccessBlockOutput{}, nil
		}).
		On("s3.DeletePublicAccessBlock", func(any) (any, error) {
			s.Own = nil
			return &s3.DeletePublicAccessBlockOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return s }, Move: func() { s.Own = &bucket.Flags{BlockPublicPolicy: true} }}
}

// Whatever was there, undoing gives back exactly that.
func Test(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]*bucket.Flags{
		"no configuration": nil, "all off": {}, "partly on": {BlockPublicAcls: true, IgnorePublicAcls: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: public, Calls: []string{"s3:PutPublicAccessBlock"},
				World: func(t *testing.T) remedytest.World { return world(t, store{Own: own}) },
			})
		})
	}
}

// All flags off is not the same as no configuration.
func TestAConfigurationThatCameInBetween(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, store{}), public)
	err := Remedy.Apply(t.Context(), world(t, store{Own: &bucket.Flags{}}).Fake.Config(), p)
	if _, moved := errors.AsType[*remedy.MovedError](err); !moved {
		t.Error(err)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	all := bucket.AllOn()
	half, otherHalf := bucket.Flags{BlockPublicAcls: true, IgnorePublicAcls: true}, bucket.Flags{BlockPublicPolicy: true, RestrictPublicBuckets: true}
	for name, one := range map[string]struct {
		s    store
		says string
	}{
		"on for the bucket":  {store{Own: &all}, "are on for artifacts"},
		"on for the account": {store{Account: &all}, "account's own Block Public Access covers"},
		"on together":        {store{Own: &half, Account: &otherHalf}, "account's own Block Public Access covers"},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, one.s), public); !p.Done() || p.Undoable || !strings.Contains(p.Summary, one.says) {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, store{Own: &bucket.Flags{}}), public)
	const input = `{"Bucket":"artifacts","ExpectedBucketOwner":"111122223333","PublicAccessBlockConfiguration":` +
		`{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}}`
	if string(p.Calls[0].Input) != input || p.Manual != "aws s3api put-public-access-block --region eu-west-1 --cli-input-json '"+input+"'" {
		t.Errorf("%s\n%s", p.Calls[0].Input, p.Manual)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		op, code string
		wrong    func(error) bool
	}{
		"gone":              {"s3.GetPublicAccessBlock", "NoSuchBucket", awserr.IsNotFound},
		"denied":            {"s3.GetPublicAccessBlock", "AccessDenied", awserr.IsDenied},
		"account throttled": {"s3control.GetPublicAccessBlock", "SlowDown", awserr.IsThrottled},
	} {
		w := world(t, store{})
		w.Fake.On(one.op, awstest.Error(one.code))
		if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), public); !one.wrong(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// That the account's flags may not be read keeps nobody from setting the bucket's.
	w := world(t, store{})
	w.Fake.On("s3control.GetPublicAccessBlock", awstest.Error("AccessDenied"))
	if p := remedytest.Plan(t.Context(), t, Remedy, w, public); p.Done() {
		t.Errorf("plan %+v", p)
	}
}
