package remedies

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

const (
	store   = "web-artifacts-" + account
	partner = "444455556666"

	// shared and work are statements that no remedy takes out.
	shared = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + partner + `:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`
	work   = `{"Sid":"Builds","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:role/build"},"Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::BUCKET/*"}`
)

func storeScenes() []scene {
	at := resource.Ref{Kind: "bucket", ID: store}
	return slices.Concat(accountScenes(), blockScenes(at), versionScenes(at), policyScenes(at), sealScenes(at))
}

// accountScenes are those of Block Public Access of the account: without a configuration, and with a flag of it that is on.
func accountScenes() []scene {
	of := func(make func(*world) error, move func(*world) error) scene {
		return scene{
			remedy: "account-block-public", check: "account-block-public-off", about: resource.Ref{Kind: "account", ID: account},
			make: make, state: (*world).accountState, move: move,
		}
	}
	return []scene{
		of(func(w *world) error {
			return inTurn(func() error { return w.store(nil, estate.OpenToAll, shared) }, with(w.blockAccount, bucket.AllOn()), w.rightAs((*world).accountState), w.unblockAccount)
		}, func(w *world) error { return w.blockAccount(bucket.Flags{BlockPublicAcls: true}) }),
		of(func(w *world) error {
			return inTurn(func() error { return w.store(nil) }, with(w.blockAccount, bucket.AllOn()), w.rightAs((*world).accountState), with(w.blockAccount, bucket.Flags{IgnorePublicAcls: true}))
		}, (*world).unblockAccount),
	}
}

func blockScenes(at resource.Ref) []scene {
	return []scene{
		{ // public by its policy and by its ACL, and without a configuration
			remedy: "bucket-block-public", check: "bucket-public", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(nil, work, estate.OpenToAll) }, w.openACL, with(w.block, bucket.AllOn()), w.rightAs((*world).storeState), w.unblock)
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.block(bucket.Flags{BlockPublicPolicy: true}) },
		},
		{
			remedy: "bucket-block-public", check: "bucket-block-public-off", about: at,
			make: func(w *world) error {
				some := bucket.Flags{BlockPublicAcls: true, RestrictPublicBuckets: true}
				return inTurn(func() error { return w.store(new(bucket.AllOn()), work) }, w.rightAs((*world).storeState), with(w.block, some))
			},
			state: (*world).storeState,
			move:  (*world).unblock,
		},
	}
}

func versionScenes(at resource.Ref) []scene {
	return []scene{
		{
			remedy: "bucket-version", check: "bucket-unversioned", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(nil) },
					with(w.version, types.BucketVersioningStatusEnabled), w.rightAs((*world).storeState), with(w.version, types.BucketVersioningStatusSuspended))
			},
			state: (*world).storeState,
			move:  (*world).lockVersions,
		},
		{ // versioning was never switched on
			remedy: "bucket-version", check: "bucket-unversioned", about: at,
			make:  func(w *world) error { return w.store(nil) },
			state: (*world).storeState,
			move:  (*world).lockVersions,
			back:  suspended,
		},
	}
}

// suspended is a bucket on which versioning was never switched on, as near as S3 comes to that again.
func suspended(before any) any {
	now := maps.Clone(before.(map[string]any))
	versioning := maps.Clone(now["versioning"].(map[string]any))
	versioning["Status"] = string(types.BucketVersioningStatusSuspended)
	now["versioning"] = versioning
	return now
}

// inTurn does one thing after another, up to the first that is refused.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// with has something done later.
func with[T any](do func(T) error, what T) func() error { return func() error { return do(what) } }

// rightAs remembers how it is before a scene makes it wrong: so the remedy is to leave it behind, in all its parts.
func (w *world) rightAs(state func(*world) (any, error)) func() error {
	return func() (err error) {
		w.right, err = state(w)
		return err
	}
}

