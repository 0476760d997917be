// Package buildsourceurlcredentials tells of build projects whose source address carries a password or token.
package buildsourceurlcredentials

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a project with credentials in the address of a source.
var Check = &check.Check{
	ID: "build-source-url-credentials", Severity: finding.Critical,
	Reads: buildproject.Kind, Run: run,
	Aliases:  []string{"Security Hub:CodeBuild.1", "AWS Config:CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK"},
	Controls: slices.Concat(controls.FSBP("CodeBuild.1"), controls.ExposedSecrets),
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	found, known := s.SourceSecrets.Get()
	switch {
	case !known:
		p.Unknown("what the source addresses of "+p.Ref.ID+" hold", s.SourceSecrets.Err())
	case len(found) == 0:
		p.OK()
	default:
		fail(p, s, found)
	}
}

func fail(p *check.Pass, s buildproject.State, found []secret.Found) {
	wheres := secret.Wheres(found)
	r := check.Report{Title: "the source address of " + p.Ref.ID + " holds credentials", ByHand: byHand(p.Ref, wheres)}
	const most = 5
	r.Detail = "Credentials stand in the address of " + strings.Join(wheres, ", ") + ", so everybody who may read the project can use them on the repository: " + secret.List(found, most) +
		". They count as known to others: withdraw them at the repository's host, and let the project sign in by a connection."
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the address was changed again since."
	}
	sources, _ := s.Sources()
	for _, source := range sources {
		if source.Location != "" {
			r.Facts = append(r.Facts, finding.Fact{Label: "Address, without credentials", Value: source.Location})
		}
	}
	for _, f := range found[:min(most, len(found))] {
		r.Facts = append(r.Facts, finding.Fact{Label: f.Where, Value: f.Seen()})
	}
	p.Fail(r)
}

// clean takes what stands before the host, and the query, out of an address.
const clean = `.location |= (sub("//.*@"; "//") | sub("^[^/]*@"; "") | sub("[?#].*"; ""))`

// byHand takes the credentials out; what the project signs in with afterwards is the connection that is made first.
func byHand(ref resource.Ref, wheres []string) string {
	commands := []string{"aws codeconnections create-connection --region " + ref.Region + " --provider-type GitHub --connection-name source  # then finish it in the console: Developer Tools, Connections"}
	if slices.Contains(wheres, "source") {
		commands = append(commands, buildproject.Edit(ref, "source", clean))
	}
	if len(wheres) > 1 || wheres[0] != "source" {
		// The CLI spells this member otherwise than the API.
		command := buildproject.Edit(ref, "secondarySources", "map("+clean+")")
		commands = append(commands, strings.Replace(command, "--secondarySources", "--secondary-sources", 1))
	}
	return strings.Join(commands, "\n")
}
