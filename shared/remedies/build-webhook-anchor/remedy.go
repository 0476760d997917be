// Package buildwebhookanchor puts the patterns of a CodeBuild webhook that let more through than they name between anchors.
package buildwebhookanchor

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Remedy sends all filter groups of a webhook as they are, with those patterns anchored.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "build-webhook-anchor", Risk: remedy.Disruptive,
	On:     []resource.Source{buildproject.Kind},
	Reads:  []string{"codebuild:BatchGetProjects"},
	Grants: []remedy.Grant{{Action: "codebuild:UpdateWebhook", Resource: "arn:{partition}:codebuild:{region}:{account}:project/*"}},
}, remedy.Change[hook]{What: "webhook of", Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// hook is a webhook as an update takes it. Its filter groups are what is touched, as a whole because an update replaces them as a whole; the
// rest is sent along as it is found then.
type hook = remedy.API[codebuild.UpdateWebhookInput]

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *hook) (hook, error) {
	in, err := buildproject.WebhookInput(ctx, cfg, ref)
	return hook{Value: in}, err
}

// groups are what is compared, and told.
type groups struct {
	FilterGroups [][]types.WebhookFilter
}

func written(h hook) json.RawMessage {
	raw, err := resource.APIJSON(groups{h.Value.FilterGroups})
	if err != nil {
		return json.RawMessage(err.Error()) // unlike any other
	}
	return raw
}

func same(found, want hook) bool {
	return (found.Value.ProjectName == nil) == (want.Value.ProjectName == nil) && reflect.DeepEqual(written(found), written(want))
}

func words(from, to hook) []string {
	if from.Value.ProjectName != nil && to.Value.ProjectName == nil {
		return []string{"the project has no webhook any more"}
	}
	return remedy.Differences(written(from), written(to))
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found hook) (remedy.Aim[hook], error) {
	if found.Value.ProjectName == nil {
		return remedy.Aim[hook]{To: found, Summary: "The project " + ref.ID + " has no webhook."}, nil
	}
	to, mended := found, 0
	to.Value.FilterGroups = nil
	for _, filters := range found.Value.FilterGroups {
		group := make([]types.WebhookFilter, 0, len(filters))
		for _, filter := range filters {
			f := buildproject.Filter{Type: string(filter.Type), Pattern: aws.ToString(filter.Pattern), Exclude: aws.ToBool(filter.ExcludeMatchedPattern)}
			if loose(f) {
				whole, sound := f.Mended()
				if !sound {
					return remedy.Aim[hook]{}, &remedy.RefusedError{Why: fmt.Sprintf(
						"The pattern %s for %s is not put right by anchors: the accounts or references that may start builds must be written out.", f.Pattern, f.Type)}
				}
				filter.Pattern = &whole
				mended++
			}
			group = append(group, filter)
		}
		to.Value.FilterGroups = append(to.Value.FilterGroups, group)
	}
	if mended == 0 {
		return remedy.Aim[hook]{To: found, Summary: "No pattern of the webhook of " + ref.ID + " is known to let more through than it names."}, nil
	}
	return remedy.Aim[hook]{
		To:      to,
		Summary: fmt.Sprintf("Anchor %s in the webhook of %s.", counted(mended), ref.ID),
		Breaks:  "Accounts and branches that a pattern fits only in part, on purpose or not, start no builds any more.",
	}, nil
}

// loose says whether the check complains of the filter. What cannot be judged is left as it is.
func loose(f buildproject.Filter) bool {
	if !f.Admits() {
		return false
	}
	safe, _, err := f.Anchored()
	return !safe && err == nil
}

func counted(n int) string {
	if n == 1 {
		return "1 pattern"
	}
	return fmt.Sprintf("%d patterns", n)
}

// requests take all but the filter groups from what is there.
func requests(ref resource.Ref, from, to hook) ([]remedy.Request, error) {
	in := from.Value
	in.ProjectName, in.FilterGroups = &ref.ID, to.Value.FilterGroups
	return []remedy.Request{remedy.Write(&in, codebuild.NewFromConfig, (*codebuild.Client).UpdateWebhook)}, nil
}
