package build

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the build that a change of state tells of (AWS CodeBuild User Guide, "Build notifications input format reference").
// Its ARN knows account and region better than the event does.
func refs(e *event.Event) []resource.Ref {
	if e.FromCloudTrail() || e.Source != source || e.DetailType != change {
		return nil
	}
	parts := strings.SplitN(e.Detail.String("build-id"), ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[2] != "codebuild" {
		return nil
	}
	id, isBuild := strings.CutPrefix(parts[5], "build/")
	if !isBuild || !isID(id) {
		return nil
	}
	ref := resource.Ref{Kind: name, ID: id, Account: parts[4], Region: parts[3]}
	if !ref.Sound() || ref.Account == "" || ref.Region == "" {
		return nil
	}
	return []resource.Ref{ref}
}

// isID keeps out what cannot be a build: a project's name, a colon and a UUID, as the API gives it.
func isID(text string) bool {
	project, unique, found := strings.Cut(text, ":")
	return found && isWord(project) && isWord(unique)
}

func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// told builds the state as far as the event tells it: not what stands in the log. The event's variables have values, which are left there.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	status := e.Detail.String("build-status")
	if len(about) == 0 || !slices.Contains(finals, status) {
		return State{}, false
	}
	more := e.Detail.Object("additional-information")
	s := State{ID: about[0].ID, ARN: e.Detail.String("build-id"), Status: status, Initiator: more.String("initiator")}
	s.Project, _, _ = strings.Cut(s.ID, ":")
	if logs := more.Object("logs"); logs != nil {
		s.Log = resource.Known(Log{Group: logs.String("group-name"), Stream: logs.String("stream-name"), Unread: "the event does not tell it"})
	}
	return s, true
}
