// Package bucketencrypt makes a key that the settings name the default under which a bucket encrypts.
package bucketencrypt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// Remedy writes the bucket's encryption rule, with another key in it. One IAM action covers writing and deleting the rule
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3").
var Remedy = remedy.Of(remedy.Remedy{
	ID: "bucket-encrypt", Risk: remedy.Disruptive,
	On:     []resource.Source{bucket.Kind},
	Reads:  []string{key.DescribeAction, "kms:GetKeyPolicy", "s3:GetBucketAcl", "s3:GetBucketPolicy", bucket.EncryptionAction},
	Grants: []remedy.Grant{{Action: "s3:PutEncryptionConfiguration", Resource: "arn:{partition}:s3:::*"}},
}, remedy.Change[encryption]{What: "default encryption of the bucket", Read: read, Aim: aim, Requests: requests, Same: same})

// encryption is the part of a bucket that is touched: all its rules, because S3 replaces them as a whole.
type encryption struct {
	Configuration *types.ServerSideEncryptionConfiguration // nil: none
}

// MarshalJSON writes it as S3's API names it.
func (e encryption) MarshalJSON() ([]byte, error) {
	type whole encryption
	return resource.SDKJSON(whole(e))
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *encryption) (encryption, error) {
	if err := remedy.Owned(ref); err != nil {
		return encryption{}, err
	}
	out, err := bucket.Client(cfg, ref).GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)})
	if awserr.Is(err, "ServerSideEncryptionConfigurationNotFoundError") {
		return encryption{}, nil
	}
	if err != nil {
		return encryption{}, fmt.Errorf("read encryption of bucket %s: %w", ref.ID, err)
	}
	return encryption{out.ServerSideEncryptionConfiguration}, nil
}

// now is the rule in effect. Without one S3 encrypts under AES256 (S3 User Guide, "Amazon S3 now automatically encrypts all new objects").
func (e encryption) now() bucket.Encryption {
	if e.Configuration != nil {
		for _, rule := range e.Configuration.Rules {
			if by := rule.ApplyServerSideEncryptionByDefault; by != nil && by.SSEAlgorithm != "" {
				return bucket.Encryption{Algorithm: string(by.SSEAlgorithm), KeyID: aws.ToString(by.KMSMasterKeyID)}
			}
		}
	}
	return bucket.Encryption{Algorithm: string(types.ServerSideEncryptionAes256)}
}

func aim(ctx context.Context, cfg aws.Config, c remedy.Case, ref resource.Ref, found encryption) (remedy.Aim[encryption], error) {
	now := found.now()
	by := bucket.ReadManager(ctx, cfg, ref, now)
	switch manager, known := by.Get(); {
	case !known:
		return remedy.Aim[encryption]{}, fmt.Errorf("default key of bucket %s: %w", ref.ID, by.Err())
	case manager == key.Customer:
		return remedy.Aim[encryption]{To: found, Summary: "The bucket " + ref.ID + " encrypts under a key of your own by default."}, nil
	case manager == bucket.KeyMissing:
		return remedy.Aim[encryption]{}, &remedy.RefusedError{Why: "The bucket " + ref.ID + " names a key that does not exist: which one it should be, people have to say."}
	}
	arn := c.Options.Key(ref.Region)
	if why, err := unfit(ctx, cfg, ref, now, arn); err != nil || why != "" {
		if err == nil {
			err = &remedy.RefusedError{Why: why}
		}
		return remedy.Aim[encryption]{}, err
	}
	return remedy.Aim[encryption]{
		To:      found.under(arn),
		Summary: "Encrypt what is put into the bucket " + ref.ID + " under " + arn + " by default.",
		Breaks: "Who uploads to the bucket, or reads what is uploaded from then on, needs the right to use the key (kms:GenerateDataKey, kms:Decrypt); without it builds, pipelines and " +
			"partners stop at their next upload or download.",
	}, nil
}

// unfit says why the bucket is left as it is; "" when nothing speaks against the key.
func unfit(ctx context.Context, cfg aws.Config, ref resource.Ref, now bucket.Encryption, arn string) (string, error) {
	switch {
	case arn == "":
		return "The settings name no key for " + ref.Region + " (options.customerKeys).", nil
	case now.Algorithm != string(types.ServerSideEncryptionAes256) && !strings.HasPrefix(now.Algorithm, string(types.ServerSideEncryptionAwsKms)):
		return "The bucket " + ref.ID + " encrypts by " + now.Algorithm + ", which takes no key of KMS.", nil
	}
	if why, err := key.Unfit(ctx, cfg, arn); why != "" || err != nil {
		return why, err
	}
	logs := bucket.ReadTakesLogs(ctx, cfg, ref)
	switch takes, known := logs.Get(); {
	case !known:
		return "", fmt.Errorf("whether bucket %s receives access logs: %w", ref.ID, logs.Err())
	case takes:
		return "The bucket " + ref.ID + " receives access logs, which AWS delivers to no bucket under a key of KMS.", nil
	}
	return shutOut(ctx, cfg, ref, arn)
}

