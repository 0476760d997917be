package resource_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

var door = resource.Ref{Kind: "door", ID: "front", Account: "111122223333", Region: "eu-west-1"}

// A Kind answers as a Source with what its fields say.
func TestKindIsASource(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	e := &event.Event{ID: "e-1"}
	kind := &resource.Kind[int]{
		Name: "door", Changed: []event.Selector{event.Calls("doors.amazonaws.com", "OpenDoor")}, Actions: []string{"doors:GetDoor"}, Scoped: true,
		Refs: func(got *event.Event) []resource.Ref { return []resource.Ref{{Kind: "door", ID: got.ID}} },
		Read: func(_ context.Context, cfg aws.Config, ref resource.Ref) (int, error) {
			if ref != door || cfg.Region != "eu-west-1" {
				t.Errorf("read %+v in %s", ref, cfg.Region)
			}
			return 7, broken
		},
		List: func(_ context.Context, _ aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
			return func(yield func(resource.Ref, error) bool) { yield(in, broken) }
		},
		Told: func(got *event.Event) (int, bool) { return 8, got == e },
		Uses: func(ref resource.Ref, s int) []resource.Uses {
			return slices.Repeat([]resource.Uses{{Ref: ref, As: "lock"}}, s)
		},
	}
	var source resource.Source = kind
	if source.Kind() != "door" || len(source.ChangedBy()) != 1 || !slices.Equal(source.Permissions(), []string{"doors:GetDoor"}) || !source.NeedsUse() {
		t.Errorf("%+v", source)
	}
	about := &resource.Kind[int]{Name: "house", Changed: []event.Selector{event.Calls("houses.amazonaws.com", "PaintHouse")}, LooksInto: []resource.Source{kind}}
	if into := about.Into(); len(into) != 1 || into[0].Kind() != "door" || len(about.ChangedBy()) != 2 || len(kind.Changed) != 1 {
		t.Errorf("a change of what is looked into is a change: %v %v", into, about.ChangedBy())
	}
	if refs := source.About(e); len(refs) != 1 || refs[0].ID != "e-1" {
		t.Errorf("about %v", refs)
	}
	if state, err := source.Look(t.Context(), aws.Config{Region: "eu-west-1"}, door); state != 7 || !errors.Is(err, broken) {
		t.Errorf("read %v, %v", state, err)
	}
	for ref, err := range source.All(t.Context(), aws.Config{}, door) {
		if ref != door || !errors.Is(err, broken) {
			t.Errorf("listed %v, %v", ref, err)
		}
	}
	if state, ok := source.Hear(e); state != 8 || !ok {
		t.Errorf("heard %v, %v", state, ok)
	}
	if uses := source.LeansOn(door, 2); len(uses) != 2 || uses[0].Ref != door {
		t.Errorf("leans on %v", uses)
	}
	for _, wrong := range []any{nil, "text", int64(2)} {
		if uses := source.LeansOn(door, wrong); uses != nil {
			t.Errorf("a state of %T leans on %v", wrong, uses)
		}
	}
}

// What a kind does not say, it has nothing of.
func TestAKindThatSaysLittle(t *testing.T) {
	t.Parallel()
	var source resource.Source = &resource.Kind[int]{Name: "door"}
	if source.About(&event.Event{}) != nil || source.LeansOn(door, 7) != nil || source.ChangedBy() != nil || source.Permissions() != nil || source.NeedsUse() {
		t.Errorf("%+v", source)
	}
	if state, ok := source.Hear(&event.Event{}); state != nil || ok {
		t.Errorf("heard %v, %v", state, ok)
	}
	for ref := range source.All(t.Context(), aws.Config{}, door) {
		t.Errorf("listed %v", ref)
	}
}

// Refs are stored and sent as finding.Resource is.
func TestRefIsAFindingsResource(t *testing.T) {
	t.Parallel()
	if got := finding.Resource(door).Key(); got != "door/111122223333/eu-west-1/front" {
		t.Errorf("key %s", got)
	}
}

