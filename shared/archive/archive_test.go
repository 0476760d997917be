package archive

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	one      = `{"eventVersion":"1.11","eventTime":"2026-11-20T09:14:07Z","eventSource":"codebuild.amazonaws.com","eventName":"UpdateProject"}`
	two      = `{"eventVersion":"1.11","eventTime":"2026-11-20T09:14:08Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy"}`
	envelope = `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","time":"2026-11-20T09:00:00Z","detail":{"eventTime":"2026-11-20T09:14:09Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucketPolicy"}}`
	build    = `{"version":"0","detail-type":"CodeBuild Build State Change","source":"aws.codebuild","time":"2026-11-20T09:14:10Z","detail":{"build-status":"FAILED"}}`
	digest   = `{"awsAccountId":"111122223333","digestStartTime":"2026-11-20T08:14:10Z","digestS3Object":"AWSLogs/d.json.gz","logFiles":[]}`
)

// seen writes what was read as one line each: "2 s3 PutBucketPolicy", "3! not JSON", "! nothing in it".
func seen(t testing.TB, file string, stdin io.Reader) []string {
	t.Helper()
	lines := []string{}
	r := NewReader(func(rec Record) error {
		service, _, _ := strings.Cut(rec.Service, ".")
		lines = append(lines, fmt.Sprintf("%d %s %s", rec.Number, service, rec.Name))
		if rec.Name == "Bad" {
			return errors.New("refused")
		}
		return nil
	}, func(f Fault) {
		if f.Number == 0 {
			lines = append(lines, "! "+f.Err.Error())
			return
		}
		lines = append(lines, fmt.Sprintf("%d! %v", f.Number, f.Err))
	})
	for range 2 { // a reader is used again and again
		lines = lines[:0]
		if err := r.Read(t.Context(), file, stdin); err != nil {
			t.Fatal(err)
		}
		if file == "-" {
			break
		}
	}
	return lines
}

