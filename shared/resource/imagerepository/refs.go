package imagerepository

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the repository of an ECR call, of a scan's result, and those whose scanning changed.
func refs(e *event.Event) []resource.Ref {
	if e.FromCloudTrail() {
		if e.Service() != service {
			return nil
		}
		return named(e, e.Request().String("repositoryName"), e.Request().String("registryId"))
	}
	switch e.DetailType {
	case scanResourceChange:
		var out []resource.Ref
		for _, one := range e.Detail.Objects("repositories") {
			out = append(out, named(e, one.String("repository-name"), "")...)
		}
		return out
	case "ECR Image Scan", "ECR Image Action", "Inspector2 Scan":
		return named(e, e.Detail.String("repository-name"), "")
	case "Inspector2 Finding":
		for _, one := range e.Detail.Objects("resources") {
			image := one.Object("details", "awsEcrContainerImage")
			if found := named(e, image.String("repositoryName"), image.String("registry")); len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

// named makes a Ref of a repository's name, or of its ARN, which knows account and region better than the event does.
func named(e *event.Event, text, registry string) []resource.Ref {
	ref := resource.Ref{Kind: name, ID: text, Account: e.Account, Region: e.Region}
	if isAccount(registry) {
		ref.Account = registry
	}
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 && parts[2] == "ecr" {
		ref.Region, ref.Account, ref.ID = parts[3], parts[4], strings.TrimPrefix(parts[5], "repository/")
	}
	if !isName(ref.ID) {
		return nil
	}
	return []resource.Ref{ref}
}

func isAccount(text string) bool {
	const digits = 12
	return len(text) == digits && strings.Trim(text, "0123456789") == ""
}

// told builds the state from what a call set.
func told(e *event.Event) (State, bool) {
	about, q := refs(e), e.Request()
	if len(about) == 0 || q == nil || !e.Succeeded() {
		return State{}, false
	}
	s := State{Name: about[0].ID}
	switch e.Name() {
	case "CreateRepository":
		// A new repository has mutable tags and its switch off unless it was asked for (Amazon ECR API Reference, "CreateRepository").
		s.Mutability, s.ScanOnPush = resource.Known(Mutability{Setting: Mutable}), resource.Known(false)
		s.sent(q)
	case "PutImageTagMutability", "PutImageScanningConfiguration":
		s.sent(q)
	default:
		return State{}, false
	}
	return s, true
}

func (s *State) sent(q event.Fields) {
	if setting := q.String("imageTagMutability"); setting != "" {
		m := Mutability{Setting: setting}
		for _, filter := range q.Objects("imageTagMutabilityExclusionFilters") {
			m.Except = append(m.Except, filter.String("filter"))
		}
		s.Mutability = resource.Known(m)
	}
	if on, ok := q.Bool("imageScanningConfiguration", "scanOnPush"); ok {
		s.ScanOnPush = resource.Known(on)
	}
}
