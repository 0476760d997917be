package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// garden is a kind with a part of its own, each of which notes what was read of it.
type garden struct {
	reads  []string
	usedAs []string
	spread int
	many   error // what reading many together leads to; nil: everything but "gone"
	able   bool
}

type bed struct{ Part, ID string }

func (g *garden) kind(facet string, changed ...string) *resource.Kind[bed] {
	k := &resource.Kind[bed]{
		Name: "bed", Facet: facet, Changed: []event.Selector{event.Calls("garden.amazonaws.com", changed...)}, Scoped: true,
		Refs: func(e *event.Event) []resource.Ref {
			return []resource.Ref{{Kind: "bed", ID: e.Request().String("bed"), Account: e.Account, Region: e.Region}}
		},
		Read: func(_ context.Context, _ aws.Config, ref resource.Ref) (bed, error) {
			g.reads = append(g.reads, facet+":"+ref.ID)
			return bed{facet, ref.ID}, nil
		},
		Uses: func(resource.Ref, bed) []resource.Uses {
			return []resource.Uses{{Ref: resource.Ref{Kind: "well", ID: "well"}, As: "water"}}
		},
		Told:       func(e *event.Event) (bed, bool) { return bed{facet, "told"}, true },
		Definition: func(bed) ([]byte, time.Time) { return []byte(`{"rows":2}`), time.Time{} },
	}
	if facet != "" {
		k.UsedAs, k.Spread = g.usedAs, g.spread
	}
	if g.able {
		k.ReadMany = func(_ context.Context, _ aws.Config, refs []resource.Ref) (map[resource.Ref]bed, error) {
			states := map[resource.Ref]bed{}
			var ids []string
			for _, ref := range refs {
				ids = append(ids, ref.ID)
				if ref.ID != "gone" {
					states[ref] = bed{facet, ref.ID}
				}
			}
			g.reads = append(g.reads, facet+":"+strings.Join(ids, "+"))
			return states, g.many
		}
	}
	return k
}

func tended(id string, reads resource.Source) *check.Check {
	return &check.Check{ID: id, Doc: "# Tended\n", Reads: reads, Run: func(p *check.Pass) {
		s := check.State[bed](p)
		p.Fail(check.Report{Title: s.Part + " of " + s.ID, Detail: "Seen."})
	}}
}

func (g *garden) engine(more ...*check.Check) *engine.Engine {
	return engine.New(engine.Engine{
		Checks: append([]*check.Check{
			tended("bed-whole", g.kind("", "Dig")), tended("bed-soil", g.kind("soil", "Manure")), tended("bed-soil-again", g.kind("soil", "Manure")),
		}, more...),
		Now:    func() time.Time { return time.Date(2026, 11, 20, 9, 15, 0, 0, time.UTC) },
		Config: func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil },
	})
}

func garden1(t *testing.T, name string) *event.Event {
	t.Helper()
	ev, err := event.Decode([]byte(strings.ReplaceAll(`{"eventID":"e-1","eventTime":"2026-11-20T09:14:07Z","eventSource":"garden.amazonaws.com","eventName":"NAME","awsRegion":"eu-west-1",
		"recipientAccountId":"`+account+`","eventType":"AwsApiCall","requestParameters":{"bed":"rose"},
		"userIdentity":{"type":"IAMUser","userName":"alice","accountId":"`+account+`","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}`, "NAME", name)))
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

// before is an inventory that knows of a part which was read before.
func before(recall engine.Recall, part string) engine.Recall {
	return func(ctx context.Context, ref resource.Ref, compared bool) (check.Memory, error) {
		m, err := recall(ctx, ref, compared)
		m.Notes = append(m.Notes, check.Note{Topic: "read", Key: part})
		return m, err
	}
}

// usedAs is an inventory in which everything is used so; with nothing, nobody uses it.
func usedAs(as ...string) engine.Recall {
	return func(context.Context, resource.Ref, bool) (check.Memory, error) {
		m := check.Memory{Complete: true}
		for _, one := range as {
			m.Used = append(m.Used, resource.Use{User: resource.Ref{Kind: "house", ID: "h"}, As: one})
		}
		return m, nil
	}
}

func rose() resource.Ref {
	return resource.Ref{Kind: "bed", ID: "rose", Account: account, Region: "eu-west-1"}
}

func TestAPartIsReadByItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		reads string
	}{
		"an event about the whole":  {"Dig", ":rose"},
		"an event about the part":   {"Manure", "soil:rose"},
		"a look, which is for both": {"", ":rose soil:rose"},
	} {
		g := &garden{}
		b := g.engine().Batch(usedAs("food"))
		var r engine.Result
		var err error
		if c.event == "" {
			r, err = b.Look(t.Context(), rose(), nil)
		} else {
			r = judge(t, b, garden1(t, c.event))
		}
		if got := strings.Join(g.reads, " "); got != c.reads || err != nil {
			t.Errorf("%s: read %q, want %q: %v", name, got, c.reads, err)
		}
		if whole := strings.Contains(c.reads, ":rose") && !strings.HasPrefix(c.reads, "soil"); (len(r.Readings) == 1) != whole {
			t.Errorf("%s: %d readings tell what the resource leans on", name, len(r.Readings))
		}
		if travels := c.event == "Dig"; (len(r.Travel) > 0) != travels {
			t.Errorf("%s: travels to %v", name, r.Travel)
		}
	}
}

func TestAPartMayCountForSomeUsesOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recall engine.Recall
		whole  bool
		reads  string
	}{
		"used as what it is read for":   {usedAs("food", "sight"), false, ":rose soil:rose"},
		"used as something else":        {usedAs("sight"), false, ":rose"},
		"used by nobody":                {usedAs(), false, ""},
		"used by nobody, in all scopes": {usedAs(), true, ":rose"},
		"without an inventory":          {nil, false, ":rose soil:rose"},
	} {
		g := &garden{usedAs: []string{"food"}}
		e := g.engine()
		e.WholeAccount = c.whole
		if _, err := e.Batch(c.recall).Look(t.Context(), rose(), nil); err != nil || strings.Join(g.reads, " ") != c.reads {
			t.Errorf("%s: read %q, want %q: %v", name, strings.Join(g.reads, " "), c.reads, err)
		}
	}
}

// In so many days a sweep comes to each resource once, and not to all of them on the same day. An event does not wait for it.
func TestReadingsAreSpreadOverDays(t *testing.T) {
	t.Parallel()
	g := &garden{spread: 7}
	turns := map[string]int{}
	busiest := 0
	for day := range 14 {
		e := g.engine()
		e.Now = func() time.Time { return time.Date(2026, 11, 20+day, 23, 15, 0, 0, time.UTC) }
		g.reads = nil
		for i := range 70 {
			ref := rose()
			ref.ID = fmt.Sprint("bed-", i)
			if _, err := e.Batch(before(usedAs("food"), "soil")).Look(t.Context(), ref, nil); err != nil {
				t.Fatal(err)
			}
			if slices.Contains(g.reads, "soil:"+ref.ID) {
				turns[ref.ID]++
			}
		}
		busiest = max(busiest, len(g.reads)-70)
	}
	if len(turns) != 70 || slices.ContainsFunc(values(turns), func(n int) bool { return n != 2 }) || busiest > 25 {
		t.Errorf("turns in two weeks: %v; on the busiest day %d of 70", turns, busiest)
	}
	for name, read := range map[string]func(*engine.Engine) error{
		"an event": func(e *engine.Engine) error {
			_, err := e.Batch(usedAs("food")).Judge(t.Context(), garden1(t, "Manure"))
			return err
		},
		"a look that such an event led to": func(e *engine.Engine) error {
			_, err := e.Batch(usedAs("food")).Look(t.Context(), rose(), garden1(t, "Manure"))
			return err
		},
		"a scan": func(e *engine.Engine) error {
			e.Everything = true
			_, err := e.Batch(usedAs("food")).Look(t.Context(), rose(), nil)
			return err
		},
	} {
		for day := range 7 {
			e := g.engine()
			e.Now = func() time.Time { return time.Date(2026, 11, 20+day, 9, 15, 0, 0, time.UTC) }
			g.reads = nil
			if err := read(e); err != nil || !slices.Contains(g.reads, "soil:rose") {
				t.Errorf("%s waits for its day: %v, %v", name, g.reads, err)
			}
		}
	}
}

// What was never read does not wait for its turn; from then on it does.
func TestTheFirstReadingDoesNotWait(t *testing.T) {
	t.Parallel()
	g := &garden{spread: 1 << 30}
	for name, c := range map[string]struct {
		recall engine.Recall
		reads  string
		notes  int
	}{
		"never read":            {usedAs("food"), ":rose soil:rose", 1},
		"read before":           {before(usedAs("food"), "soil"), ":rose", 0},
		"another part was read": {before(usedAs("food"), "fence"), ":rose soil:rose", 1},
		"without an inventory":  {nil, ":rose", 0},
	} {
		g.reads = nil
		r, err := g.engine().Batch(c.recall).Look(t.Context(), rose(), nil)
		if err != nil || strings.Join(g.reads, " ") != c.reads || len(r.Notes) != c.notes {
			t.Errorf("%s: read %v, want %s; noted %v: %v", name, g.reads, c.reads, r.Notes, err)
		}
	}
}