// shutOut names a service that the bucket's policy lets upload and the key's policy does not know: what it delivers, such as the files of a
// trail, would not arrive any more.
func shutOut(ctx context.Context, cfg aws.Config, ref resource.Ref, arn string) (string, error) {
	p, err := bucket.ReadPolicy(ctx, cfg, ref)
	if err != nil {
		return "", err
	}
	admission, err := key.Admission.Read(ctx, cfg, resource.Ref{Kind: key.Kind.Name, ID: arn, Region: ref.Region})
	if err != nil && !awserr.IsDenied(err) { // of a key in another account the policy cannot be read
		return "", err
	}
	for _, service := range p.Uploaders() {
		if !admission.Names(service, "kms:GenerateDataKey") {
			return "The policy of the bucket " + ref.ID + " lets " + service + " upload, and that of the key does not admit it, as far as it can be read: what it delivers would not arrive any more.", nil
		}
	}
	return "", nil
}

// under is the configuration with another key. Whether there is a bucket key, and what types of encryption are blocked, stays as it is.
func (e encryption) under(arn string) encryption {
	var rules []types.ServerSideEncryptionRule
	if e.Configuration != nil {
		rules = slices.Clone(e.Configuration.Rules)
	}
	if len(rules) == 0 {
		rules = []types.ServerSideEncryptionRule{{}}
	}
	algorithm := types.ServerSideEncryptionAwsKms
	if e.now().Algorithm == string(types.ServerSideEncryptionAwsKmsDsse) {
		algorithm = types.ServerSideEncryptionAwsKmsDsse
	}
	rules[0].ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm, KMSMasterKeyID: &arn}
	return encryption{&types.ServerSideEncryptionConfiguration{Rules: rules}}
}

// same takes no rule for the rule that S3 then shows, and what is not set for off. What is blocked counts where the wanted rule speaks of it: since
// April 2026 S3 blocks SSE-C by itself where none does (S3 User Guide, "Default SSE-C setting for new buckets FAQ").
func same(found, want encryption) bool {
	wanted, silent := want.blocked()
	is, _ := found.blocked()
	return slices.Equal(found.plain(), want.plain()) && (silent || slices.Equal(is, wanted))
}

func (e encryption) plain() []string {
	now := e.now()
	all := []string{now.Algorithm + " " + now.KeyID}
	if e.Configuration != nil && slices.ContainsFunc(e.Configuration.Rules, func(r types.ServerSideEncryptionRule) bool { return aws.ToBool(r.BucketKeyEnabled) }) {
		all = append(all, "bucket key")
	}
	return all
}

// blocked are the types of encryption that are refused; silent: no rule speaks of them.
func (e encryption) blocked() (all []types.EncryptionType, silent bool) {
	silent = true
	if e.Configuration == nil {
		return nil, silent
	}
	for _, rule := range e.Configuration.Rules {
		if rule.BlockedEncryptionTypes != nil {
			silent, all = false, append(all, rule.BlockedEncryptionTypes.EncryptionType...)
		}
	}
	return slices.DeleteFunc(all, func(t types.EncryptionType) bool { return t == types.EncryptionTypeNone }), silent
}

// requests keep what is blocked by now where the rule that is sent does not speak of it.
func requests(ref resource.Ref, from, to encryption) ([]remedy.Request, error) {
	if to.Configuration == nil {
		in := &s3.DeleteBucketEncryptionInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref)}
		return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).DeleteBucketEncryption)}, nil
	}
	whole := types.ServerSideEncryptionConfiguration{Rules: slices.Clone(to.Configuration.Rules)}
	if from.Configuration != nil && len(from.Configuration.Rules) > 0 && len(whole.Rules) > 0 && whole.Rules[0].BlockedEncryptionTypes == nil {
		whole.Rules[0].BlockedEncryptionTypes = from.Configuration.Rules[0].BlockedEncryptionTypes
	}
	in := &s3.PutBucketEncryptionInput{Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref), ServerSideEncryptionConfiguration: &whole}
	return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutBucketEncryption)}, nil
}
