package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
)

var judge = Judge{
	Version: "v1.2.3", Now: time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC),
	Rules: map[string]Rule{
		"trail-stopped": {
			Title: "A trail was stopped", Why: "Nobody <sees> what follows.", Severity: finding.Critical, Services: []string{"cloudtrail"},
			Requirements: []Requirement{{"CIS AWS 5.0.0", "3.1"}, {"SOC 2 2017", "CC7.2"}, {"CIS AWS 5.0.0", "3.2"}},
		},
		"key-public": {Title: "A key is public", Severity: finding.High},
	},
}

func toSARIF(out io.Writer) Format { return SARIF(out, judge) }
func toOCSF(out io.Writer) Format  { return OCSF(out, judge) }

var formats = map[string]func(io.Writer) Format{"lines.jsonl": Lines, "csv": CSV, "sarif": toSARIF, "ocsf": toOCSF}

func formatted(t testing.TB, to func(io.Writer) Format, findings []finding.Finding) []byte {
	t.Helper()
	var out bytes.Buffer
	format := to(&out)
	for _, f := range findings {
		if err := format.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := format.End(Summary{Records: 6, Judged: 1, Findings: 1, Ignored: 3, Malformed: 2}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// everything is one of each: acts and states, all outcomes, exemptions, hostile names, and a finding of which nothing is known.
func everything() []finding.Finding {
	all := samples()
	all[0].MFA.Reason, all[0].Would, all[0].Once = "No MFA.", "Start the trail again.", "e-1"
	all[0].Actor.ARN, all[0].Actor.SourceIP = "arn:aws:iam::111122223333:user/deploy-bot", "203.0.113.7"
	all[5].Actor.SourceIP = "config.amazonaws.com"
	all[5].Exemption.Reason, all[5].Exemption.Until = "=HYPERLINK(\"http://x\")", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	all[6].Detail = "Whether the key is public is not known: access denied"
	passed, skipped := all[0], all[6]
	passed.Outcome, passed.Title, passed.Detail = finding.Pass, "A trail was stopped", ""
	skipped.Outcome, skipped.Basis, skipped.Detail = finding.NotApplicable, finding.State, "Another account's."
	open := all[6]
	open.Outcome, open.Basis, open.Severity, open.Title, open.ByHand = finding.Fail, finding.State, finding.High, "key [k](http://x) {0} is public", "aws kms put-key-policy"
	open.Resource.ID = "=cmd|'/c calc'!A1"
	vague := open
	vague.Basis, vague.Outcome, vague.Detail = finding.State, finding.Unknown, "Not read."
	told := all[1]
	told.Event = &finding.Cause{ID: "e-2", Name: "Alarm", Source: "aws.codepipeline", Time: judge.Now}
	return append(all, passed, skipped, open, vague, told, finding.Finding{})
}

func TestFormats(t *testing.T) {
	t.Parallel()
	golden(t, "findings.csv", formatted(t, CSV, everything()))
	golden(t, "findings.sarif", formatted(t, toSARIF, everything()))
	golden(t, "findings.ocsf.jsonl", formatted(t, toOCSF, everything()))
}

// What is written cannot move the cursor, and is UTF-8, whatever a finding holds.
func TestFormatsOfNothingKnown(t *testing.T) {
	t.Parallel()
	odd := finding.Finding{
		Outcome: "odd", Severity: 99, Basis: "odd", Actor: &finding.Actor{}, MFA: &finding.MFA{}, Event: &finding.Cause{}, Exemption: &finding.Exemption{},
		Resource: finding.Resource{ID: "\xff\x1b[2J"},
	}
	for name, to := range formats {
		out := formatted(t, to, []finding.Finding{{}, odd})
		if len(out) == 0 || bytes.ContainsAny(out, "\x1b\xff") {
			t.Errorf("%s: %q", name, out)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFormatsTellOfAFullDisk(t *testing.T) {
	t.Parallel()
	for name, to := range formats {
		added, ended := to(full{}).Add(samples()[0]), to(full{}).End(Summary{})
		for when, err := range map[string]error{"a finding": added, "the end": ended} {
			silent := name == "csv" && when == "a finding" || name == "ocsf" && when == "the end" // it is buffered; there is nothing to write
			if silent != (err == nil) || err != nil && !strings.Contains(err.Error(), "no space left") {
				t.Errorf("%s at %s: %v", name, when, err)
			}
		}
	}
}

// counter counts what is written at a time.
type counter struct{ most int }

func (c *counter) Write(p []byte) (int, error) {
	c.most = max(c.most, len(p))
	return len(p), nil
}

func TestFormatsWriteAsFindingsCome(t *testing.T) {
	t.Parallel()
	for name, to := range formats {
		var c counter
		format := to(&c)
		for range 3000 {
			if err := format.Add(samples()[0]); err != nil {
				t.Fatal(err)
			}
		}
		if c.most == 0 || c.most > 16<<10 {
			t.Errorf("%s: %d bytes at a time before the end", name, c.most)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	out := string(formatted(t, CSV, everything()))
	if strings.Count(out, "\r\n") != strings.Count(out, "\n") {
		t.Error("a line does not end with CRLF (RFC 4180, section 2)")
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != len(everything())+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := []string{
		"2026-11-19T20:40:14Z", "critical", "fail", "trail-stopped", "111122223333", "eu-west-1", "trail", "management-events",
		"something is wrong", "It <was> seen & told.", "deploy-bot", "disproven", "StopLogging e-1", "", everything()[0].ID(), everything()[0].Key(),
	}
	if diff := cmp.Diff(want, rows[1]); diff != "" {
		t.Error(diff)
	}
	if got := string(formatted(t, CSV, nil)); got != strings.Join(columns[:], ",")+"\r\n" {
		t.Errorf("of no findings: %q", got)
	}
}

func TestCellsAreInert(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "\r=1": "' =1", "\nx": "' x", "  =1": "'  =1", "\u2003=1": "' =1",
		"＝1": "'＝1", "web": "web", "a=b": "a=b", "": "", "web-1": "web-1", "a\x1bb": "a?b",
	} {
		if got := Inert(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
}

func FuzzFormats(f *testing.F) {
	f.Add("web", "=1", "203.0.113.7", "fail")
	f.Add("\xff\u202e", "](x) {0}", "::1%eth0", "")
	f.Fuzz(func(t *testing.T, id, title, from, outcome string) {
		one := finding.Finding{
			Check: id, Outcome: finding.Outcome(outcome), Title: title, Detail: title, Resource: finding.Resource{ID: id, Account: from},
			Actor: &finding.Actor{Type: id, Name: title, SourceIP: from}, Event: &finding.Cause{ID: id, Name: title},
		}
		for _, name := range []string{"sarif", "ocsf"} {
			if out := formatted(t, formats[name], []finding.Finding{one}); !json.Valid(out) {
				t.Errorf("%s: %s", name, out)
			}
		}
		rows, err := csv.NewReader(bytes.NewReader(formatted(t, CSV, []finding.Finding{one}))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		if i := slices.IndexFunc(rows[1], func(cell string) bool { return strings.IndexAny(cell, formulas+leading) == 0 }); i >= 0 {
			t.Errorf("%q", rows[1][i])
		}
	})
}
