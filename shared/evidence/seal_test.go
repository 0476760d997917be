package evidence_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/evidence"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestSealsEveryDayAlsoEmptyOnes(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	if days := seal(t, s, h, noon); len(days) != 0 {
		t.Errorf("with nothing written %v were sealed", days)
	}
	s.record(t, noon, "a")
	s.record(t, noon.Add(time.Hour), "b")
	if days := seal(t, s, h, morning("2026-11-21").Add(-20*time.Minute)); len(days) != 0 {
		t.Errorf("before half past midnight %v were sealed", days)
	}
	if days := seal(t, s, h, morning("2026-11-21")); !slices.Equal(days, []evidence.Day{"2026-11-20"}) {
		t.Errorf("sealed %v", days)
	}
	if days := seal(t, s, h, morning("2026-11-21").Add(time.Hour)); len(days) != 0 {
		t.Errorf("sealed again %v", days)
	}
	s.record(t, noon.AddDate(0, 0, 4), "c")
	if days := seal(t, s, h, morning("2026-11-25")); len(days) != 4 {
		t.Errorf("sealed %v", days)
	}
	first, empty, last := manifestOf(t, s, "2026-11-20"), manifestOf(t, s, "2026-11-22"), manifestOf(t, s, "2026-11-24")
	switch {
	case len(first.Objects) != 2 || first.Previous != nil || first.Note != "" || first.Objects[0].SHA256 != hash(s.files[first.Objects[0].Key]):
		t.Errorf("%+v", first)
	case len(empty.Objects) != 0 || empty.Note != "sealed 2 days late" || empty.Previous.Day != "2026-11-21" || empty.Previous.SHA256 != hash(s.files["manifests/2026-11-21.json"]):
		t.Errorf("%+v", empty)
	case len(last.Objects) != 1 || last.Note != "" || manifestOf(t, s, "2026-11-23").Note != "sealed 1 day late":
		t.Errorf("%+v", last)
	}
	wholesome(t, s)
	result := verified(t, s)
	want := evidence.Result{
		First: "2026-11-20", Last: "2026-11-24", Manifests: 5, Objects: 3, Records: 3, Keys: []string{first.Key}, Unsealed: []evidence.Day{},
		Notes:    []string{"2026-11-21: sealed 3 days late", "2026-11-22: sealed 2 days late", "2026-11-23: sealed 1 day late"},
		Problems: []evidence.Problem{},
	}
	if diff := cmp.Diff(want, result); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// TestClocksAtMidnight has one writer whose clock is slow, and writes to a day that is sealed; and one whose clock is fast.
func TestClocksAtMidnight(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	s.record(t, noon, "a")
	fast := s.record(t, noon.AddDate(0, 0, 1).Add(-12*time.Hour+time.Second), "fast")
	seal(t, s, h, morning("2026-11-21"))
	slow := s.record(t, noon.Add(11*time.Hour+59*time.Minute), "slow")
	older := s.record(t, noon.AddDate(0, 0, -1), "slow-by-a-day")
	if problems := verified(t, s).Problems; len(problems) != 2 || problems[0].Name != older || problems[1].Name != slow || problems[0].What != evidence.Added {
		t.Errorf("until the next sealing: %+v", problems)
	}
	seal(t, s, h, morning("2026-11-22"))
	m := manifestOf(t, s, "2026-11-21")
	if len(m.Objects) != 1 || m.Objects[0].Key != fast || len(m.Late) != 2 || m.Late[0].Key != older || m.Late[1].Key != slow {
		t.Errorf("%+v", m)
	}
	seal(t, s, h, morning("2026-11-23"))
	if m := manifestOf(t, s, "2026-11-22"); len(m.Late) != 0 {
		t.Errorf("late twice: %+v", m)
	}
	wholesome(t, s)
	delete(s.files, slow)
	if problems := verified(t, s).Problems; len(problems) != 1 || problems[0].What != evidence.Missing || problems[0].Name != slow {
		t.Errorf("a late one that is missing: %+v", problems)
	}
}