func zip(t testing.TB, text string) string {
	t.Helper()
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

func TestRead(t *testing.T) {
	t.Parallel()
	both := []string{"1 codebuild UpdateProject", "2 s3 PutBucketPolicy"}
	spread := strings.NewReplacer(",", ",\n  ", "{", "{\n  ", "}", "\n}").Replace
	torn := zip(t, one+"\n"+two)
	cases := []struct {
		name, text string
		want       []string
	}{
		{"one document", one, both[:1]},
		{"one document over lines", spread(one), both[:1]},
		{"lines", one + "\n" + two + "\n", both},
		{"lines of Windows, with a mark at the beginning", "\ufeff" + one + "\r\n" + two + "\r\n", both},
		{"one behind the other", one + two, both},
		{"array", "[" + one + ", " + two + "]", both},
		{"records", `{"Records":[` + one + "," + two + "]}", both},
		{"records over lines", "{\n  \"Records\" : [\n" + spread(one) + ",\n" + spread(two) + "\n]\n}\n", both},
		{"records with members behind", `{"Records":[` + one + `],"Next":{"a":"]}"}}` + two, both},
		{"records with members before", `{"Next":"{","Records":[` + one + "," + two + "]}", both},
		{"two documents of records", `{"Records":[` + one + "]}\n" + `{"Records":[` + two + "]}", both},
		{"compressed", zip(t, one+"\n"+two), both},
		{"compressed in parts", zip(t, one+"\n") + zip(t, two), both},
		{"envelopes", envelope + "\n" + build, []string{"1 s3 DeleteBucketPolicy", "2  "}},
		{"no records", `{"Records":[]}`, []string{}},
		{"empty array", "[]", []string{}},
		{"digest", digest, []string{}},
		{"nothing", "", []string{"! nothing in it"}},
		{"blanks", " \n", []string{"! nothing in it"}},
		{"prose", "Dear reader,\nno JSON here\n", []string{"! not JSON"}},
		{"binary", "\x00\x01\x02{", []string{"! neither JSON nor gzip"}},
		{"no gzip", "\x1f\x8bxxx", []string{"! gzip: cut off in the middle"}},
		{"prose before", "Dear reader,\n" + two, []string{"1! not JSON", "2 s3 PutBucketPolicy"}},
		{"prose between", one + "\nno JSON here\n" + two, []string{"1 codebuild UpdateProject", "2! not JSON", "3 s3 PutBucketPolicy"}},
		{"line without its end", one[:70] + "\n" + two, []string{"1! not valid JSON", "2 s3 PutBucketPolicy"}},
		{"line cut in a text", one[:12] + "\n" + two, []string{"1! not valid JSON", "2 s3 PutBucketPolicy"}},
		{"line cut behind a colon", one[:16] + "\n" + two + "\n" + two, []string{"1! not valid JSON", "2 s3 PutBucketPolicy", "3 s3 PutBucketPolicy"}},
		{"line with a word too much", `{"a": b}` + "\n" + two, []string{"1! not valid JSON", "2 s3 PutBucketPolicy"}},
		{"record cut within records", `{"Records":[` + one[:50] + "," + two + "]}", []string{"1! cut off in the middle", "2 s3 PutBucketPolicy"}},
		{"record that is none", `{"Records":[null,` + two + "]}", []string{"1! not JSON", "2 s3 PutBucketPolicy"}},
		{"last record cut", one + "\n" + two[:60], []string{"1 codebuild UpdateProject", "2! cut off in the middle"}},
		{"cut between records", `{"Records":[` + one + "," + two + ",\n", append(both[:2:2], "! cannot be read behind record 2: cut off in the middle")},
		{"cut behind an array's record", "[" + one, []string{both[0], "! cannot be read behind record 1: cut off in the middle"}},
		{"cut before the first record", `{"Records":[`, []string{"! cut off in the middle"}},
		{"arrays that never end", strings.Repeat("[", 5000), []string{"! cut off in the middle"}},
		{"arrays of arrays", "[[" + one + "],[" + two + "]]", both},
		{"source code", "package x\n\nfunc f() {\n\treturn []T{{}, {1}}\n}\nvar v = map[string]int{}\n", []string{"! not JSON"}},
		{"source code before a record", "x := T{}\n" + two, []string{"1! not JSON", "2! not JSON", "3 s3 PutBucketPolicy"}},
		{"torn", torn[:len(torn)-8], []string{"1 codebuild UpdateProject", "2 s3 PutBucketPolicy", "! cannot be read behind record 2: cut off in the middle"}},
		{"refused", strings.ReplaceAll(one, "UpdateProject", "Bad") + two, []string{"1 codebuild Bad", "1! refused", "2 s3 PutBucketPolicy"}},
		{"deep", strings.Repeat(`{"a":[`, 5000) + "\n" + two, nil},
		{"record that happens to hold records", `{"x":1,"Records":[],"eventName":"Put","eventSource":"s3.amazonaws.com"}`, []string{"1 s3 Put"}},
		{"escapes", `{"a":"\\\"}{","b":"\\"}` + two, []string{"1  ", "2 s3 PutBucketPolicy"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, got := range [][]string{seen(t, file, nil), seen(t, "-", strings.NewReader(c.text)), seen(t, "-", iotest.OneByteReader(strings.NewReader(c.text)))} {
				if c.want == nil {
					if last := got[len(got)-1]; !strings.HasSuffix(last, "PutBucketPolicy") {
						t.Errorf("the record behind was not found: %s", last)
					}
					continue
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("want -, got +\n%s", diff)
				}
			}
		})
	}
}

func TestSiftFindsTheTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		one:      "2026-11-20T09:14:07Z",
		envelope: "2026-11-20T09:14:09Z",
		build:    "2026-11-20T09:14:10Z",
		`{"eventName":"A","eventSource":"b","eventTime":"2026-11-20 09:14:07"}`:                             "0001-01-01T00:00:00Z",
		`{"eventName":"A","eventSource":"b","eventTime":"2026-13-20T09:14:07Z"}`:                            "0001-01-01T00:00:00Z",
		`{"eventName":"A","eventSource":"b","eventTime":5}`:                                                 "0001-01-01T00:00:00Z",
		`{"time":"2026-11-20T09:14:10Z","detail-type":"x","detail":"text"}`:                                 "2026-11-20T09:14:10Z",
		`{"detail":{"eventName":"A","eventSource":"b"},"time":"2026-11-20T09:14:10Z","detail-type":"x"}`:    "2026-11-20T09:14:10Z",
		`{"time":"2026-11-20T09:14:10Z","detail":{"eventName":"A","eventTime":"","eventSource":"b"}}`:       "0001-01-01T00:00:00Z",
		`{"eventTime":"2026-11-20T09:14:07Z","requestParameters":{"eventTime":"x"},"eventName":"A","z":{}}`: "2026-11-20T09:14:07Z",
	} {
		if got := sift([]byte(text)).at.Format(time.RFC3339); got != want {
			t.Errorf("%s of %s, want %s", got, text, want)
		}
	}
}

