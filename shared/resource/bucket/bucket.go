// Package bucket reads S3 buckets as far as it decides who can reach them and how.
package bucket

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	kind    = "bucket"
	service = "s3.amazonaws.com"
)

// What a bucket may be used as: the words of the inventory's edges that decide which of its parts are read.
const (
	usedAsStore     = "artifact store"
	usedAsSource    = "source"
	usedAsArtifacts = "build artifacts"
	usedAsTrailLogs = "trail logs"
)

// Kind is the S3 bucket. What else there is to a bucket has kinds of its own below the same name: Versioning, Logging, Lifecycle and
// Encryption. The account's own Block Public Access is part of its state only where it can change a verdict; events about
// the account's flags concern no single bucket and are not listed here.
var Kind = &resource.Kind[State]{
	Name: kind,
	// CloudTrail puts "Bucket" into the names of calls whose API name lacks it; both are listed because both have been seen.
	Changed: []event.Selector{event.Calls(service,
		"CreateBucket", "DeleteBucket",
		"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl",
		"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock",
		"PutBucketOwnershipControls", "DeleteBucketOwnershipControls",
	)},
	Refs: refs,
	Read: read,
	List: list,
	Told: told,
	Actions: []string{
		"s3:GetBucketPublicAccessBlock", "s3:GetAccountPublicAccessBlock", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus",
		"s3:GetBucketAcl", "s3:GetBucketOwnershipControls", "s3:ListAllMyBuckets",
	},
	Tagged: tagged, TagActions: []string{"s3:GetBucketTagging"},
	Scoped: true,
}

// State is what decides who can reach a bucket. What could not change the verdict is not read, and is unlearned with that reason.
type State struct {
	Block        resource.Fact[Flags]  `json:"block"`        // the bucket's own; all off when it has no configuration
	AccountBlock resource.Fact[Flags]  `json:"accountBlock"` // read only when the bucket's own are not all on
	Policy       resource.Fact[Policy] `json:"policy"`
	PolicyPublic resource.Fact[bool]   `json:"policyPublic"` // what S3 says of it (GetBucketPolicyStatus)
	ACL          resource.Fact[ACL]    `json:"acl"`          // read only while IgnorePublicAcls is not on
	Ownership    resource.Fact[string] `json:"ownership"`    // ObjectOwnership, "" for none; read only when the ACL has a public grant
}

// Policy is a bucket's policy; its Document is nil when there is none. As JSON it is the document itself.
type Policy struct{ *policy.Document }

// onlyDenies says that the policy admits nobody: there is none, or each of its statements is a Deny.
func (p Policy) onlyDenies() bool {
	return p.Document == nil || !slices.ContainsFunc(p.Statements, func(s policy.Statement) bool { return s.Effect != "Deny" })
}

// MarshalJSON writes the document, or null.
func (p Policy) MarshalJSON() ([]byte, error) {
	if p.Document == nil {
		return []byte("null"), nil
	}
	return p.Document.JSON(), nil
}

// UnmarshalJSON reads a document, or null.
func (p *Policy) UnmarshalJSON(raw []byte) error {
	p.Document = nil
	if string(raw) == "null" {
		return nil
	}
	document, err := policy.Parse(raw)
	p.Document = document
	return err
}

// Flags are the four switches of Block Public Access (API Reference, PublicAccessBlockConfiguration).
type Flags struct {
	BlockPublicAcls       bool `json:"blockPublicAcls"`
	IgnorePublicAcls      bool `json:"ignorePublicAcls"`
	BlockPublicPolicy     bool `json:"blockPublicPolicy"`
	RestrictPublicBuckets bool `json:"restrictPublicBuckets"`
}

// AllOn are the flags as they should be.
func AllOn() Flags { return Flags{true, true, true, true} }

// Or takes two levels together: S3 applies the stricter setting of each flag.
func (f Flags) Or(g Flags) Flags {
	return Flags{
		f.BlockPublicAcls || g.BlockPublicAcls, f.IgnorePublicAcls || g.IgnorePublicAcls,
		f.BlockPublicPolicy || g.BlockPublicPolicy, f.RestrictPublicBuckets || g.RestrictPublicBuckets,
	}
}

// Off names the flags that are off, as the API spells them.
func (f Flags) Off() []string {
	var off []string
	for _, flag := range flags {
		if !flag.of(f) {
			off = append(off, flag.name)
		}
	}
	return off
}

var flags = []struct {
	name string
	of   func(Flags) bool
}{
	{"BlockPublicAcls", func(f Flags) bool { return f.BlockPublicAcls }},
	{"IgnorePublicAcls", ignores},
	{"BlockPublicPolicy", func(f Flags) bool { return f.BlockPublicPolicy }},
	{"RestrictPublicBuckets", restricts},
}

func ignores(f Flags) bool   { return f.IgnorePublicAcls }
func restricts(f Flags) bool { return f.RestrictPublicBuckets }

// ARN is the bucket's name in policies.
func ARN(ref resource.Ref) string { return "arn:" + resource.Partition(ref.Region) + ":s3:::" + ref.ID }
