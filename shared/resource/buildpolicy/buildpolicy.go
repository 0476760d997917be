// Package buildpolicy reads with whom CodeBuild projects and report groups are shared.
package buildpolicy

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/reportgroup"
)

const (
	name    = "buildpolicy"
	service = "codebuild.amazonaws.com"

	project = "project/"
	reports = "report-group/"
)

// Kind is the resource policy of a project or a report group: sharing is one matter for both, with calls and a policy of the same form.
// A Ref's ID is project/NAME or report-group/NAME. What is shared shows only when each is asked, so a sweep asks a share of them each
// day; changes are told by events.
var Kind = &resource.Kind[State]{
	Name: name,
	// What is deleted is shared with nobody any more.
	Changed: []event.Selector{event.Calls(service, "PutResourcePolicy", "DeleteResourcePolicy", "DeleteProject", "DeleteReportGroup")},
	Refs:    refs,
	Read:    read,
	List:    list,
	Told:    told,
	Actions: []string{"codebuild:GetResourcePolicy", "codebuild:ListProjects", "codebuild:ListReportGroups"},
	Spread:  7,
}

// State is one policy.
type State struct {
	Policy resource.Fact[string] `json:"policy,omitzero"` // the document; "": there is none
}

// ARN names what is shared.
func ARN(ref resource.Ref) string { return reportgroup.ARN(ref, ref.ID) }

// Called names what is shared: "build project payments-api".
func Called(ref resource.Ref) string {
	if id, ok := strings.CutPrefix(ref.ID, reports); ok {
		return "report group " + id
	}
	return "build project " + strings.TrimPrefix(ref.ID, project)
}

// refs names the project or report group of a call.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	prefix, about := project, buildproject.Kind.About(e)
	if len(about) == 0 {
		prefix, about = reports, reportgroup.Kind.About(e)
	}
	out := make([]resource.Ref, 0, len(about))
	for _, ref := range about {
		if ref.Sound() {
			ref.Kind, ref.ID = name, prefix+ref.ID
			out = append(out, ref)
		}
	}
	return out
}

func told(e *event.Event) (State, bool) {
	if len(refs(e)) != 1 || !e.Succeeded() {
		return State{}, false
	}
	switch e.Name() {
	case "PutResourcePolicy":
		if !e.Request().Has("policy") {
			return State{}, true
		}
		return State{Policy: resource.Known(string(e.Request().JSON("policy")))}, true
	case "DeleteResourcePolicy", "DeleteProject", "DeleteReportGroup":
		return State{Policy: resource.Known("")}, true
	}
	return State{}, false
}

// read takes one call. AWS gives the same answer for a project without a policy and for one that does not exist; neither is shared.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	if ref.Region != "" {
		cfg.Region = ref.Region
	}
	out, err := codebuild.NewFromConfig(cfg).GetResourcePolicy(ctx, &codebuild.GetResourcePolicyInput{ResourceArn: aws.String(ARN(ref))})
	switch {
	case awserr.IsNotFound(err):
		return State{Policy: resource.Known("")}, nil
	case err != nil:
		return State{}, fmt.Errorf("read resource policy of %s: %w", ref.ID, err)
	}
	return State{Policy: resource.Known(aws.ToString(out.Policy))}, nil
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		for _, from := range []struct {
			source resource.Source
			prefix string
		}{{buildproject.Kind, project}, {reportgroup.Kind, reports}} {
			for ref, err := range from.source.All(ctx, cfg, in) {
				if ref.Kind, ref.ID = name, from.prefix+ref.ID; !yield(ref, err) || err != nil {
					return
				}
			}
		}
	}
}