func TestLongRecordDoesNotHideTheNext(t *testing.T) {
	t.Parallel()
	text := `{"eventVersion":"` + strings.Repeat("x", maxRecord) + `"}` + "\n" + two
	got := seen(t, "-", strings.NewReader(text))
	if len(got) < 2 || got[0] != "1! longer than 8 MiB" || !strings.HasSuffix(got[len(got)-1], "PutBucketPolicy") {
		t.Errorf("got %q", got)
	}
}

func TestDeepRecordIsGivenUpSoon(t *testing.T) {
	t.Parallel()
	if got := seen(t, "-", strings.NewReader(strings.Repeat(`{"a":`, maxDepth+1)+strings.Repeat("}", maxDepth+1))); got[0] != "1! nested too deeply" {
		t.Errorf("got %q", got)
	}
	if got := seen(t, "-", strings.NewReader(strings.Repeat(`{"a":`, maxDepth)+"1"+strings.Repeat("}", maxDepth))); len(got) != 1 || got[0] != "1  " {
		t.Errorf("got %q", got)
	}
}

func TestReadEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := NewReader(func(Record) error { cancel(); return nil }, func(Fault) {})
	if err := r.Read(ctx, "-", strings.NewReader(one+two)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBrokenStream(t *testing.T) {
	t.Parallel()
	stream := io.MultiReader(strings.NewReader(one+"\n"), iotest.ErrReader(errors.New("pipe broke")))
	want := []string{"1 codebuild UpdateProject", "! cannot be read behind record 1: pipe broke"}
	if diff := cmp.Diff(want, seen(t, "-", stream)); diff != "" {
		t.Error(diff)
	}
}

func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"trail/b.json", "trail/a/c.json", "trail/.hidden", "trail/.git/x", "single"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir("empty", 0o700), os.Symlink("trail", "link"), os.Symlink("../trail", "trail/circle")); err != nil {
		t.Fatal(err)
	}
	files, faults := Files([]string{"single", "trail/", "./single", "-", "missing", "empty", "link"})
	if diff := cmp.Diff([]string{"single", "trail/a/c.json", "trail/b.json", "-", "link/a/c.json", "link/b.json"}, files); diff != "" {
		t.Error(diff)
	}
	var told []string
	for _, f := range faults {
		told = append(told, f.Error())
	}
	if diff := cmp.Diff([]string{"missing: no such file or folder", "empty: no file in this folder"}, told); diff != "" {
		t.Error(diff)
	}
}

func TestSorted(t *testing.T) {
	t.Parallel()
	got := Sorted([]Fault{{File: "b", Number: 2}, {File: "b"}, {File: "b", Number: 1}, {File: "a", Number: 9}, {File: "gone"}}, []string{"b", "a"})
	want := []Fault{{File: "gone"}, {File: "b", Number: 1}, {File: "b", Number: 2}, {File: "b"}, {File: "a", Number: 9}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzRead holds any input to three things: it comes to an end, what is given is JSON, and a record on a line behind it is found.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{one, two, envelope, build, digest, `{"Records":[` + one, `{"a":[{`, "\"\n{", `[{"a":"\\\"`, `{"Records":[]}}`, zip(f, one)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := seen(t, "-", bytes.NewReader(text))
		if again := seen(t, "-", iotest.OneByteReader(bytes.NewReader(text))); cmp.Diff(got, again) != "" {
			t.Errorf("read in one piece %q, in many %q", got, again)
		}
	})
}

func TestFilesNamesTheFolderThatIsClosed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	if err := errors.Join(os.Mkdir(closed, 0o700), os.WriteFile(filepath.Join(dir, "a.json"), nil, 0o600), os.Chmod(closed, 0)); err != nil {
		t.Fatal(err)
	}
	files, faults := Files([]string{dir})
	if len(files) != 1 {
		t.Errorf("files %q", files)
	}
	if os.Geteuid() == 0 {
		return // whom no folder is closed to
	}
	if len(faults) != 1 || faults[0].Error() != closed+": permission denied" {
		t.Errorf("faults %v", faults)
	}
}
