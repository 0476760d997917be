package buildproject

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// HoldsSecret says whether the project gives a secret to everybody who may read it, in a variable, a buildspec or a source's address.
// The error says what is not known; without a secret that decides.
func (s State) HoldsSecret() (bool, error) {
	var missing error
	for _, part := range []resource.Fact[[]secret.Found]{s.VariableSecrets, s.SpecSecrets, s.SourceSecrets} {
		found, known := part.Get()
		if len(found) > 0 {
			return true, nil
		}
		if !known && missing == nil {
			missing = part.Err()
		}
	}
	return false, missing
}

// secrets looks for secrets in what was read. None of what is found holds one.
func (s *State) secrets(p *types.Project) {
	variables, specs, addresses := []secret.Found{}, []secret.Found{}, []secret.Found{}
	if p.Environment != nil {
		for _, v := range p.Environment.EnvironmentVariables {
			if v.Type == "" || v.Type == types.EnvironmentVariableTypePlaintext {
				variables = append(variables, secret.Variable(aws.ToString(v.Name), aws.ToString(v.Value))...)
			}
		}
	}
	sources := p.SecondarySources
	if p.Source != nil {
		sources = append([]types.ProjectSource{*p.Source}, sources...)
	}
	for _, source := range sources {
		specs = append(specs, inSpec(aws.ToString(source.Buildspec), aws.ToString(source.SourceIdentifier))...)
		addresses = append(addresses, secret.URL(aws.ToString(source.Location), called(aws.ToString(source.SourceIdentifier)))...)
	}
	s.VariableSecrets, s.SpecSecrets, s.SourceSecrets = resource.Known(variables), resource.Known(specs), resource.Known(addresses)
}

// inSpec lists the secrets in a buildspec that stands in the project itself.
func inSpec(spec, source string) []secret.Found {
	if specOf(spec) != Inline {
		return nil
	}
	out := secret.Spec(spec)
	for i := range out {
		if variable := out[i].Where; variable != "" {
			out[i].Where = called(source) + ", variable " + variable
		} else {
			out[i].Where = called(source)
		}
	}
	return out
}

// called is the source of that identifier, as a sentence names it; the primary one has none.
func called(identifier string) string {
	if identifier == "" {
		return "source"
	}
	return "source " + identifier
}

var errHidden = errors.New("CloudTrail hides the value")

// secretsTold looks for secrets in what was sent. A secondary source that is not sent stays as it was, which the event does not tell.
func (s *State) secretsTold(q event.Fields, update bool) {
	if v := q.Object("environment"); v != nil {
		s.VariableSecrets = variablesTold(v)
	}
	primary, secondary := q.Object("source"), q.Objects("secondarySources")
	specs, addresses := []secret.Found{}, []secret.Found{}
	for _, o := range append([]event.Fields{primary}, secondary...) {
		identifier := o.String("sourceIdentifier")
		specs = append(specs, inSpec(o.String("buildspec"), identifier)...)
		addresses = append(addresses, secret.URL(o.String("location"), called(identifier))...)
	}
	whole := primary != nil && (q.Has("secondarySources") || !update)
	if whole || len(specs) > 0 {
		s.SpecSecrets = resource.Known(specs)
	}
	if whole || len(addresses) > 0 {
		s.SourceSecrets = resource.Known(addresses)
	}
}

func variablesTold(environment event.Fields) resource.Fact[[]secret.Found] {
	out := []secret.Found{}
	var unseen error
	for _, v := range environment.Objects("environmentVariables") {
		if kind := v.String("type"); kind != "" && kind != string(types.EnvironmentVariableTypePlaintext) {
			continue
		}
		if v.String("value") == secret.Hidden && secret.Named(v.String("name")) {
			unseen = errHidden
		}
		out = append(out, secret.Variable(v.String("name"), v.String("value"))...)
	}
	if unseen != nil && len(out) == 0 {
		return resource.Unlearned[[]secret.Found](unseen)
	}
	return resource.Known(out)
}
