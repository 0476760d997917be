// Package keykeep saves a key from its deletion, and has it work again.
package keykeep

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// keys is the resource of both writes (Service Authorization Reference, "AWS Key Management Service").
const keys = "arn:{partition}:kms:{region}:{account}:key/*"

// Remedy cancels the deletion of a key, and enables it. A key whose deletion was cancelled is disabled (AWS KMS API Reference, "CancelKeyDeletion").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "key-keep", Risk: remedy.Disruptive,
	On:     []resource.Source{key.Kind},
	Reads:  []string{key.DescribeAction},
	Grants: []remedy.Grant{{Action: "kms:CancelKeyDeletion", Resource: keys}, {Action: "kms:EnableKey", Resource: keys}},
}, remedy.Change[life]{
	What: "state of the key", Read: read, Aim: aim, Requests: requests, Stepwise: true,
	OneWay: "Keeping a key is not undone: pipewarden disables no key and schedules none for deletion. " +
		"Whoever wants it gone calls aws kms schedule-key-deletion, whoever wants it to rest aws kms disable-key.",
})

// life is the state of a key, in parts that each call changes one of, and which key it is: an alias may point at another one by now.
type life struct {
	KeyID     string     `json:"keyId"`
	Scheduled bool       `json:"scheduledForDeletion"`
	Date      *time.Time `json:"deletionDate,omitempty"` // not there for a primary key that waits for its replicas to go first
	Enabled   bool       `json:"enabled"`
	Other     string     `json:"keyState,omitempty"` // a state that neither call changes
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *life) (life, error) {
	s, err := key.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return life{}, err
	}
	owner := ref.Account
	if parts := strings.SplitN(s.ARN, ":", 6); len(parts) == 6 {
		owner = parts[4]
	}
	switch {
	case s.Manager != key.Customer:
		return life{}, &remedy.RefusedError{Why: "AWS manages the key " + ref.ID + ": nobody can disable or delete it."}
	case ref.Account != "" && owner != ref.Account:
		return life{}, &remedy.RefusedError{Why: "The key " + ref.ID + " belongs to account " + owner + ": only there can it be kept."}
	}
	l := life{KeyID: s.KeyID}
	switch s.State {
	case key.Enabled:
		l.Enabled = true
	case key.Disabled:
	case key.PendingDeletion, string(types.KeyStatePendingReplicaDeletion):
		l.Scheduled, l.Date = true, s.DeletionDate
	default:
		l.Other = s.State
	}
	return l, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found life) (remedy.Aim[life], error) {
	a := remedy.Aim[life]{
		To: life{KeyID: found.KeyID, Enabled: true}, Summary: "Enable the key " + ref.ID + ".",
		Breaks: "What it seals can be opened again by everyone whom its policy and grants admit, also by whomever it was switched off against.",
	}
	switch {
	case found.Other == key.PendingImport:
		return remedy.Aim[life]{}, &remedy.RefusedError{Why: "The key " + ref.ID + " has lost its imported material: only who holds the same material can import it again."}
	case found.Other != "":
		return remedy.Aim[life]{}, &remedy.RefusedError{Why: "The key " + ref.ID + " is in the state " + found.Other + ", which enabling it does not change."}
	case found.Enabled:
		return remedy.Aim[life]{To: found, Summary: "The key " + ref.ID + " is enabled."}, nil
	case found.Scheduled:
		a.Summary = "Cancel the deletion of the key " + ref.ID + ", and enable it."
	}
	return a, nil
}

// requests are those that are still missing: a key that was saved and not yet enabled only needs the second.
func requests(_ resource.Ref, from, to life) ([]remedy.Request, error) {
	var all []remedy.Request
	if from.Scheduled {
		in := &kms.CancelKeyDeletionInput{KeyId: &to.KeyID}
		all = append(all, remedy.Write(in, kms.NewFromConfig, (*kms.Client).CancelKeyDeletion))
	}
	in := &kms.EnableKeyInput{KeyId: &to.KeyID}
	return append(all, remedy.Write(in, kms.NewFromConfig, (*kms.Client).EnableKey)), nil
}