func TestUsedBy(t *testing.T) {
	t.Parallel()
	use := func(as, kind, id string) resource.Use {
		return resource.Use{As: as, User: resource.Ref{Kind: kind, ID: id}}
	}
	for want, used := range map[string][]resource.Use{
		"":                                    nil,
		" (trail logs of all)":                {use("trail logs", "trail", "all")},
		" (artifact store of api and 2 more)": {use("artifact store", "pipeline", "web"), use("trail logs", "trail", "all"), use("artifact store", "pipeline", "api")},
		" (build cache of web and 1 more)":    {use("build cache", "buildproject", "web"), use("build logs", "buildproject", "api")},
	} {
		if got := resource.UsedBy(used); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	for ref, want := range map[resource.Ref]bool{
		{}: true, {Account: "111122223333", Region: "eu-west-1"}: true, {ID: "any thing"}: true,
		{Account: "111122223333;ls"}: false, {Region: "eu-west-1 $(ls)"}: false, {Region: "eu\nls"}: false,
	} {
		if ref.Sound() != want {
			t.Errorf("%+v: sound is %v", ref, !want)
		}
	}
}

func TestUsedByCountsUsers(t *testing.T) {
	t.Parallel()
	web, shop := resource.Ref{Kind: "buildproject", ID: "web"}, resource.Ref{Kind: "buildproject", ID: "shop"}
	for want, used := range map[string][]resource.Use{
		"":                                   nil,
		" (service role of web)":             {{User: web, As: "service role of deploying builds"}, {User: web, As: "service role"}},
		" (service role of shop and 1 more)": {{User: web, As: "service role"}, {User: shop, As: "service role"}, {User: web, As: "service role of deploying builds"}},
	} {
		if got := resource.UsedBy(used); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What is nested in a fact that was learned may not have been.
func TestFaultsWithinFacts(t *testing.T) {
	t.Parallel()
	type inner struct{ Part resource.Fact[int] }
	refused := errors.New("refused")
	state := struct{ Whole resource.Fact[[]inner] }{resource.Known([]inner{{resource.Known(1)}, {resource.Unlearned[int](refused)}, {}})}
	if got := resource.Faults(state); len(got) != 1 || !errors.Is(got[0], refused) {
		t.Errorf("faults: %v", got)
	}
}

// link is a type that lies within itself.
type link struct {
	Name string
	Next *link
	Here resource.Fact[string]
}

// Part lies within a state without a name of its own.
type Part struct{ Inner resource.Fact[bool] }

// Facts are found wherever a state may have them, and a state of which a type tells nothing is looked into.
func TestFaultsWhereverTheyLie(t *testing.T) {
	t.Parallel()
	why := errors.New
	lost := func(text string) resource.Fact[string] { return resource.Unlearned[string](why(text)) }
	type state struct {
		Part
		Plain   []string
		Bytes   []byte
		ByName  map[string]resource.Fact[string]
		Pair    [2]resource.Fact[string]
		Pointer *Part
		None    *Part
		Any     any
		Nothing any
		Chain   link
		hidden  resource.Fact[string]
	}
	got := resource.Faults(&state{
		Part: Part{resource.Unlearned[bool](why("embedded"))}, Plain: []string{"a"}, Bytes: []byte("b"),
		ByName: map[string]resource.Fact[string]{"x": lost("map")}, Pair: [2]resource.Fact[string]{resource.Known("is"), lost("array")},
		Pointer: &Part{resource.Unlearned[bool](why("pointer"))}, Any: []any{1, lost("any")},
		Chain: link{Next: &link{Next: &link{Here: lost("chain")}, Here: resource.Known("")}}, hidden: lost("hidden"),
	})
	var said []string
	for _, err := range got {
		said = append(said, err.Error())
	}
	if want := []string{"embedded", "map", "array", "pointer", "any", "chain"}; !slices.Equal(said, want) {
		t.Errorf("faults %v, want %v", said, want)
	}
	for _, none := range []any{nil, 7, "text", struct{}{}, []string{"a"}, (*state)(nil), errors.New("it")} {
		if got := resource.Faults(none); len(got) > 0 {
			t.Errorf("%T: faults %v", none, got)
		}
	}
}
