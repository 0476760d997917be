package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/evidence"
)

// whole is evidence of four days, with a late object, an empty day and a day that is not sealed yet.
func whole(t testing.TB) (*shelf, *hand) {
	t.Helper()
	s, h := newShelf(), newHand(t)
	s.record(t, noon, "a")
	s.record(t, noon.Add(time.Hour), "b")
	seal(t, s, h, morning("2026-11-21"))
	s.record(t, noon.Add(2*time.Hour), "late")
	s.record(t, noon.AddDate(0, 0, 1), "c")
	seal(t, s, h, morning("2026-11-23"))
	s.record(t, noon.AddDate(0, 0, 3), "d")
	seal(t, s, h, morning("2026-11-24"))
	s.record(t, noon.AddDate(0, 0, 4), "today")
	return s, h
}

// tampering is what somebody does to evidence, and what is wrong then: what and name, as the result has them. N names the Nth object with records,
// and M20 the manifest of the 20th.
type tampering struct {
	name string
	do   func(t *testing.T, s *shelf, h *hand)
	want []string
}

func nth(s *shelf, n int) string { return s.names("records/")[n] }

// again signs a manifest with a key, after a change.
func again(t *testing.T, s *shelf, h *hand, day string, change func(*evidence.Manifest)) {
	t.Helper()
	m := manifestOf(t, s, day)
	change(&m)
	name := "manifests/" + day
	s.files[name+".json"] = compact(t, m)
	delete(s.files, name+".sig")
	sum := sum256(s.files[name+".json"])
	signature, err := h.Sign(t.Context(), sum)
	if err != nil {
		t.Fatal(err)
	}
	s.files[name+".sig"] = signature
}

func swap(s *shelf, a, b string) { s.files[a], s.files[b] = s.files[b], s.files[a] }

const unfit = `{"version":1,"records":[{"id":"x","at":"2026-11-20T12:00:00Z","kind":"stop","account":"","region":"","subject":"s","extra":1}]}`

