// Package buildenvsecret tells of build projects that hold secrets in plaintext variables.
package buildenvsecret

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// Check fails a project of which a plaintext variable holds a secret.
var Check = &check.Check{
	ID: "build-env-secret", Severity: finding.Critical,
	Reads: buildproject.Kind, Run: run,
	Aliases:  []string{"Security Hub:CodeBuild.2", "Prowler:codebuild_project_no_secrets_in_variables", "ASR:CodeBuild.2"},
	Controls: slices.Concat(controls.FSBP("CodeBuild.2"), controls.ExposedSecrets),
}

// most is how many variables a message names, and how many commands it gives.
const most = 5

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	found, known := s.VariableSecrets.Get()
	switch {
	case !known:
		p.Unknown("what the variables of "+p.Ref.ID+" hold", s.VariableSecrets.Err())
	case len(found) == 0:
		p.OK()
	default:
		fail(p, found)
	}
}

func fail(p *check.Pass, found []secret.Found) {
	names := secret.Wheres(found)
	r := check.Report{Title: "the variable " + names[0] + " of " + p.Ref.ID + " holds a secret in plain text", ByHand: byHand(p.Ref, names)}
	if len(names) > 1 {
		r.Title = fmt.Sprintf("%d variables of %s hold secrets in plain text", len(names), p.Ref.ID)
	}
	r.Detail = "The value stands in the project itself, so everybody who may read the project has it, each build shows it, and CloudTrail and backups may keep it: " +
		secret.List(found, most) + ". It counts as known to others: change it where it is valid, then move it."
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the variable was taken out again since."
	}
	for _, f := range found[:min(most, len(found))] {
		r.Facts = append(r.Facts, finding.Fact{Label: f.Where, Value: f.Seen()})
	}
	p.Fail(r)
}

// byHand puts new values into Secrets Manager and makes the variables name them.
func byHand(ref resource.Ref, names []string) string {
	var commands, changes []string
	for _, name := range names[:min(most, len(names))] {
		id := ref.ID + "/" + strings.Map(inName, name)
		commands = append(commands, "aws secretsmanager create-secret --region "+ref.Region+" --name "+id+" --secret-string file:///dev/stdin  # type the new value, then Ctrl-D")
		changes = append(changes, fmt.Sprintf(`if .name == %s then .type = "SECRETS_MANAGER" | .value = %s else . end`, text(name), text(id)))
	}
	return strings.Join(append(commands, buildproject.Edit(ref, "environment", ".environmentVariables |= map("+strings.Join(changes, " | ")+")")), "\n")
}

// inName keeps what a secret's name may hold (AWS Secrets Manager API Reference, "CreateSecret").
func inName(r rune) rune {
	if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.' {
		return '_'
	}
	return r
}

// text is a text as jq takes it.
func text(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(raw)
}
