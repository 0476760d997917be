// Package roleshared tells of roles under which both pull requests and deployments run.
package roleshared

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role that builds of pull requests have in common with what deploys.
var Check = &check.Check{
	ID: "role-shared", Severity: finding.Medium,
	Reads: role.Kind, Run: run,
	Controls: slices.Concat(
		controls.LeastPrivilege,
		controls.NIST(controls.Own, "CM-5", "SI-7"),
		controls.SOC2(controls.Own, "CC8.1"),
		controls.OWASP("CICD-SEC-4"),
	),
}

var errNoInventory = errors.New("there is no inventory at hand of what uses it")

func run(p *check.Pass) {
	pulls := users(p.Past.Used, func(u resource.Use) bool { return u.As == buildproject.PullRequestRole })
	deploys := users(p.Past.Used, func(u resource.Use) bool {
		return u.As == buildproject.DeployingRole || u.User.Kind == pipeline.Kind.Name && role.Delivers([]resource.Use{u})
	})
	switch {
	case len(pulls) > 0 && len(deploys) > 0:
		fail(p, pulls, deploys)
	case !p.Past.Complete && p.Offline():
		p.Skip("One event does not tell what else uses the role.")
	case !p.Past.Complete:
		p.Unknown("whether role "+p.Ref.ID+" is shared", errNoInventory)
	default:
		p.OK()
	}
}

// users names those that use the role so, each once.
func users(used []resource.Use, so func(resource.Use) bool) []string {
	var out []string
	for _, u := range used {
		if so(u) {
			out = append(out, words[u.User.Kind]+u.User.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var words = map[string]string{buildproject.Kind.Name: "project ", pipeline.Kind.Name: "pipeline "}

func fail(p *check.Pass, pulls, deploys []string) {
	p.Fail(check.Report{
		Title: "role " + p.Ref.ID + " builds pull requests and deploys",
		Detail: fmt.Sprintf("Code that nobody has reviewed runs under it in %s. What goes out runs under it in %s. A pull request can do what the deployment can.",
			some(pulls), some(deploys)),
		Facts:  []finding.Fact{{Label: "Builds pull requests", Value: some(pulls)}, {Label: "Deploys", Value: some(deploys)}},
		Path:   []string{pulls[0], "role " + p.Ref.ID, deploys[0]},
		ByHand: byHand(pulls[0]),
	})
}

func some(list []string) string {
	const most = 3
	if more := len(list) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), more)
	}
	return strings.Join(list, ", ")
}

// byHand gives the project that builds pull requests a role of its own.
func byHand(project string) string {
	_, id, _ := strings.Cut(project, " ")
	if id == "" || id[0] == '-' || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return ""
	}
	return "# ROLE_ARN is a role that may write the log of " + id + " and nothing else\naws codebuild update-project --name " + id + " --service-role ROLE_ARN"
}