var tamperings = []tampering{
	{"nothing", func(*testing.T, *shelf, *hand) {}, nil},
	{"an object is altered", func(_ *testing.T, s *shelf, _ *hand) {
		s.files[nth(s, 0)] = bytes.Replace(s.files[nth(s, 0)], []byte(`true`), []byte(`true `), 1)
	}, []string{"altered 0"}},
	{"an object is altered, and is as long as it was", func(_ *testing.T, s *shelf, _ *hand) {
		s.files[nth(s, 0)] = bytes.Replace(s.files[nth(s, 0)], []byte(`"a"`), []byte(`"z"`), 1)
	}, []string{"altered 0"}},
	{"an object is truncated", func(_ *testing.T, s *shelf, _ *hand) { s.files[nth(s, 1)] = s.files[nth(s, 1)][:40] }, []string{"altered 1"}},
	{"an object is emptied", func(_ *testing.T, s *shelf, _ *hand) { s.files[nth(s, 1)] = nil }, []string{"altered 1"}},
	{"the late object is altered", func(_ *testing.T, s *shelf, _ *hand) { s.files[nth(s, 2)] = []byte("{}") }, []string{"altered 2"}},
	{"an object is removed", func(_ *testing.T, s *shelf, _ *hand) { delete(s.files, nth(s, 3)) }, []string{"missing 3"}},
	{"an object is added", func(t *testing.T, s *shelf, _ *hand) { s.record(t, noon.Add(-time.Hour), "forged") }, []string{"added 0"}},
	{"an object is added to an empty day", func(t *testing.T, s *shelf, _ *hand) { s.record(t, noon.AddDate(0, 0, 2), "forged") }, []string{"added 4"}},
	{"an object is added before the first day", func(t *testing.T, s *shelf, _ *hand) { s.record(t, noon.AddDate(0, 0, -9), "forged") }, []string{"added 0"}},
	{"two objects change places", func(_ *testing.T, s *shelf, _ *hand) { swap(s, nth(s, 0), nth(s, 1)) }, []string{"altered 0", "altered 1"}},
	{"an object is moved to another day", func(_ *testing.T, s *shelf, _ *hand) {
		from := nth(s, 0)
		to := strings.Replace(from, "/20/", "/22/", 1)
		s.files[to] = s.files[from]
		delete(s.files, from)
	}, []string{"missing records/2026/11/20", "added records/2026/11/22"}},
	{"something else lies there", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["records/x"], s.files["records/2026/11/20/note.txt"], s.files["manifests/x"], s.files["manifests/2026-02-30.json"] = nil, nil, nil, nil
		s.files["records/2026/13/20/120000-0123456789abcdef.json"] = nil
	}, []string{"added records/x", "added records/2026/11/20/note.txt", "added manifests/x", "added manifests/2026-02-30.json", "added records/2026/13/20/120000-0123456789abcdef.json"}},
	{"a manifest is removed", func(_ *testing.T, s *shelf, _ *hand) {
		delete(s.files, "manifests/2026-11-21.json")
		delete(s.files, "manifests/2026-11-21.sig")
	}, []string{"gap 2026-11-21", "added 2"}},
	{"a manifest is removed, and its signature is not", func(_ *testing.T, s *shelf, _ *hand) { delete(s.files, "manifests/2026-11-22.json") }, []string{"gap 2026-11-22", "missing M22"}},
	{"two manifests are removed", func(_ *testing.T, s *shelf, _ *hand) {
		for _, day := range []string{"21", "22"} {
			delete(s.files, "manifests/2026-11-"+day+".json")
			delete(s.files, "manifests/2026-11-"+day+".sig")
		}
	}, []string{"gap 2026-11-21..2026-11-22", "added 2"}},
	{"the first manifest is removed", func(_ *testing.T, s *shelf, _ *hand) {
		delete(s.files, "manifests/2026-11-20.json")
		delete(s.files, "manifests/2026-11-20.sig")
	}, []string{"gap 2026-11-20", "added 0", "added 1"}},
	{"the last manifests are removed", func(_ *testing.T, s *shelf, _ *hand) {
		for _, day := range []string{"22", "23"} {
			delete(s.files, "manifests/2026-11-"+day+".json")
			delete(s.files, "manifests/2026-11-"+day+".sig")
		}
	}, []string{"gap 2026-11-22"}},
	{"a signature is removed", func(_ *testing.T, s *shelf, _ *hand) { delete(s.files, "manifests/2026-11-21.sig") }, []string{"unsigned M21"}},
	{"a signature is another one", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["manifests/2026-11-21.sig"] = s.files["manifests/2026-11-22.sig"]
	}, []string{"forged M21"}},
	{"a signature is none", func(_ *testing.T, s *shelf, _ *hand) { s.files["manifests/2026-11-21.sig"] = []byte("x") }, []string{"forged M21"}},
	{"a manifest forgets an object", func(t *testing.T, s *shelf, _ *hand) {
		m := manifestOf(t, s, "2026-11-20")
		m.Objects = m.Objects[:1]
		s.files["manifests/2026-11-20.json"] = compact(t, m)
	}, []string{"forged M20", "unchained M21", "added 1"}},
	{"a manifest is signed anew with another key", func(t *testing.T, s *shelf, _ *hand) {
		again(t, s, newHand(t), "2026-11-22", func(m *evidence.Manifest) { m.Note = "sealed 9 days late" })
	}, []string{"forged M22", "unchained M23"}},
	{"a manifest names another key", func(t *testing.T, s *shelf, _ *hand) {
		again(t, s, newHand(t), "2026-11-23", func(m *evidence.Manifest) { m.Key = strings.Repeat("0", 64) })
	}, []string{"forged M23"}},
	{"a manifest is signed anew with the key itself", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-21", func(m *evidence.Manifest) { m.Note = "sealed 9 days late" })
	}, []string{"unchained M22"}},
	{"a manifest says that it is the first", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-23", func(m *evidence.Manifest) { m.Previous = nil })
	}, []string{"unchained M23"}},
	{"a manifest leaves out the one before", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-23", func(m *evidence.Manifest) {
			m.Previous.Day = "2026-11-21"
			m.Previous.SHA256 = hash(s.files["manifests/2026-11-21.json"])
		})
	}, []string{"unchained M23"}},
	{"two manifests change places", func(_ *testing.T, s *shelf, _ *hand) {
		swap(s, "manifests/2026-11-22.json", "manifests/2026-11-23.json")
		swap(s, "manifests/2026-11-22.sig", "manifests/2026-11-23.sig")
	}, []string{"unreadable M22", "unreadable M23"}},
	{"a manifest is truncated", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["manifests/2026-11-23.json"] = s.files["manifests/2026-11-23.json"][:100]
	}, []string{"unreadable M23"}},
	{"a manifest is laid out otherwise", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["manifests/2026-11-23.json"] = append(s.files["manifests/2026-11-23.json"], '\n')
	}, []string{"unreadable M23"}},
	{"a manifest has its members in another order", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["manifests/2026-11-22.json"] = bytes.Replace(s.files["manifests/2026-11-22.json"], []byte(`{"version":1,"day":"2026-11-22"`), []byte(`{"day":"2026-11-22","version":1`), 1)
	}, []string{"unreadable M22", "unchained M23"}},
	{"a manifest says a thing twice", func(_ *testing.T, s *shelf, _ *hand) {
		s.files["manifests/2026-11-23.json"] = bytes.Replace(s.files["manifests/2026-11-23.json"], []byte(`{"version":1`), []byte(`{"version":1,"version":1`), 1)
	}, []string{"unreadable M23"}},
	{"a manifest names an object twice", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-23", func(m *evidence.Manifest) { m.Objects = append(m.Objects, m.Objects[0]) })
	}, []string{"unreadable M23"}},
	{"a manifest names another day's object", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-23", func(m *evidence.Manifest) { m.Objects[0].Key = nth(s, 0) })
	}, []string{"unreadable M23"}},
	{"a manifest names its own object as late", func(t *testing.T, s *shelf, h *hand) {
		again(t, s, h, "2026-11-23", func(m *evidence.Manifest) { m.Late, m.Objects = m.Objects, []evidence.Sealed{} })
	}, []string{"unreadable M23"}},
	{"records do not fit", func(t *testing.T, s *shelf, h *hand) { seals(t, s, h, []byte(unfit)) }, []string{"unfit records/2026/11/24"}},
	{"records are no JSON", func(t *testing.T, s *shelf, h *hand) { seals(t, s, h, []byte(`{"version":1,`)) }, []string{"unfit records/2026/11/24"}},
	{"records are followed by something", func(t *testing.T, s *shelf, h *hand) { seals(t, s, h, append(s.files[nth(s, 0)], " {}"...)) }, []string{"unfit records/2026/11/24"}},
	{"an ID holds a line break", func(t *testing.T, s *shelf, h *hand) {
		seals(t, s, h, bytes.Replace(s.files[nth(s, 0)], []byte(`"a"`), []byte(`"a\nb"`), 1))
	}, []string{"unfit records/2026/11/24"}},
	{"a record's state is another kind's", func(t *testing.T, s *shelf, h *hand) {
		seals(t, s, h, bytes.Replace(s.files[nth(s, 0)], []byte(`"kind":"stop"`), []byte(`"kind":"sweep"`), 1))
	}, []string{"unfit records/2026/11/24"}},
	{"an object was altered before its day was sealed", func(t *testing.T, s *shelf, h *hand) {
		s.files[nth(s, 5)] = append(s.files[nth(s, 5)], ' ')
		seal(t, s, h, morning("2026-11-25"))
	}, []string{"altered 5"}},
	{"a name's hash has capitals", func(_ *testing.T, s *shelf, _ *hand) {
		from := nth(s, 3)
		to := from[:26] + strings.ToUpper(from[26:42]) + from[42:]
		if to == from {
			to = from[:26] + "ABCDEF" + from[32:]
		}
		s.files[to] = s.files[from]
		delete(s.files, from)
	}, []string{"missing 3", "added records/2026/11/21"}},
}

