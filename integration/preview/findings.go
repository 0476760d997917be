package main

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// sample is an event of the corpus.
func sample(name string) (*event.Event, error) {
	raw, err := events.Read(name)
	if err != nil {
		return nil, fmt.Errorf("read sample %s: %w", name, err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("decode sample %s: %w", name, err)
	}
	return e, nil
}

// judged is what a check says of a state: the words are the check's own. Without an event it is as in a sweep.
func judged(id string, p check.Pass) (finding.Finding, error) {
	all := checks.Documented()
	i := slices.IndexFunc(all, func(c *check.Check) bool { return c.ID == id })
	if i < 0 {
		return finding.Finding{}, fmt.Errorf("there is no check %s", id)
	}
	p.Check, p.Basis = all[i], finding.State
	if p.Event != nil {
		p.Actor = identity.Judge(check.Caller(p.Event), identity.Rules{})
	}
	p.Check.Run(&p)
	for _, f := range p.Results() {
		if f.Outcome == finding.Fail {
			return f, nil
		}
	}
	return finding.Finding{}, fmt.Errorf("the check %s does not fail on %s", id, p.Ref.ID)
}

// public is a build project that anyone can look into.
func public(name string, e *event.Event, more func(*buildproject.State)) (finding.Finding, error) {
	s := buildproject.State{
		Name: name, ARN: "arn:aws:codebuild:" + region + ":" + account + ":project/" + name, Visibility: resource.Known(buildproject.Public),
		AccessRole:         resource.Known("arn:aws:iam::" + account + ":role/service-role/codebuild-public-read"),
		PlaintextVariables: resource.Known([]string{"LOG_LEVEL", "DB_PASSWORD", "NPM_TOKEN"}),
	}
	if more != nil {
		more(&s)
	}
	return judged("build-project-public", check.Pass{
		Event: e, State: s, Ref: resource.Ref{Kind: "buildproject", ID: name, Account: account, Region: region},
	})
}

// withSecret is a project whose builds have a secret at hand.
func withSecret(s *buildproject.State) {
	s.VariableSecrets = resource.Known([]secret.Found{{Rule: "github-pat", Where: "GITHUB_TOKEN"}})
}

// unversioned is a pipeline's bucket that keeps no former versions.
func unversioned(pipeline string) (finding.Finding, error) {
	ref := func(kind, id string) resource.Ref {
		return resource.Ref{Kind: kind, ID: id, Account: account, Region: region}
	}
	return judged("bucket-unversioned", check.Pass{
		State: bucket.VersioningState{}, Ref: ref("bucket", pipeline+"-artifacts"),
		Past: check.Memory{Complete: true, Used: []resource.Use{{User: ref("pipeline", pipeline), As: "artifact store"}}},
	})
}
