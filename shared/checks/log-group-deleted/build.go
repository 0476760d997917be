package loggroupdeleted

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// builds selects the ends of builds (AWS CodeBuild User Guide, "Build notifications input format reference").
var builds = event.Selector{Source: "aws.codebuild", DetailType: "CodeBuild Build State Change", Detail: map[string][]string{
	"build-status": {"SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"},
}}

const (
	ended = "build-ended"

	soon = time.Hour       // after a build: who deletes its log then may be hiding what it did
	keep = 6 * time.Hour   // deletions are told of late at times
	slot = 5 * time.Minute // of builds that end within one, the last is remembered
)

// about is the log group that was deleted, or that a build wrote to.
func about(e *event.Event) resource.Ref {
	group := e.Detail.String("additional-information", "logs", "group-name")
	if e.FromCloudTrail() || !delivery.Word(group) {
		return delivery.About(e)
	}
	return resource.Ref{Kind: "loggroup", ID: group, Account: e.Account, Region: e.Region}
}

// notes remember when a build ended, under the log group that it wrote to.
func notes(e *event.Event, _ identity.Verdict) []check.Note {
	ref := about(e)
	if e.FromCloudTrail() || ref.Kind != "loggroup" {
		return nil
	}
	build := e.Detail.String("build-id")
	if build = build[strings.LastIndexByte(build, '/')+1:]; !delivery.Word(build) {
		build = ""
	}
	const forms = "2006-01-02T15:04"
	return []check.Note{{About: ref, Topic: ended, Key: e.Time.Truncate(slot).Format(forms), Text: build, At: e.Time, Keep: keep}}
}

// recent is the build that ended last before the deletion and within the hour, and whether there is one.
func recent(p *check.Pass) (check.Note, bool) {
	last, found := p.Past.Last(ended, p.Event.Time)
	return last, found && p.Event.Time.Sub(last.At) <= soon
}
