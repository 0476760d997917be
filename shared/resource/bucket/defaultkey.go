package bucket

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// KeyMissing is who manages a key that a bucket names and KMS does not know; the others are KMS's own words.
const KeyMissing = "missing"

// DefaultKey is the default encryption of a bucket, and who manages its key. It is asked of every bucket that something uses.
var DefaultKey = &resource.Kind[DefaultKeyState]{
	Name: kind, Facet: "encryption",
	Changed: []event.Selector{event.Calls(service, putEncryption, deleteEncryption, "DeleteBucket")},
	Refs:    refs,
	Read:    readDefaultKey,
	List:    list,
	Told:    toldDefaultKey,
	Actions: []string{EncryptionAction, key.DescribeAction, "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:ListAllMyBuckets"},
	Scoped:  true,
	Spread:  7,
}

const (
	putEncryption    = "PutBucketEncryption"
	deleteEncryption = "DeleteBucketEncryption"
)

// DefaultKeyState is how a bucket encrypts by default.
type DefaultKeyState struct {
	Encryption
	Manager resource.Fact[string] `json:"manager,omitzero"` // of the key: key.AWS, key.Customer, KeyMissing; "" where S3 encrypts with keys of its own

	// TakesLogs says that a service writes logs to the bucket that it delivers to no bucket under a key of KMS. It is asked only where S3
	// encrypts with keys of its own; under any other default such logs do not arrive.
	TakesLogs resource.Fact[bool] `json:"takesLogs,omitzero"`
}

// readDefaultKey takes two calls for a bucket under a key of KMS, and two or three for one that is under none.
func readDefaultKey(ctx context.Context, cfg aws.Config, ref resource.Ref) (DefaultKeyState, error) {
	set, err := readEncryption(ctx, cfg, ref)
	if err != nil {
		return DefaultKeyState{}, err
	}
	s := DefaultKeyState{Encryption: set, Manager: ReadManager(ctx, cfg, ref, set)}
	if !set.byKMS() {
		s.TakesLogs = ReadTakesLogs(ctx, cfg, ref)
	}
	return s, nil
}

// ReadManager finds out who manages the key of an encryption: see DefaultKeyState. It takes a call for a key that is named, and none for others.
func ReadManager(ctx context.Context, cfg aws.Config, ref resource.Ref, set Encryption) resource.Fact[string] {
	if told := managerOf(set); told.Err() == nil {
		return told
	}
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	switch k, err := key.Describe(ctx, cfg, set.KeyID); {
	case awserr.IsNotFound(err):
		return resource.Known(KeyMissing)
	case err != nil:
		return resource.Unlearned[string](awserr.Plain("read key "+set.KeyID, err))
	default:
		return resource.Known(k.Manager)
	}
}

// ReadTakesLogs finds out whether a bucket receives logs that arrive under no key of KMS: see DefaultKeyState.
func ReadTakesLogs(ctx context.Context, cfg aws.Config, ref resource.Ref) resource.Fact[bool] {
	return newReader(cfg, ref).takesLogs(ctx)
}

func (e Encryption) byKMS() bool {
	return strings.HasPrefix(e.Algorithm, string(types.ServerSideEncryptionAwsKms))
}

// managerOf is who manages the key as far as no call is needed to know it: not of a key that is named.
func managerOf(e Encryption) resource.Fact[string] {
	switch {
	case !e.byKMS():
		return resource.Known("")
	case e.KeyID == "" || strings.HasPrefix(e.KeyID, "alias/aws/") || strings.Contains(e.KeyID, ":alias/aws/"):
		return resource.Known(key.AWS)
	}
	return resource.Fact[string]{}
}

// takesLogs goes by what has to be granted for such logs to arrive, because the bucket does not tell what is sent to it.
func (r *reader) takesLogs(ctx context.Context) resource.Fact[bool] {
	var s State
	_ = r.policy(ctx, &s) // what it failed of is in the fact
	byPolicy := of(s.Policy, Policy.admitsDelivery)
	if admitted, _ := byPolicy.Get(); admitted {
		return byPolicy
	}
	_ = r.acl(ctx, &s)
	return anyOf(byPolicy, of(s.ACL, func(acl ACL) bool {
		return slices.ContainsFunc(acl.Grants, func(g Grant) bool { return g.Grantee == logDelivery })
	}))
}

// toldDefaultKey leaves unlearned who manages a key that is named, and whether the bucket takes logs.
func toldDefaultKey(e *event.Event) (DefaultKeyState, bool) {
	if !e.Succeeded() || len(refs(e)) == 0 {
		return DefaultKeyState{}, false
	}
	set := Encryption{Algorithm: string(types.ServerSideEncryptionAes256)}
	switch e.Name() {
	case deleteEncryption:
	case putEncryption:
		rules := e.Request().Objects("ServerSideEncryptionConfiguration", "Rule")
		if one := e.Request().Object("ServerSideEncryptionConfiguration", "Rule"); one != nil { // XML does not tell one from a list of one
			rules = append(rules, one)
		}
		if len(rules) == 0 {
			return DefaultKeyState{}, false
		}
		by := rules[0].Object("ApplyServerSideEncryptionByDefault")
		set = Encryption{Algorithm: by.String("SSEAlgorithm"), KeyID: by.String("KMSMasterKeyID")}
	default:
		return DefaultKeyState{}, false
	}
	return DefaultKeyState{Encryption: set, Manager: managerOf(set)}, set.Algorithm != ""
}
