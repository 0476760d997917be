package keykeep

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	id    = "1234abcd-12ab-34cd-56ef-1234567890ab"
	other = "9876abcd-12ab-34cd-56ef-1234567890ab"
	arn   = "arn:aws:kms:eu-west-1:111122223333:key/" + id
)

var going = remedy.Case{Finding: remedytest.Finding("key-scheduled-for-deletion", "key", id)}

func in(state types.KeyState) types.KeyMetadata {
	m := types.KeyMetadata{Arn: aws.String(arn), KeyId: aws.String(id), KeyManager: types.KeyManagerTypeCustomer, KeyState: state}
	if state == types.KeyStatePendingDeletion {
		m.DeletionDate = aws.Time(time.Date(2026, 11, 27, 9, 14, 7, 0, time.UTC))
	}
	return m
}

func world(t *testing.T, m types.KeyMetadata) remedytest.World {
	fake := awstest.New(t).
		On("kms.DescribeKey", func(any) (any, error) {
			seen := m
			return &kms.DescribeKeyOutput{KeyMetadata: &seen}, nil
		}).
		On("kms.CancelKeyDeletion", func(in any) (any, error) {
			if *in.(*kms.CancelKeyDeletionInput).KeyId != *m.KeyId {
				return nil, awstest.Error("NotFoundException")
			}
			if m.KeyState != types.KeyStatePendingDeletion && m.KeyState != types.KeyStatePendingReplicaDeletion {
				return nil, awstest.Error("KMSInvalidStateException")
			}
			m.KeyState, m.DeletionDate = types.KeyStateDisabled, nil
			return &kms.CancelKeyDeletionOutput{KeyId: m.KeyId}, nil
		}).
		On("kms.EnableKey", func(in any) (any, error) {
			if *in.(*kms.EnableKeyInput).KeyId != *m.KeyId {
				return nil, awstest.Error("NotFoundException")
			}
			if m.KeyState != types.KeyStateDisabled && m.KeyState != types.KeyStateEnabled {
				return nil, awstest.Error("KMSInvalidStateException")
			}
			m.KeyState = types.KeyStateEnabled
			return &kms.EnableKeyOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return m }, Move: func() {
		// Somebody takes the deletion back, and schedules it for another day.
		m.KeyState, m.DeletionDate = types.KeyStatePendingDeletion, aws.Time(time.Date(2026, 12, 20, 9, 14, 7, 0, time.UTC))
	}}
}

const (
	cancel = "kms:CancelKeyDeletion"
	enable = "kms:EnableKey"
)

func Test(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state types.KeyState
		calls []string
	}{
		"on its way out":         {types.KeyStatePendingDeletion, []string{cancel, enable}},
		"waits for its replicas": {types.KeyStatePendingReplicaDeletion, []string{cancel, enable}},
		"disabled":               {types.KeyStateDisabled, []string{enable}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: going, OneWay: true, Calls: c.calls,
				World: func(t *testing.T) remedytest.World { return world(t, in(c.state)) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, in(types.KeyStatePendingDeletion)), going)
	for got, want := range map[string]string{
		string(p.Before):                `{"keyId":"` + id + `","scheduledForDeletion":true,"deletionDate":"2026-11-27T09:14:07Z","enabled":false}`,
		string(p.After):                 `{"keyId":"` + id + `","scheduledForDeletion":false,"enabled":true}`,
		string(p.Calls[0].Input):        `{"KeyId":"` + id + `"}`,
		string(p.Calls[1].Input) + "-":  `{"KeyId":"` + id + `"}-`,
		strings.Join(p.Changes, "; "):   "deletionDate: 2026-11-27T09:14:07Z -> nothing; enabled: false -> true; scheduledForDeletion: true -> false",
		p.Manual:                        "aws kms cancel-key-deletion --region eu-west-1 --key-id " + id + "\naws kms enable-key --region eu-west-1 --key-id " + id,
		p.Summary:                       "Cancel the deletion of the key " + id + ", and enable it.",
		plan(t, types.KeyStateDisabled): "Enable the key " + id + ".",
		plan(t, types.KeyStateEnabled):  "The key " + id + " is enabled.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func plan(t *testing.T, state types.KeyState) string {
	t.Helper()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, in(state)), going)
	if p.Done() != (state == types.KeyStateEnabled) || p.Undoable {
		t.Errorf("%s: %+v", state, p)
	}
	return p.Summary
}

// What was broken off after the first call goes on with the second.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	w := world(t, in(types.KeyStatePendingDeletion))
	p := remedytest.Plan(t.Context(), t, Remedy, w, going)
	half := world(t, in(types.KeyStateDisabled))
	if err := Remedy.Apply(t.Context(), half.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if calls := half.Fake.Actions(); !slices.Equal(calls, []string{"kms:DescribeKey", enable}) {
		t.Errorf("calls %v", calls)
	}
}

// An alias that points at another key by now, and a key that lost its material, are left alone.
func TestMoved(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, in(types.KeyStateDisabled)), going)
	another := in(types.KeyStateDisabled)
	another.KeyId = aws.String(other)
	for name, m := range map[string]types.KeyMetadata{"another key": another, "no material": in(types.KeyStatePendingImport)} {
		err := Remedy.Apply(t.Context(), world(t, m).Fake.Config(), p)
		if err == nil || !strings.Contains(err.Error(), "state of the key "+id+" has changed since: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	foreign, managed := in(types.KeyStateDisabled), in(types.KeyStateDisabled)
	foreign.Arn = aws.String(strings.Replace(arn, "111122223333", "777788889999", 1))
	managed.KeyManager = types.KeyManagerTypeAws
	for why, m := range map[string]types.KeyMetadata{
		"account 777788889999": foreign, "AWS manages": managed,
		"lost its imported material": in(types.KeyStatePendingImport), "state Unavailable": in(types.KeyStateUnavailable),
		"state Creating": in(types.KeyStateCreating),
	} {
		if said := remedytest.Refuses(t, Remedy, world(t, m), going); !strings.Contains(said, why) {
			t.Error(said)
		}
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]func(error) bool{"ThrottlingException": awserr.IsThrottled, "NotFoundException": awserr.IsNotFound} {
		w := world(t, in(types.KeyStateDisabled))
		w.Fake.On("kms.DescribeKey", awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), going); !is(err) {
			t.Errorf("%s: %+v, %v", code, p, err)
		}
	}
}
