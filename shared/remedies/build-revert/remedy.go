// Package buildrevert puts a CodeBuild project back to its last trusted definition, and makes one that is gone again where a person asks for it.
package buildrevert

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// What the writes concern. Whoever gives a project its role has to be allowed to pass that role
// (AWS CodeBuild User Guide, "Allow CodeBuild to interact with other AWS services").
const (
	projects = "arn:{partition}:codebuild:{region}:{account}:project/*"
	roles    = "arn:{partition}:iam::{account}:role/*"
)

// Remedy sends the last trusted definition whole. Builds that run go on as they began, so that there is nothing to wait for.
var Remedy = remedy.Lasting(remedy.Of(remedy.Remedy{
	ID: "build-revert", Risk: remedy.Grave,
	On:    []resource.Source{buildproject.Kind},
	Reads: []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{
		{Action: "codebuild:UpdateProject", Resource: projects},
		{Action: "codebuild:CreateProject", Resource: projects},
		{Action: "iam:PassRole", Resource: roles, PassedTo: []string{"codebuild.amazonaws.com"}},
	},
}, remedy.Change[state]{
	What: "definition of project", Read: read, Aim: aim, Requests: requests, Same: same, Words: words,
}), func(before state) bool { return before.Project == nil }, func(p remedy.Plan) string { return stays(p.Resource.ID) })

// stays is why a project that was made again is not undone: what a disaster took would be lost once more, and its builds with it.
func stays(id string) string {
	return "The project " + id + " did not exist before, and pipewarden deletes no project. Whoever wants it gone calls aws codebuild delete-project."
}

func gone(ref resource.Ref) string {
	return "The project " + ref.ID + " no longer exists. A person may have it made again: pipewarden restore project " + ref.ID + "."
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *state) (state, error) {
	p, err := buildproject.Project(ctx, cfg, ref)
	switch {
	case awserr.IsNotFound(err):
		return state{}, nil
	case err != nil:
		return state{}, err
	}
	return projectOf(inputOf(p)), nil
}

func aim(ctx context.Context, _ aws.Config, c remedy.Case, ref resource.Ref, found state) (remedy.Aim[state], error) {
	if found.Project == nil && !c.Restore {
		return remedy.Aim[state]{}, &remedy.RefusedError{Why: gone(ref)}
	}
	kept, err := c.GoBack(ctx)
	if err != nil {
		return remedy.Aim[state]{}, err
	}
	to, err := trusted(ref.ID, kept.Body)
	switch {
	case err != nil:
		return remedy.Aim[state]{}, err
	case same(found, to):
		return remedy.Aim[state]{To: found, Summary: "The project " + ref.ID + " is as in " + kept.Said() + "."}, nil
	case definition.HoldsMask(to.written()) || definition.HoldsMask(found.written()):
		return remedy.Aim[state]{}, &remedy.RefusedError{Why: "A definition of " + ref.ID + " shows a value as a mask: written back, that would be stored in the value's place."}
	case found.Project == nil:
		to.Again = true
		return remedy.Aim[state]{
			To: to, Summary: "Make the project " + ref.ID + " again by " + kept.Said() + ".",
			Breaks: "Nothing, since there is none; it is private, and its webhook is no part of a definition and has to be made again.",
		}, nil
	}
	return remedy.Aim[state]{
		To: to, Summary: "Put the project " + ref.ID + " back to " + kept.Said() + ".",
		Breaks: "All that was changed in it since then is taken back, also what was meant; builds that run go on as they began.",
		Manual: byHand(ref),
	}, nil
}

func byHand(ref resource.Ref) string {
	if !ref.Sound() {
		return ""
	}
	return "aws codebuild update-project --region " + ref.Region + " --cli-input-json file://project.json  # with the former definition, each structure as a whole"
}

// requests hold the definition, whose variables may be secrets.
func requests(ref resource.Ref, from, to state) ([]remedy.Request, error) {
	switch {
	case to.Project == nil:
		return nil, &remedy.RefusedError{Why: stays(ref.ID)}
	case from.Project == nil && !to.Again:
		return nil, &remedy.RefusedError{Why: gone(ref)}
	case from.Project == nil:
		in := creating(to.Project.Value)
		return []remedy.Request{remedy.Write(&in, codebuild.NewFromConfig, (*codebuild.Client).CreateProject).Sealed()}, nil
	}
	in := cleared(to.Project.Value, from.Project.Value)
	return []remedy.Request{remedy.Write(&in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProject).Sealed()}, nil
}
