package blueprint

import (
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/report"
)

// Standards are the checks as reports name them, by ID: title, why it matters, and the requirements of standards that they support.
func Standards(checks []*check.Check) map[string]report.Rule {
	all := make(map[string]report.Rule, len(checks))
	for _, c := range checks {
		rule := report.Rule{Title: c.Title(), Why: c.Why(), Severity: c.Severity}
		for _, control := range c.Controls {
			rule.Requirements = append(rule.Requirements, report.Requirement{Standard: control.Framework + " " + control.Version, ID: control.ID})
		}
		all[c.ID] = rule
	}
	return all
}
