package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

const kmsAlgorithm = "aws:kms"

// effective finds out what encrypts new artifacts in a store, in the store's own region.
func effective(ctx context.Context, cfg aws.Config, ref resource.Ref, s Store) resource.Fact[Effective] {
	cfg.Region = s.Region
	algorithm, id := kmsAlgorithm, s.Key
	if id == "" {
		// The pipeline's own account is taken for the bucket's owner: of a bucket in another account nothing is learned.
		set, err := bucket.ReadEncryption(ctx, cfg, resource.Ref{Kind: "bucket", ID: s.Bucket, Account: ref.Account, Region: s.Region})
		if err != nil {
			return resource.Unlearned[Effective](err)
		}
		algorithm, id = set.Algorithm, set.KeyID
	}
	switch {
	case !strings.HasPrefix(algorithm, kmsAlgorithm):
		return resource.Known(Effective{Algorithm: algorithm, Manager: ManagerNone})
	case id == "":
		return resource.Known(managed(algorithm, ""))
	}
	k, err := key.Describe(ctx, cfg, id)
	switch {
	case awserr.IsNotFound(err):
		return resource.Known(Effective{Algorithm: algorithm, KeyARN: id, KeyState: KeyMissing})
	case err != nil:
		return resource.Unlearned[Effective](&unread{key: id, err: err})
	}
	return resource.Known(Effective{Algorithm: algorithm, KeyARN: k.ARN, Manager: k.Manager, KeyState: k.State, DeletionDate: aws.ToTime(k.DeletionDate)})
}

// unread is a key that was not described. Its text is the same each time, without request ids, because it gets into findings.
type unread struct {
	key string
	err error
}

func (u *unread) Error() string { return "key " + u.key + ": " + awserr.Reason(u.err) }
func (u *unread) Unwrap() error { return u.err }

// managed is a key of AWS's own in the account; without a name the one that S3 takes when none is named
// (Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"). Nobody can disable or delete it.
func managed(algorithm, id string) Effective {
	return Effective{Algorithm: algorithm, KeyARN: id, Manager: ManagerAWS, KeyState: key.Enabled}
}

// isManaged says that a key is such a one by its alias.
func isManaged(id string) bool {
	return strings.HasPrefix(id, "alias/aws/") || strings.HasPrefix(id, "arn:") && strings.Contains(id, ":alias/aws/")
}

// Usable says whether artifacts can be sealed and opened: there is no key of KMS, or there is one and it works.
func (e Effective) Usable() bool {
	return e.KeyState != KeyMissing && key.State{State: e.KeyState}.Usable()
}

// Unlearned says on one line of which stores it is not known what encrypts them; nil when all is known.
func (s State) Unlearned() error {
	if len(s.Stores) == 0 {
		return errors.New("no artifact store was told")
	}
	var all error
	for _, store := range s.Stores {
		err := store.Effective.Err()
		if err == nil {
			continue
		}
		err = fmt.Errorf("bucket %s in %s: %w", store.Bucket, store.Region, err)
		if all != nil {
			err = fmt.Errorf("%w; %w", all, err)
		}
		all = err
	}
	return all
}
