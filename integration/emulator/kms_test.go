package emulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	c := kms.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	key := ok(t, made, err).KeyMetadata
	equal(t, "usage when none was asked for", key.KeyUsage, types.KeyUsageTypeEncryptDecrypt)
	rotate := func(days *int32) error {
		_, err := c.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: key.Arn, RotationPeriodInDays: days})
		return err
	}
	status := func() *kms.GetKeyRotationStatusOutput {
		t.Helper()
		out, err := c.GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: key.KeyId})
		return ok(t, out, err)
	}
	equal(t, "a new key: period", status().RotationPeriodInDays == nil, true)
	for _, wrong := range []int32{0, 89, 2561} {
		refused(t, rotate(&wrong), "ValidationException")
	}
	equal(t, "refused: rotates", status().KeyRotationEnabled, false)
	ok(t, 0, rotate(nil))
	equal(t, "period when none was asked for", *status().RotationPeriodInDays, 365)
	ok(t, 0, rotate(aws.Int32(90)))
	equal(t, "another period", *status().RotationPeriodInDays, 90)
	equal(t, "next time", status().NextRotationDate != nil, true)

	dying, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: key.KeyId})
	ok(t, dying, err)
	equal(t, "about to be deleted: rotates", status().KeyRotationEnabled, false)
	refused(t, rotate(nil), "KMSInvalidStateException")
	saved, err := c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: key.KeyId})
	ok(t, saved, err)
	equal(t, "saved: rotates", status().KeyRotationEnabled, true)
	equal(t, "saved: period", *status().RotationPeriodInDays, 90)
	refused(t, rotate(nil), "DisabledException")

	works, err := c.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: key.KeyId})
	ok(t, works, err)
	off, err := c.DisableKeyRotation(t.Context(), &kms.DisableKeyRotationInput{KeyId: key.KeyId})
	ok(t, off, err)
	equal(t, "switched off: period", status().RotationPeriodInDays == nil, true)
	ok(t, 0, rotate(nil))
	equal(t, "switched on again: period", *status().RotationPeriodInDays, 365)
}

func TestKeyStates(t *testing.T) {
	t.Parallel()
	c := kms.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{})
	id := ok(t, made, err).KeyMetadata.KeyId
	enable := func() error {
		_, err := c.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: id})
		return err
	}
	disable := func() error {
		_, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: id})
		return err
	}
	schedule := func() error {
		_, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: id})
		return err
	}
	save := func() error {
		_, err := c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: id})
		return err
	}
	refused(t, save(), "KMSInvalidStateException")
	ok(t, 0, disable())
	ok(t, 0, disable())
	refused(t, save(), "KMSInvalidStateException")
	ok(t, 0, schedule())
	for _, call := range []func() error{enable, disable, schedule} {
		refused(t, call(), "KMSInvalidStateException")
	}
	ok(t, 0, save())
	now, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: id})
	equal(t, "saved", ok(t, now, err).KeyMetadata.KeyState, types.KeyStateDisabled)
	ok(t, 0, enable())
	gone := kms.EnableKeyInput{KeyId: aws.String("00000000-0000-4000-8000-000000000000")}
	_, err = c.EnableKey(t.Context(), &gone)
	refused(t, err, "NotFoundException")
	seals, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify})
	_, err = c.EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: ok(t, seals, err).KeyMetadata.KeyId})
	refused(t, err, "UnsupportedOperationException")
}
