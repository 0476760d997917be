package pipeline

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// byName are the calls whose request says "name" for the pipeline's name; DeleteWebhook says it for the webhook's.
var byName = []string{"DeletePipeline", "StartPipelineExecution", "GetPipeline"}

// refs names the pipeline of any CodePipeline event that tells of one.
func refs(e *event.Event) []resource.Ref {
	for _, id := range names(e) {
		if isName(id) {
			return []resource.Ref{{Kind: name, ID: id, Account: e.Account, Region: e.Region}}
		}
	}
	return nil
}

func names(e *event.Event) []string {
	switch {
	case !e.FromCloudTrail() && e.Source == "aws.codepipeline":
		return []string{e.Detail.String("pipeline")}
	case e.Service() != service:
		return nil
	}
	q := e.Request()
	named := []string{
		q.Object("pipeline").String("name"), q.String("pipelineName"), q.Object("webhook").String("targetPipeline"),
		e.Response().Object("pipeline").String("name"),
		nameInCut(q.String("pipeline"), `{"name":"`), nameInCut(e.Detail.String("requestParameters"), `{"pipeline":{"name":"`),
		fromARN(q.String("resourceArn")),
	}
	if slices.Contains(byName, e.Name()) {
		named = append(named, q.String("name"))
	}
	return named
}

// fromARN is the pipeline of arn:…:codepipeline:region:account:pipeline/stage/action.
func fromARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "codepipeline" {
		return ""
	}
	id, _, _ := strings.Cut(parts[5], "/")
	return id
}

// isName keeps out what cannot be a pipeline: names are letters, digits and . @ - _ (AWS CodePipeline API Reference, "PipelineDeclaration").
func isName(text string) bool {
	return text != "" && len(text) <= 100 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".@-_", r)
	})
}

// nameInCut finds the name in a definition that CloudTrail cut: the definition is lost, but what to read again is not.
func nameInCut(text, before string) string {
	rest, ok := strings.CutPrefix(text, before)
	if !ok {
		return ""
	}
	found, _, closed := strings.Cut(rest, `"`)
	if !closed {
		return ""
	}
	return found
}