// seals has one object sealed on the 24th that nobody wrote.
func seals(t *testing.T, s *shelf, h *hand, raw []byte) {
	t.Helper()
	s.files["records/2026/11/24/130000-"+hash(raw)[:16]+".json"] = raw
	seal(t, s, h, morning("2026-11-25"))
}

// wanted spells a problem out: the names that the table shortens, as they are in the evidence.
func (c tampering) holds(t *testing.T, s *shelf, before []string, got []string) {
	t.Helper()
	names := before
	if len(s.names("records/")) > len(before) {
		names = s.names("records/")
	}
	var want []string
	for _, one := range c.want {
		what, name, _ := strings.Cut(one, " ")
		var n int
		if _, err := fmt.Sscanf(name, "%d", &n); err == nil && !strings.Contains(name, "-") {
			name = names[n]
		} else if strings.HasPrefix(name, "M") {
			name = "manifests/2026-11-" + name[1:] + ".json"
		}
		want = append(want, what+" "+name)
	}
	match := len(want) == len(got)
	for _, one := range want {
		match = match && slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, one) })
	}
	if !match {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestTampering(t *testing.T) {
	t.Parallel()
	script := byHand(t)
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, h := whole(t)
			before := s.names("records/")
			c.do(t, s, h)
			var got []string
			for _, p := range verified(t, s).Problems {
				got = append(got, string(p.What)+" "+p.Name)
				if p.Why == "" {
					t.Errorf("%s %s, and not why", p.What, p.Name)
				}
			}
			c.holds(t, s, before, got)
			dir := s.copyTo(t)
			folder := verified(t, evidence.NewFolder(os.DirFS(dir)))
			if diff := cmp.Diff(verified(t, s), folder); diff != "" {
				t.Errorf("in a folder it is another result:\n%s", diff)
			}
			if script != nil {
				script(t, dir, got)
			}
		})
	}
}

