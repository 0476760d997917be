// Package buildevidenceremoved tells of builds and test reports that are deleted.
package buildevidenceremoved

import (
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

// Check fails a call that deleted records of builds or test reports.
var Check = &check.Check{
	ID: "build-evidence-removed", Severity: finding.Medium,
	On:  []event.Selector{event.Calls("codebuild.amazonaws.com", "BatchDeleteBuilds", "DeleteBuildBatch", "DeleteReport", "DeleteReportGroup")},
	Run: run,
	Controls: slices.Concat(
		controls.NIST(controls.Own, "AU-9", "AU-10", "AU-11"),
		controls.SOC2(controls.Own, "CC7.2", "CC7.3"),
		controls.HIPAA(controls.Own, "164.312(b)", "164.312(c)(1)"),
		controls.GDPR(controls.Own, "30"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	e := p.Event
	reports, _ := e.Request().Bool("deleteReports")
	switch {
	case !e.Succeeded():
		p.Skip("The call did not succeed.")
	case e.Name() == "BatchDeleteBuilds" && e.Response().Has("buildsDeleted") && len(e.Response().Strings("buildsDeleted")) == 0:
		p.Skip("None of the builds was deleted.")
	case e.Name() == "DeleteReportGroup" && e.Request() != nil && !reports:
		p.Skip("A report group that is deleted without its reports held none.")
	default:
		fail(p)
	}
}

func fail(p *check.Pass) {
	ref := delivery.About(p.Event)
	r := check.Report{
		Title:  title(p.Event, ref.ID),
		Detail: delivery.Done(p.Event, p.Actor.Actor.Name) + " " + lost[p.Event.Name()],
		Facts:  delivery.Facts(p.Event), Once: p.Event.ID, About: &ref,
	}
	if ref.Kind == buildproject.Kind.Name {
		r.ByHand = "aws codebuild list-builds-for-project --project-name " + ref.ID + delivery.In(ref.Region)
	}
	p.Fail(r)
}

// lost is what can no longer be looked up.
var lost = map[string]string{
	"BatchDeleteBuilds": "What these builds ran, from which source and on whose behalf can no longer be looked up in CodeBuild.",
	"DeleteBuildBatch":  "What this batch ran, from which source and on whose behalf can no longer be looked up in CodeBuild.",
	"DeleteReport":      "What its tests found can no longer be looked up in CodeBuild.",
	"DeleteReportGroup": "All reports of the group were deleted with it, and what their tests found can no longer be looked up in CodeBuild.",
}

func title(e *event.Event, id string) string {
	switch e.Name() {
	case "BatchDeleteBuilds":
		switch n := len(e.Response().Strings("buildsDeleted")); n {
		case 0: // the answer was lost
			return "builds of " + id + " were deleted"
		case 1:
			return "a build of " + id + " was deleted"
		default:
			return fmt.Sprintf("%d builds of %s were deleted", n, id)
		}
	case "DeleteBuildBatch":
		return "a batch of builds of " + id + " was deleted"
	case "DeleteReport":
		return "the test report " + id + " was deleted"
	}
	return "the report group " + id + " and its reports were deleted"
}
