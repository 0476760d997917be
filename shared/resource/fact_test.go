package resource_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestFact(t *testing.T) {
	t.Parallel()
	denied := errors.New("access denied")
	holds := func(v int) bool { return v >= 0 }
	for name, test := range map[string]struct {
		fact  resource.Fact[int]
		value int
		known bool
		err   error
	}{
		"learned": {resource.Known(7), 7, true, nil}, "learned to be nothing": {resource.Known(0), 0, true, nil},
		"refused": {resource.Unlearned[int](denied), 0, false, denied}, "not told": {resource.Fact[int]{}, 0, false, resource.ErrNotTold},
		"for no reason": {resource.Unlearned[int](nil), 0, false, resource.ErrNotTold},
	} {
		value, known := test.fact.Get()
		if value != test.value || known != test.known {
			t.Errorf("%s: %d, %v", name, value, known)
		}
		if err := test.fact.Err(); !errors.Is(err, test.err) || (err == nil) != test.known {
			t.Errorf("%s: error %v", name, err)
		}
		if test.fact.Is(holds) != test.known {
			t.Errorf("%s: what was not learned holds, or what was does not", name)
		}
	}
	if resource.Known(-1).Is(holds) {
		t.Error("a fact holds that does not")
	}
}

type state struct {
	Public resource.Fact[bool]     `json:"public"`
	Owner  resource.Fact[*string]  `json:"owner"`
	Names  resource.Fact[[]string] `json:"names"`
	Block  resource.Fact[block]    `json:"block"`
}

type block struct {
	On      bool   `json:"on"`
	Unknown string `json:"unknown"`
}

func TestFactAsJSON(t *testing.T) {
	t.Parallel()
	denied := errors.New("access denied")
	for name, test := range map[string]struct {
		state state
		text  string
	}{
		"learned": {
			state{resource.Known(false), resource.Known(new("ann")), resource.Known([]string{"a"}), resource.Known(block{On: true})},
			`{"public":false,"owner":"ann","names":["a"],"block":{"on":true,"unknown":""}}`,
		},
		"learned that there is none": {
			state{Owner: resource.Known[*string](nil), Names: resource.Known[[]string](nil)},
			`{"public":{"unknown":"the event does not tell it"},"owner":null,"names":null,"block":{"unknown":"the event does not tell it"}}`,
		},
		"a value with such a member": {
			state{Block: resource.Known(block{Unknown: "a word"})},
			`{"public":{"unknown":"the event does not tell it"},"owner":{"unknown":"the event does not tell it"},` +
				`"names":{"unknown":"the event does not tell it"},"block":{"on":false,"unknown":"a word"}}`,
		},
		"refused": {
			state{resource.Unlearned[bool](denied), resource.Unlearned[*string](denied), resource.Unlearned[[]string](denied), resource.Unlearned[block](errors.New(""))},
			`{"public":{"unknown":"access denied"},"owner":{"unknown":"access denied"},"names":{"unknown":"access denied"},"block":{"unknown":""}}`,
		},
	} {
		raw, err := json.Marshal(test.state)
		if err != nil || string(raw) != test.text {
			t.Errorf("%s: written %s, %v", name, raw, err)
		}
		var back state
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(told(test.state), told(back)); diff != "" {
			t.Errorf("%s: written (-), read (+):\n%s", name, diff)
		}
	}
}

// told is what a state says, so that two can be compared.
func told(s state) map[string][3]any {
	all := map[string][3]any{}
	tell := func(name string, value any, known bool, err error) {
		text := ""
		if err != nil {
			text = err.Error()
		}
		all[name] = [3]any{value, known, text}
	}
	public, known := s.Public.Get()
	tell("public", public, known, s.Public.Err())
	owner, known := s.Owner.Get()
	tell("owner", owner, known, s.Owner.Err())
	names, known := s.Names.Get()
	tell("names", names, known, s.Names.Err())
	b, known := s.Block.Get()
	tell("block", b, known, s.Block.Err())
	return all
}

// A fact that an event did not tell is still recognised as that after it was stored.
func TestNotToldSurvivesStorage(t *testing.T) {
	t.Parallel()
	var f resource.Fact[int]
	if err := json.Unmarshal([]byte(`{"unknown":"the event does not tell it"}`), &f); err != nil || !errors.Is(f.Err(), resource.ErrNotTold) {
		t.Errorf("%v, %v", f.Err(), err)
	}
	if err := json.Unmarshal([]byte(`{"unknown":"access denied"}`), &f); err != nil || errors.Is(f.Err(), resource.ErrNotTold) || f.Err().Error() != "access denied" {
		t.Errorf("%v, %v", f.Err(), err)
	}
}

// What cannot be read never becomes a fact.
func TestWrongFacts(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`"yes"`, `7`, `{}`, `[]`, `{"unknown":7}`, `{"unknown":null}`, `{"Unknown":"x"}`, `{"unknown":"x","more":1}`} {
		var f resource.Fact[bool]
		err := json.Unmarshal([]byte(raw), &f)
		if _, known := f.Get(); known || err == nil {
			t.Errorf("%s was taken: %+v, %v", raw, f, err)
		}
	}
}

func FuzzFact(f *testing.F) {
	for _, seed := range []string{`{"unknown":"x"}`, `{"on":true}`, `null`, `{"unknown":"x","on":true}`, `[`, `{"unknown":""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var fact, again resource.Fact[block]
		if json.Unmarshal(raw, &fact) != nil {
			if _, known := fact.Get(); known {
				t.Fatal("known after an error")
			}
			return
		}
		text, err := json.Marshal(fact)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		one, known := fact.Get()
		two, knownToo := again.Get()
		if one != two || known != knownToo || !known && fact.Err().Error() != again.Err().Error() {
			t.Fatalf("%s came back as %+v", text, again)
		}
	})
}