func values(m map[string]int) []int {
	var all []int
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

func TestWhatOptionsRuleOutIsNotRead(t *testing.T) {
	t.Parallel()
	g := &garden{}
	strict := tended("bed-strict", g.kind("fence", "Fence"))
	strict.Needs = func(o check.Options) string {
		if o.RequireVPC {
			return ""
		}
		return "requireVpc is off."
	}
	for on, reads := range map[bool]string{false: ":rose soil:rose", true: ":rose soil:rose fence:rose"} {
		g.reads = nil
		e := g.engine(strict)
		e.Options.RequireVPC = on
		r, err := e.Batch(usedAs("food")).Look(t.Context(), rose(), nil)
		if err != nil || strings.Join(g.reads, " ") != reads {
			t.Errorf("%v: read %v: %v", on, g.reads, err)
		}
		last := r.Findings[len(r.Findings)-1]
		if want := map[bool]finding.Outcome{false: finding.NotApplicable, true: finding.Fail}[on]; last.Check != "bed-strict" || last.Outcome != want {
			t.Errorf("%v: %s says %s, want %s", on, last.Check, last.Outcome, want)
		}
	}
}

func TestManyAreReadTogether(t *testing.T) {
	t.Parallel()
	refs := func(ids ...string) []resource.Ref {
		var all []resource.Ref
		for _, id := range ids {
			ref := rose()
			ref.ID = id
			all = append(all, ref)
		}
		return all
	}
	for name, c := range map[string]struct {
		garden garden
		ids    []string
		reads  string
	}{
		"all in one":             {garden{able: true}, []string{"a", "b", "gone"}, ":a+b+gone soil:a+b+gone"},
		"one alone":              {garden{able: true}, []string{"a"}, ":a soil:a"},
		"a kind that cannot":     {garden{}, []string{"a", "b"}, ":a soil:a :b soil:b"},
		"an answer that failed":  {garden{able: true, many: errors.New("no")}, []string{"a", "b"}, ":a+b soil:a+b :a soil:a :b soil:b"},
		"a part that none is in": {garden{able: true, usedAs: []string{"sight"}}, []string{"a", "b"}, ":a+b"},
	} {
		b := c.garden.engine().Batch(usedAs("food"))
		b.Prefetch(t.Context(), refs(c.ids...))
		var said []string
		for _, ref := range refs(c.ids...) {
			r, err := b.Look(t.Context(), ref, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Gone) > 0 {
				said = append(said, r.Gone[0].ID)
			}
		}
		if got := strings.Join(c.garden.reads, " "); got != c.reads {
			t.Errorf("%s: read %q, want %q", name, got, c.reads)
		}
		if gone := slices.Contains(c.ids, "gone"); slices.Equal(said, []string{"gone"}) != gone {
			t.Errorf("%s: gone are %v", name, said)
		}
	}
	if err := engine.Gone(rose()); !awserr.IsNotFound(err) {
		t.Errorf("%v does not say that it is gone", err)
	}
}

// What a check notes of one event, and the definition that was there first, is what later events are judged by.
func TestARecollectionRemembers(t *testing.T) {
	t.Parallel()
	var told []string
	counting := &check.Check{
		ID: "bed-dug-twice", Doc: "# Dug\n", On: []event.Selector{event.Calls("garden.amazonaws.com", "Dig", "Manure")}, Compares: true,
		Target: func(*event.Event) resource.Ref { return rose() },
		Notes: func(e *event.Event, v identity.Verdict) []check.Note {
			return []check.Note{{About: rose(), Topic: "dug", Key: e.ID, Text: v.Actor.Name, At: e.Time, Keep: time.Hour}}
		},
		Run: func(p *check.Pass) {
			before := "nothing"
			if p.Past.Before != nil {
				before = string(p.Past.Before.Body.Reveal())
			}
			told = append(told, fmt.Sprintf("%d %s", len(p.Past.Topic("dug")), before))
		},
	}
	broken := &check.Check{ID: "bed-breaks", Doc: "# Breaks\n", On: counting.On, Notes: func(*event.Event, identity.Verdict) []check.Note { panic("spade") }, Run: func(p *check.Pass) { p.OK() }}
	g := &garden{}
	e := g.engine(counting, broken)
	e.Config = nil
	var past engine.Recollection
	b := e.Batch(past.Recall)
	for i, minute := range []int{0, 30, 70, 200} {
		ev := garden1(t, "Dig")
		ev.ID, ev.Time = fmt.Sprint("e", i), ev.Time.Add(time.Duration(minute)*time.Minute)
		past.Take(judge(t, b, ev), ev.Time)
		b.ForgetAll()
	}
	// What is of no use any more goes when something is noted, not before.
	expect(t, told, "0 nothing", `1 {"rows":2}`, `2 {"rows":2}`, `2 {"rows":2}`)
}