// TestManySealersAtOnce has them all seal the same days at the same time.
func TestManySealersAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		s, h := newShelf(), newHand(t)
		for i := range 5 {
			s.record(t, noon.AddDate(0, 0, i), "a")
		}
		var crowd sync.WaitGroup
		for i := range 8 {
			crowd.Go(func() {
				if _, err := sealer(s, h, morning("2026-11-25").Add(time.Duration(i)*time.Second)).Seal(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		crowd.Wait()
		wholesome(t, s)
		if result := verified(t, s); result.Manifests != 5 || result.Objects != 5 {
			t.Fatalf("%+v", result)
		}
	}
}

// TestAnotherSealingSawLess has the one that won list the folder before the last object was there.
func TestAnotherSealingSawLess(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	s.record(t, noon, "a")
	s.after = func(name string) error {
		if strings.HasSuffix(name, "20.json") && strings.HasPrefix(name, "manifests/") {
			return errCrash
		}
		return nil
	}
	if _, err := sealer(s, h, morning("2026-11-21")).Seal(t.Context()); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	s.after = nil
	late := s.record(t, noon.Add(time.Hour), "b")
	seal(t, s, h, morning("2026-11-22"))
	wholesome(t, s)
	if m := manifestOf(t, s, "2026-11-21"); len(m.Late) != 1 || m.Late[0].Key != late {
		t.Errorf("%+v", m)
	}
}

// TestCrashesAnywhere stops the sealing before each of its calls, and after each of its writings, and lets the next one go on.
func TestCrashesAnywhere(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(s *shelf, when int32){
		"before a call":   func(s *shelf, when int32) { s.fail = func(string, string) error { return crashing(&when) } },
		"after a writing": func(s *shelf, when int32) { s.after = func(string) error { return crashing(&when) } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := errCrash
			for when := int32(1); err != nil; when++ {
				s, h := newShelf(), newHand(t)
				for i := range 3 {
					s.record(t, noon.AddDate(0, 0, i), "a")
				}
				stop(s, when)
				if _, err = sealer(s, h, morning("2026-11-23")).Seal(t.Context()); err != nil && !errors.Is(err, errCrash) || err == nil && when < 5 {
					t.Fatalf("call %d: %v", when, err)
				}
				s.fail, s.after = nil, nil
				seal(t, s, h, morning("2026-11-23"))
				if result := verified(t, s); result.Manifests != 3 || result.Objects != 3 || len(result.Problems) > 0 {
					t.Fatalf("call %d: %+v", when, result)
				}
			}
		})
	}
}

// crashing fails once, when the count is down to nothing.
func crashing(left *int32) error {
	if atomic.AddInt32(left, -1) == 0 {
		return errCrash
	}
	return nil
}

func TestSigningFailsAndGoesOn(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	s.record(t, noon, "a")
	h.fail = errCrash
	if days, err := sealer(s, h, morning("2026-11-22")).Seal(t.Context()); !errors.Is(err, errCrash) || len(days) != 0 {
		t.Fatalf("%v %v", days, err)
	}
	if problems := verified(t, s).Problems; len(problems) != 1 || problems[0].What != evidence.Unsigned {
		t.Errorf("%+v", problems)
	}
	h.fail = nil
	if days := seal(t, s, h, morning("2026-11-22")); len(days) != 2 {
		t.Errorf("%v", days)
	}
	wholesome(t, s)
}

// TestForeignManifestsAreNotSigned puts manifests where the sealing is to put its own.
func TestForeignManifestsAreNotSigned(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(s *shelf, m evidence.Manifest) any{
		"no manifest": func(*shelf, evidence.Manifest) any { return "x" },
		"another day's": func(_ *shelf, m evidence.Manifest) any {
			m.Day = "2026-11-19"
			m.Objects = []evidence.Sealed{}
			return m
		},
		"another key's": func(_ *shelf, m evidence.Manifest) any { m.Key = strings.Repeat("0", 64); return m },
		"another chain": func(_ *shelf, m evidence.Manifest) any {
			m.Previous = &evidence.Link{Day: "2026-11-18", SHA256: m.Key}
			return m
		},
		"another content": func(_ *shelf, m evidence.Manifest) any {
			m.Objects[0].SHA256 = m.Objects[0].SHA256[:63] + "x"
			return m
		},
		"another hash": func(_ *shelf, m evidence.Manifest) any {
			m.Objects[0].SHA256 = m.Objects[0].SHA256[:32] + strings.Repeat("0", 32)
			return m
		},
		"one that lets go sooner": func(_ *shelf, m evidence.Manifest) any { m.Keep = 1; return m },
		"one too many": func(_ *shelf, m evidence.Manifest) any {
			m.Objects = append(m.Objects, evidence.Sealed{Key: "records/2026/11/20/235959-0123456789abcdef.json", SHA256: m.Key})
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, s, h := newShelf(), newShelf(), newHand(t)
			own.record(t, noon, "a")
			s.record(t, noon, "a")
			s.record(t, noon.AddDate(0, 0, 1), "b")
			seal(t, own, h, morning("2026-11-21"))
			s.files["manifests/2026-11-20.json"] = compact(t, forge(s, manifestOf(t, own, "2026-11-20")))
			days, err := sealer(s, h, morning("2026-11-22")).Seal(t.Context())
			if !errors.Is(err, evidence.ErrForeignManifest) || !slices.Equal(days, []evidence.Day{"2026-11-21"}) {
				t.Fatalf("%v: %v", days, err)
			}
			if s.files["manifests/2026-11-20.sig"] != nil {
				t.Error("it was signed")
			}
			if problems := verified(t, s).Problems; len(problems) == 0 || !slices.ContainsFunc(problems, func(p evidence.Problem) bool { return p.Name == "manifests/2026-11-20.json" }) {
				t.Errorf("%+v", problems)
			}
		})
	}
}

