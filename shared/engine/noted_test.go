package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// signed is a bed with a sign, which tells its name: the sign is read seldom, and what it said is noted.
type signed struct {
	sign  string
	gone  bool
	reads []string
}

func (s *signed) engine() *engine.Engine {
	refs := func(e *event.Event) []resource.Ref {
		return []resource.Ref{{Kind: "bed", ID: e.Request().String("bed"), Account: e.Account, Region: e.Region}}
	}
	read := func(part string) func(context.Context, aws.Config, resource.Ref) (string, error) {
		return func(context.Context, aws.Config, resource.Ref) (string, error) {
			s.reads = append(s.reads, part)
			if s.gone {
				return "", awstest.Error("ResourceNotFoundException")
			}
			return s.sign, nil
		}
	}
	sign := &resource.Kind[string]{
		Name: "bed", Facet: "sign", Changed: []event.Selector{event.Calls("garden.amazonaws.com", "PutSign")}, Refs: refs, Read: read("sign"), Spread: 1 << 30,
		Noted: func(sign string) string { return "says " + sign },
	}
	name := &resource.Kind[string]{
		Name: "bed", Facet: "name", Changed: []event.Selector{event.Calls("garden.amazonaws.com", "Dig")}, Refs: refs, Read: read("name"),
		Recalled: func(noted func(string) string) (string, bool) { return strings.CutPrefix(noted("sign"), "says ") },
	}
	tells := func(id string, source resource.Source) *check.Check {
		return &check.Check{ID: id, Doc: "# Named\n", Reads: source, Run: func(p *check.Pass) { p.Fail(check.Report{Title: check.State[string](p)}) }}
	}
	return engine.New(engine.Engine{
		Checks: []*check.Check{tells("bed-sign", sign), tells("bed-name", name)},
		Now:    func() time.Time { return time.Date(2026, 11, 20, 9, 15, 0, 0, time.UTC) },
		Config: func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil },
	})
}

// knowing is an inventory with one note of a reading; "" for none.
func knowing(text string) engine.Recall {
	return func(context.Context, resource.Ref, bool) (check.Memory, error) {
		m := check.Memory{Complete: true}
		if text != "" {
			m.Notes = []check.Note{{Topic: "read", Key: "other", Text: "says nothing"}, {Topic: "read", Key: "sign", Text: text}}
		}
		return m, nil
	}
}

func texts(notes []check.Note) string {
	var all []string
	for _, n := range notes {
		all = append(all, n.Topic+" "+n.Key+" "+n.Text)
	}
	return strings.Join(all, ", ")
}

// What was noted of one part spares the reading of another.
func TestWhatWasNotedSparesAReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		noted string
		reads string
		says  string
	}{
		"noted":            {"says roses", "", "roses"},
		"noted as nothing": {"says ", "", ""},
		"not noted":        {"", "name", "tulips"},
		"noted otherwise":  {"shows roses", "name", "tulips"},
	} {
		s := &signed{sign: "tulips"}
		r := judge(t, s.engine().Batch(knowing(c.noted)), garden1(t, "Dig"))
		if got := strings.Join(s.reads, " "); got != c.reads || len(r.Findings) != 1 || r.Findings[0].Title != c.says {
			t.Errorf("%s: read %q and said %+v, want %q and %q", name, got, r.Findings, c.reads, c.says)
		}
	}
	s := &signed{sign: "tulips"}
	if found, err := s.engine().Batch(knowing("says roses")).Again(t.Context(), "bed-name", rose()); err != nil || found[0].Title != "tulips" || found[0].Outcome != finding.Fail {
		t.Errorf("looked at again, it is read: %+v, %v", found, err)
	}
}

// A note says what the last reading said, and nothing any more of what is gone.
func TestNotesFollowTheReadings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		noted string
		gone  bool
		notes string
	}{
		"never read":           {"", false, "read sign says tulips"},
		"the same":             {"says tulips", false, ""},
		"another":              {"says roses", false, "read sign says tulips"},
		"gone":                 {"says roses", true, "read sign "},
		"gone, and never read": {"", true, ""},
	} {
		s := &signed{sign: "tulips", gone: c.gone}
		r := judge(t, s.engine().Batch(knowing(c.noted)), garden1(t, "PutSign"))
		if got := texts(r.Notes); got != c.notes || !slices.Equal(s.reads, []string{"sign"}) {
			t.Errorf("%s: noted %q after reading %v, want %q", name, got, s.reads, c.notes)
		}
	}
}
