// Package pipelinedefinitionsecret tells of pipelines whose definition holds a secret.
package pipelinedefinitionsecret

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a pipeline with a secret in a variable, a command or the configuration of an action.
var Check = &check.Check{
	ID: "pipeline-definition-secret", Severity: finding.Critical,
	Reads: pipeline.Kind, Run: run,
	Controls: controls.ExposedSecrets,
}

// most is how many places a message names.
const most = 5

func run(p *check.Pass) {
	s := check.State[pipeline.State](p)
	found, known := s.Secrets.Get()
	switch {
	case !known:
		p.Unknown("what the definition of "+p.Ref.ID+" holds", s.Secrets.Err())
	case len(found) == 0:
		p.OK()
	default:
		fail(p, s, found)
	}
}

func fail(p *check.Pass, s pipeline.State, found []secret.Found) {
	tokens := slices.ContainsFunc(found, masked)
	open := slices.ContainsFunc(found, func(f secret.Found) bool { return !masked(f) })
	r := check.Report{Title: "the definition of " + p.Ref.ID + " holds a secret", ByHand: byHand(p.Ref, s, found, open, tokens)}
	var sentences []string
	if open {
		sentences = append(sentences, "Everybody who may read the pipeline has it.")
	}
	if tokens {
		sentences = append(sentences, "CodePipeline shows "+secret.Mask+" in place of a GitHub token; the token itself stands in the definition and acts as the person who gave it.")
	}
	sentences = append(sentences, "Found: "+secret.List(found, most)+".", "It counts as known to others: change it where it is valid, then take it out.")
	if p.Offline() {
		sentences = append(sentences, "Only the event was seen: it holds unless the pipeline was changed again since.")
	}
	r.Detail = strings.Join(sentences, " ")
	for _, f := range found[:min(most, len(found))] {
		r.Facts = append(r.Facts, finding.Fact{Label: f.Place(), Value: f.Seen()})
	}
	p.Fail(r)
}

// masked says that what was found is the mask of a token.
func masked(f secret.Found) bool { return f.Rule == secret.OAuthToken }

func byHand(ref resource.Ref, s pipeline.State, found []secret.Found, open, tokens bool) string {
	at := delivery.In(ref.Region)
	var commands []string
	if open {
		commands = append(commands, "aws secretsmanager create-secret"+at+" --name "+ref.ID+"/pipeline --secret-string file:///dev/stdin  # type the new value, then Ctrl-D")
	}
	if tokens {
		commands = append(commands, "aws codeconnections create-connection"+at+" --provider-type GitHub --connection-name github  # then finish it in the console: Developer Tools, Connections")
	}
	wheres := secret.Wheres(found)
	change := "change " + strings.Join(wheres[:min(most, len(wheres))], ", ")
	if open {
		change += ": name " + ref.ID + "/pipeline with type SECRETS_MANAGER"
	}
	if tokens {
		change += "; make the GitHub source a CodeStarSourceConnection"
	}
	return strings.Join(append(commands, s.EditCommand(ref, change)), "\n")
}