// The bucket keeps objects for a time, and manifests for ever: what is gone after its time is no fault, and whatever else is wrong with it is.
func TestObjectsWhoseTimeIsOver(t *testing.T) {
	t.Parallel()
	script := byHand(t)
	gone := func(s *shelf) { delete(s.files, nth(s, 0)) }
	for name, c := range map[string]struct {
		keep    int
		today   evidence.Day
		do      func(s *shelf)
		expired int
		want    string
	}{
		"its time is over":                            {2, "2026-11-23", gone, 1, ""},
		"its time is long over":                       {2, "2026-11-30", gone, 1, ""},
		"it is the last day of its time":              {2, "2026-11-22", gone, 0, "missing"},
		"it is to be kept for long":                   {36500, "2026-11-30", gone, 0, "missing"},
		"it is to be kept for ever":                   {0, "2026-11-30", gone, 0, "missing"},
		"today is not known":                          {2, "", gone, 0, "missing"},
		"its time is over, and it is there":           {2, "2026-11-30", func(*shelf) {}, 0, ""},
		"its time is over, and it is not what it was": {2, "2026-11-30", func(s *shelf) { s.files[nth(s, 0)] = []byte("{}") }, 0, "altered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, h := newShelf(), newHand(t)
			s.record(t, noon, "a")
			s.record(t, noon.AddDate(0, 0, 1), "b")
			sealing := sealer(s, h, morning("2026-11-22"))
			sealing.Keep = c.keep
			if _, err := sealing.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			first := nth(s, 0)
			c.do(s)
			key, err := evidence.BesideKey(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			result, err := evidence.Verification{Source: s, Keys: []evidence.Key{key}, Today: c.today}.Verify(t.Context())
			if err != nil || result.Expired != c.expired || result.Objects != 2 {
				t.Errorf("%+v, %v", result, err)
			}
			var got []string
			for _, p := range result.Problems {
				got = append(got, string(p.What)+" "+p.Name)
			}
			if want := strings.TrimSpace(c.want + " " + strings.Repeat(first, min(1, len(c.want)))); strings.Join(got, ", ") != want {
				t.Errorf("%q, want %q", got, want)
			}
			if script != nil && c.today == "2026-11-30" { // by hand it is today
				script(t, s.copyTo(t), got)
			}
		})
	}
}

