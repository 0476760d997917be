// Package bucketversion has a bucket keep former versions of its objects.
package bucketversion

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Remedy switches versioning on. It sends nothing about MFA delete, which then stays as it is.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "bucket-version", Risk: remedy.Contained,
	On:     []resource.Source{bucket.Kind},
	Reads:  []string{"s3:GetBucketVersioning"},
	Grants: []remedy.Grant{{Action: "s3:PutBucketVersioning", Resource: "arn:{partition}:s3:::*"}},
}, remedy.Change[versioning]{What: "versioning of the bucket", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// versioning is the part of a bucket that is touched.
type versioning struct {
	// Status is as it can be asked for: suspended also where versioning was never switched on, because nothing new is kept in either, and
	// S3 has no way back to the latter (S3 API Reference, "PutBucketVersioning"). Otherwise what was undone could not be done again: it would
	// not be found as it was.
	Status string `json:"Status"`
	// MFADelete is there to refuse by: only root may change versioning then, with an MFA device.
	MFADelete bool `json:"MFADelete,omitempty"`

	never bool // switched on
}

// kept is the status; plans of former versions have none where versioning was never switched on.
func (v versioning) kept() string { return cmp.Or(v.Status, bucket.VersioningSuspended) }

func same(found, want versioning) bool {
	return found.kept() == want.kept() && found.MFADelete == want.MFADelete
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *versioning) (versioning, error) {
	if err := remedy.Owned(ref); err != nil {
		return versioning{}, err
	}
	s, err := bucket.Versioning.Read(ctx, cfg, ref)
	v := versioning{Status: s.Status, MFADelete: s.MFADelete, never: s.Status == ""}
	v.Status = v.kept()
	return v, err
}

// words tell people when versioning was never switched on before.
func words(from, to versioning) []string {
	var all []string
	was, is := from.kept(), to.kept()
	if from.never {
		was = "never switched on"
	}
	if from.kept() != is {
		all = append(all, "Status: "+was+" -> "+is)
	}
	if from.MFADelete != to.MFADelete {
		all = append(all, fmt.Sprintf("MFADelete: %t -> %t", from.MFADelete, to.MFADelete))
	}
	return all
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found versioning) (remedy.Aim[versioning], error) {
	switch {
	case found.Status == bucket.VersioningEnabled:
		return remedy.Aim[versioning]{To: found, Summary: "The bucket " + ref.ID + " keeps former versions."}, nil
	case found.Status != bucket.VersioningSuspended:
		return remedy.Aim[versioning]{}, &remedy.RefusedError{Why: "S3 calls the versioning of " + ref.ID + " " + found.Status + ", which is not known here."}
	case found.MFADelete:
		return remedy.Aim[versioning]{}, locked(ref)
	}
	return remedy.Aim[versioning]{
		To:      versioning{Status: bucket.VersioningEnabled},
		Summary: "Keep former versions of the objects in the bucket " + ref.ID + " from now on.",
		Breaks: "Nothing stops; former versions are stored and paid for, what a lifecycle rule expires stays as a former version, and undoing it suspends versioning, " +
			"because S3 never goes back to a bucket without it.",
	}, nil
}

func requests(ref resource.Ref, from, to versioning) ([]remedy.Request, error) {
	if from.MFADelete {
		return nil, locked(ref)
	}
	in := &s3.PutBucketVersioningInput{
		Bucket: &ref.ID, ExpectedBucketOwner: bucket.Owner(ref),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatus(to.kept())},
	}
	return []remedy.Request{remedy.Write(in, s3.NewFromConfig, (*s3.Client).PutBucketVersioning)}, nil
}

func locked(ref resource.Ref) error {
	return &remedy.RefusedError{Why: "MFA delete is on for " + ref.ID + ": only root, with an MFA device, may change its versioning."}
}
