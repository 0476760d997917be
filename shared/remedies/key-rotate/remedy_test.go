package keyrotate

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	id  = "1234abcd-12ab-34cd-56ef-1234567890ab"
	arn = "arn:aws:kms:eu-west-1:111122223333:key/" + id
)

var still = remedy.Case{Finding: remedytest.Finding("key-rotation-off", "key", id)}

// one is the key of the account.
type one struct {
	Meta   types.KeyMetadata
	On     bool
	Days   int32
	forget bool // KMS tells no period of a key that does not rotate
}

func own(change func(*one)) one {
	k := one{Meta: types.KeyMetadata{
		Arn: aws.String(arn), KeyId: aws.String(id), KeyManager: types.KeyManagerTypeCustomer, KeyState: types.KeyStateEnabled,
		KeySpec: types.KeySpecSymmetricDefault, Origin: types.OriginTypeAwsKms,
	}}
	if change != nil {
		change(&k)
	}
	return k
}

func world(t *testing.T, k one) remedytest.World {
	usable := func() error {
		if k.Meta.KeyState != types.KeyStateEnabled {
			return awstest.Error("DisabledException")
		}
		return nil
	}
	fake := awstest.New(t).
		On("kms.DescribeKey", func(any) (any, error) {
			m := k.Meta
			return &kms.DescribeKeyOutput{KeyMetadata: &m}, nil
		}).
		On("kms.GetKeyRotationStatus", func(any) (any, error) {
			out := &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: k.On}
			if k.Days != 0 && (k.On || !k.forget) {
				out.RotationPeriodInDays = aws.Int32(k.Days)
			}
			return out, nil
		}).
		On("kms.EnableKeyRotation", func(in any) (any, error) {
			input := in.(*kms.EnableKeyRotationInput)
			if *input.KeyId != id { // it takes no alias
				return nil, awstest.Error("NotFoundException")
			}
			k.On, k.Days = true, 365
			if input.RotationPeriodInDays != nil {
				k.Days = *input.RotationPeriodInDays
			}
			return &kms.EnableKeyRotationOutput{}, usable()
		}).
		On("kms.DisableKeyRotation", func(any) (any, error) {
			k.On = false
			if k.forget {
				k.Days = 0
			}
			return &kms.DisableKeyRotationOutput{}, usable()
		})
	state := func() any {
		seen := k
		if !seen.On {
			seen.Days = 0 // the period of a key that does not rotate is of no effect
		}
		return seen
	}
	return remedytest.World{Fake: fake, State: state, Move: func() { k.On, k.Days = true, 90 }}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]one{
		"never rotated":                own(func(k *one) { k.forget = true }),
		"rotated before, twice a year": own(func(k *one) { k.Days = 180 }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: still, Calls: []string{"kms:EnableKeyRotation"},
				World: func(t *testing.T) remedytest.World { return world(t, k) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for days, period := range map[int32]string{0: "365", 180: "180"} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, own(func(k *one) { k.Days = days })), still)
		before := `{"keyId":"` + id + `","keyRotationEnabled":false`
		if days != 0 {
			before += `,"rotationPeriodInDays":` + period
		}
		for got, want := range map[string]string{
			string(p.Before):              before + "}",
			string(p.After):               `{"keyId":"` + id + `","keyRotationEnabled":true,"rotationPeriodInDays":` + period + `}`,
			string(p.Calls[0].Input):      `{"KeyId":"` + id + `","RotationPeriodInDays":` + period + `}`,
			strings.Join(p.Changes, "; "): "keyRotationEnabled: false -> true" + map[int32]string{0: "; rotationPeriodInDays: nothing -> 365"}[days],
			p.Summary:                     "Have KMS rotate the key " + id + " by itself.",
			p.Manual:                      "aws kms enable-key-rotation --region eu-west-1 --key-id " + id + " --rotation-period-in-days " + period,
		} {
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}

// An alias is resolved before anything is sent: the calls take none.
func TestByAlias(t *testing.T) {
	t.Parallel()
	c := remedy.Case{Finding: remedytest.Finding("key-rotation-off", "key", "alias/artifacts")}
	w := world(t, own(nil))
	p := remedytest.Plan(t.Context(), t, Remedy, w, c)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Error(err)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, own(func(k *one) { k.On, k.Days = true, 90 })), still); !p.Done() || p.Undoable {
		t.Errorf("a key that rotates: %+v", p)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*one)
		why    string
	}{
		"asymmetric": {func(k *one) { k.Meta.KeySpec = types.KeySpecRsa2048 }, "symmetric keys only"},
		"HMAC":       {func(k *one) { k.Meta.KeySpec = types.KeySpecHmac256 }, "symmetric keys only"},
		"imported":   {func(k *one) { k.Meta.Origin = types.OriginTypeExternal }, "whose material it made"},
		"key store":  {func(k *one) { k.Meta.Origin = types.OriginTypeAwsCloudhsm }, "whose material it made"},
		"elsewhere":  {func(k *one) { k.Meta.Origin = types.OriginTypeExternalKeyStore }, "whose material it made"},
		"AWS's":      {func(k *one) { k.Meta.KeyManager = types.KeyManagerTypeAws }, "AWS manages"},
		"foreign":    {func(k *one) { k.Meta.Arn = aws.String(strings.Replace(arn, "111122223333", "777788889999", 1)) }, "account 777788889999"},
		"disabled":   {func(k *one) { k.Meta.KeyState = types.KeyStateDisabled }, "enabled keys only"},
		"going":      {func(k *one) { k.Meta.KeyState = types.KeyStatePendingDeletion }, "scheduled for deletion"},
		"a replica": {func(k *one) {
			k.Meta.MultiRegionConfiguration = &types.MultiRegionConfiguration{PrimaryKey: &types.MultiRegionKey{Region: aws.String("us-east-1")}}
		}, "primary key, in us-east-1"},
	} {
		w := world(t, own(c.change))
		if why := remedytest.Refuses(t, Remedy, w, still); !strings.Contains(why, c.why) {
			t.Errorf("%s: %s", name, why)
		}
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, own(nil)), still); Remedy.Apply(t.Context(), w.Fake.Config(), p) == nil {
			t.Errorf("%s: applied", name)
		}
	}
	primary := own(func(k *one) {
		k.Meta.MultiRegionConfiguration = &types.MultiRegionConfiguration{PrimaryKey: &types.MultiRegionKey{Region: aws.String("eu-west-1")}}
	})
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, primary), still); p.Done() {
		t.Errorf("a primary key: %+v", p)
	}
}

// What could not be read is no reason to change anything.
func TestUnread(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"kms.DescribeKey", "kms.GetKeyRotationStatus"} {
		w := world(t, own(nil))
		w.Fake.On(call, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), still); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
}