// copyTo writes what is on the shelf into a folder.
func (s *shelf) copyTo(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, raw := range s.files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, raw, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// byHand is the way without pipewarden; nil where its tools are not there.
func byHand(t *testing.T) func(t *testing.T, dir string, want []string) {
	t.Helper()
	for _, tool := range []string{"bash", "openssl", "jq", "sha256sum", "find", "awk"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("docs/evidence/verify.sh is not tested: there is no %s on this machine", tool)
			return nil
		}
	}
	return func(t *testing.T, dir string, want []string) {
		t.Helper()
		keys, err := filepath.Glob(filepath.Join(dir, "public-key*.pem"))
		if err != nil {
			t.Fatal(err)
		}
		var out, broken bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "bash", append([]string{filepath.Join("..", "..", "docs", "evidence", "verify.sh"), dir}, keys...)...)
		cmd.Stdout, cmd.Stderr = &out, &broken
		err = cmd.Run()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var got []string
		for _, line := range lines[:len(lines)-1] {
			if !strings.HasPrefix(line, "note: ") {
				got = append(got, line)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		code := 0
		if len(want) > 0 {
			code = 1
		}
		if diff := cmp.Diff(slices.Compact(want), got); diff != "" || cmd.ProcessState.ExitCode() != code || broken.Len() > 0 {
			t.Errorf("verify.sh: %v, exit code %d, %s\npipewarden -, verify.sh +\n%s", err, cmd.ProcessState.ExitCode(), &broken, diff)
		}
	}
}

func TestDaysThatAreAskedFor(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	key, err := evidence.BesideKey(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	delete(s.files, "manifests/2026-11-22.json")
	delete(s.files, "manifests/2026-11-22.sig")
	for name, c := range map[string]struct {
		from, to evidence.Day
		want     []string
		objects  int
	}{
		"before the gap":                 {"", "2026-11-20", nil, 2}, // the late one is named by the day after
		"up to the gap":                  {"2026-11-21", "2026-11-21", nil, 2},
		"with the gap":                   {"2026-11-21", "2026-11-23", []string{"2026-11-22"}, 3},
		"from the gap":                   {"2026-11-22", "", []string{"2026-11-22"}, 1},
		"after it":                       {"2026-11-23", "", nil, 1},
		"more than is sealed":            {"2026-11-23", "2026-11-24", []string{"2026-11-24"}, 1},
		"more than there was":            {"2026-11-18", "2026-11-20", []string{"2026-11-18..2026-11-19"}, 2},
		"what never was":                 {"2027-01-01", "2027-01-02", []string{"2027-01-01..2027-01-02"}, 0},
		"long before, and nothing since": {"2025-12-31", "2025-12-31", []string{"2025-12-31"}, 0},
	} {
		result, err := evidence.Verification{Source: s, Keys: []evidence.Key{key}, From: c.from, To: c.to}.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range result.Problems {
			if got = append(got, p.Name); p.What != evidence.Gap {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if !slices.Equal(got, c.want) || result.Objects != c.objects {
			t.Errorf("%s: %v, want %v; %d objects", name, got, c.want, result.Objects)
		}
	}
}

// What cannot be read is no verdict.
func TestVerifyFailsWhereItCannotRead(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	key, err := evidence.BesideKey(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	s.fail = func(string, string) error { calls.Add(1); return nil }
	v := evidence.Verification{Source: s, Keys: []evidence.Key{key}}
	serial := func() error { _, err := v.Verify(t.Context()); return err }
	if err := serial(); err != nil || calls.Load() < 10 {
		t.Fatalf("%d calls: %v", calls.Load(), err)
	}
	for stop := range calls.Load() {
		var at atomic.Int32
		s.fail = func(string, string) error {
			if at.Add(1) == stop+1 {
				return errCrash
			}
			return nil
		}
		if err := serial(); !errors.Is(err, errCrash) {
			t.Errorf("call %d: %v", stop, err)
		}
	}
	s.fail = nil
	if _, err := (evidence.Verification{Source: newShelf()}).Verify(t.Context()); !errors.Is(err, evidence.ErrNothingSealed) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := evidence.BesideKey(t.Context(), newShelf()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key there: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (evidence.Verification{Source: evidence.NewFolder(os.DirFS(s.copyTo(t)))}).Verify(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// A folder may hold what systems leave behind, and links that lead out of it.
func TestFolders(t *testing.T) {
	t.Parallel()
	s, _ := whole(t)
	files := fstest.MapFS{".git/x": {}, "records/.DS_Store": {}, "records/2026/.hidden/x": {}, "README.md": {}}
	for name, raw := range s.files {
		files[name] = &fstest.MapFile{Data: raw}
	}
	wholesome(t, evidence.NewFolder(files))
	dir, outside := s.copyTo(t), t.TempDir()
	name := nth(s, 0)
	moved := filepath.Join(outside, "x")
	if err := errors.Join(os.Rename(filepath.Join(dir, name), moved), os.Symlink(moved, filepath.Join(dir, name))); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	key, err := evidence.BesideKey(t.Context(), evidence.NewFolder(root.FS()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (evidence.Verification{Source: evidence.NewFolder(root.FS()), Keys: []evidence.Key{key}}).Verify(t.Context()); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("a link out of the folder was followed: %v", err)
	}
}

// endless is evidence of one day with very many objects, each of which is made when it is read.
type endless struct {
	*shelf

	names     []string
	open      atomic.Int32
	mostOpen  atomic.Int32
	mostBytes atomic.Uint64
}

const bulk = 16 << 10

func (e *endless) object(id string) []byte {
	return fmt.Appendf(nil, `{"version":1,"records":[{"id":%q,"at":"2026-11-20T12:00:00Z","kind":"settings","account":"","region":"","subject":"settings","after":{"x":"%s"}}]}`, id, strings.Repeat("x", bulk))
}

func (e *endless) List(ctx context.Context, prefix string) iter.Seq2[evidence.File, error] {
	if !strings.HasPrefix(prefix, "records/") || prefix != "records/" && prefix != "records/2026/11/20/" {
		return e.shelf.List(ctx, prefix)
	}
	return func(yield func(evidence.File, error) bool) {
		for _, name := range e.names {
			if !yield(evidence.File{Name: name}, nil) {
				return
			}
		}
	}
}

func (e *endless) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	id, ok := strings.CutPrefix(name, "records/2026/11/20/")
	if !ok {
		return e.shelf.Open(ctx, name)
	}
	if now := e.open.Add(1); now > e.mostOpen.Load() {
		e.mostOpen.Store(now)
	}
	if id = id[:6]; strings.HasSuffix(id, "500") {
		var m runtime.MemStats
		runtime.GC()
		if runtime.ReadMemStats(&m); m.HeapAlloc > e.mostBytes.Load() {
			e.mostBytes.Store(m.HeapAlloc)
		}
	}
	return closing{bytes.NewReader(e.object(id)), func() { e.open.Add(-1) }}, nil
}

type closing struct {
	io.Reader
	done func()
}

func (c closing) Close() error { c.done(); return nil }

// TestManyObjects seals and verifies 10,000 objects, 160 MB in all. It is not parallel, for it looks at how much memory is taken.
func TestManyObjects(t *testing.T) {
	const objects, most = 10_000, 48 << 20
	e := &endless{shelf: newShelf()}
	for i := range objects {
		id := fmt.Sprintf("%06d", i)
		e.names = append(e.names, "records/2026/11/20/"+id+"-"+hash(e.object(id))[:16]+".json")
	}
	seal(t, e, newHand(t), morning("2026-11-21"))
	result := verified(t, e)
	if len(result.Problems) > 0 || result.Objects != objects || result.Records != objects {
		t.Errorf("%+v", result)
	}
	if e.open.Load() != 0 || e.mostOpen.Load() > 16 || e.mostBytes.Load() > most {
		t.Errorf("%d left open, %d open at a time, %d MB", e.open.Load(), e.mostOpen.Load(), e.mostBytes.Load()>>20)
	}
}

// TestSample holds the sample that lies in the repository to both ways. With -update it is made anew where it does not verify; its private key is
// kept nowhere.
func TestSample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "sample")
	source := evidence.NewFolder(os.DirFS(dir))
	if key, err := evidence.BesideKey(t.Context(), source); *update {
		result := evidence.Result{}
		if err == nil {
			result, err = evidence.Verification{Source: source, Keys: []evidence.Key{key}}.Verify(t.Context())
		}
		if err != nil || len(result.Problems) > 0 {
			sample(t, dir)
		}
	}
	wholesome(t, source)
	if result := verified(t, source); result.Manifests != 3 || result.Objects != 3 || result.Records != 20 {
		t.Errorf("%+v", result)
	}
	if script := byHand(t); script != nil {
		script(t, dir, nil)
	}
}

func sample(t *testing.T, dir string) {
	t.Helper()
	s, h := newShelf(), newHand(t)
	records := life(t).records
	for i, some := range [][]map[string]any{records[:9], records[9:20], records[20:]} {
		if _, err := archivist(s, noon.AddDate(0, 0, i/2*2), &bytes.Buffer{}).Handle(t.Context(), batch(t, some)); err != nil {
			t.Fatal(err)
		}
	}
	seal(t, s, h, morning("2026-11-23"))
	from := s.copyTo(t)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o755), os.CopyFS(dir, os.DirFS(from))); err != nil {
		t.Fatal(err)
	}
}
