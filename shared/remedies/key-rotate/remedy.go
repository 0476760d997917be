// Package keyrotate has KMS rotate a key by itself.
package keyrotate

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// keys is the resource of both writes (Service Authorization Reference, "AWS Key Management Service").
const keys = "arn:{partition}:kms:{region}:{account}:key/*"

// Remedy switches automatic rotation on. Key ID, ARN and policy stay, and so does the material that opens what was sealed before.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "key-rotate", Risk: remedy.Contained,
	On:     []resource.Source{key.Kind},
	Reads:  []string{key.DescribeAction, "kms:GetKeyRotationStatus"},
	Grants: []remedy.Grant{{Action: "kms:DisableKeyRotation", Resource: keys}, {Action: "kms:EnableKeyRotation", Resource: keys}},
}, remedy.Change[rotation]{What: "rotation of the key", Read: read, Aim: aim, Requests: requests, Same: same})

// yearly is the period of a key for which nobody asked for another, in days (AWS KMS API Reference, "EnableKeyRotation").
const yearly = 365

// rotation is the part of a key that is touched, and which key it is: an alias may point at another one by now.
type rotation struct {
	KeyID   string `json:"keyId"`
	Enabled bool   `json:"keyRotationEnabled"`
	Days    int32  `json:"rotationPeriodInDays,omitempty"`
}

// same goes by the period of a key that rotates only: what KMS says of it for a key that does not is not documented.
func same(found, want rotation) bool {
	return found.KeyID == want.KeyID && found.Enabled == want.Enabled && (!found.Enabled || found.Days == want.Days)
}

// read looks at a key whose rotation can be switched. In what states KMS refuses that tells the AWS KMS Developer Guide, "Key states of AWS KMS keys".
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *rotation) (rotation, error) {
	s, err := key.Rotation.Read(ctx, cfg, ref)
	if err != nil {
		return rotation{}, err
	}
	can, why := s.CanRotate()
	on, known := s.Rotates.Get()
	switch owner := ownerOf(s.ARN); {
	case owner != "" && ref.Account != "" && owner != ref.Account:
		return rotation{}, &remedy.RefusedError{Why: "The key " + ref.ID + " belongs to account " + owner + ": only there can its rotation be switched."}
	case !can:
		return rotation{}, &remedy.RefusedError{Why: why}
	case s.State != key.Enabled:
		return rotation{}, &remedy.RefusedError{Why: "The key " + ref.ID + " is in the state " + s.State + ": KMS switches the rotation of enabled keys only."}
	case s.Primary != "" && ref.Region != "" && s.Primary != ref.Region:
		return rotation{}, &remedy.RefusedError{Why: "The key " + ref.ID + " is a replica: its rotation is switched at its primary key, in " + s.Primary + "."}
	case !known:
		return rotation{}, s.Rotates.Err()
	}
	return rotation{KeyID: s.KeyID, Enabled: on, Days: s.Days}, nil
}

func ownerOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// aim keeps a period that the key has.
func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found rotation) (remedy.Aim[rotation], error) {
	if found.Enabled {
		return remedy.Aim[rotation]{To: found, Summary: "The key " + ref.ID + " rotates."}, nil
	}
	to := rotation{KeyID: found.KeyID, Enabled: true, Days: found.Days}
	if to.Days == 0 {
		to.Days = yearly
	}
	return remedy.Aim[rotation]{
		To: to, Summary: "Have KMS rotate the key " + ref.ID + " by itself.",
		Breaks: "Nothing; what was sealed before is opened as before, and KMS charges for the material that it keeps.",
	}, nil
}

func requests(_ resource.Ref, _, to rotation) ([]remedy.Request, error) {
	if !to.Enabled {
		in := &kms.DisableKeyRotationInput{KeyId: &to.KeyID}
		return []remedy.Request{remedy.Write(in, kms.NewFromConfig, (*kms.Client).DisableKeyRotation)}, nil
	}
	in := &kms.EnableKeyRotationInput{KeyId: &to.KeyID, RotationPeriodInDays: &to.Days}
	return []remedy.Request{remedy.Write(in, kms.NewFromConfig, (*kms.Client).EnableKeyRotation)}, nil
}
