package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
)

func zipped(t testing.TB, text string) string {
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

func summary(records, judged, findings, ignored, malformed int) string {
	return fmt.Sprintf(`{"summary":{"records":%d,"judged":%d,"findings":%d,"ignored":%d,"malformed":%d}}`+"\n", records, judged, findings, ignored, malformed)
}

// lines splits a report into "check id" for each finding, and the summary.
func lines(t testing.TB, out string) (findings []string, last string) {
	t.Helper()
	for text := range strings.Lines(out) {
		last = text
		var f struct {
			Check    string
			Resource struct{ ID string }
		}
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if f.Check != "" {
			findings = append(findings, strings.TrimSpace(f.Check+" "+f.Resource.ID))
		}
	}
	return findings, last
}

func TestReplayReadsEveryForm(t *testing.T) {
	t.Parallel()
	front, lock, look := opened("09:00:00", "front"), picked("10:00:00", "l1"), looked("11:00:00")
	all := []string{"door-open front", "lock-picked 111122223333"}
	for name, text := range map[string]string{
		"lines":     front + "\n" + lock + "\n" + look + "\n",
		"records":   records(front, lock, look),
		"array":     "[" + front + ",\n" + lock + "," + look + "]",
		"envelopes": envelope(front) + "\n" + envelope(lock) + "\n" + envelope(look),
		"mixed":     records(front) + envelope(lock) + "\n" + look,
		"gzip":      zipped(t, records(front, lock, look)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, filepath.Join(t.TempDir(), "f"), text)
			p := sample(t)
			p.in = strings.NewReader(text)
			for _, got := range []ran{run(t, sample(t), "replay", "--format", "json", file), run(t, p, "replay", "--format", "json", "-")} {
				findings, last := lines(t, got.out)
				if diff := cmp.Diff(all, findings); diff != "" || last != summary(3, 2, 2, 1, 0) || got.code != done || got.err != "" {
					t.Errorf("%s%s%+v", diff, last, got)
				}
			}
		})
	}
}

func TestReplayOneDocument(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "f.json"), opened("09:00:00", "front"))
	golden(t, "replay-one.jsonl", run(t, sample(t), "replay", "--format", "json", file).out)
}

// archiveOf is a folder with something of everything, in files whose names are not in the order of time.
func archiveOf(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a", "late.json.gz"), zipped(t, records(opened("12:00:00", "back"), looked("12:00:01"), `{"eventName":"UpdateProject","eventSource":"codebuild.amazonaws.com"}`, picked("12:00:02", "l1"))))
	write(t, filepath.Join(dir, "b.jsonl"), opened("09:00:00", "front")+"\nno JSON\n"+opened("12:00:00", "back")+"\n"+call("09:00:01", "UpdateProject", `{"lock":"l2"}`)[:80]+"\n"+picked("09:30:00", "l1")+"\n")
	write(t, filepath.Join(dir, "c.json"), `{"awsAccountId":"111122223333","digestS3Object":"d"}`)
	return dir
}

func TestReplayTable(t *testing.T) {
	t.Parallel()
	dir := archiveOf(t)
	got := run(t, sample(t), "replay", dir)
	plain := func(s string) string { return strings.ReplaceAll(s, dir, "trail") }
	golden(t, "replay.txt", plain(got.out))
	golden(t, "replay.err.txt", plain(got.err))
	if got.code != done {
		t.Errorf("exit code %d", got.code)
	}
	p := sample(t)
	p.shows = true
	if colored := run(t, p, "replay", dir); !strings.Contains(colored.out, "\x1b[31mhigh") {
		t.Errorf("no colour on a terminal: %q", colored.out)
	}
	p.env = func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }
	if plain := run(t, p, "replay", dir); strings.Contains(plain.out, "\x1b") {
		t.Errorf("colour with NO_COLOR: %q", plain.out)
	}
}

