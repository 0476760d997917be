package deployment

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// ChecksName is the file beside the publisher's binary that says which checks are on: it writes about them, and judges nothing.
const ChecksName = "checks.json"

// Brief is what is to be known of a check for writing about it.
type Brief struct {
	ID       string           `json:"id"`
	Severity finding.Severity `json:"severity"`
	Judges   string           `json:"judges,omitempty"` // a kind of resource; "": what people do
	Controls []check.Control  `json:"controls,omitempty"`
}

// Briefs are the checks as Checks reads them.
func Briefs(checks []*check.Check) []Brief {
	all := make([]Brief, 0, len(checks))
	for _, c := range checks {
		one := Brief{ID: c.ID, Severity: c.Severity, Controls: c.Controls}
		if c.Reads != nil {
			one.Judges = c.Judges()
		}
		all = append(all, one)
	}
	return all
}

// Checks reads what is to be known of the checks that are on. They cannot be run: whoever links all that judges brings ten times as much along.
func Checks(env func(string) string) ([]*check.Check, error) {
	file := filepath.Join(env("LAMBDA_TASK_ROOT"), ChecksName)
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the checks: %w", err)
	}
	var briefs []Brief
	if err := json.Unmarshal(raw, &briefs); err != nil {
		return nil, fmt.Errorf("read the checks in %s: %w", file, err)
	}
	all := make([]*check.Check, 0, len(briefs))
	for _, b := range briefs {
		c := &check.Check{ID: b.ID, Severity: b.Severity, Controls: b.Controls}
		if b.Judges != "" {
			c.Reads = &resource.Kind[struct{}]{Name: b.Judges}
		}
		all = append(all, c)
	}
	return all, nil
}
