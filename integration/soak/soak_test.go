package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// houses is a CodeBuild with any number of projects.
func houses(t *testing.T) *awstest.Fake {
	projects := map[string]*types.Project{}
	gone := awstest.Error("ResourceNotFoundException")
	return awstest.New(t).
		On("codebuild.CreateProject", func(in any) (any, error) {
			asked := in.(*codebuild.CreateProjectInput)
			p := &types.Project{
				Name: asked.Name, Arn: aws.String(arnOf(*asked.Name)), Artifacts: asked.Artifacts, Source: asked.Source, Environment: asked.Environment,
				ServiceRole: asked.ServiceRole, ProjectVisibility: types.ProjectVisibilityTypePrivate,
			}
			projects[*asked.Name] = p
			return &codebuild.CreateProjectOutput{Project: p}, nil
		}).
		On("codebuild.DeleteProject", func(in any) (any, error) {
			delete(projects, *in.(*codebuild.DeleteProjectInput).Name)
			return &codebuild.DeleteProjectOutput{}, nil
		}).
		On("codebuild.BatchGetProjects", func(in any) (any, error) {
			out := &codebuild.BatchGetProjectsOutput{}
			for _, name := range in.(*codebuild.BatchGetProjectsInput).Names {
				if p := projects[name]; p != nil {
					out.Projects = append(out.Projects, *p)
				} else {
					out.ProjectsNotFound = append(out.ProjectsNotFound, name)
				}
			}
			return out, nil
		}).
		On("codebuild.UpdateProjectVisibility", func(in any) (any, error) {
			asked := in.(*codebuild.UpdateProjectVisibilityInput)
			p := projects[(*asked.ProjectArn)[strings.LastIndexByte(*asked.ProjectArn, '/')+1:]]
			if p == nil {
				return nil, gone
			}
			p.ProjectVisibility, p.ResourceAccessRole = asked.ProjectVisibility, asked.ResourceAccessRole
			return &codebuild.UpdateProjectVisibilityOutput{ProjectArn: p.Arn, ProjectVisibility: p.ProjectVisibility}, nil
		}).
		On("codebuild.UpdateProject", func(in any) (any, error) {
			asked := in.(*codebuild.UpdateProjectInput)
			p := projects[*asked.Name]
			if p == nil {
				return nil, gone
			}
			p.Artifacts = asked.Artifacts
			return &codebuild.UpdateProjectOutput{Project: p}, nil
		}).
		On("codebuild.GetResourcePolicy", gone).
		On("s3control.GetPublicAccessBlock", awstest.Error("NoSuchPublicAccessBlockConfiguration")).
		On("s3.GetBucketPolicy", awstest.Error("NoSuchBucketPolicy")).
		On("s3.GetBucketPolicyStatus", awstest.Error("NoSuchBucketPolicy")).
		On("s3.GetBucketAcl", &s3.GetBucketAclOutput{}).
		On("s3.GetPublicAccessBlock", &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		}})
}

// steps is what every run of the tests plays; seed is another each day, and printed, so that a failure can be played again.
const steps = 10_000

func TestTenThousandSteps(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().Unix() / (24 * 60 * 60))
	t.Logf("seed %d", seed)
	play(t, seed, steps)
}

// TestSeeds plays again what once went wrong.
func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, 3, 4} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			play(t, seed, 500)
		})
	}
}

func play(t *testing.T, seed uint64, steps int) {
	t.Helper()
	m, err := newMachine(t.Context(), seed, houses(t).Config(), ledger.NewMemory)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.play(t.Context(), steps); err != nil {
		t.Fatal(err)
	}
	t.Log(m.summary())
	for _, fault := range m.faults[:min(20, len(m.faults))] {
		t.Error(fault)
	}
	if len(m.wrote) == 0 || len(m.told) == 0 {
		t.Error("the remediator changed nothing, or nothing was told")
	}
	if steps > 1000 && !slices.ContainsFunc(m.wrote, func(w write) bool { return w.backwards }) {
		t.Error("nothing was undone")
	}
}
