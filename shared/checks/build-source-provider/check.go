// Package buildsourceprovider tells of build projects whose source comes from where the settings do not allow.
package buildsourceprovider

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project with a source whose provider or owner is not on the list of the settings.
var Check = &check.Check{
	ID: "build-source-provider", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"Prowler:codebuild_project_uses_allowed_github_organizations", "CloudSploit:codebuildValidSourceProviders"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "SA-9", "AC-20"),
		controls.SOC2(controls.Own, "CC9.2"),
		controls.GDPR(controls.Own, "28"),
		controls.OWASP("CICD-SEC-8"),
	),
}

var (
	// elsewhere are source types that name no place: the pipeline has the source, or there is none.
	elsewhere = []string{"", "CODEPIPELINE", "NO_SOURCE"}
	// hosted are source types whose repositories have an owner in their address.
	hosted = []string{"GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "BITBUCKET"}
)

// wholeOrganization is the location of a source whose webhook is for a whole organization or group
// (AWS CodeBuild User Guide, "GitHub global and organization webhooks").
const wholeOrganization = "CODEBUILD_DEFAULT_WEBHOOK_SOURCE_LOCATION"

func run(p *check.Pass) {
	if len(p.Options.SourceProviders)+len(p.Options.SourceOwners) == 0 {
		p.Skip("The settings allow every source (options.sourceProviders, options.sourceOwners).")
		return
	}
	s := check.State[buildproject.State](p)
	sources, missing := s.Sources()
	var wrong []string
	judged := 0
	for _, source := range sources {
		if slices.Contains(elsewhere, source.Type) {
			continue
		}
		judged++
		switch why, err := objection(p.Options, s, source); {
		case why != "":
			wrong = append(wrong, why)
		case err != nil && missing == nil:
			missing = err
		}
	}
	switch {
	case len(wrong) > 0:
		fail(p, wrong)
	case missing != nil:
		p.Unknown("where "+p.Ref.ID+" takes its source from", missing)
	case judged == 0:
		p.Skip("The project names no source of its own.")
	default:
		p.OK()
	}
}

// objection says what is wrong with one source; "" when nothing is.
func objection(o check.Options, s buildproject.State, source buildproject.SourceLocation) (string, error) {
	called := source.Type + " " + source.Location
	if source.Identifier != "" {
		called = "secondary source " + source.Identifier + ", " + called
	}
	if len(o.SourceProviders) > 0 && !slices.Contains(o.SourceProviders, source.Type) {
		return called + " (provider not allowed)", nil
	}
	if len(o.SourceOwners) == 0 || !slices.Contains(hosted, source.Type) {
		return "", nil
	}
	path, err := repository(s, source)
	if err != nil {
		return "", fmt.Errorf("%s: %w", called, err)
	}
	for _, owner := range o.SourceOwners {
		owner = strings.Trim(owner, "/")
		if owner != "" && strings.HasPrefix(strings.ToLower(path)+"/", strings.ToLower(owner)+"/") {
			return "", nil
		}
	}
	return called + " (owner not allowed)", nil
}

// repository is the path of a repository on its host, which begins with its owner.
func repository(s buildproject.State, source buildproject.SourceLocation) (string, error) {
	if source.Location == wholeOrganization {
		hook, known := s.Webhook.Get()
		switch {
		case !known:
			return "", s.Webhook.Err()
		case hook == nil || hook.Owner == "":
			return "", errors.New("the webhook names no organization")
		}
		return hook.Owner, nil
	}
	_, rest, found := strings.Cut(source.Location, "://")
	if !found {
		rest = strings.Replace(source.Location, ":", "/", 1) // host:owner/repository
	}
	_, path, _ := strings.Cut(rest, "/")
	owner, name, _ := strings.Cut(path, "/")
	if owner == "" || name == "" || slices.Contains(strings.Split(path, "/"), "..") {
		return "", errors.New("the address names no owner")
	}
	return path, nil
}

func fail(p *check.Pass, wrong []string) {
	r := check.Report{
		Title:  p.Ref.ID + " takes its source from where the settings do not allow",
		Detail: "Not on the list: " + strings.Join(wrong, "; ") + ".",
		ByHand: buildproject.Edit(p.Ref, "source", `.location = "https://HOST/OWNER/REPOSITORY.git"`),
	}
	for _, list := range []struct {
		label   string
		allowed []string
	}{{"Allowed owners", p.Options.SourceOwners}, {"Allowed providers", p.Options.SourceProviders}} {
		if len(list.allowed) > 0 {
			r.Facts = append(r.Facts, finding.Fact{Label: list.label, Value: strings.Join(list.allowed, ", ")})
		}
	}
	for _, why := range wrong {
		r.Path = append(r.Path, "project "+p.Ref.ID+" -> "+why)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the source was changed since."
	}
	p.Fail(r)
}
