package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// images are what a stream shows of an item.
func images(item ledger.Item) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: item.PK}, "sk": &types.AttributeValueMemberS{Value: item.SK},
		"v": &types.AttributeValueMemberN{Value: strconv.FormatInt(max(item.Version, 1), 10)}, "mark": &types.AttributeValueMemberS{Value: "m"},
		"body": &types.AttributeValueMemberS{Value: string(item.Body)},
	}
}

func keysOf(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}
}

// streamed is a store that tells of every write, as a stream does.
type streamed struct {
	ledger.Store

	t       *testing.T
	matters map[string][]ledger.Change // by matter; those that no evidence is made of, by their keys
	aside   []string
}

func (w *streamed) Put(ctx context.Context, item ledger.Item) error {
	old, found, err := w.Get(ctx, item.PK, item.SK)
	if err != nil {
		return err
	}
	if err := w.Store.Put(ctx, item); err != nil {
		return err
	}
	var before map[string]types.AttributeValue
	if found {
		before = images(old)
	}
	w.tell(item.PK, item.SK, before, images(item))
	return nil
}

func (w *streamed) Delete(ctx context.Context, pk, sk string) error {
	old, found, err := w.Get(ctx, pk, sk)
	if err != nil || !found {
		return err
	}
	w.tell(pk, sk, images(old), nil)
	return w.Store.Delete(ctx, pk, sk)
}

func (w *streamed) tell(pk, sk string, before, after map[string]types.AttributeValue) {
	c, ok := ledger.Changes(keysOf(pk, sk), before, after)
	if !ok {
		w.aside = append(w.aside, pk+" "+sk)
		return
	}
	if c.Key != pk+" "+sk {
		w.t.Errorf("the change of %s %s has the key %s", pk, sk, c.Key)
	}
	w.matters[string(c.Matter)] = append(w.matters[string(c.Matter)], c)
}

// TestChangesKnowAllThatTheLedgerWrites writes everything that the ledger can write, and wants each of it known for what it is.
func TestChangesKnowAllThatTheLedgerWrites(t *testing.T) {
	t.Parallel()
	clock := noon
	w := &streamed{Store: ledger.NewMemory(func() time.Time { return clock }), t: t, matters: map[string][]ledger.Change{}}
	book := ledger.Open(w, func() time.Time { return clock })
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f := finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State,
		Resource: finding.Resource{Kind: "bucket", ID: "b", Account: "111122223333", Region: "eu-west-1"},
	}
	act := f
	act.Check, act.Once = "trail-stopped", "e-1"
	view, err := book.View(ctx, f.Resource)
	must(err)
	for _, one := range []finding.Finding{f, act} {
		_, _, err := view.Record(ctx, one)
		must(err)
	}
	must(view.Ordered(ctx, f, 1))
	must(view.Announced(ctx, f, 1))
	must(view.Trust(ctx, ledger.Definition{Body: []byte(`{"a":1}`), How: "proven MFA"}))
	must(view.Lean(ctx, []ledger.Edge{{On: finding.Resource{Kind: "key", ID: "k"}, As: "artifact key"}}))
	must(book.Note(ctx, ledger.Note{About: f.Resource, Topic: "t", Body: []byte(`1`), At: noon, Until: noon.Add(time.Hour)}))
	action, _, err := book.Begin(ctx, ledger.Action{ID: "01K3F7Q2", Finding: f, Resource: f.Resource, Status: ledger.Ordered})
	must(err)
	action.Status, action.Applied = ledger.Applied, noon
	_, err = book.Save(ctx, action)
	must(err)
	_, err = book.SetStop(ctx, ledger.Stop{On: true, By: "ann"})
	must(err)
	e := ledger.Exemption{Check: "bucket-public", Resource: "b", Owner: "ann", Reason: "r", Until: noon, By: "ann"}
	must(book.Exempt(ctx, e))
	must(book.Used(ctx, e.Setting().Key()))
	mute := ledger.Mute{Mute: settings.Mute{Check: "bucket-public", Until: noon.Add(time.Hour)}, By: "ann"}
	must(book.SetMute(ctx, mute))
	mute.Until = noon
	must(book.SetMute(ctx, mute))
	must(book.SetDeployed(ctx, []byte(`{"version":1}`)))
	_, err = book.SetMember(ctx, ledger.Member{Account: "444455556666", State: "ACTIVE", Units: []string{"ou-1"}})
	must(err)
	must(book.BeginSweep(ctx, ledger.Sweep{ID: "2026-11-20T12:00:00Z", Legs: 1}, []ledger.Leg{{Account: "111122223333", Region: "eu-west-1"}}))
	must(book.AddTally(ctx, "a", ledger.Tally{Day: "2026-11-20", Account: "111122223333", Checks: map[string]ledger.Count{"bucket-public": {Pass: 1}}}))
	must(book.Swept(ctx))
	must(book.Hold(ctx, "444455556666/x", "quiet", noon.Add(time.Hour), []byte(`{}`)))
	must(book.SetThread(ctx, f.Key(), ledger.Thread{Channel: "c"}))
	_, err = book.Claim(ctx, "digest", "k", "me", time.Hour)
	must(err)
	_, err = book.Spend(ctx, "111122223333", "a", 5)
	must(err)
	must(book.Keep(ctx, ledger.Kept{ID: "m", Body: []byte("{")}))

	got := map[string]int{}
	for matter, all := range w.matters {
		got[matter] = len(all)
	}
	want := map[string]int{
		"finding": 3, "act": 1, "action": 2, "definition": 1, "exemption": 1, "mute": 2, "stop": 1, "settings": 1, "account": 1, "sweep": 1, "sweep-leg": 1, "tally": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	prefixes := map[string]bool{}
	for _, key := range w.aside {
		prefixes[key[:1]] = true
	}
	if diff := cmp.Diff([]string{"A", "B", "F", "G", "L", "M", "O", "P", "R", "T"}, slices.Sorted(maps.Keys(prefixes))); strings.Contains(diff, `+ "`) || len(prefixes) < 8 {
		t.Errorf("aside: %s", diff)
	}
	first, last := w.matters["finding"][0], w.matters["finding"][2]
	if first.Before != nil || first.After.(*ledger.Entry).Revision != 1 || last.Before.(*ledger.Entry).Announced != 0 || last.After.(*ledger.Entry).Announced != 1 {
		t.Errorf("findings: %+v, %+v", first, last)
	}
	gone := w.matters["mute"][1]
	if gone.After != nil || gone.Before.(*ledger.Mute).By != "ann" {
		t.Errorf("a mute that ended: %+v", gone)
	}
	if where := w.matters["account"][0].After.(*ledger.Member); where.Account != "444455556666" || !slices.Equal(where.Units, []string{"ou-1"}) {
		t.Errorf("where an account lies: %+v", where)
	}
}

func TestChangesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	item := func(pk, sk, body string) map[string]types.AttributeValue {
		return images(ledger.Item{PK: pk, SK: sk, Body: []byte(body)})
	}
	broken := item("R#x", "F#c", "{}")
	delete(broken, "v")
	for name, c := range map[string]struct {
		pk, sk        string
		before, after map[string]types.AttributeValue
		old, is       string
	}{
		"no JSON":                  {"R#x", "F#c", nil, item("R#x", "F#c", "{"), "", "{"},
		"null":                     {"R#x", "F#c", nil, item("R#x", "F#c", "null"), "", "null"},
		"another form":             {"A#1", "A", item("A#1", "A", `{"id":"1","status":"x"}`), item("A#1", "A", `{"name":"1"}`), `{"id":"1","status":"x"}`, `{"name":"1"}`},
		"no version":               {"R#x", "F#c", nil, broken, "", "{}"},
		"settings that are none":   {"G", "D", nil, item("G", "D", `"x"`), "", `"x"`},
		"a place nobody knows":     {"Q#x", "1", nil, item("Q#x", "1", "{}"), "", "{}"},
		"a part nobody knows":      {"R#x", "Z", nil, item("R#x", "Z", "{}"), "", "{}"},
		"a decision nobody knows":  {"G", "Z", nil, item("G", "Z", "{}"), "", "{}"},
		"of an action":             {"A#1", "B", nil, item("A#1", "B", "{}"), "", "{}"},
		"no images":                {"R#x", "F#c", nil, nil, "", ""},
		"no keys":                  {"", "", nil, nil, "", ""},
		"a body that is a number":  {"X#x", "c", nil, with(item("X#x", "c", ""), "body", &types.AttributeValueMemberN{Value: "1"}), "", ""},
		"an item of a list inside": {"X#x", "c", nil, map[string]types.AttributeValue{"body": &types.AttributeValueMemberL{}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := ledger.Changes(keysOf(c.pk, c.sk), c.before, c.after)
			if !ok || got.Matter != ledger.Unread || got.Before != nil || got.After != nil || string(got.Old) != c.old || string(got.New) != c.is || got.Key != c.pk+" "+c.sk {
				t.Errorf("%v %+v, old %q, new %q", ok, got, got.Old, got.New)
			}
		})
	}
}

func with(image map[string]types.AttributeValue, name string, value types.AttributeValue) map[string]types.AttributeValue {
	image[name] = value
	return image
}

// Bodies that are no text are stored as bytes.
func TestChangesReadBytes(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(ledger.Stop{On: true, By: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	image := with(images(ledger.Item{PK: "G", SK: "S"}), "body", &types.AttributeValueMemberB{Value: body})
	if c, ok := ledger.Changes(nil, nil, image); !ok || c.Matter != ledger.OfStop || c.After.(*ledger.Stop).By != "ann" || c.Key != "G S" {
		t.Errorf("%v %+v", ok, c)
	}
}

func FuzzChanges(f *testing.F) {
	for _, seed := range []string{`{"finding":{"check":"c","outcome":"fail"}}`, `{"id":"1","status":"applied","plan":{}}`, `null`, `{"ids":["o"]}`, `{`} {
		for _, place := range []string{"R#x F#c", "A#1 A", "G D", "G O#1", "M 111122223333", "W N", "D#x 1"} {
			pk, sk, _ := strings.Cut(place, " ")
			f.Add(pk, sk, seed, seed)
		}
	}
	f.Fuzz(func(t *testing.T, pk, sk, before, after string) {
		c, ok := ledger.Changes(keysOf(pk, sk), images(ledger.Item{PK: pk, SK: sk, Body: []byte(before)}), images(ledger.Item{PK: pk, SK: sk, Body: []byte(after)}))
		switch {
		case !ok && c.Matter != "", ok && c.Matter == "":
			t.Errorf("%v: %+v", ok, c)
		case ok && (c.Matter == ledger.Unread) != (c.After == nil):
			t.Errorf("%s holds %v", c.Matter, fmt.Sprint(c.After))
		}
	})
}
