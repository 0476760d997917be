package remedies

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func keyScenes() []scene {
	made := resource.Ref{Kind: "key"} // by the ID that KMS gives it
	return []scene{
		{
			remedy: "key-rotate", check: "key-rotation-off", about: made,
			make:  func(w *world) error { return inTurn(w.key, w.rotating, w.unrotate) },
			state: (*world).keyState,
			move:  func(w *world) error { return w.rotate(aws.Int32(90)) },
		},
		{ // it rotated more often once
			remedy: "key-rotate", check: "key-rotation-off", about: made,
			make: func(w *world) error {
				return inTurn(w.key, w.rotating, with(w.rotate, aws.Int32(180)), w.unrotate)
			},
			state: (*world).keyState,
			move:  func(w *world) error { return w.rotate(aws.Int32(90)) },
		},
		{
			remedy: "key-keep", check: "key-scheduled-for-deletion", about: made, oneWay: true,
			make: func(w *world) error {
				return inTurn(w.key, w.rotating, func() error {
					_, err := w.kms().ScheduleKeyDeletion(w, &kms.ScheduleKeyDeletionInput{KeyId: w.lastKey(), PendingWindowInDays: aws.Int32(7)})
					return err
				})
			},
			state: (*world).keyState,
		},
		{
			remedy: "key-keep", check: "key-scheduled-for-deletion", about: made, oneWay: true,
			make: func(w *world) error {
				return inTurn(w.key, w.rightAs((*world).keyState), func() error {
					_, err := w.kms().DisableKey(w, &kms.DisableKeyInput{KeyId: w.lastKey()})
					return err
				})
			},
			state: (*world).keyState,
		},
	}
}

func (w *world) kms() *kms.Client { return kms.NewFromConfig(w.cfg) }

func (w *world) lastKey() *string { return &w.keys[len(w.keys)-1] }

// key makes a key that has all that a key can have besides what remedies change.
func (w *world) key() error {
	out, err := w.kms().CreateKey(w, &kms.CreateKeyInput{Description: aws.String("artifacts of web"), Tags: []types.Tag{{TagKey: aws.String("team"), TagValue: aws.String("web")}}})
	if err != nil {
		return err
	}
	w.keys = append(w.keys, aws.ToString(out.KeyMetadata.Arn))
	return inTurn(func() error {
		_, err := w.kms().CreateAlias(w, &kms.CreateAliasInput{AliasName: aws.String("alias/web-artifacts"), TargetKeyId: w.lastKey()})
		return err
	}, func() error {
		_, err := w.kms().CreateGrant(w, &kms.CreateGrantInput{
			KeyId: w.lastKey(), GranteePrincipal: aws.String("arn:aws:iam::" + account + ":role/build"), Operations: []types.GrantOperation{types.GrantOperationDecrypt},
		})
		return err
	})
}

func (w *world) rotate(days *int32) error {
	_, err := w.kms().EnableKeyRotation(w, &kms.EnableKeyRotationInput{KeyId: w.lastKey(), RotationPeriodInDays: days})
	return err
}

// rotating has the key rotate every year, as it should.
func (w *world) rotating() error {
	return inTurn(with(w.rotate, nil), w.rightAs((*world).keyState))
}

func (w *world) unrotate() error {
	_, err := w.kms().DisableKeyRotation(w, &kms.DisableKeyRotationInput{KeyId: w.lastKey()})
	return err
}

// keyState is all that KMS tells of the key, without the times at which it was made and rotates next.
func (w *world) keyState() (any, error) {
	c, id := w.kms(), w.lastKey()
	about, err := c.DescribeKey(w, &kms.DescribeKeyInput{KeyId: id})
	if err != nil {
		return nil, err
	}
	about.KeyMetadata.CreationDate = nil
	rotates, err := c.GetKeyRotationStatus(w, &kms.GetKeyRotationStatusInput{KeyId: id})
	if err != nil {
		return nil, err
	}
	rotates.NextRotationDate = nil
	return w.parts(map[string]any{"key": about, "rotation": rotates}, map[string]func(context.Context) (any, error){
		"aliases":   asking(c.ListAliases, &kms.ListAliasesInput{KeyId: id}),
		"grants":    asking(c.ListGrants, &kms.ListGrantsInput{KeyId: id}),
		"policy":    asking(c.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: id}),
		"rotations": asking(c.ListKeyRotations, &kms.ListKeyRotationsInput{KeyId: id}),
		"tags":      asking(c.ListResourceTags, &kms.ListResourceTagsInput{KeyId: id}),
	})
}
