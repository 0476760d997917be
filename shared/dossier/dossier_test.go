package dossier_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
)

var update = flag.Bool("update", false, "write the goldens")

// memory is a place for files that lasts as long as a test.
type memory struct {
	mu    sync.Mutex
	files map[string]string
}

func (m *memory) Put(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = b.String()
	return nil
}

// known is an assessment that the tests of the assessment keep: small, empty or scan.
func known(t *testing.T, name string) *assessment.Assessment {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "assessment", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	a := &assessment.Assessment{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(a); err != nil {
		t.Fatal(err)
	}
	return a
}

// built gives an assessment that was made already.
func built(a *assessment.Assessment) dossier.Build {
	return func(_ context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		var all []error
		for _, f := range a.Findings.Rows {
			all = append(all, sink.Finding(f))
		}
		for _, one := range a.Actions.Rows {
			all = append(all, sink.Action(one))
		}
		return a, errors.Join(all...)
	}
}

// written are the files of an assessment's report.
func written(t *testing.T, a *assessment.Assessment, pictures ...dossier.Picture) map[string]string {
	t.Helper()
	m := &memory{files: map[string]string{}}
	drawn := dossier.Pictures{Columns: []string{"User", "Uses"}}
	if len(pictures) > 0 {
		drawn.All = func(yield func(dossier.Picture, error) bool) {
			for _, p := range pictures {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
	if _, err := dossier.Write(t.Context(), m, built(a), drawn); err != nil {
		t.Fatal(err)
	}
	return m.files
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want -, got +\n%s", file, diff)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	a := known(t, "small")
	files := written(t, a)
	for _, name := range dossier.Names() {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
		if filepath.Ext(name) == ".csv" {
			golden(t, name, files[name])
		}
	}
	if len(files) != len(dossier.Names()) {
		t.Errorf("%d files", len(files))
	}
	again := &assessment.Assessment{}
	if err := json.Unmarshal([]byte(files[dossier.JSON]), again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, again); diff != "" {
		t.Errorf("the JSON says something else: %s", diff)
	}
	golden(t, "lines.txt", strings.Join(dossier.Lines(a), "\n")+"\n")
	golden(t, "lines-empty.txt", strings.Join(dossier.Lines(known(t, "empty")), "\n")+"\n")
	golden(t, "lines-scan.txt", strings.Join(dossier.Lines(known(t, "scan")), "\n")+"\n")
}

// hostile is what somebody may call a resource.
const hostile = "=cmd|'/c calc'!A0\"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{.}}${x}`'&amp;\x00\x1b[31m]]>-->"

// spoil puts a text into every string that a value holds.
func spoil(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), text)
		}
	case reflect.Struct:
		if v.Type().String() == "time.Time" {
			return
		}
		for i := range v.NumField() {
			spoil(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), text)
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String {
			for _, k := range v.MapKeys() {
				v.SetMapIndex(k, reflect.ValueOf(text).Convert(v.Type().Elem()))
			}
		}
	case reflect.String:
		if v.CanSet() && v.Type().Name() == "string" { // states and verdicts are the program's own
			v.SetString(text)
		}
	}
}

// TestHostileNames lets every text of an assessment be one that attacks. Days must be days, and checks are found by their IDs.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	a := known(t, "small")
	days, ids := a.Trend, map[string]string{}
	a.Trend = nil
	for _, c := range a.Checks {
		ids[c.ID] = hostile + c.ID
	}
	spoil(reflect.ValueOf(a), hostile)
	a.Trend = days
	clean := known(t, "small")
	for i := range a.Checks {
		a.Checks[i].ID = ids[clean.Checks[i].ID]
	}
	for i := range a.Frameworks {
		for j := range a.Frameworks[i].Controls {
			for k, id := range clean.Frameworks[i].Controls[j].Checks {
				a.Frameworks[i].Controls[j].Checks[k] = ids[id]
			}
		}
	}
	files := written(t, a, dossier.Picture{Title: hostile, Account: hostile, Open: 1, Rows: [][]string{{hostile, hostile}}})
	page := files[dossier.Page]
	inspect(t, page)
	for _, bad := range []string{"\u202e", "\x1b", "\x00", "<img", "alert(1)</script>", "<script>alert"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, name := range dossier.Names() {
		if filepath.Ext(name) != ".csv" {
			continue
		}
		for _, row := range rows(t, files[name])[1:] {
			for _, cell := range row {
				if strings.IndexAny(cell, "=+-@\t\r") == 0 || strings.ContainsAny(cell, "\x00\x1b\u202e\n") {
					t.Errorf("%s: cell %q", name, cell)
				}
			}
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, begin := range []string{"=", "+", "-", "@", "\t=", "\r=", " =", "＝"} {
		a := known(t, "small")
		a.Findings.Rows[0].Title = begin + "1+1"
		a.Actions.Rows[0].Summary = begin + "1+1"
		a.Exemptions[0].Owner = begin + "1+1"
		a.Frameworks[0].Controls[0].Title = begin + "1+1"
		files := written(t, a)
		for name, column := range map[string]string{dossier.Findings: "title", dossier.Actions: "summary", dossier.Exemptions: "owner", dossier.Controls: "title"} {
			all := rows(t, files[name])
			for i, head := range all[0] {
				if head == column && !strings.HasPrefix(all[1][i], "'") {
					t.Errorf("%s: %q stands as %q", name, begin, all[1][i])
				}
			}
		}
	}
}

func rows(t *testing.T, table string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "report")
	folder, err := dossier.NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	put := func(text string, fails error) error {
		return folder.Put("report.html", func(out io.Writer) error {
			_, err := io.WriteString(out, text)
			return errors.Join(err, fails)
		})
	}
	if err := put("old", nil); err != nil {
		t.Fatal(err)
	}
	torn := errors.New("torn")
	if err := put("half", torn); !errors.Is(err, torn) {
		t.Errorf("%v", err)
	}
	if got, err := os.ReadFile(filepath.Join(path, "report.html")); err != nil || string(got) != "old" {
		t.Errorf("%q, %v", got, err)
	}
	if left, err := os.ReadDir(path); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := folder.Put("../outside", func(io.Writer) error { return nil }); err == nil {
		t.Error("it writes outside of the folder")
	}
}

func TestABuildThatFailsWritesNothing(t *testing.T) {
	t.Parallel()
	m, torn := &memory{files: map[string]string{}}, errors.New("torn")
	_, err := dossier.Write(t.Context(), m, func(context.Context, assessment.Sink) (*assessment.Assessment, error) { return nil, torn }, dossier.Pictures{})
	if !errors.Is(err, torn) || len(m.files) != 0 {
		t.Errorf("%v, %v", err, m.files)
	}
}
