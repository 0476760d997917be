package finding_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
)

var web = finding.Resource{Kind: "build-project", ID: "web", Account: "111122223333", Region: "eu-west-1"}

func full() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "build logs of web are public",
		Detail: "Everyone can read them.", Resource: web,
		Actor: &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 8, Reason: "The session was opened without MFA."},
		Event: &finding.Cause{ID: "e-1", Name: "UpdateProjectVisibility", Source: "codebuild.amazonaws.com", Time: time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)},

		Remedy: "build-make-private", Once: "e-1", Why: "It matters.", Facts: []finding.Fact{{Label: "visibility", Value: "PUBLIC_READ"}},
		Path: []string{"pipeline web-prod", "build-project web"}, Would: "Make it private.", ByHand: "aws codebuild update-project-visibility",
		Exemption: &finding.Exemption{Owner: "ann", Reason: "open source", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}, Self: true,
	}
}

// Keys are stored for ever: findings that were recorded years ago are found by them. These values must never change.
func TestKeysNeverChange(t *testing.T) {
	t.Parallel()
	if got := web.Key(); got != "build-project/111122223333/eu-west-1/web" {
		t.Errorf("resource key %s", got)
	}
	state := finding.Finding{Check: "build-project-public", Resource: web}
	act := state
	act.Once = "e-1"
	for want, f := range map[string]finding.Finding{"9cc6e514526c23418c71598fe432b7a9": state, "a2094d16dbdd687e80575fdec7f0d480": act} {
		if got := f.Key(); got != want {
			t.Errorf("key %s, want %s", got, want)
		}
		if f.ID() != f.Key()[:8] {
			t.Errorf("ID %s of key %s", f.ID(), f.Key())
		}
	}
	if got := full().Digest(); got != "835d11fa7e86d0841b3fd2f00e8e8f1a" {
		t.Errorf("digest %s", got)
	}
}

func TestKeyTellsFindingsApart(t *testing.T) {
	t.Parallel()
	base := finding.Finding{Check: "c", Resource: finding.Resource{Kind: "k", ID: "i", Account: "a", Region: "r"}}
	seen := map[string]string{base.Key(): "the finding itself"}
	for name, change := range map[string]func(*finding.Finding){
		"another check":    func(f *finding.Finding) { f.Check = "d" },
		"another kind":     func(f *finding.Finding) { f.Resource.Kind = "l" },
		"another name":     func(f *finding.Finding) { f.Resource.ID = "j" },
		"another account":  func(f *finding.Finding) { f.Resource.Account = "b" },
		"another region":   func(f *finding.Finding) { f.Resource.Region = "s" },
		"an act":           func(f *finding.Finding) { f.Once = "e-1" },
		"another act":      func(f *finding.Finding) { f.Once = "e-2" },
		"a border shifted": func(f *finding.Finding) { f.Check, f.Resource.Kind = "ck", "" },
	} {
		f := base
		change(&f)
		if other, taken := seen[f.Key()]; taken {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[f.Key()] = name
	}
	same := full()
	same.Outcome, same.Title, same.Severity, same.Event, same.Actor = finding.Pass, "x", finding.Low, nil, nil
	if same.Key() != full().Key() {
		t.Error("the key depends on the conclusion")
	}
}

// Two findings say the same unless outcome, severity or words differ: who did it, and when, is no news of its own.
func TestDigest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*finding.Finding)
		same   bool
	}{
		"outcome":  {func(f *finding.Finding) { f.Outcome = finding.Unknown }, false},
		"severity": {func(f *finding.Finding) { f.Severity = finding.Low }, false},
		"title":    {func(f *finding.Finding) { f.Title = "x" }, false},
		"detail":   {func(f *finding.Finding) { f.Detail = "x" }, false},
		"border":   {func(f *finding.Finding) { f.Title, f.Detail = f.Title+f.Detail, "" }, false},
		"aside":    {func(f *finding.Finding) { f.Aside = " (of nobody)" }, true},
		"event":    {func(f *finding.Finding) { f.Event = nil }, true},
		"actor":    {func(f *finding.Finding) { f.Actor = nil }, true},
		"facts":    {func(f *finding.Finding) { f.Facts = nil }, true},
	} {
		f := full()
		test.change(&f)
		if (f.Digest() == full().Digest()) != test.same {
			t.Errorf("%s changed: the same digest is %v, want %v", name, !test.same, test.same)
		}
	}
}

// Who uses a resource is said beside what is wrong with it: one more is no news of the finding.
func TestDigestLeavesOutWhatIsSaidAside(t *testing.T) {
	t.Parallel()
	f := full()
	f.Title, f.Detail = "bucket b is public", "Anyone reads bucket b."
	was := f.Digest()
	for _, aside := range []string{" (artifact store of web)", " (artifact store of api and 2 more)"} {
		f.Title, f.Detail, f.Aside = "bucket b"+aside+" is public", "Anyone reads bucket b"+aside+".", aside
		if f.Digest() != was {
			t.Errorf("%s makes another finding", aside)
		}
	}
	if f.Title = "bucket b is not public"; f.Digest() == was {
		t.Error("with something said aside, the title does not count")
	}
}

func TestFindingSurvivesStorage(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]finding.Finding{"full": full(), "empty": {}} {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back finding.Finding
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, back); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	raw, err := json.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), `"severity":"high"`) {
		t.Errorf("the severity is not written by its name: %s", raw)
	}
	for _, name := range regexp.MustCompile(`"([A-Za-z]+)":`).FindAllStringSubmatch(string(raw), -1) {
		if name[1][0] < 'a' {
			t.Errorf("member %s does not begin with a small letter", name[1])
		}
	}
}

func TestSeverities(t *testing.T) {
	t.Parallel()
	last := finding.Severity(-1)
	for i, name := range []string{"info", "low", "medium", "high", "critical"} {
		s, err := finding.ParseSeverity(name)
		if err != nil || s.String() != name || finding.Severities()[i] != s {
			t.Errorf("%s: %v, %v", name, s, err)
		}
		if s <= last {
			t.Errorf("%s does not come after %s", s, last)
		}
		last = s
	}
	if len(finding.Severities()) != 5 {
		t.Errorf("severities %v", finding.Severities())
	}
	for _, s := range []finding.Severity{-1, 5, 1 << 40} {
		if s.String() != "info" {
			t.Errorf("severity %d is %s", int(s), s)
		}
	}
}

func TestWrongSeverities(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "HIGH", "High", " high", "urgent", "3"} {
		s := finding.Medium
		err := s.UnmarshalText([]byte(name))
		if err == nil || err.Error() != `"`+name+`" is not a severity: info, low, medium, high or critical expected` {
			t.Errorf("%q: %v", name, err)
		}
		if s != finding.Medium {
			t.Errorf("%q left %s", name, s)
		}
	}
	var f finding.Finding
	if err := json.Unmarshal([]byte(`{"severity":3}`), &f); err == nil {
		t.Error("a number was taken for a severity")
	}
}

func FuzzParseSeverity(f *testing.F) {
	f.Add("high")
	f.Add("")
	f.Fuzz(func(t *testing.T, name string) {
		if s, err := finding.ParseSeverity(name); err == nil && s.String() != name {
			t.Errorf("%q is %s", name, s)
		}
	})
}
