package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// columns of a CSV file. Spreadsheets and scripts go by them: one may be added at the end, none may move.
var columns = [...]string{
	"time", "severity", "outcome", "check", "account", "region", "kind", "resource", "title", "detail",
	"actor", "mfa", "event", "exempt until", "finding id", "key",
}

// CSV writes a header and a record for each finding, as RFC 4180 has it: https://www.rfc-editor.org/rfc/rfc4180
func CSV(out io.Writer) Format {
	w := csv.NewWriter(out)
	w.UseCRLF = true // section 2, rule 1
	return &sheet{out: w}
}

type sheet struct {
	out   *csv.Writer
	begun bool
}

func (s *sheet) Add(f finding.Finding) error { return written(f, s.write(record(f))) }

// End writes the header where nothing was added: a file without it is not known for one of no findings.
func (s *sheet) End(Summary) error {
	if err := s.begin(); err != nil {
		return err
	}
	s.out.Flush()
	return s.out.Error()
}

func (s *sheet) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	return s.out.Write(columns[:])
}

func (s *sheet) write(cells []string) error {
	if err := s.begin(); err != nil {
		return err
	}
	for i, cell := range cells {
		cells[i] = Inert(cell)
	}
	return s.out.Write(cells)
}

func record(f finding.Finding) []string {
	var at, actor, mfa, event, until string
	if f.Event != nil {
		at, event = stamp(f.Event.Time), strings.TrimSpace(f.Event.Name+" "+f.Event.ID)
	}
	if f.Actor != nil {
		actor = cmp.Or(f.Actor.Name, f.Actor.ARN)
	}
	if f.MFA != nil {
		mfa = f.MFA.Verdict
	}
	if f.Exemption != nil {
		until = stamp(f.Exemption.Until)
	}
	r := f.Resource
	return []string{
		at, f.Severity.String(), string(f.Outcome), f.Check, r.Account, r.Region, r.Kind, r.ID, f.Title, f.Detail,
		actor, mfa, event, until, f.ID(), f.Key(),
	}
}

// Characters that make a spreadsheet take a cell for a formula, when they come first: who names a resource would have it
// computed on the machine of whoever opens the file. OWASP lists them in "CSV Injection"
// (https://owasp.org/www-community/attacks/CSV_Injection); the full width forms are read as the same.
const (
	formulas = "=+-@＝＋－＠"
	leading  = "\t\r\n"
)

// Inert puts an apostrophe before what a spreadsheet would compute, and makes the cell one line without control characters.
func Inert(cell string) string {
	plain := Plain(cell)
	if strings.IndexAny(cell, leading) == 0 || strings.IndexAny(strings.TrimLeft(plain, " "), formulas) == 0 {
		return "'" + plain
	}
	return plain
}
