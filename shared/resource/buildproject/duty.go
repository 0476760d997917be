package buildproject

import (
	"encoding/json"
	"slices"
	"strings"
)

// What a role does for a project besides being its service role, where that is known. The edges are told in addition to "service role".
const (
	PullRequestRole = "service role of pull-request builds" // code that nobody has reviewed runs under it
	DeployingRole   = "service role of deploying builds"    // what is built under it goes out
)

// deploying are commands of a buildspec that bring something out.
var deploying = []string{
	"cdk deploy", "terraform apply", "tofu apply", "pulumi up", "sam deploy", "serverless deploy", "sls deploy", "kubectl apply", "helm upgrade", "helm install",
	"cloudformation deploy", "cloudformation create-stack", "cloudformation update-stack", "cloudformation execute-change-set",
	"deploy create-deployment", "ecs update-service", "lambda update-function-code", "s3 sync", "docker push",
}

// duties are the edges that tell what the project's role is used for. A build whose source a pipeline hands it is part of what that pipeline
// brings out; another one deploys when its own buildspec says so.
func (s State) duties() []string {
	var out []string
	if fromPulls, err := s.PullRequestBuilds(); err == nil && fromPulls {
		out = append(out, PullRequestRole)
	}
	sources, _ := s.Sources()
	fromPipeline := slices.ContainsFunc(sources, func(l SourceLocation) bool { return l.Type == "CODEPIPELINE" })
	if fromPipeline || s.deploys() {
		out = append(out, DeployingRole)
	}
	return out
}

// deploys looks for such a command in a buildspec that stands in the project itself. Of the text nothing but that is told.
func (s State) deploys() bool {
	var definition struct {
		Source struct {
			Buildspec string `json:"buildspec"`
		} `json:"source"`
	}
	if json.Unmarshal(s.Definition.Reveal(), &definition) != nil {
		return false
	}
	return slices.ContainsFunc(deploying, func(command string) bool { return strings.Contains(definition.Source.Buildspec, command) })
}
