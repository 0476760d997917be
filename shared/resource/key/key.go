// Package key reads KMS keys as far as it decides who controls them and whether they still work.
package key

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	kind    = "key"
	service = "kms.amazonaws.com"
)

// Who manages a key, and the states in which KMS refuses to use it (API Reference, KeyMetadata).
const (
	AWS      = string(types.KeyManagerTypeAws)
	Customer = string(types.KeyManagerTypeCustomer)

	Enabled         = string(types.KeyStateEnabled)
	Disabled        = string(types.KeyStateDisabled)
	PendingDeletion = string(types.KeyStatePendingDeletion)
	PendingImport   = string(types.KeyStatePendingImport)
	Unavailable     = string(types.KeyStateUnavailable)
)

// Kind is the KMS key; whether it rotates, and whom its policy admits, have kinds of their own below the same name: Rotation and Admission.
// Its Ref's ID is the key id; an alias only where nothing else was told.
var Kind = &resource.Kind[State]{
	Name:    kind,
	Changed: []event.Selector{event.Calls(service, "DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteImportedKeyMaterial")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Tagged:  tagged,
	Actions: []string{DescribeAction, "kms:ListKeys"}, TagActions: []string{DescribeAction, "kms:ListResourceTags"},
	Scoped: true,
}

// DescribeAction is the IAM action that Describe takes.
const DescribeAction = "kms:DescribeKey"

// State is what one DescribeKey tells.
type State struct {
	ARN          string     `json:"arn"` // "" for an alias of AWS that was given without one
	KeyID        string     `json:"keyId"`
	Manager      string     `json:"manager"` // AWS or CUSTOMER
	State        string     `json:"state"`   // Enabled, Disabled, PendingDeletion, …
	DeletionDate *time.Time `json:"deletionDate,omitempty"`
}

// Usable says whether the key can still seal and open.
func (s State) Usable() bool {
	switch s.State {
	case Disabled, PendingDeletion, PendingImport, Unavailable, string(types.KeyStatePendingReplicaDeletion):
		return false
	}
	return true
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	return Describe(ctx, cfg, ref.ID)
}

// Describe reads a key by its id, ARN, alias or alias ARN, in the region that an ARN names. The error satisfies awserr.IsNotFound when
// there is no such key. The keys behind alias/aws/… are not asked for: they are made on first use, and nobody can disable or delete
// them (KMS Developer Guide, "AWS KMS keys").
func Describe(ctx context.Context, cfg aws.Config, id string) (State, error) {
	n, named := parse(id)
	if named && strings.HasPrefix(n.id, "alias/aws/") {
		return State{ARN: n.arn, KeyID: n.id, Manager: AWS, State: Enabled}, nil
	}
	m, err := describe(ctx, client(cfg, n.region), id)
	if err != nil {
		return State{}, err
	}
	return State{
		ARN: aws.ToString(m.Arn), KeyID: aws.ToString(m.KeyId), Manager: string(m.KeyManager), State: string(m.KeyState), DeletionDate: m.DeletionDate,
	}, nil
}

func describe(ctx context.Context, in *kms.Client, id string) (*types.KeyMetadata, error) {
	out, err := in.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", id, err)
	}
	if out.KeyMetadata == nil {
		return nil, fmt.Errorf("read key %s: the answer is empty", id)
	}
	return out.KeyMetadata, nil
}

// client speaks to KMS in that region; with "" in the one that is configured.
func client(cfg aws.Config, region string) *kms.Client {
	return kms.NewFromConfig(cfg, func(o *kms.Options) {
		if region != "" {
			o.Region = region
		}
	})
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		pages := kms.NewListKeysPaginator(client(cfg, in.Region), &kms.ListKeysInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list keys: %w", err))
				return
			}
			for _, k := range page.Keys {
				if !yield(resource.Ref{Kind: kind, ID: aws.ToString(k.KeyId), Account: in.Account, Region: in.Region}, nil) {
					return
				}
			}
		}
	}
}
