package key

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	enableRotation  = "EnableKeyRotation"
	disableRotation = "DisableKeyRotation"
)

// What a key must be for KMS to rotate it by itself (KMS Developer Guide, "Rotate AWS KMS keys").
const (
	symmetric = string(types.KeySpecSymmetricDefault)
	fromKMS   = string(types.OriginTypeAwsKms)
)

// Rotation is whether KMS changes a key's material every year, or as often as was asked for.
var Rotation = &resource.Kind[RotationState]{
	Name: kind, Facet: "rotation",
	Changed: []event.Selector{event.Calls(service, enableRotation, disableRotation)},
	Refs:    refs,
	Read:    readRotation,
	List:    list,
	Told:    toldRotation,
	Actions: []string{DescribeAction, "kms:GetKeyRotationStatus", "kms:ListKeys"},
	Scoped:  true,
	Spread:  7,
}

// RotationState is what decides whether a key should rotate, and whether it does.
type RotationState struct {
	ARN     string              `json:"arn"`
	KeyID   string              `json:"keyId"`
	Manager string              `json:"manager"`           // AWS or CUSTOMER
	State   string              `json:"state"`             // Enabled, Disabled, PendingDeletion, …; "" where an event did not tell
	Spec    string              `json:"spec"`              // SYMMETRIC_DEFAULT, RSA_2048, …
	Origin  string              `json:"origin"`            // AWS_KMS, EXTERNAL, AWS_CLOUDHSM or EXTERNAL_KEY_STORE
	Primary string              `json:"primary,omitempty"` // region of the primary of a multi-region key, where alone rotation can be switched
	Rotates resource.Fact[bool] `json:"rotates,omitzero"`  // asked only of a key that can
	Days    int32               `json:"days,omitempty"`    // from one rotation to the next; 0 where the answer does not say
}

// CanRotate says whether KMS rotates such keys, and if not, why.
func (s RotationState) CanRotate() (can bool, why string) {
	switch {
	case s.Manager != Customer:
		return false, "AWS manages the key, and rotates it every year."
	case s.Spec != symmetric:
		return false, "KMS rotates symmetric keys only."
	case s.Origin != fromKMS:
		return false, "KMS rotates only keys whose material it made."
	case s.State == PendingDeletion || s.State == string(types.KeyStatePendingReplicaDeletion):
		return false, "The key is scheduled for deletion, which key-scheduled-for-deletion reports."
	}
	return true, ""
}

// readRotation takes two calls, and one for a key that cannot rotate.
func readRotation(ctx context.Context, cfg aws.Config, ref resource.Ref) (RotationState, error) {
	in := client(cfg, ref.Region)
	m, err := describe(ctx, in, ref.ID)
	if err != nil {
		return RotationState{}, err
	}
	s := RotationState{
		ARN: aws.ToString(m.Arn), KeyID: aws.ToString(m.KeyId), Manager: string(m.KeyManager), State: string(m.KeyState),
		Spec: string(m.KeySpec), Origin: string(m.Origin),
	}
	if c := m.MultiRegionConfiguration; c != nil && c.PrimaryKey != nil {
		s.Primary = aws.ToString(c.PrimaryKey.Region)
	}
	if can, _ := s.CanRotate(); !can {
		return s, nil
	}
	// By the id that DescribeKey gave: the call takes no alias (API Reference, GetKeyRotationStatus).
	out, err := in.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: m.KeyId})
	if err != nil {
		s.Rotates = resource.Unlearned[bool](awserr.Plain("read rotation of key "+ref.ID, err))
		return s, nil
	}
	s.Rotates, s.Days = resource.Known(out.KeyRotationEnabled), aws.ToInt32(out.RotationPeriodInDays)
	return s, nil
}

// toldRotation takes for certain what the calls demand: they work only on keys that can rotate.
func toldRotation(e *event.Event) (RotationState, bool) {
	n, ok := subject(e)
	on := e.Name() == enableRotation
	if !ok || !e.Succeeded() || !on && e.Name() != disableRotation {
		return RotationState{}, false
	}
	return RotationState{ARN: n.arn, KeyID: n.id, Manager: Customer, Spec: symmetric, Origin: fromKMS, Rotates: resource.Known(on)}, true
}
