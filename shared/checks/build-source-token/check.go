// Package buildsourcetoken tells of tokens and passwords that CodeBuild keeps to sign in to source providers with.
package buildsourcetoken

import (
	"errors"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/sourcecredential"
)

// Check fails a source credential that is a personal access token or a password.
var Check = &check.Check{
	ID: "build-source-token", Severity: finding.Medium,
	Reads: sourcecredential.Kind, Run: run,
	Aliases: []string{"ElectricEye:CodeBuild.6"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AC-6", "AC-20", "IA-5(7)", "SA-9"),
		controls.SOC2(controls.Own, "CC6.1", "CC9.2"),
		controls.HIPAA(controls.Own, "164.312(a)(1)", "164.312(d)"),
		controls.GDPR(controls.Own, "28", "32"),
		controls.OWASP("CICD-SEC-6", "CICD-SEC-8"),
	),
}

// words say what each way of signing in is that fails.
var words = map[string]string{sourcecredential.Token: "a personal access token", sourcecredential.Basic: "a user name and password"}

func run(p *check.Pass) {
	s := check.State[sourcecredential.State](p)
	auth, known := s.Auth.Get()
	switch {
	case !known:
		p.Unknown("How CodeBuild signs in to "+provider(p, s), s.Auth.Err())
	case words[auth] != "":
		fail(p, s, auth)
	case auth == sourcecredential.Connection, auth == sourcecredential.Secret, auth == sourcecredential.OAuth:
		p.OK()
	default:
		p.Unknown("How CodeBuild signs in to "+provider(p, s), errors.New("it is not known what the authentication type means that AWS gives"))
	}
}

func provider(p *check.Pass, s sourcecredential.State) string {
	if s.Server == "" {
		return p.Ref.ID
	}
	return s.Server
}

func fail(p *check.Pass, s sourcecredential.State, auth string) {
	r := check.Report{
		Title: "CodeBuild signs in to " + provider(p, s) + " with " + words[auth],
		Detail: "Every project of the account in " + p.Ref.Region + " that names no credential of its own clones with it, and every build of those can get at it. " +
			"It holds until somebody changes it, and for all repositories that its owner reaches.",
		Facts: []finding.Fact{{Label: "Provider", Value: provider(p, s)}, {Label: "Signs in by", Value: auth}},
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it holds unless the credential was replaced since."
	}
	if delivery.Word(s.Server) {
		r.ByHand = "# CONNECTION_ARN is a connection to the provider: aws codeconnections list-connections" + delivery.In(p.Ref.Region) + "\n" +
			"aws codebuild import-source-credentials --server-type " + s.Server + " --auth-type CODECONNECTIONS --token CONNECTION_ARN" + delivery.In(p.Ref.Region)
	}
	p.Fail(r)
}
