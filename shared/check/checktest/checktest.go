// Package checktest runs a check on the cases in its testdata folder.
package checktest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Case is one file of testdata: what the check sees, and what it must say.
type Case struct {
	About    string          `json:"about"`  // one sentence: what the case shows
	Event    string          `json:"event"`  // name of a sample in events/; "" for a sweep
	Change   map[string]any  `json:"change"` // members of the sample's detail to set, by dotted path; null removes
	Ref      *resource.Ref   `json:"ref"`    // default: what the event is about, else a name of the kind
	State    json.RawMessage `json:"state"`  // what was read; absent: what the event tells (basis event)
	Options  check.Options   `json:"options"`
	Past     check.Memory    `json:"past"`
	Before   json.RawMessage `json:"before"` // Past.Before's body, which a memory does not show: JSON, or the name of a sample whose request holds it
	Identity identity.Rules  `json:"identity"`
	Want     Want            `json:"want"`
}

// Want is what the check must say. Title and Detail are parts of what it says.
type Want struct {
	Outcome  finding.Outcome   `json:"outcome"`
	Severity *finding.Severity `json:"severity"`
	Title    string            `json:"title"`
	Detail   string            `json:"detail"`
	Remedy   *string           `json:"remedy"`
	Resource string            `json:"resource"` // id
	Once     *bool             `json:"once"`     // an act, or a judgement of state
}

// Run runs every case below testdata, each as a subtest named by its file. S is the state that the check reads; any for the event alone.
// It demands one case that fires, two that stay silent and, where state is read, one that is unknown.
func Run[S any](t *testing.T, c *check.Check) {
	t.Helper()
	c = documented(t, c)
	if err := check.Validate([]*check.Check{c}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[finding.Outcome]int{}
	for _, file := range files {
		var one Case
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(strings.NewReader(string(raw)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		seen[one.Want.Outcome]++
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			run[S](t, c, one)
		})
	}
	if seen[finding.Fail] < 1 || seen[finding.Pass]+seen[finding.NotApplicable] < 2 || c.Reads != nil && seen[finding.Unknown] < 1 {
		t.Errorf("cases so far: %v; at least one that fires, two that stay silent and, for a check that reads state, one unknown are needed", seen)
	}
}

// documented is the check with the doc of its folder.
func documented(t *testing.T, c *check.Check) *check.Check {
	t.Helper()
	doc, err := os.ReadFile("doc.md")
	if err != nil {
		t.Fatal(err)
	}
	whole := *c
	whole.Doc = string(doc)
	return &whole
}

// Now is when every case is judged.
var Now = time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC)

// Own tells what belongs to the auditor in every case, as it does where nobody renamed anything.
func Own() check.Own {
	return check.Own{Prefixes: []string{"pipewarden-", "/pipewarden/", "alias/pipewarden"}}
}

func run[S any](t *testing.T, c *check.Check, one Case) {
	t.Helper()
	if one.About == "" {
		t.Error("about is missing: say what the case shows")
	}
	pass := &check.Pass{Check: c, Options: one.Options, Past: one.Past, Now: Now, Basis: finding.State, Own: Own()}
	if one.Event != "" {
		pass.Event = Sample(t, one.Event, one.Change)
		pass.Actor = identity.Judge(check.Caller(pass.Event), one.Identity)
	}
	prepare[S](t, pass, one)
	pass.Past.Before = before(t, one)
	c.Run(pass)
	results := pass.Results()
	if len(results) == 0 {
		results = []finding.Finding{{Outcome: finding.NotApplicable}}
	}
	if len(results) > 1 {
		t.Fatalf("%d results, want one: %+v", len(results), results)
	}
	compare(t, results[0], one.Want)
}

func prepare[S any](t *testing.T, pass *check.Pass, one Case) {
	t.Helper()
	if pass.Check.Reads == nil {
		pass.Basis = finding.Event
		if pass.Check.Target != nil {
			pass.Ref = pass.Check.Target(pass.Event)
		}
		return
	}
	pass.Ref = resource.Ref{Kind: pass.Check.Reads.Kind(), ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}
	if pass.Event != nil {
		if refs := pass.Check.Reads.About(pass.Event); len(refs) > 0 {
			pass.Ref = refs[0]
		}
	}
	if one.Ref != nil {
		pass.Ref = *one.Ref
	}
	if one.State == nil {
		told, ok := pass.Check.Reads.Hear(pass.Event)
		if !ok {
			t.Fatal("the case has no state and the event tells none")
		}
		pass.State, pass.Basis = told, finding.Event
		return
	}
	var state S
	if err := json.Unmarshal(one.State, &state); err != nil {
		t.Fatalf("state: %v", err)
	}
	pass.State = state
}

func compare(t *testing.T, got finding.Finding, want Want) {
	t.Helper()
	if got.Outcome != want.Outcome {
		t.Fatalf("outcome %s, want %s (%s: %s)", got.Outcome, want.Outcome, got.Title, got.Detail)
	}
	if want.Severity != nil && got.Severity != *want.Severity {
		t.Errorf("severity %s, want %s", got.Severity, *want.Severity)
	}
	if want.Remedy != nil && got.Remedy != *want.Remedy {
		t.Errorf("remedy %q, want %q", got.Remedy, *want.Remedy)
	}
	if want.Once != nil && (got.Once != "") != *want.Once {
		t.Errorf("once %q, want an act: %v", got.Once, *want.Once)
	}
	compareTexts(t, got, want)
}

func compareTexts(t *testing.T, got finding.Finding, want Want) {
	t.Helper()
	for text, part := range map[string]string{got.Title: want.Title, got.Detail: want.Detail, got.Resource.ID: want.Resource} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
	if got.Outcome == finding.Fail && (got.Title == "" || got.Detail == "" || got.Why == "") {
		t.Errorf("a failure says what is wrong, what was seen and why it matters: %+v", got)
	}
}

// Sample decodes a sample of events/ with some members of its detail changed.
func Sample(t testing.TB, name string, change map[string]any) *event.Event {
	t.Helper()
	raw, err := events.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	for path, value := range change {
		set(e.Detail, strings.Split(path, "."), value)
	}
	return e
}

func set(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		below, ok := object[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			object[name] = below
		}
		object = below
	}
	if value == nil {
		delete(object, path[len(path)-1])
		return
	}
	object[path[len(path)-1]] = value
}

// Act runs a check of the event alone on a sample with some members of its detail changed, and gives its one result.
func Act(t testing.TB, c *check.Check, sample string, change map[string]any) finding.Finding {
	t.Helper()
	e := Sample(t, sample, change)
	p := &check.Pass{Check: c, Event: e, Actor: identity.Judge(check.Caller(e), identity.Rules{}), Basis: finding.Event, Now: Now, Own: Own()}
	if c.Target != nil {
		p.Ref = c.Target(e)
	}
	c.Run(p)
	if results := p.Results(); len(results) == 1 {
		return results[0]
	}
	t.Fatalf("%s on %s: %d results, want one", c.ID, sample, len(p.Results()))
	return finding.Finding{}
}

// Failure runs a check on a resource as it is, and gives what it reports. It fails the test when the check does not fail.
func Failure(t testing.TB, c *check.Check, ref resource.Ref, state any) finding.Finding {
	t.Helper()
	p := &check.Pass{Check: c, State: state, Basis: finding.State, Ref: ref, Now: Now}
	c.Run(p)
	if results := p.Results(); len(results) == 1 && results[0].Outcome == finding.Fail {
		return results[0]
	}
	t.Fatalf("%s does not fail: %+v", c.ID, p.Results())
	return finding.Finding{}
}