func TestReplayOrdersByTimeAndTellsOnce(t *testing.T) {
	t.Parallel()
	for range 3 {
		findings, last := lines(t, run(t, sample(t), "replay", "--format", "json", archiveOf(t)).out)
		want := []string{"door-open front", "lock-picked 111122223333", "door-open back"}
		if diff := cmp.Diff(want, findings); diff != "" || last != summary(9, 5, 3, 1, 3) {
			t.Errorf("%s%s", diff, last)
		}
	}
}

func TestReplayTellsEveryChangeOfState(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "f"), records(opened("12:00:00", "front"), opened("09:00:00", "front"), opened("12:00:00", "front")))
	findings, last := lines(t, run(t, sample(t), "replay", "--format", "json", file).out)
	if want := []string{"door-open front", "door-open front"}; !slices.Equal(findings, want) || last != summary(3, 3, 2, 0, 0) {
		t.Errorf("%q %s", findings, last)
	}
}

func TestReplayFailsOn(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "f"), opened("09:00:00", "front"))
	exempt := write(t, filepath.Join(t.TempDir(), "s.yaml"), "exemptions:\n  - {check: door-open, resource: fro*, owner: ann, reason: airing, until: 2026-12-31}\n")
	for line, want := range map[string]int{
		"--fail-on info": verdict, "--fail-on high": verdict, "--fail-on critical": done, "": done,
		"--fail-on high --format json": verdict, "--fail-on high --settings " + exempt: done,
	} {
		got := run(t, sample(t), append([]string{"replay", file}, strings.Fields(line)...)...)
		if got.code != want || got.err != "" || got.out == "" {
			t.Errorf("%s: %+v, want %d", line, got, want)
		}
	}
	got := run(t, sample(t), "replay", "--settings", exempt, file)
	if !strings.Contains(got.out, "high, exempt") || !strings.Contains(got.out, "1 finding in 1 record, 1 of them exempted.") || strings.Contains(got.out, "Explain") {
		t.Error(got.out)
	}
}

func TestReplayUnusable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	nonsense := write(t, filepath.Join(dir, "nonsense"), "no JSON\nat all\n")
	timeless := write(t, filepath.Join(dir, "timeless"), `{"eventName":"A","eventSource":"b.amazonaws.com"}`)
	good := write(t, filepath.Join(dir, "good"), looked("09:00:00"))
	none := write(t, filepath.Join(dir, "none"), `{"Records":[]}`)
	nothing := "pipewarden: replay: nothing could be read. CloudTrail records or EventBridge events are expected, as JSON, plain or gzipped\n"
	missing := filepath.Join(dir, "missing")
	run(t, sample(t), "replay", missing).want(t, usage, "", "pipewarden: "+missing+": no such file or folder\n"+nothing)
	run(t, sample(t), "replay", empty).want(t, usage, "", "pipewarden: "+empty+": no file in this folder\n"+nothing)
	run(t, sample(t), "replay", "-").want(t, usage, "", "pipewarden: standard input: nothing in it\n"+nothing)
	run(t, sample(t), "replay", nonsense, timeless).want(t, usage, "",
		"pipewarden: "+nonsense+": not JSON\npipewarden: "+timeless+", record 1: eventTime missing\n"+nothing)
	run(t, sample(t), "replay", "--format", "json", missing, good).want(t, done, summary(2, 0, 0, 1, 1), "pipewarden: "+missing+": no such file or folder\n")
	run(t, sample(t), "replay", none).want(t, done, "No findings in no records.\n", "")
	run(t, sample(t), "replay", "--settings", missing, good).want(t, usage, "", "pipewarden: settings "+missing+": no such file. Name one that is there, or - for the standard input\n")
}

func TestReplayNamesTheFirstFaults(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "%s\n{\"eventName\":\"A%d\"}\n", looked("09:00:00"), i)
	}
	file := write(t, filepath.Join(t.TempDir(), "f"), text.String())
	got := run(t, sample(t), "replay", "--format", "json", file)
	told := strings.Split(strings.TrimSpace(got.err), "\n")
	if len(told) != namedFaults+1 || told[0] != "pipewarden: "+file+", record 2: eventTime missing" || !strings.Contains(told[19], "record 40:") ||
		told[20] != "pipewarden: and 80 more that could not be read. All of them: --verbose" || got.out != summary(200, 0, 0, 100, 100) {
		t.Errorf("%s%s", got.err, got.out)
	}
	if all := run(t, sample(t), "replay", "--verbose", file); strings.Count(all.err, "\n") != 100 {
		t.Error(all.err)
	}
}

