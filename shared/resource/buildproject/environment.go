package buildproject

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Inline is a source's Spec whose text stands in the project itself. The text is kept in the definition alone: it may hold secrets.
const Inline = "(inline)"

// Environment is the container that a build runs in, without its variables.
type Environment struct {
	Type       string              `json:"type,omitempty"`
	Image      string              `json:"image"`
	Privileged resource.Fact[bool] `json:"privilegedMode,omitzero"`
	Fleet      string              `json:"fleet,omitempty"` // ARN of the reserved capacity it runs on, which has a network of its own
}

// SourceLocation is where the source comes from, without user, password or token.
type SourceLocation struct {
	Type       string `json:"type"`
	Location   string `json:"location,omitempty"`
	Identifier string `json:"sourceIdentifier,omitempty"` // of a secondary source
	// Spec is where the buildspec is: a path in the source, an S3 ARN, or Inline; "" is buildspec.yml in the source's root.
	Spec     string              `json:"buildspec,omitempty"`
	Insecure resource.Fact[bool] `json:"insecureSsl,omitzero"` // certificates of the source's host are not checked
}

// Sources are those that are known, the primary first; the error says what is not known.
func (s State) Sources() ([]SourceLocation, error) {
	var out []SourceLocation
	if primary, ok := s.Source.Get(); ok {
		out = append(out, primary)
	}
	secondary, _ := s.SecondarySources.Get()
	err := s.Source.Err()
	if err == nil {
		err = s.SecondarySources.Err()
	}
	return append(out, secondary...), err
}

// SpecPath is the buildspec's path within the source; "" when it does not come from there.
func (l SourceLocation) SpecPath() string {
	switch {
	case l.Type == string(types.SourceTypeNoSource), l.Spec == Inline, strings.HasPrefix(l.Spec, "arn:"):
		return ""
	case l.Spec == "":
		return "buildspec.yml"
	}
	return strings.TrimPrefix(l.Spec, "./")
}

func environmentOf(e *types.ProjectEnvironment) (Environment, []string) {
	if e == nil {
		return Environment{Privileged: resource.Known(false)}, []string{}
	}
	out := Environment{Type: string(e.Type), Image: aws.ToString(e.Image), Privileged: resource.Known(aws.ToBool(e.PrivilegedMode))}
	if e.Fleet != nil {
		out.Fleet = aws.ToString(e.Fleet.FleetArn)
	}
	names := make([]string, 0, len(e.EnvironmentVariables))
	for _, v := range e.EnvironmentVariables {
		names = append(names, aws.ToString(v.Name))
	}
	return out, names
}

func environmentTold(e event.Fields, update bool) (Environment, []string) {
	names := []string{}
	for _, v := range e.Objects("environmentVariables") {
		names = append(names, v.String("name"))
	}
	return Environment{
		Type: e.String("type"), Image: e.String("image"), Fleet: e.String("fleet", "fleetArn"), Privileged: flagTold(e, "privilegedMode", update),
	}, names
}

func sourceOf(p types.ProjectSource) SourceLocation {
	return SourceLocation{
		Type: string(p.Type), Location: withoutCredentials(aws.ToString(p.Location)), Identifier: aws.ToString(p.SourceIdentifier),
		Spec: specOf(aws.ToString(p.Buildspec)), Insecure: resource.Known(aws.ToBool(p.InsecureSsl)),
	}
}

func sourceTold(o event.Fields, update bool) SourceLocation {
	return SourceLocation{
		Type: o.String("type"), Location: withoutCredentials(o.String("location")), Identifier: o.String("sourceIdentifier"),
		Spec: specOf(o.String("buildspec")), Insecure: flagTold(o, "insecureSsl", update),
	}
}

// specOf keeps a path or an ARN. Everything else is the buildspec's own text, which is YAML or JSON.
func specOf(text string) string {
	const longest = 1024 // of an S3 key
	if strings.ContainsAny(text, "\n{}\"' \t") || strings.HasPrefix(text, "version:") || len(text) > longest {
		return Inline
	}
	return text
}
