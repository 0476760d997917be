// Package buildmakeprivate takes the builds of a CodeBuild project out of public sight.
package buildmakeprivate

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sets a project's visibility to PRIVATE.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-make-private", Risk: remedy.Contained,
	On:     []resource.Source{buildproject.Kind},
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateProjectVisibility", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
}, remedy.Change[visible]{What: "visibility of", Read: read, Aim: aim, Requests: requests, Same: same})

// visible is the part of a project that is touched, as the API names it.
type visible struct {
	ProjectVisibility  string  `json:"projectVisibility"`
	ResourceAccessRole *string `json:"resourceAccessRole,omitempty"`
}

// same goes by the access role too. What becomes of that of a project which is made private is not documented: kept or dropped, it is the
// same; another role is somebody else's change.
func same(found, want visible) bool {
	role, wanted := aws.ToString(found.ResourceAccessRole), aws.ToString(want.ResourceAccessRole)
	return found.ProjectVisibility == want.ProjectVisibility && (role == wanted || role == "" && found.ProjectVisibility == buildproject.Private)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *visible) (visible, error) {
	p, err := buildproject.Project(ctx, cfg, ref)
	if err != nil {
		return visible{}, err
	}
	v := visible{ProjectVisibility: string(p.ProjectVisibility), ResourceAccessRole: p.ResourceAccessRole}
	if v.ProjectVisibility == "" {
		v.ProjectVisibility = buildproject.Private
	}
	return v, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found visible) (remedy.Aim[visible], error) {
	return remedy.Aim[visible]{
		To:      visible{ProjectVisibility: buildproject.Private, ResourceAccessRole: found.ResourceAccessRole},
		Summary: "Make " + ref.ID + " private again.",
		Breaks:  "Who follows its builds without an AWS account no longer can.",
	}, nil
}

// requests send the access role only with what visitors see by it.
func requests(ref resource.Ref, _, to visible) ([]remedy.Request, error) {
	in := &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: aws.String(buildproject.ARN(ref)), ProjectVisibility: types.ProjectVisibilityType(to.ProjectVisibility),
	}
	if to.ProjectVisibility == buildproject.Public {
		in.ResourceAccessRole = to.ResourceAccessRole
	}
	return []remedy.Request{remedy.Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProjectVisibility)}, nil
}