// TestStrayNamesDoNotStopTheSealing puts things there that are neither records nor manifests, or of a day to come.
func TestStrayNamesDoNotStopTheSealing(t *testing.T) {
	t.Parallel()
	s, h := newShelf(), newHand(t)
	stray := []string{"manifests/2026-00-99.json", "manifests/x", "manifests/2099-01-01.json", "manifests/2099-01-01.sig", "records/2026/11/20/x.json", "records/0001/01/01/000000-0123456789abcdef.json"}
	for _, name := range stray {
		s.files[name] = []byte("{}")
	}
	s.record(t, noon, "a")
	if days := seal(t, s, h, morning("2026-11-21")); !slices.Equal(days, []evidence.Day{"2026-11-20"}) {
		t.Errorf("%v", days)
	}
	named := map[string]bool{}
	for _, p := range verified(t, s).Problems {
		named[p.Name] = true
	}
	for _, name := range stray {
		if !named[name] && !strings.HasSuffix(name, ".sig") {
			t.Errorf("%s is not named: %v", name, named)
		}
	}
}

// TestTheKeyIsReplaced seals one day with one key, and the next with another.
func TestTheKeyIsReplaced(t *testing.T) {
	t.Parallel()
	s, first, second := newShelf(), newHand(t), newHand(t)
	s.record(t, noon, "a")
	seal(t, s, first, morning("2026-11-21"))
	seal(t, s, second, morning("2026-11-22"))
	seal(t, s, second, morning("2026-11-23"))
	if keys := s.names("public-key"); len(keys) != 2 || keys[1] != "public-key.pem" || keys[0] != "public-key-"+manifestOf(t, s, "2026-11-22").Key+".pem" {
		t.Errorf("%v", keys)
	}
	wholesome(t, s)
	key, err := evidence.BesideKey(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	result, err := evidence.Verification{Source: s, Keys: []evidence.Key{key}}.Verify(t.Context())
	if err != nil || len(result.Problems) != 2 || result.Problems[0].What != evidence.Forged {
		t.Errorf("with the first key alone: %v %+v", err, result.Problems)
	}
}
