package buildproject

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// LastBuild is the project by when it last built. No event tells that a project stands idle, so that the sweep alone reads it, each project once a
// week. That a project is gone takes one call to see, and ends what was said of it.
var LastBuild = &resource.Kind[Activity]{
	Name:     name,
	Facet:    "lastbuild",
	Changed:  []event.Selector{event.Calls(service, "DeleteProject")},
	Refs:     refs,
	Read:     readLast,
	ReadMany: readLasts,
	List:     list,
	Actions:  []string{"codebuild:BatchGetBuilds", "codebuild:BatchGetProjects", "codebuild:ListBuildsForProject", "codebuild:ListProjects"},
	Spread:   7,
}

// Activity is when a project last built.
type Activity struct {
	Last    resource.Fact[time.Time] `json:"last,omitzero"`    // start of its newest build; zero when none is on record
	Created resource.Fact[time.Time] `json:"created,omitzero"` // of the project; asked only where no build is on record
}

// errNoStart is why it is not known when a build started.
var errNoStart = errors.New("the answer does not say when its newest build started")

func readLast(ctx context.Context, cfg aws.Config, ref resource.Ref) (Activity, error) {
	found, err := readLasts(ctx, cfg, []resource.Ref{ref})
	if err != nil {
		return Activity{}, err
	}
	a, ok := found[ref]
	if !ok {
		return Activity{}, fmt.Errorf("read builds of project %s: %w", ref.ID, &smithy.GenericAPIError{
			Code: "ResourceNotFoundException", Message: "there is no project of that name", Fault: smithy.FaultClient,
		})
	}
	return a, nil
}

// readLasts takes a call for each project, and one for a hundred builds, or for a hundred projects that never built.
func readLasts(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]Activity, error) {
	out := make(map[resource.Ref]Activity, len(refs))
	newest, idle := map[string]resource.Ref{}, map[string]resource.Ref{}
	var builds, names []string
	for _, ref := range refs {
		id, err := newestBuild(ctx, cfg, ref)
		switch {
		case awserr.IsNotFound(err):
		case err != nil:
			return nil, err
		case id == "":
			idle[ref.ID], names = ref, append(names, ref.ID)
		default:
			newest[id], builds = ref, append(builds, id)
			out[ref] = Activity{Last: resource.Unlearned[time.Time](errNoStart)}
		}
	}
	for ids := range slices.Chunk(builds, most) {
		if err := readStarts(ctx, cfg, ids, newest, out); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(names, most) {
		if err := readIdle(ctx, cfg, some, idle, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newestBuild is the id of the project's newest build; "" when none is on record. The list comes with the newest first, and asking for that order
// is refused where there are more than a hundred (AWS CodeBuild API Reference, "ListBuildsForProject").
func newestBuild(ctx context.Context, cfg aws.Config, ref resource.Ref) (string, error) {
	out, err := client(cfg, ref).ListBuildsForProject(ctx, &codebuild.ListBuildsForProjectInput{ProjectName: &ref.ID})
	if err != nil {
		return "", fmt.Errorf("list builds of project %s: %w", ref.ID, err)
	}
	if len(out.Ids) == 0 {
		return "", nil
	}
	return out.Ids[0], nil
}

func readStarts(ctx context.Context, cfg aws.Config, ids []string, newest map[string]resource.Ref, out map[resource.Ref]Activity) error {
	got, err := client(cfg, newest[ids[0]]).BatchGetBuilds(ctx, &codebuild.BatchGetBuildsInput{Ids: ids})
	if err != nil {
		return fmt.Errorf("read %d builds: %w", len(ids), err)
	}
	for i := range got.Builds {
		if ref, asked := newest[aws.ToString(got.Builds[i].Id)]; asked && got.Builds[i].StartTime != nil {
			out[ref] = Activity{Last: resource.Known(*got.Builds[i].StartTime)}
		}
	}
	return nil
}

// readIdle learns when projects were made of which no build is on record: a new one has not had the time.
func readIdle(ctx context.Context, cfg aws.Config, names []string, idle map[string]resource.Ref, out map[resource.Ref]Activity) error {
	got, err := client(cfg, idle[names[0]]).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: names})
	if err != nil {
		return fmt.Errorf("read %d projects: %w", len(names), err)
	}
	for i := range got.Projects {
		ref, asked := idle[aws.ToString(got.Projects[i].Name)]
		if !asked {
			continue
		}
		a := Activity{Last: resource.Known(time.Time{}), Created: resource.Unlearned[time.Time](errors.New("the answer does not say when the project was made"))}
		if made := got.Projects[i].Created; made != nil {
			a.Created = resource.Known(*made)
		}
		out[ref] = a
	}
	return nil
}
