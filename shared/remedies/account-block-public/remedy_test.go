package accountblockpublic

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// off is about the account as a whole, so that it has no region.
var off = remedy.Case{Finding: finding.Finding{
	Check: "account-block-public-off", Outcome: finding.Fail, Basis: finding.State,
	Resource: finding.Resource{Kind: "account", ID: "111122223333", Account: "111122223333"},
}}

// holder is the account; nil: no configuration.
type holder struct{ Flags *bucket.Flags }

func world(t *testing.T, flags *bucket.Flags) remedytest.World {
	h := holder{flags}
	own := func(id *string) error {
		if aws.ToString(id) != "111122223333" {
			return awstest.Error("AccessDenied")
		}
		return nil
	}
	fake := awstest.New(t).
		On("s3control.GetPublicAccessBlock", func(in any) (any, error) {
			if h.Flags == nil {
				return nil, awstest.Error("NoSuchPublicAccessBlockConfiguration")
			}
			f := *h.Flags
			return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
				BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
			}}, own(in.(*s3control.GetPublicAccessBlockInput).AccountId)
		}).
		On("s3control.PutPublicAccessBlock", func(in any) (any, error) {
			input := in.(*s3control.PutPublicAccessBlockInput)
			c := input.PublicAccessBlockConfiguration // which replaces all four: what is not sent is off
			h.Flags = &bucket.Flags{
				BlockPublicAcls: aws.ToBool(c.BlockPublicAcls), IgnorePublicAcls: aws.ToBool(c.IgnorePublicAcls),
				BlockPublicPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
			}
			return &s3control.PutPublicAccessBlockOutput{}, own(input.AccountId)
		}).
		On("s3control.DeletePublicAccessBlock", func(in any) (any, error) {
			h.Flags = nil
			return &s3control.DeletePublicAccessBlockOutput{}, own(in.(*s3control.DeletePublicAccessBlockInput).AccountId)
		})
	return remedytest.World{Fake: fake, State: func() any { return h }, Move: func() { h.Flags = &bucket.Flags{BlockPublicPolicy: true} }}
}

// Whatever was there, undoing gives back exactly that.
func Test(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string]*bucket.Flags{
		"no configuration": nil, "all off": {}, "partly on": {BlockPublicAcls: true, IgnorePublicAcls: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: off, Calls: []string{"s3control:PutPublicAccessBlock"},
				World: func(t *testing.T) remedytest.World { return world(t, flags) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, &bucket.Flags{BlockPublicAcls: true}), off)
	const input = `{"AccountId":"111122223333","PublicAccessBlockConfiguration":` +
		`{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}}`
	for got, want := range map[string]string{
		string(p.Before):         `{"configuration":{"blockPublicAcls":true,"ignorePublicAcls":false,"blockPublicPolicy":false,"restrictPublicBuckets":false}}`,
		string(p.After):          `{"configuration":{"blockPublicAcls":true,"ignorePublicAcls":true,"blockPublicPolicy":true,"restrictPublicBuckets":true}}`,
		string(p.Calls[0].Input): input,
		p.Manual:                 "aws s3control put-public-access-block --cli-input-json '" + input + "'",
		strings.Join(p.Changes, ";"): "configuration.blockPublicPolicy: false -> true;configuration.ignorePublicAcls: false -> true;" +
			"configuration.restrictPublicBuckets: false -> true",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, new(bucket.AllOn())), off); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "are on for account 111122223333") {
		t.Errorf("plan %+v", p)
	}
}

// All flags off is not the same as no configuration.
func TestAConfigurationThatCameInBetween(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, nil), off)
	err := Remedy.Apply(t.Context(), world(t, &bucket.Flags{}).Fake.Config(), p)
	if _, moved := errors.AsType[*remedy.MovedError](err); !moved {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for code, wrong := range map[string]func(error) bool{"AccessDenied": awserr.IsDenied, "SlowDown": awserr.IsThrottled} {
		w := world(t, nil)
		w.Fake.On("s3control.GetPublicAccessBlock", awstest.Error(code))
		if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), off); !wrong(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
	nowhere := off
	nowhere.Finding.Resource.Account = ""
	if p, err := Remedy.Plan(t.Context(), world(t, nil).Fake.Config(), nowhere); err == nil {
		t.Errorf("no account is named: %+v", p)
	}
}
