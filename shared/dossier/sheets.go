package dossier

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
)

// Columns of the tables. Spreadsheets and scripts go by them: one may be added at the end, none may move.
var (
	findingColumns = [...]string{
		"finding", "evidence", "state", "severity", "check", "title", "detail", "account", "region", "kind", "resource", "first seen", "since",
		"event", "event time", "by", "seconds to detect", "seconds to fix", "fixed by", "exempted by", "exempted until", "exempted because", "transitions", "key",
	}
	actionColumns = [...]string{
		"action", "status", "remedy", "check", "finding", "account", "region", "kind", "resource", "summary", "mode", "by", "reason", "read back", "error",
		"began", "applied", "undone", "waits until",
	}
	controlColumns = [...]string{
		"framework", "version", "group", "control", "title", "verdict", "in words", "why outside", "check", "check verdict", "passed", "failed", "exempted", "unknown",
		"nothing to say", "days judged", "open", "acts", "open exempted", "open unread", "evidence",
	}
	exemptionColumns = [...]string{
		"exemption", "check", "resource", "account", "unit", "tag", "owner", "reason", "until", "holds", "origin", "taken back by", "used", "last used", "findings",
	}
)

// sheet is a table as RFC 4180 has it (https://www.rfc-editor.org/rfc/rfc4180), in which no cell is a formula.
type sheet struct{ out *csv.Writer }

// newSheet begins a table. Its first line names the columns. An error of the writer shows at the end.
func newSheet(out io.Writer, columns []string) *sheet {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	s := &sheet{w}
	s.row(columns...)
	return s
}

func (s *sheet) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = report.Inert(cell)
	}
	_ = s.out.Write(cells) // end tells
}

func (s *sheet) end() error {
	s.out.Flush()
	return s.out.Error()
}

// tables take what an assessment goes through.
type tables struct {
	findings, actions *sheet
	note              func(assessment.Finding) // nil: nobody else wants to know
}

func (t *tables) end() error {
	if err := t.findings.end(); err != nil {
		return err
	}
	return t.actions.end()
}

// Finding writes a line of the table of findings.
func (t *tables) Finding(f assessment.Finding) error {
	if t.note != nil {
		t.note(f)
	}
	owner, until, reason := "", "", ""
	if f.Exemption != nil {
		owner, until, reason = f.Exemption.Owner, date(f.Exemption.Until), f.Exemption.Reason
	}
	r := f.Resource
	t.findings.row(
		f.ID, f.Evidence, string(f.State), f.Severity.String(), f.Check, f.Title, f.Detail, r.Account, r.Region, r.Kind, r.ID, at(f.First), at(f.Since),
		f.Event, at(f.EventTime), f.Actor, seconds(f.Detect), seconds(f.Fix), f.FixedBy, owner, until, reason, number(f.Before+len(f.Steps)), f.Key,
	)
	return t.findings.out.Error()
}

// Action writes a line of the table of actions.
func (t *tables) Action(a assessment.Action) error {
	r := a.Resource
	t.actions.row(
		a.ID, string(a.Status), a.Remedy, a.Check, a.Finding, r.Account, r.Region, r.Kind, r.ID, a.Summary, a.Mode, a.By, a.Reason, a.Verified, a.Error,
		at(a.Created), at(a.Applied), at(a.Undone), at(a.Expires),
	)
	return t.actions.out.Error()
}

// controls writes a line for each check of each control, and one for each control that no check supports.
func controls(out io.Writer, a *assessment.Assessment) error {
	by := byID(a)
	s := newSheet(out, controlColumns[:])
	for i := range a.Frameworks {
		f := &a.Frameworks[i]
		for _, c := range f.Controls {
			lead := []string{f.Name, f.Version, c.Group, c.ID, c.Title, string(c.Verdict), c.Says, c.Why}
			if len(c.Checks) == 0 {
				s.row(append(lead, make([]string, len(controlColumns)-len(lead))...)...)
			}
			for _, id := range c.Checks {
				k := by[id]
				s.row(append(lead[:len(lead):len(lead)],
					id, string(k.Verdict), number(k.Count.Pass), number(k.Count.Fail), number(k.Count.Exempted), number(k.Count.Unknown), number(k.Count.Skipped),
					number(k.Days), number(k.Open), number(k.Acts), number(k.Exempt), number(k.Unread), strings.Join(k.Evidence, " "))...)
			}
		}
	}
	return s.end()
}

func exemptions(out io.Writer, a *assessment.Assessment) error {
	s := newSheet(out, exemptionColumns[:])
	for _, e := range a.Exemptions {
		s.row(e.Key, e.Check, e.Resource, e.Account, e.OU, e.Tag, e.Owner, e.Reason, e.Until, strconv.FormatBool(e.Holds), e.Origin, e.Ended,
			number(e.Used), at(e.LastUsed), number(e.Covers))
	}
	return s.end()
}

func byID(a *assessment.Assessment) map[string]*assessment.Check {
	by := make(map[string]*assessment.Check, len(a.Checks))
	for i := range a.Checks {
		by[a.Checks[i].ID] = &a.Checks[i]
	}
	return by
}

func number(n int) string { return strconv.Itoa(n) }

func seconds(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// severities are all of them, the gravest first.
func severities() []finding.Severity {
	return []finding.Severity{finding.Critical, finding.High, finding.Medium, finding.Low, finding.Info}
}
