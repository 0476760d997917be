// Package imagescanon has new images in an ECR repository scanned when they are pushed.
package imagescanon

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

// Remedy switches scan on push on for one repository. The rules of its registry belong to others as well, and are not touched.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "image-scan-on", Risk: remedy.Contained,
	On:     []resource.Source{imagerepository.Kind},
	Reads:  []string{"ecr:DescribeRepositories", "ecr:GetRegistryScanningConfiguration"},
	Grants: []remedy.Grant{{Action: "ecr:PutImageScanningConfiguration", Resource: "arn:{partition}:ecr:{region}:{account}:repository/*"}},
}, remedy.Change[scanning]{What: "scanning of the repository", Read: read, Aim: aim, Requests: requests})

// scanning is the part of a repository that is touched, and which repository of that name it is.
type scanning struct {
	CreatedAt  time.Time `json:"createdAt"`
	ScanOnPush bool      `json:"scanOnPush"`
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *scanning) (scanning, error) {
	if id, public := imagerepository.Public(ref); public {
		return scanning{}, &remedy.RefusedError{Why: "The repository " + id + " lies in ECR Public, which scans no images."}
	}
	r, err := imagerepository.Repository(ctx, cfg, ref)
	if err != nil {
		return scanning{}, err
	}
	return scanning{CreatedAt: aws.ToTime(r.CreatedAt).UTC(), ScanOnPush: r.ImageScanningConfiguration != nil && r.ImageScanningConfiguration.ScanOnPush}, nil
}

// aim leaves a registry with enhanced scanning to its rules: there the repository's own switch has no effect (Amazon ECR User Guide, "Scan
// images for software vulnerabilities in Amazon ECR").
func aim(ctx context.Context, cfg aws.Config, _ remedy.Case, ref resource.Ref, found scanning) (remedy.Aim[scanning], error) {
	s, err := imagerepository.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return remedy.Aim[scanning]{}, err
	}
	rules, known := s.Registry.Get()
	switch {
	case !known:
		return remedy.Aim[scanning]{}, s.Registry.Err()
	case rules.Scans(ref.ID):
		return remedy.Aim[scanning]{To: found, Summary: "A rule of the registry has new images in " + ref.ID + " scanned."}, nil
	case rules.Type == imagerepository.Enhanced:
		return remedy.Aim[scanning]{}, &remedy.RefusedError{Why: "The registry uses enhanced scanning, which goes by the registry's rules alone: " +
			"put " + ref.ID + " into one of them. pipewarden does not change them, because they hold for all repositories and each image that they scan is paid for."}
	case found.ScanOnPush:
		return remedy.Aim[scanning]{To: found, Summary: "New images in " + ref.ID + " are scanned."}, nil
	}
	return remedy.Aim[scanning]{
		To: scanning{CreatedAt: found.CreatedAt, ScanOnPush: true}, Summary: "Have new images in " + ref.ID + " scanned when they are pushed.",
		Breaks: "Nothing; a scan tells and stops nothing, and basic scanning is free of charge.",
	}, nil
}

func requests(ref resource.Ref, _, to scanning) ([]remedy.Request, error) {
	in := &ecr.PutImageScanningConfigurationInput{
		RepositoryName: &ref.ID, ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: to.ScanOnPush},
	}
	if ref.Account != "" {
		in.RegistryId = &ref.Account
	}
	return []remedy.Request{remedy.Write(in, ecr.NewFromConfig, (*ecr.Client).PutImageScanningConfiguration)}, nil
}
