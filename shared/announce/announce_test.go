package announce

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, n := range notices() {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			m, err := Compose(n.notice, n.now)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, m)
			golden(t, n.name, m)
		})
	}
}

// golden compares a message, as people get it, with the file of that name.
func golden(t *testing.T, name string, m Message) {
	t.Helper()
	got := "Subject: " + m.Subject + "\n\n" + m.Text
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it: go test ./shared/announce -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the message differs from %s (-want +got), write it anew with -update:\n%s", path, diff)
	}
}

// sound is what holds for every message, whatever it is about.
func sound(t *testing.T, m Message) {
	t.Helper()
	if len(m.Subject) > 99 || m.Subject == "" || !printable(m.Subject) {
		t.Errorf("the subject is not 1 to %d characters of printable ASCII but %d: %q", 99, len(m.Subject), m.Subject)
	}
	soundText(t, m)
	for _, name := range []string{"severity", "check", "account", "kind", "resourceKind"} {
		if v := m.Attributes[name]; v == "" || len(v) > 256 || !printable(v) {
			t.Errorf("attribute %s is %q", name, v)
		}
	}
	wrapped, err := payload(m)
	if err != nil || len(wrapped) > 200_000 {
		t.Errorf("the payload has %d bytes (%v)", len(wrapped), err)
	}
	var d Document
	if err := json.Unmarshal([]byte(m.JSON), &d); err != nil || d.Version != 1 || len(d.Findings) == 0 || d.Subject != m.Subject {
		t.Errorf("the JSON is not a document: %v", err)
	}
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func soundText(t *testing.T, m Message) {
	t.Helper()
	for _, s := range []string{m.Text, m.JSON} {
		if !utf8.ValidString(s) {
			t.Errorf("not UTF-8: %q", s)
		}
	}
	if i := strings.IndexFunc(m.Text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("the text holds %q", m.Text[i:min(i+8, len(m.Text))])
	}
	for _, line := range strings.Split(m.Text, "\n") {
		if line != strings.TrimRight(line, " ") {
			t.Errorf("a line ends in space: %q", line)
		}
	}
}

func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		notice Notice
		want   string
	}{
		"nothing":          {Notice{}, "it has no finding"},
		"another resource": {Notice{Items: []Item{{Finding: public(), Kind: Found}}}, "is about"},
		"no kind":          {about(nil, Item{Finding: public()}), `"" is not a kind`},
		"another mode":     {about(nil, Item{Finding: public(), Kind: Found, Mode: "yes"}), `"yes" is not a mode`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Compose(c.notice, now)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestComposeLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	n := about(deed(), Item{Finding: logging(), Kind: Found}, Item{Finding: hostileHere(), Kind: Found})
	same := about(deed(), Item{Finding: logging(), Kind: Found}, Item{Finding: hostileHere(), Kind: Found})
	if _, err := Compose(n, now); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(same, n); diff != "" {
		t.Error(diff)
	}
}

func hostileHere() finding.Finding {
	f := hostile()
	f.Resource = project()
	return f
}

func TestDocument(t *testing.T) {
	t.Parallel()
	f := public()
	m, err := Compose(about(deed(), Item{Finding: logging(), Kind: Resolved}, Item{Finding: f, Kind: Fixed, Mode: settings.Apply, Order: "01K3F7Q2"}), fixedAt)
	if err != nil {
		t.Fatal(err)
	}
	var got Document
	if err := json.Unmarshal([]byte(m.JSON), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got.Findings[0].Finding); diff != "" {
		t.Errorf("the finding changed on its way (-want +got):\n%s", diff)
	}
	if got.Findings[0].Key != f.Key() || got.Findings[0].ID != f.ID() || got.Findings[1].Mode != settings.Off {
		t.Errorf("entries: %+v", got.Findings)
	}
	got.Findings = nil
	want := Document{
		Version: 1, Kind: Fixed, Severity: finding.High, Subject: m.Subject, Resource: project(), AccountName: "prod", Partition: "aws",
		Order: "01K3F7Q2", Mode: settings.Apply, Deed: deed(),
		Console: "https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/111122223333/projects/payments-api/history?region=eu-west-1",
		Lead:    []string{"pipewarden put this right, 24 seconds after the change. Read back: PRIVATE.", "It was: build logs of payments-api are public."},
		Facts: []finding.Fact{
			{Label: "Done", Value: "2026-11-20 09:14:31 UTC, just now"},
			{Label: "Changed", Value: "2026-11-20 09:14:07 UTC, 24 seconds ago: PRIVATE -> PUBLIC_READ"},
			{Label: "By", Value: "alice (IAM user, console session) from 203.0.113.7"},
			{Label: "Where", Value: "prod (111122223333), eu-west-1"},
			{Label: "MFA", Value: "no. The user's console session was opened without MFA."},
		},
		Sections: []Section{
			{Heading: "What was done", Lines: []string{"Make payments-api private.", "Stops no build.", "Calls", "    codebuild:UpdateProjectVisibility projectVisibility=PRIVATE"}},
			{Heading: "Undo", Lines: []string{"    pipewarden undo 01K3F7Q2"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(m.JSON), &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"version", "kind", "severity", "subject", "resource", "accountName", "partition", "findings", "order", "mode", "deed", "console"} {
		if _, ok := members[name]; !ok {
			t.Errorf("no member %s", name)
		}
	}
}

// Whatever is too large is cut until it fits, and the message says so.
func TestComposeFits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(`"\`, 5_000)
	f := public()
	f.Title, f.Detail, f.Why, f.Would, f.ByHand, f.Once, f.Check, f.Remedy = long, long, long, long, long, long, long, long
	f.Actor = &finding.Actor{Type: long, Name: long, ARN: long, Via: long, SourceIP: long}
	f.MFA, f.Event = &finding.MFA{Verdict: long, Reason: long}, &finding.Cause{ID: long, Name: long, Source: long}
	f.Exemption = &finding.Exemption{Owner: long, Reason: long}
	f.Resource = finding.Resource{Kind: long, ID: long, Account: long, Region: long}
	for range 90 {
		f.Facts, f.Path = append(f.Facts, finding.Fact{Label: long, Value: long}), append(f.Path, long)
	}
	d := deed()
	d.Summary, d.Breaks, d.Error, d.Verified, d.Remedy, d.ByHand, d.By, d.Calls = long, long, long, long, long, long, long, f.Path
	var items []Item
	for range 60 {
		items = append(items, Item{Finding: f, Kind: Failed, Reason: long, Order: long})
	}
	n := about(d, items...)
	n.AccountName, n.Partition = long, long
	m, err := Compose(n, now)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, m)
	for _, want := range []string{"more characters left out]", "[left out: the command has 10000 characters]", "did not fit into this message", "more steps left out]"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text does not say %q:\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.Text, "pipewarden approve") || strings.Contains(m.Text, "Leave it like this") {
		t.Error("a command was made of what is no name")
	}
}

// A long command must stand whole or not at all, and an ordinary one must never be cut.
func TestCommandsStayWhole(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 7_000, 30_000} {
		f := public()
		f.ByHand = "aws " + strings.Repeat("x", size)
		m, err := Compose(about(nil, Item{Finding: f, Kind: Found}), now)
		if err != nil {
			t.Fatal(err)
		}
		whole, part := strings.Contains(m.Text, f.ByHand), strings.Contains(m.Text, "aws xxxx")
		if whole != part || whole != (size < 16_000) {
			t.Errorf("%d characters: whole %v, part %v", size, whole, part)
		}
	}
}

// The clocks of AWS and of the remediator differ: a remedy is never said to have come before the change.
func TestDelay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changed, fixed time.Time
		want           string
	}{
		"after":   {changedAt, changedAt.Add(90 * time.Second), "pipewarden put this right, 1 minute after the change. "},
		"before":  {changedAt, changedAt.Add(-time.Second), "pipewarden put this right. "},
		"no time": {time.Time{}, changedAt, "pipewarden put this right. "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, d := public(), deed()
			f.Event.Time, d.At = c.changed, c.fixed
			m, err := Compose(about(d, Item{Finding: f, Kind: Fixed}), now)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(m.Text, c.want) {
				t.Errorf("got %.100q, want %q", m.Text, c.want)
			}
		})
	}
}
