package buildproject

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// byName are the calls whose request says "name" for the project's name; elsewhere in this API it is a report group's, or a fleet's.
var byName = []string{"CreateProject", "UpdateProject", "DeleteProject"}

// withProject are the resources whose ARN names a project.
var withProject = []string{"project", "build", "build-batch", "sandbox"}

// refs names the project of any CodeBuild event that tells of one.
func refs(e *event.Event) []resource.Ref {
	if !e.FromCloudTrail() {
		if e.Source != "aws.codebuild" {
			return nil
		}
		return refsOf(e, e.Detail.String("project-name"))
	}
	if e.Service() != service {
		return nil
	}
	q := e.Request()
	named := []string{q.String("projectName"), q.String("projectArn"), q.String("resourceArn"), q.String("sandboxId"), q.String("id")}
	if slices.Contains(byName, e.Name()) {
		named = append(named, q.String("name"), e.Response().String("project", "name"), nameInCut(e.Detail.String("requestParameters")))
	}
	for _, one := range append(named, e.Response().String("projectArn"), e.Response().String("project", "arn")) {
		if found := refsOf(e, one); len(found) > 0 {
			return found
		}
	}
	return refsOf(e, q.Strings("ids")...)
}

// refsOf makes a Ref of every text that names a project: its name, its ARN, a build's id (project:uuid) or a build's or sandbox' ARN.
// An ARN knows account and region better than the event does.
func refsOf(e *event.Event, texts ...string) []resource.Ref {
	var out []resource.Ref
	for _, text := range texts {
		ref := resource.Ref{Kind: name, ID: text, Account: e.Account, Region: e.Region}
		if strings.HasPrefix(text, "arn:") {
			parts := strings.SplitN(text, ":", 6)
			if len(parts) < 6 || parts[2] != "codebuild" {
				continue
			}
			kind, id, _ := strings.Cut(parts[5], "/")
			if !slices.Contains(withProject, kind) {
				continue
			}
			ref.ID, ref.Region, ref.Account = id, parts[3], parts[4]
		}
		ref.ID, _, _ = strings.Cut(ref.ID, ":")
		if isName(ref.ID) && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// isName keeps out what cannot be a project: names are letters, digits, - and _ (AWS CodeBuild API Reference, "CreateProject").
func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// nameInCut finds the name in a request that CloudTrail cut: the definition is lost, but whom to read again is not.
func nameInCut(request string) string {
	rest, ok := strings.CutPrefix(request, `{"name":"`)
	if !ok {
		return ""
	}
	found, _, closed := strings.Cut(rest, `"`)
	if !closed {
		return ""
	}
	return found
}
