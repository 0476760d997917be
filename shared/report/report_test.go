package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
)

var update = flag.Bool("update", false, "write the goldens")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: want -, got +\n%s", file, diff)
	}
}

func samples() []finding.Finding {
	at := time.Date(2026, 11, 19, 22, 1, 14, 0, time.FixedZone("", 3600))
	one := func(check string, s finding.Severity, kind, id string, a *finding.Actor) finding.Finding {
		at = at.Add(-7 * time.Minute)
		return finding.Finding{
			Check: check, Outcome: finding.Fail, Severity: s, Basis: finding.Event, Title: "something is wrong", Detail: "It <was> seen & told.",
			Resource: finding.Resource{Kind: kind, ID: id, Account: "111122223333", Region: "eu-west-1"},
			Actor:    a, MFA: &finding.MFA{Verdict: "disproven", Row: 7}, Remedy: "trail-start",
			Event: &finding.Cause{ID: "e-1", Name: "StopLogging", Source: "cloudtrail.amazonaws.com", Time: at},
		}
	}
	exempt := one("bucket-public", finding.High, "bucket", "docs", &finding.Actor{Type: "AWSService", Name: "config.amazonaws.com", Via: "service"})
	exempt.Exemption = &finding.Exemption{Owner: "ann@example.com"}
	unknown := one("key-public", finding.Low, "key", "", nil)
	unknown.Outcome, unknown.Event = finding.Unknown, nil
	return []finding.Finding{
		one("trail-stopped", finding.Critical, "trail", "management-events", &finding.Actor{Type: "IAMUser", Name: "deploy-bot", Via: "access key"}),
		one("pipeline-change-without-mfa", finding.High, "pipeline", "web-prod", &finding.Actor{Type: "IAMUser", Name: "alice", Via: "console session"}),
		one("change-mfa-not-demonstrable", finding.Medium, "role", "Admin", &finding.Actor{Type: "AssumedRole", Name: "Admin/bob", Via: "role session"}),
		one("build-logs-unencrypted", finding.Low, "buildproject", "web\x1b[2J\u202eevil\n"+strings.Repeat("long", 20), &finding.Actor{Type: "AssumedRole", Name: "Admin/ann", Via: "Identity Center session"}),
		one("build-logs-unencrypted", finding.Info, "buildproject", "日本語", &finding.Actor{Type: "Root", Name: "root of 111122223333", Via: "console session"}),
		exempt, unknown,
	}
}

func write(t *testing.T, table *Table, findings []finding.Finding) []byte {
	t.Helper()
	for _, f := range findings {
		table.Add(f)
	}
	var out bytes.Buffer
	if err := table.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTable(t *testing.T) {
	t.Parallel()
	for name, colored := range map[string]bool{"table.txt": false, "table-colored.txt": true} {
		golden(t, name, write(t, Acts(colored), samples()))
	}
}

func TestTableOfStates(t *testing.T) {
	t.Parallel()
	passed, skipped := samples()[0], samples()[0]
	passed.Outcome, skipped.Outcome, skipped.Detail = finding.Pass, finding.NotApplicable, "The trail belongs to another account."
	golden(t, "table-states.txt", write(t, States(false), append(samples(), passed, skipped)))
	if got := write(t, States(false), nil); len(got) > 0 {
		t.Errorf("%q for no findings", got)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	golden(t, "lines.jsonl", formatted(t, Lines, samples()[:1]))
}

func FuzzPlain(f *testing.F) {
	f.Add("web\x1b[2J\u202e\u009b\xff\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Plain(s) {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
				t.Errorf("%q keeps %q", s, r)
			}
		}
	})
}

func TestPagesAlign(t *testing.T) {
	t.Parallel()
	all := make([]finding.Finding, 0, 2*page+1)
	for range cap(all) - 1 {
		all = append(all, samples()[0])
	}
	all = append(all, samples()[3])
	lines := strings.Split(strings.TrimSpace(string(write(t, Acts(false), all))), "\n")
	if len(lines) != len(all)+1 {
		t.Fatalf("%d lines for %d findings", len(lines), len(all))
	}
	at := strings.Index(lines[0], "WHO")
	for i, want := range map[int]string{1: "deploy-bot", page: "deploy-bot", page + 1: "deploy-bot", 2 * page: "deploy-bot"} {
		if got := strings.Index(lines[i], want); got != at {
			t.Errorf("line %d: column at %d, want %d: %s", i, got, at, lines[i])
		}
	}
}
