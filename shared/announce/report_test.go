package announce

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Where a report lies is told with what reading it takes, and until when it is there.
func TestReportOf(t *testing.T) {
	t.Parallel()
	r := Report{
		Title: "weekly report, 2026-11-23 to 2026-11-29", Lines: []string{"13 findings are open, 1 critical and 4 high; 1 is exempted.", "2 things wait for a decision."},
		Bucket: "pipewarden-evidencebucket1a2b", Folder: "reports/weekly-2026-11-23/20261130T010502Z", Page: "report.html", Region: "eu-west-1",
		Worst: finding.Critical, Until: time.Date(2032, 11, 30, 1, 5, 2, 0, time.UTC),
	}
	from := Sender{Account: "111122223333", AccountName: "prod"}
	m, err := ReportOf(r, from)
	if err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	golden(t, "report", m)
	r.Until, r.Region, r.Lines = time.Time{}, "x/../y", []string{"a\x1b[31mred\nline", strings.Repeat("long ", 2000)}
	if m, err = ReportOf(r, from); err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	if strings.Contains(m.Text, "https://") || !strings.Contains(m.Text, "s3://pipewarden-evidencebucket1a2b/reports/weekly-2026-11-23/20261130T010502Z/report.html") || strings.Contains(m.Text, "kept until") {
		t.Errorf("without a region or an end:\n%.600s", m.Text)
	}
}
