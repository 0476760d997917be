package remedies

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// policyScenes are those of remedies that change a bucket's policy.
func policyScenes(at resource.Ref) []scene {
	held := &bucket.Flags{RestrictPublicBuckets: true} // and so that S3 takes a public policy back
	wrong := func(w *world, statements ...string) func() error {
		return func() error { return w.policy(statements...) }
	}
	return []scene{
		{
			remedy: "bucket-remove-public-grants", check: "bucket-public-latent", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(held, work, shared) }, w.rightAs((*world).storeState), wrong(w, work, estate.OpenToAll, shared))
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.policy(work) },
		},
		{ // nothing is left of the policy
			remedy: "bucket-remove-public-grants", check: "bucket-public-latent", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(held) }, w.rightAs((*world).storeState), wrong(w, estate.OpenToAll))
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.policy(work) },
		},
		{ // the ACL has a public grant too, which S3 does not show while it is ignored: it must not be lost
			remedy: "bucket-remove-public-grants", check: "bucket-public-latent", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(nil, work) }, w.openACL, with(w.block, ignoring), w.rightAs((*world).storeWithGrants), wrong(w, work, estate.OpenToAll))
			},
			state: (*world).storeWithGrants,
			move:  func(w *world) error { return w.policy(work, shared) },
		},
		{
			remedy: "bucket-require-tls", check: "bucket-plaintext-transport", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(nil, denyPlaintext) }, w.rightAs((*world).storeState), w.unpolicy)
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.policy(work) },
		},
		{ // a policy is there, with statements that are to stay
			remedy: "bucket-require-tls", check: "bucket-plaintext-transport", about: at,
			make: func(w *world) error {
				return inTurn(func() error { return w.store(new(bucket.AllOn()), work, shared, denyPlaintext) }, w.rightAs((*world).storeState), wrong(w, work, shared))
			},
			state: (*world).storeState,
			move:  func(w *world) error { return w.policy(work, shared, estate.DenyPlainHTTP) },
		},
	}
}

// denyPlaintext is the statement that the remedy adds.
var denyPlaintext = strings.Replace(estate.DenyPlainHTTP, "DenyPlainHTTP", "DenyPlaintext", 1)

func (w *world) unpolicy() error {
	_, err := s3.NewFromConfig(w.cfg).DeleteBucketPolicy(w, &s3.DeleteBucketPolicyInput{Bucket: aws.String(store)})
	return err
}

// ignoring holds back what is public, and lets S3 take it.
var ignoring = bucket.Flags{IgnorePublicAcls: true, RestrictPublicBuckets: true}

// storeWithGrants is the bucket, and its ACL as it comes to light when public grants are no more ignored.
func (w *world) storeWithGrants() (any, error) {
	now, err := w.storeState()
	if err != nil {
		return nil, err
	}
	var open any
	err = inTurn(w.unblock, func() error {
		open, err = asking(s3.NewFromConfig(w.cfg).GetBucketAcl, &s3.GetBucketAclInput{Bucket: aws.String(store)})(w)
		return err
	}, func() error { return w.block(ignoring) })
	return map[string]any{"bucket": now, "grants": open}, err
}

// storeState is all that S3 tells of the bucket, by the name of each part; the code of the error where there is none of it.
func (w *world) storeState() (any, error) {
	c, in := s3.NewFromConfig(w.cfg), aws.String(store)
	return w.parts(map[string]any{}, map[string]func(context.Context) (any, error){
		"accelerate":   asking(c.GetBucketAccelerateConfiguration, &s3.GetBucketAccelerateConfigurationInput{Bucket: in}),
		"acl":          asking(c.GetBucketAcl, &s3.GetBucketAclInput{Bucket: in}),
		"block":        asking(c.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: in}),
		"cors":         asking(c.GetBucketCors, &s3.GetBucketCorsInput{Bucket: in}),
		"encryption":   asking(c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: in}),
		"lifecycle":    asking(c.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: in}),
		"location":     asking(c.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: in}),
		"logging":      asking(c.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: in}),
		"notification": asking(c.GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: in}),
		"lock":         asking(c.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: in}),
		"ownership":    asking(c.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: in}),
		"payment":      asking(c.GetBucketRequestPayment, &s3.GetBucketRequestPaymentInput{Bucket: in}),
		"policy":       asking(c.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: in}),
		"policyStatus": asking(c.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: in}),
		"replication":  asking(c.GetBucketReplication, &s3.GetBucketReplicationInput{Bucket: in}),
		"tags":         asking(c.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: in}),
		"versioning":   asking(c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: in}),
		"website":      asking(c.GetBucketWebsite, &s3.GetBucketWebsiteInput{Bucket: in}),
	})
}

// parts asks for what is left of a state, and puts each under its name.
func (w *world) parts(all map[string]any, rest map[string]func(context.Context) (any, error)) (any, error) {
	for name, ask := range rest {
		part, err := ask(w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = part
	}
	return all, nil
}

// nothing are the codes by which AWS says that there is no such part.
var nothing = map[string]bool{
	"NoSuchBucketPolicy": true, "NoSuchCORSConfiguration": true, "NoSuchLifecycleConfiguration": true, "NoSuchPublicAccessBlockConfiguration": true, "NoSuchTagSet": true,
	"NoSuchWebsiteConfiguration": true, "ObjectLockConfigurationNotFoundError": true, "OwnershipControlsNotFoundError": true, "ReplicationConfigurationNotFoundError": true,
	"ServerSideEncryptionConfigurationNotFoundError": true,
}

// asking has a call made later. What is not there is told by the code of the error.
func asking[I, O, F any](call func(context.Context, *I, ...func(*F)) (*O, error), in *I) func(context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		out, err := call(ctx, in)
		if code := awserr.Code(err); nothing[code] {
			return code, nil
		}
		return out, err
	}
}
