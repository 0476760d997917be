package buildproject

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// told builds the state from what the caller sent. What UpdateProject does not send keeps a value that the event does not tell.
func told(e *event.Event) (State, bool) {
	q := e.Request()
	if !e.Succeeded() || e.Service() != service || q == nil {
		return State{}, false
	}
	about := refs(e)
	if len(about) == 0 {
		return State{}, false
	}
	s := State{Name: about[0].ID, ARN: arnOf(about[0].ID, q.String("projectArn"), e.Response().String("project", "arn"))}
	switch e.Name() {
	case "CreateProject":
		s.created()
		s.sent(q, false)
		s.answered(e)
	case "UpdateProject":
		s.sent(q, true)
		s.answered(e)
	case "UpdateProjectVisibility":
		if !s.shown(q) {
			return State{}, false
		}
	case "CreateWebhook", "UpdateWebhook":
		s.Webhook = resource.Known(webhookTold(q, e.Response().Object("webhook"), e.Name() == "CreateWebhook"))
	case "DeleteWebhook":
		s.Webhook = resource.Known[*Webhook](nil)
	default:
		return State{}, false
	}
	return s, true
}

// answered keeps the project as the answer has it, which is whole where the request may be a part.
func (s *State) answered(e *event.Event) {
	if p := e.Response().Object("project"); p.String("name") == s.Name {
		s.Definition = resource.SealText(p.JSON())
	}
}

// shown takes over who may see the builds; false when the request does not say.
func (s *State) shown(q event.Fields) bool {
	if q.Has("resourceAccessRole") {
		s.AccessRole = resource.Known(q.String("resourceAccessRole"))
	}
	if !q.Has("projectVisibility") {
		return false
	}
	s.Visibility = resource.Known(q.String("projectVisibility"))
	return true
}

// created is what holds for a new project when the request does not say otherwise
// (AWS CodeBuild API Reference, "CreateProject": it has no member for visibility or a webhook).
func (s *State) created() {
	s.Visibility, s.AccessRole = resource.Known(Private), resource.Known("")
	s.SecondaryArtifacts = resource.Known([]Artifact{})
	s.S3Logs = resource.Known(S3Logs{Status: Disabled})
	s.CloudWatchLogs = resource.Known(CloudWatchLogs{})
	s.Cache = resource.Known(Cache{Type: "NO_CACHE"})
	s.EncryptionKey, s.VPC = resource.Known(""), resource.Known("")
	s.PlaintextVariables, s.Variables = resource.Known([]string{}), resource.Known([]string{})
	s.SecondarySources, s.Webhook = resource.Known([]SourceLocation{}), resource.Known[*Webhook](nil)
	s.VariableSecrets = resource.Known([]secret.Found{})
}

// sent takes over the members that were sent. Whether an update that leaves a switch out of a structure keeps its value
// is not documented, so a switch missing from an update stays unknown.
func (s *State) sent(q event.Fields, update bool) {
	if a := q.Object("artifacts"); a != nil {
		s.Artifacts = resource.Known(artifactTold(a, update))
	}
	if q.Has("secondaryArtifacts") {
		secondary := []Artifact{}
		for _, a := range q.Objects("secondaryArtifacts") {
			secondary = append(secondary, artifactTold(a, update))
		}
		s.SecondaryArtifacts = resource.Known(secondary)
	}
	s.logsTold(q.Object("logsConfig"), update)
	if c := q.Object("cache"); c != nil {
		s.Cache = resource.Known(Cache{Type: c.String("type"), Location: c.String("location")})
	}
	s.sourcesTold(q, update)
	if v := q.Object("environment"); v != nil {
		environment, variables := environmentTold(v, update)
		s.Environment, s.Variables = resource.Known(environment), resource.Known(variables)
		s.PlaintextVariables = resource.Known(plaintextTold(v))
	}
	if q.Has("vpcConfig") {
		s.VPC = resource.Known(q.String("vpcConfig", "vpcId"))
	}
	s.secretsTold(q, update)
	for member, fact := range map[string]*resource.Fact[string]{"serviceRole": &s.ServiceRole, "encryptionKey": &s.EncryptionKey} {
		if q.Has(member) {
			*fact = resource.Known(q.String(member))
		}
	}
}

func (s *State) sourcesTold(q event.Fields, update bool) {
	if o := q.Object("source"); o != nil {
		s.Source = resource.Known(sourceTold(o, update))
	}
	if q.Has("secondarySources") {
		secondary := []SourceLocation{}
		for _, o := range q.Objects("secondarySources") {
			secondary = append(secondary, sourceTold(o, update))
		}
		s.SecondarySources = resource.Known(secondary)
	}
}

func (s *State) logsTold(c event.Fields, update bool) {
	if l := c.Object("s3Logs"); l != nil {
		s.S3Logs = resource.Known(S3Logs{
			Status: l.String("status"), Location: l.String("location"), BucketOwnerAccess: l.String("bucketOwnerAccess"), EncryptionDisabled: switchTold(l, update),
		})
	}
	if l := c.Object("cloudWatchLogs"); l != nil {
		s.CloudWatchLogs = resource.Known(CloudWatchLogs{Status: l.String("status"), Group: l.String("groupName"), Stream: l.String("streamName")})
	}
}

func switchTold(f event.Fields, update bool) resource.Fact[bool] {
	return flagTold(f, "encryptionDisabled", update)
}

func flagTold(f event.Fields, member string, update bool) resource.Fact[bool] {
	if on, ok := f.Bool(member); ok {
		return resource.Known(on)
	}
	if update {
		return resource.Unlearned[bool](resource.ErrNotTold)
	}
	return resource.Known(false)
}

func plaintextTold(environment event.Fields) []string {
	names := []string{}
	for _, v := range environment.Objects("environmentVariables") {
		if kind := v.String("type"); kind == "" || kind == "PLAINTEXT" {
			names = append(names, v.String("name"))
		}
	}
	return names
}

// arnOf is the first text that is that project's ARN and nothing besides: it gets into commands that people paste.
func arnOf(id string, texts ...string) string {
	for _, text := range texts {
		before, found := strings.CutSuffix(text, ":project/"+id)
		parts := strings.Split(before, ":")
		if found && len(parts) == 5 && parts[0] == "arn" && parts[2] == "codebuild" && !slices.ContainsFunc(parts, func(p string) bool { return !isName(p) }) {
			return text
		}
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
