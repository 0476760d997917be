package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// effective finds out what encrypts new artifacts in a store, in the store's own region.
func effective(ctx context.Context, cfg aws.Config, s Store) resource.Fact[Effective] {
	if isManaged(s.Key) {
		return resource.Known(managed)
	}
	cfg.Region = s.Region
	k, err := key.Describe(ctx, cfg, s.Key)
	switch {
	case awserr.IsNotFound(err):
		return resource.Known(Effective{KeyARN: s.Key, KeyState: KeyMissing})
	case err != nil:
		return resource.Unlearned[Effective](&unread{key: s.Key, err: err})
	}
	return resource.Known(Effective{KeyARN: k.ARN, Manager: k.Manager, KeyState: k.State, DeletionDate: aws.ToTime(k.DeletionDate)})
}

// unread is a key that was not described. Its text is the same each time, without request ids, because it gets into findings.
type unread struct {
	key string
	err error
}

func (u *unread) Error() string { return "key " + u.key + ": " + awserr.Reason(u.err) }
func (u *unread) Unwrap() error { return u.err }

// managed is a key of AWS's own in the account. Nobody can disable or delete it.
var managed = Effective{Manager: ManagerAWS, KeyState: key.Enabled}

// isManaged says that the key is such a one by its alias, or because a store names none: for that CodePipeline asks S3 for encryption under KMS and
// names no key, and S3 takes aws/s3, whatever the bucket's default is (AWS CodePipeline User Guide, "Configure server-side encryption for artifacts
// stored in Amazon S3"; Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys").
func isManaged(id string) bool {
	return id == "" || strings.HasPrefix(id, "alias/aws/") || strings.HasPrefix(id, "arn:") && strings.Contains(id, ":alias/aws/")
}

// Usable says whether artifacts can be sealed and opened.
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