// store makes a bucket with these flags of Block Public Access, nil for none at all, and a policy of these statements, if there are any.
func (w *world) store(flags *bucket.Flags, statements ...string) error {
	c := s3.NewFromConfig(w.cfg)
	return inTurn(func() error {
		_, err := c.CreateBucket(w, &s3.CreateBucketInput{Bucket: aws.String(store), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: region}})
		return err
	}, func() error {
		_, err := c.PutBucketTagging(w, &s3.PutBucketTaggingInput{Bucket: aws.String(store), Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}}}})
		return err
	}, w.unblock, func() error {
		if len(statements) == 0 {
			return nil
		}
		return w.policy(statements...)
	}, func() error {
		if flags == nil {
			return nil
		}
		return w.block(*flags)
	})
}

func (w *world) policy(statements ...string) error {
	_, err := s3.NewFromConfig(w.cfg).PutBucketPolicy(w, &s3.PutBucketPolicyInput{Bucket: aws.String(store), Policy: estate.Policy(store, statements...)})
	return err
}

func (w *world) unblock() error {
	_, err := s3.NewFromConfig(w.cfg).DeletePublicAccessBlock(w, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(store)})
	return err
}

func (w *world) block(f bucket.Flags) error {
	_, err := s3.NewFromConfig(w.cfg).PutPublicAccessBlock(w, &s3.PutPublicAccessBlockInput{
		Bucket: aws.String(store), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls, BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
		},
	})
	return err
}

func (w *world) blockAccount(f bucket.Flags) error {
	_, err := s3control.NewFromConfig(w.cfg).PutPublicAccessBlock(w, &s3control.PutPublicAccessBlockInput{
		AccountId: aws.String(account), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls, BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
		},
	})
	return err
}

func (w *world) unblockAccount() error {
	_, err := s3control.NewFromConfig(w.cfg).DeletePublicAccessBlock(w, &s3control.DeletePublicAccessBlockInput{AccountId: aws.String(account)})
	return err
}

// openACL lets everyone list the bucket, by its ACL, and gives the logs of S3 a right that is to stay.
func (w *world) openACL() error {
	c := s3.NewFromConfig(w.cfg)
	return inTurn(func() error {
		_, err := c.PutBucketOwnershipControls(w, &s3.PutBucketOwnershipControlsInput{Bucket: aws.String(store), OwnershipControls: &types.OwnershipControls{
			Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipObjectWriter}},
		}})
		return err
	}, func() error {
		now, err := c.GetBucketAcl(w, &s3.GetBucketAclInput{Bucket: aws.String(store)})
		if err != nil {
			return err
		}
		grant := func(group string, may types.Permission) types.Grant {
			return types.Grant{Permission: may, Grantee: &types.Grantee{Type: types.TypeGroup, URI: aws.String("http://acs.amazonaws.com/groups/" + group)}}
		}
		grants := append(slices.Clip(now.Grants), grant("global/AllUsers", types.PermissionRead), grant("s3/LogDelivery", types.PermissionReadAcp))
		_, err = c.PutBucketAcl(w, &s3.PutBucketAclInput{Bucket: aws.String(store), AccessControlPolicy: &types.AccessControlPolicy{Owner: now.Owner, Grants: grants}})
		return err
	})
}

func (w *world) version(to types.BucketVersioningStatus) error {
	_, err := s3.NewFromConfig(w.cfg).PutBucketVersioning(w, &s3.PutBucketVersioningInput{Bucket: aws.String(store), VersioningConfiguration: &types.VersioningConfiguration{Status: to}})
	return err
}

// lockVersions has S3 ask for the MFA device of root before a version is deleted, or versioning changed.
func (w *world) lockVersions() error {
	_, err := s3.NewFromConfig(w.cfg).PutBucketVersioning(w, &s3.PutBucketVersioningInput{
		Bucket: aws.String(store), MFA: aws.String("arn:aws:iam::" + account + ":mfa/root 123456"),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled, MFADelete: types.MFADeleteEnabled},
	})
	return err
}
