// Package object reads artifacts in S3 as they were stored: whether, and how, they are encrypted.
package object

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name     = "object"
	produced = "CodePipeline Action Execution State Change"
)

// Kind is the artifact that an action of a pipeline just produced. A Ref's ID is bucket/key. Objects are not listed: a bucket holds millions,
// and they are looked at when they are made. Of several artifacts of one action the first is, since all go the same way, into the same store.
var Kind = &resource.Kind[State]{
	Name:    name,
	Changed: []event.Selector{{Source: "aws.codepipeline", DetailType: produced, Detail: map[string][]string{"state": {"SUCCEEDED"}}}},
	Refs:    refs,
	Read:    read,
	Actions: []string{"s3:GetObject"},
}

// State is one object.
type State struct {
	Bucket     string                `json:"bucket"`
	Key        string                `json:"key"`
	Encryption resource.Fact[string] `json:"encryption,omitzero"` // AES256, aws:kms, aws:kms:dsse, …; "" for none
	KeyID      string                `json:"keyId,omitempty"`     // ARN of the KMS key
}

// Split takes an ID apart.
func Split(id string) (bucket, key string) {
	bucket, key, _ = strings.Cut(id, "/")
	return bucket, key
}

// bucketName is what a bucket can be called (Amazon S3 User Guide, "General purpose bucket naming rules").
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func isKey(text string) bool {
	const longest = 1024 // bytes (Amazon S3 User Guide, "Naming Amazon S3 objects")
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// refs names the first artifact that the action produced, in the region in which it ran.
func refs(e *event.Event) []resource.Ref {
	if e.DetailType != produced || e.Source != "aws.codepipeline" || e.Detail.String("state") != "SUCCEEDED" {
		return nil
	}
	region := e.Detail.String("region")
	if region == "" {
		region = e.Region
	}
	for _, artifact := range e.Detail.Objects("output-artifacts") {
		bucket, key := artifact.String("s3location", "bucket"), artifact.String("s3location", "key")
		if bucketName.MatchString(bucket) && isKey(key) {
			return []resource.Ref{{Kind: name, ID: bucket + "/" + key, Account: e.Account, Region: region}}
		}
	}
	return nil
}

// Reasons why an object's encryption is not known that no error code of S3 says in words: a HEAD has no body.
var (
	errElsewhere = errors.New("the bucket lies in another region than the action")
	errRefused   = errors.New("S3 refuses the request as it does for an object under a key that only its writer holds (SSE-C)")
)

// read takes one call. It needs no right to the key (Amazon S3 API Reference, "HeadObject"). The bucket is taken to be the pipeline's account's own:
// of one in another account nothing is learned.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	bucket, key := Split(ref.ID)
	s := State{Bucket: bucket, Key: key}
	in := &s3.HeadObjectInput{Bucket: &bucket, Key: &key}
	if ref.Account != "" {
		in.ExpectedBucketOwner = &ref.Account
	}
	out, err := s3.NewFromConfig(cfg).HeadObject(ctx, in)
	switch {
	case awserr.Is(err, "MovedPermanently", "PermanentRedirect"):
		s.Encryption = resource.Unlearned[string](errElsewhere)
	case awserr.Is(err, "BadRequest", "InvalidRequest"):
		s.Encryption = resource.Unlearned[string](errRefused)
	case err != nil:
		return State{}, fmt.Errorf("read object %s: %w", ref.ID, err)
	default:
		s.Encryption, s.KeyID = resource.Known(string(out.ServerSideEncryption)), aws.ToString(out.SSEKMSKeyId)
	}
	return s, nil
}
