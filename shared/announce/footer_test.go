package announce

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The command that a message suggests exempts what the message is about, and nothing else.
func TestExemptionCanBePasted(t *testing.T) {
	t.Parallel()
	f := public()
	f.Resource.ID = `it's [a]*?\b`
	m, err := Compose(about(nil, Item{Finding: f, Kind: Found}), now)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(m.Text, "Leave it like this on purpose\n")
	line, _, _ = strings.Cut(line, "\n")
	said, err := exec.CommandContext(t.Context(), "sh", "-c", "set -- "+strings.TrimSpace(line)+`; printf '%s\n' "$@"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSpace(string(said)), "\n")
	want := []string{"pipewarden", "exempt", f.Check, "--resource", words[4], "--account", f.Resource.Account, "--until", "2027-02-18", "--reason", "..."}
	if !slices.Equal(words, want) {
		t.Fatalf("%q", words)
	}
	e := settings.Exemption{Check: words[2], Resource: words[4], Account: words[6]}
	other := f
	other.Resource.ID = `it's axxx\b`
	if !e.Fits(f) || e.Fits(other) {
		t.Errorf("%q fits %v, and another %v", words[4], e.Fits(f), e.Fits(other))
	}
}

// An exemption that ends is told with how often it was used, and how to have it longer.
func TestEndOf(t *testing.T) {
	t.Parallel()
	e := Exemption{Exemption: settings.Exemption{
		Check: "build-project-public", Resource: "docs-*", Owner: "carol", Reason: "open source", Until: settings.Date{Time: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)},
	}, Used: 3}
	from := Sender{Account: "111122223333", AccountName: "prod"}
	m, err := EndOf(e, from, now)
	if err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	golden(t, "exemption-ends", m)
	// Whoever does what is proposed must not exempt more than before.
	for _, c := range []struct {
		account, ou, tag string
		want             []string
	}{
		{"444455556666", "", "", []string{"Where     account 444455556666\n", "--resource 'docs-*' --account 444455556666 --until DATE"}},
		{"", "ou-ab12-payments", "", []string{"Where     unit ou-ab12-payments\n", "Give it a later day under exemptions in the settings"}},
		{"444455556666", "", "team=web", []string{"Where     account 444455556666, tag team=web\n", "Give it a later day under exemptions in the settings"}},
	} {
		e.Account, e.OU, e.Tag = c.account, c.ou, c.tag
		if m, err = EndOf(e, from, now); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%+v: no %q in\n%s", c, want, m.Text)
			}
		}
		if inSettings := c.ou+c.tag != ""; strings.Contains(m.Text, "pipewarden exempt") == inSettings {
			t.Errorf("%+v: proposes\n%s", c, m.Text)
		}
	}
	e.Account, e.OU, e.Tag = "", "", ""
	e.Check, e.Resource, e.Owner, from.AccountName = strings.Repeat("x", 300), "a\nb'; rm", "\x1b[31mred", ""
	if m, err = EndOf(e, from, now); err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	var document Document
	if err := json.Unmarshal([]byte(m.JSON), &document); err != nil || len(m.Subject) > maxSubject || !printable(m.Subject) || document.Kind != Ends || document.Ending.Used != 3 || len(document.Sections) != 4 {
		t.Errorf("%v: %q, %s", err, m.Subject, m.JSON)
	}
}

// No exemption is suggested that would cover another resource than the one in the message.
func TestNoExemptionForWhatIsNotNamed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*finding.Finding){
		"a name that cannot be shown": func(f *finding.Finding) { f.Resource.ID = "payments\x00api" },
		"a name that is cut":          func(f *finding.Finding) { f.Resource.ID = strings.Repeat("x", 2000) },
		"no name":                     func(f *finding.Finding) { f.Resource.ID = "" },
		"no account":                  func(f *finding.Finding) { f.Resource.Account = "" },
		"no check":                    func(f *finding.Finding) { f.Check = "" },
		"exempted already":            func(f *finding.Finding) { f.Exemption = &finding.Exemption{Owner: "carol"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := public()
			change(&f)
			m, err := Compose(about(nil, Item{Finding: f, Kind: Found}), now)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, m)
			if strings.Contains(m.Text, "pipewarden exempt") {
				t.Error(m.Text)
			}
		})
	}
}
