package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// condition is what can be wrong with a project, and be put right.
type condition struct {
	gone   bool
	public bool // anyone may read its builds
	plain  bool // its artifacts are not encrypted
}

// hand is what somebody did to a project.
type hand struct {
	project string
	at      time.Time
	to      condition
}

// arnOf is the ARN of a project.
func arnOf(project string) string {
	return "arn:aws:codebuild:" + region + ":" + account + ":project/" + project
}

// build makes the projects; nothing is wrong with them.
func (m *machine) build(ctx context.Context) error {
	for _, name := range m.projects {
		if err := m.create(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) create(ctx context.Context, name string) error {
	_, err := codebuild.NewFromConfig(m.cfg).CreateProject(ctx, &codebuild.CreateProjectInput{
		Name: &name, ServiceRole: aws.String("arn:aws:iam::" + account + ":role/service-role/soak"),
		Source:    &types.ProjectSource{Type: types.SourceTypeGithub, Location: aws.String("https://github.com/example-corp/" + name + ".git")},
		Artifacts: artifacts(false),
		Environment: &types.ProjectEnvironment{
			Type: types.EnvironmentTypeLinuxContainer, ComputeType: types.ComputeTypeBuildGeneral1Small, Image: aws.String("aws/codebuild/amazonlinux-x86_64-standard:5.0"),
		},
	})
	if err != nil {
		return fmt.Errorf("make project %s: %w", name, err)
	}
	return nil
}

func artifacts(plain bool) *types.ProjectArtifacts {
	return &types.ProjectArtifacts{Type: types.ArtifactsTypeS3, Location: aws.String("soak-artifacts"), Name: aws.String("site.zip"), EncryptionDisabled: &plain}
}

// is looks at a project, as people do.
func (m *machine) is(ctx context.Context, name string) (condition, error) {
	out, err := codebuild.NewFromConfig(m.cfg).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{name}})
	if err != nil {
		return condition{}, fmt.Errorf("look at project %s: %w", name, err)
	}
	if len(out.Projects) == 0 {
		return condition{gone: true}, nil
	}
	p := out.Projects[0]
	return condition{
		public: p.ProjectVisibility == types.ProjectVisibilityTypePublicRead, plain: p.Artifacts != nil && aws.ToBool(p.Artifacts.EncryptionDisabled),
	}, nil
}

// meddle has somebody change a project. The event of it comes once, twice, late, or never.
func (m *machine) meddle(ctx context.Context) error {
	name, some := m.projects[m.rng.IntN(len(m.projects))], m.rng.IntN(20)
	if m.fights > 0 {
		name, some = m.fought, 1
	}
	is, err := m.is(ctx, name)
	if err != nil || m.fights > 0 && is.public {
		return err
	}
	to, err := m.change(ctx, name, is, some)
	if err != nil {
		return fmt.Errorf("change project %s: %w", name, err)
	}
	m.handed = append(m.handed, hand{name, m.now, to})
	body, err := m.event(name, is.public != to.public, to.public)
	if err != nil || m.rng.IntN(8) == 0 {
		return err // it is lost
	}
	late := 600
	if m.fights > 0 {
		late = 10
	}
	for range 1 + m.rng.IntN(5)/4 {
		m.looks.put(time.Duration(m.rng.IntN(late))*time.Second, body)
	}
	return nil
}

// change makes another project of it: one that is there again, gone, open or shut, with sealed artifacts or without.
func (m *machine) change(ctx context.Context, name string, is condition, some int) (to condition, err error) {
	to = is
	switch client := codebuild.NewFromConfig(m.cfg); {
	case is.gone:
		to, err = condition{}, m.create(ctx, name)
	case some == 0:
		to = condition{gone: true}
		_, err = client.DeleteProject(ctx, &codebuild.DeleteProjectInput{Name: &name})
	case some < 11:
		to.public = !is.public
		visibility := map[bool]types.ProjectVisibilityType{true: types.ProjectVisibilityTypePublicRead, false: types.ProjectVisibilityTypePrivate}[to.public]
		_, err = client.UpdateProjectVisibility(ctx, &codebuild.UpdateProjectVisibilityInput{
			ProjectArn: aws.String(arnOf(name)), ProjectVisibility: visibility, ResourceAccessRole: aws.String("arn:aws:iam::" + account + ":role/public-read"),
		})
	default:
		to.plain = !is.plain
		_, err = client.UpdateProject(ctx, &codebuild.UpdateProjectInput{Name: &name, Artifacts: artifacts(to.plain)})
	}
	return to, err
}

