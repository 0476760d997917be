package emulator

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// keyMends are KMS's rules about the states of a key, and its rotation, of which moto knows little more than that it is on.
func keyMends() map[string]mended {
	const enabled, disabled, pending = "Enabled", "Disabled", "PendingDeletion"
	return map[string]mended{
		"kms.CreateKey":            createKey,
		"kms.EnableKey":            inState(nil, enabled, disabled),
		"kms.DisableKey":           inState(nil, enabled, disabled),
		"kms.ScheduleKeyDeletion":  inState(nil, enabled, disabled),
		"kms.CancelKeyDeletion":    inState(nil, pending),
		"kms.EnableKeyRotation":    inState(enableRotation, enabled),
		"kms.DisableKeyRotation":   inState(disableRotation, enabled),
		"kms.GetKeyRotationStatus": inState(rotationStatus, enabled, disabled, pending),
	}
}

// createKey makes a key for encryption where none is asked for, and none of a spec that is not for what it is to be used (AWS KMS API Reference, "CreateKey").
func createKey(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	spec, usage := text(in, "KeySpec")+text(in, "CustomerMasterKeySpec"), text(in, "KeyUsage")
	switch {
	case usage == "" && slices.Contains([]string{"", "SYMMETRIC_DEFAULT"}, spec):
		in["KeyUsage"] = "ENCRYPT_DECRYPT"
	case usage == "":
		return nil, refusal("ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	case curves[spec].curve != nil && usage != signVerify && usage != "KEY_AGREEMENT":
		return nil, refusal("ValidationException", "KeyUsage %s is not compatible with KeySpec %s", usage, spec)
	}
	other, err := x.againTarget(x.Operation, in)
	if err != nil {
		return nil, err
	}
	return a.pass(ctx, other)
}

// keyCall answers a call about a key, of which the metadata is given; the key is named by its id in the request then.
type keyCall func(ctx context.Context, a *AWS, x *exchange, in, key object) (*answer, error)

// inState refuses a call about a key that is in no state for it (AWS KMS Developer Guide, "Key states of AWS KMS keys").
func inState(answers keyCall, states ...string) mended {
	return func(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
		in, err := x.in()
		if err != nil {
			return nil, err
		}
		ask, err := x.againTarget("DescribeKey", object{"KeyId": text(in, "KeyId")})
		if err != nil {
			return nil, err
		}
		reply, err := a.pass(ctx, ask)
		if err != nil || reply.status != http.StatusOK {
			return reply, err
		}
		out := object{}
		if err := json.Unmarshal(reply.body, &out); err != nil {
			return nil, broken(err)
		}
		key := child(out, "KeyMetadata")
		switch state := text(key, "KeyState"); {
		case slices.Contains(states, state):
		case state == "Disabled" && x.Operation != "CancelKeyDeletion":
			return nil, refusal("DisabledException", "%s is disabled.", text(key, "Arn"))
		default:
			return nil, refusal("KMSInvalidStateException", "%s is in the state %s.", text(key, "Arn"), state)
		}
		in["KeyId"] = text(key, "KeyId") // moto takes an ARN for no key
		if x, err = x.againTarget(x.Operation, in); err != nil {
			return nil, err
		}
		if answers == nil {
			return a.pass(ctx, x)
		}
		return answers(ctx, a, x, in, key)
	}
}

// The periods of rotation that KMS takes, in days, and the one that it takes when none is asked for (AWS KMS API Reference,
// "EnableKeyRotation").
const (
	leastDays, mostDays = 90, 2560
	yearly              = 365
)

// enableRotation also changes the period of a key that rotates already.
func enableRotation(ctx context.Context, a *AWS, x *exchange, in, key object) (*answer, error) {
	if text(key, "KeySpec") != "SYMMETRIC_DEFAULT" || text(key, "Origin") != "AWS_KMS" {
		return nil, refusal("UnsupportedOperationException", "%s is no key that KMS rotates.", text(key, "Arn"))
	}
	days, asked := in["RotationPeriodInDays"].(float64)
	if !asked {
		days = yearly
	}
	if days < leastDays || days > mostDays {
		return nil, refusal("ValidationException", "RotationPeriodInDays is from %d to %d", leastDays, mostDays)
	}
	return a.rotate(ctx, x, in, int(days))
}

func disableRotation(ctx context.Context, a *AWS, x *exchange, in, _ object) (*answer, error) {
	return a.rotate(ctx, x, in, 0)
}

// rotate has moto switch, and keeps the period, which moto does not; 0 for off.
func (a *AWS) rotate(ctx context.Context, x *exchange, in object, days int) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err == nil && reply.status == http.StatusOK {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.estate(place{x.Account, x.Region}).rotations[text(in, "KeyId")] = rotation{days: days, since: a.now()}
	}
	return reply, err
}

type rotation struct {
	days  int
	since time.Time
}

// rotationStatus tells the period and the next time of a key that rotates. A key about to be deleted is said not to rotate, and does again
// when it is saved (AWS KMS API Reference, "GetKeyRotationStatus").
func rotationStatus(ctx context.Context, a *AWS, x *exchange, in, key object) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	return reply.rewrite(func(out object) {
		out["KeyId"] = text(key, "Arn")
		if text(key, "KeyState") == "PendingDeletion" {
			out["KeyRotationEnabled"] = false
		}
		if on, _ := out["KeyRotationEnabled"].(bool); !on {
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		r := a.estate(place{x.Account, x.Region}).rotations[text(in, "KeyId")]
		if r.days > 0 {
			out["RotationPeriodInDays"], out["NextRotationDate"] = r.days, r.since.AddDate(0, 0, r.days).Unix()
		}
	})
}