func TestReplayAll(t *testing.T) {
	t.Parallel()
	shut := call("09:00:00", "UpdateProjectVisibility", `{"door":"front","to":"shut"}`)
	file := write(t, filepath.Join(t.TempDir(), "f"), shut+call("10:00:00", "UpdateProject", `{"lock":"l1","how":"twice"}`))
	findings, last := lines(t, run(t, sample(t), "replay", "--format", "json", file).out)
	if want := []string{"lock-picked 111122223333"}; !slices.Equal(findings, want) || last != summary(2, 2, 1, 0, 0) {
		t.Errorf("%q %s", findings, last)
	}
	findings, last = lines(t, run(t, sample(t), "replay", "--all", "--format", "json", file).out)
	if len(findings) != 3 || last != summary(2, 2, 1, 0, 0) {
		t.Errorf("%q %s", findings, last)
	}
}

// TestReplayKeepsMuchAside replays more than the spool holds in memory.
func TestReplayKeepsMuchAside(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	padding := `","x":"` + strings.Repeat("x", 64<<10)
	var text strings.Builder
	for i := range 3 * spoolMemory / (64 << 10) {
		text.WriteString(picked(fmt.Sprintf("09:%02d:%02d", 59-i/60, i%60), fmt.Sprintf("l%d%s", i, padding)) + "\n")
	}
	n := strings.Count(text.String(), "\n")
	file := write(t, filepath.Join(t.TempDir(), "f"), text.String())
	_, last := lines(t, run(t, sample(t), "replay", "--format", "json", file).out)
	if last != summary(n, n, n, 0, 0) {
		t.Error(last)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestReplayAccountsForEverySample replays all sample events by the real checks.
func TestReplayAccountsForEverySample(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	n := 0
	for _, raw := range events.All() {
		text.Write(raw)
		n++
	}
	p := offline(t, nil)
	p.in = strings.NewReader(text.String())
	got := run(t, p, "replay", "--format", "json", "-")
	_, last := lines(t, got.out)
	var s struct {
		Summary struct{ Records, Judged, Ignored, Malformed int }
	}
	if err := json.Unmarshal([]byte(last), &s); err != nil {
		t.Fatal(err)
	}
	if s.Summary.Records != n || s.Summary.Judged+s.Summary.Ignored != n || s.Summary.Judged == 0 || s.Summary.Malformed != 0 || got.err != "" {
		t.Errorf("%d samples: %s%s", n, last, got.err)
	}
}

// TestReplayOfTheCorpus holds what the real checks make of all sample events to a golden: a change that moves any verdict shows in it.
// Read as one stream or as files, by several at a time, it is the same.
func TestReplayOfTheCorpus(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	dir := t.TempDir()
	for name, raw := range events.All() {
		text.Write(raw)
		write(t, filepath.Join(dir, name), string(raw))
	}
	p := offline(t, nil)
	p.in = strings.NewReader(text.String())
	got := run(t, p, "replay", "-")
	golden(t, "replay-corpus.txt", got.out)
	if got.code != done || got.err != "" {
		t.Errorf("%d %s", got.code, got.err)
	}
	run(t, offline(t, nil), "replay", dir).want(t, done, got.out, "")
}

func TestReplayShowsProgressOnATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range manyFiles {
		write(t, filepath.Join(dir, fmt.Sprint(i)), looked("09:00:00"))
	}
	p := sample(t)
	p.watches = true
	got := run(t, p, "replay", dir)
	if !strings.Contains(got.err, "Reading 100 files ") || !strings.Contains(got.err, "100 records") || !strings.HasSuffix(got.err, "\n\n") {
		t.Errorf("%q", got.err)
	}
	if got := run(t, sample(t), "replay", dir); got.err != "" {
		t.Errorf("progress without a terminal: %q", got.err)
	}
}
