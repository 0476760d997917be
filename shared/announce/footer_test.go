package announce

import (
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// The exemption that a message suggests is one that the settings take, once somebody signs it.
func TestExemptionCanBePasted(t *testing.T) {
	t.Parallel()
	f := public()
	f.Resource.ID = `it's [a]*?\b`
	m, err := Compose(about(nil, Item{Finding: f, Kind: Found}), now)
	if err != nil {
		t.Fatal(err)
	}
	_, entry, _ := strings.Cut(m.Text, "exemptions, and deploy\n")
	entry, _, _ = strings.Cut(entry, "\n\n")
	known := settings.Known{Checks: []string{f.Check}}
	if _, err := settings.Load([]byte("exemptions:\n"+entry+"\n"), known); err == nil {
		t.Error("an exemption that nobody signed was taken")
	}
	signed := strings.NewReplacer("owner: ''", "owner: carol", "reason: ''", "reason: on purpose").Replace(entry)
	s, err := settings.Load([]byte("exemptions:\n"+signed+"\n"), known)
	if err != nil {
		t.Fatalf("%v\n%s", err, signed)
	}
	if s.Exempts(f, now.Add(89*24*time.Hour)) == nil || s.Exempts(f, now.Add(92*24*time.Hour)) != nil {
		t.Error("the exemption does not last 90 days")
	}
	other := f
	other.Resource.ID = `it's axxx\b`
	if s.Exempts(other, now) != nil {
		t.Error("the exemption covers another resource")
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
			if strings.Contains(m.Text, "exemptions") {
				t.Error(m.Text)
			}
		})
	}
}
