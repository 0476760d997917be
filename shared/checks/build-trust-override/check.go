// Package buildtrustoverride tells of build projects that trust whoever answers, or whom a variable names.
package buildtrustoverride

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a project that fetches its source without checking certificates, or that sets variables which move what a build trusts.
var Check = &check.Check{
	ID: "build-trust-override", Severity: finding.Medium,
	Reads: buildproject.Kind, Run: run,
	Aliases: []string{"ElectricEye:CodeBuild.2"},
	Controls: slices.Concat(
		controls.NIST(controls.Own, "SC-8", "SC-23", "SI-7"),
		controls.SOC2(controls.Own, "CC6.7"),
		controls.OWASP("CICD-SEC-3", "CICD-SEC-7"),
	),
}

// overrides are variables that move what a build trusts, by what each does. They count in any case.
var overrides = []struct {
	does  string
	names []string
}{
	{"sends what the build fetches through an address of its choice", []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NPM_CONFIG_PROXY", "NPM_CONFIG_HTTPS_PROXY", "GIT_PROXY_COMMAND"}},
	{"sends the build's AWS calls to an address of its choice", []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}},
	{"lets tools believe certificates of an issuer of its choice", []string{
		"NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "PIP_CERT",
		"GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "NPM_CONFIG_CA", "NPM_CONFIG_CAFILE", "CARGO_HTTP_CAINFO", "DENO_CERT", "NIX_SSL_CERT_FILE",
	}},
	{"can switch off the checking of certificates or sums", []string{
		"GIT_SSL_NO_VERIFY", "NODE_TLS_REJECT_UNAUTHORIZED", "PYTHONHTTPSVERIFY", "NPM_CONFIG_STRICT_SSL", "PIP_TRUSTED_HOST", "GOINSECURE", "GONOSUMDB",
	}},
	{"loads code into every program of the build", []string{"LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT"}},
}

func run(p *check.Pass) {
	s := check.State[buildproject.State](p)
	sources, missing := s.Sources()
	var insecure []string
	for _, source := range sources {
		switch on, known := source.Insecure.Get(); {
		case on:
			insecure = append(insecure, called(source))
		case !known && missing == nil:
			missing = source.Insecure.Err()
		}
	}
	variables, known := s.Variables.Get()
	if !known && missing == nil {
		missing = s.Variables.Err()
	}
	set, said := moved(variables)
	switch {
	case len(insecure)+len(set) > 0:
		fail(p, insecure, set, said)
	case missing != nil:
		p.Unknown("what builds of "+p.Ref.ID+" trust", missing)
	default:
		p.OK()
	}
}

func called(source buildproject.SourceLocation) string {
	if source.Identifier != "" {
		return "the secondary source " + source.Identifier
	}
	return "the source"
}

// moved lists those of the variables that move what is trusted, and a sentence for each kind.
func moved(variables []string) (set, said []string) {
	for _, kind := range overrides {
		var these []string
		for _, name := range variables {
			if slices.Contains(kind.names, strings.ToUpper(name)) {
				these = append(these, name)
			}
		}
		if len(these) > 0 {
			set = append(set, these...)
			said = append(said, strings.Join(these, ", ")+" "+kind.does+".")
		}
	}
	return set, said
}

func fail(p *check.Pass, insecure, set, said []string) {
	var r check.Report
	var details, commands []string
	if len(insecure) > 0 {
		r.Title = p.Ref.ID + " fetches its source without checking certificates"
		details = append(details, "The certificate of the host is not checked for "+strings.Join(insecure, ", ")+", so whoever stands in between can answer with other code.")
		r.Facts = append(r.Facts, finding.Fact{Label: "insecureSsl", Value: "on for " + strings.Join(insecure, ", ")})
		if slices.Contains(insecure, "the source") {
			commands = append(commands, buildproject.Edit(p.Ref, "source", ".insecureSsl = false"))
		}
		if len(insecure) > 1 || insecure[0] != "the source" {
			commands = append(commands, secondary(p))
		}
	}
	if len(set) > 0 {
		if r.Title == "" {
			r.Title = "variables of " + p.Ref.ID + " change whom its builds trust"
		}
		details = append(append(details, said...), "Values were not looked at.")
		r.Facts = append(r.Facts, finding.Fact{Label: "Variables", Value: strings.Join(set, ", ")})
		commands = append(commands, buildproject.Edit(p.Ref, "environment",
			`.environmentVariables |= map(select(.name | IN("`+strings.Join(set, `","`)+`") | not))`))
	}
	if p.Offline() {
		details = append(details, "Only the event was seen: it holds unless that was taken back since.")
	}
	r.Detail, r.ByHand = strings.Join(details, " "), strings.Join(commands, "\n")
	p.Fail(r)
}

// secondary is Edit for a member that the CLI spells otherwise than the API.
func secondary(p *check.Pass) string {
	command := buildproject.Edit(p.Ref, "secondarySources", "map(.insecureSsl = false)")
	return strings.Replace(command, "--secondarySources", "--secondary-sources", 1)
}