// event is what CloudTrail tells of a change.
func (m *machine) event(name string, visibility, public bool) (string, error) {
	sample := "codebuild/UpdateProject.json"
	if visibility {
		sample = "codebuild/UpdateProjectVisibility-public.json"
	}
	raw, err := events.Read(sample)
	if err != nil {
		return "", err
	}
	var envelope map[string]any
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return "", fmt.Errorf("read the sample: %w", err)
	}
	record, ok := envelope["detail"].(map[string]any)
	if !ok {
		return "", errors.New("read the sample: it has no detail")
	}
	m.ids++
	id, at := fmt.Sprintf("event-%d", m.ids), m.now.Format(time.RFC3339)
	envelope["id"], envelope["time"], record["eventID"], record["eventTime"] = id, at, id, at
	record["requestParameters"] = map[string]any{"name": name}
	record["responseElements"] = map[string]any{"project": map[string]any{"name": name, "arn": arnOf(name)}}
	if visibility {
		told := map[string]any{"projectArn": arnOf(name), "projectVisibility": map[bool]string{true: "PUBLIC_READ", false: "PRIVATE"}[public]}
		record["requestParameters"], record["responseElements"] = told, told
	}
	raw, err = json.Marshal(envelope)
	return string(raw), err
}

// decide has somebody decide upon one of the last actions: mostly one that can be decided upon so, and then any.
func (m *machine) decide(ctx context.Context) error {
	verbs := []queue.Verb{queue.Approve, queue.Approve, queue.Approve, queue.Reject, queue.Undo, queue.Redo, queue.Redo}
	verb, sensible, skip := verbs[m.rng.IntN(len(verbs))], m.rng.IntN(4) > 0, m.rng.IntN(5)
	for a, err := range m.ledger().Actions(ctx, m.now.AddDate(0, 0, -2)) {
		if err != nil {
			return err
		}
		if sensible && !slices.Contains(remediator.From[verb], a.Status) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		d := queue.Decision{Verb: verb, Action: a.ID, By: person, Force: verb == queue.Undo && m.rng.IntN(4) == 0, Reason: "soak"}
		raw, err := json.Marshal(d)
		if err != nil {
			return err
		}
		m.orders.put(0, string(raw))
		return nil
	}
	return nil
}

// toggle stops everything, or lets it go on.
func (m *machine) toggle(ctx context.Context) error {
	before, err := m.ledger().SetStop(ctx, ledger.Stop{On: len(m.stopped) == 0 || !m.stopped[len(m.stopped)-1].to.IsZero(), By: "alice", Reason: "soak"})
	if err != nil {
		return err
	}
	if before.On {
		m.stopped[len(m.stopped)-1].to = m.now
		return nil
	}
	m.stopped = append(m.stopped, span{from: m.now})
	return nil
}

// sweep has everything looked at.
func (m *machine) sweep() error {
	refs := make([]resource.Ref, 0, len(m.projects))
	for _, name := range m.projects {
		refs = append(refs, ref(name))
	}
	for _, look := range queue.Looks(refs, nil) {
		raw, err := json.Marshal(look)
		if err != nil {
			return err
		}
		m.looks.put(0, string(raw))
	}
	return nil
}

func ref(name string) resource.Ref {
	return resource.Ref{Kind: "buildproject", ID: name, Account: account, Region: region}
}
