package drawing

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/inventory/inventorytest"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

func parts(t *testing.T, users []ledger.User, marks inventory.Marks) []inventory.Part {
	t.Helper()
	v, err := inventory.Read(inventorytest.All(users, nil), marks)
	if err != nil {
		t.Fatal(err)
	}
	return v.Parts()
}

// elements reads a drawing as XML, and gives its elements by name. A text is given with the class of what it stands in.
func elements(t *testing.T, svg []byte) (count map[string]int, texts map[string][]string) {
	t.Helper()
	count, texts = map[string]int{}, map[string][]string{}
	reader, within := xml.NewDecoder(strings.NewReader(string(svg))), ""
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return count, texts
		}
		if err != nil {
			t.Fatalf("it is no XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			within = e.Name.Local
			for _, a := range e.Attr {
				if a.Name.Local == "class" && within == "text" {
					within = a.Value
				}
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") || strings.Contains(a.Value, "url(") && a.Value != "url(#tip)" {
					t.Errorf("there is an attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			within = ""
		case xml.CharData:
			texts[within] = append(texts[within], string(e))
		}
	}
}

func TestSheet(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(3)
	svg, err := New().Sheet(t.Context(), parts(t, users, marks))
	if err != nil {
		t.Fatal(err)
	}
	elements(t, svg)
	file := filepath.Join("testdata", "three.svg")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, svg, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(svg)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// TestHostileNames has names that would be something else to HTML, to SVG or to d2, in every place that a name gets to.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		`<script>alert(1)</script>`, `"><image href="https://example.com/x"/>`, `' onload='alert(1)`, "line\nbreak\r\n\x00\x1b[31m", `]]>`, `&amp;&lt;`, `<!ENTITY x "y">`,
		`a -> b: {shape: image; icon: https://example.com/x.png}`, `x; y; z`, `|md # head |`, `${x}`, `*.style.fill: red`, `n0`, `n1 -> n2`, `_`, `#`, `@import`, `'''`, `style`, `near`,
		"\u202etxt.exe", "\xff\xfe", "", strings.Repeat("管", 500), strings.Repeat("stage ", 100),
	} {
		r := inventorytest.Resource
		pipe := r("pipeline", name)
		pipe.Account, pipe.Region = name, name
		marks := inventory.Marks{}
		marks.Add(r(name, name), finding.High)
		users := []ledger.User{inventorytest.Leaning(pipe, name, r(name, name), "build in stage "+name, r("buildproject", name), "store", r("bucket", "plain"))}
		a := New()
		all := parts(t, users, marks)
		one, err := a.Part(t.Context(), all[0])
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		two := append(slices.Clone(all), all...)
		sheet, err := a.Sheet(t.Context(), two)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		for _, svg := range [][]byte{one, sheet} {
			count, texts := elements(t, svg)
			for element := range count {
				if !slices.Contains([]string{"svg", "title", "desc", "defs", "marker", "path", "g", "rect", "text", "style"}, element) {
					t.Errorf("%q makes an element %s", name, element)
				}
			}
			if regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x{202e}]`).Match(svg) {
				t.Errorf("%q gets in as it is", name)
			}
			for _, text := range texts["name"] {
				if n := len([]rune(text)); n > mostColumns {
					t.Errorf("%q is %d characters long in its box", text, n)
				}
			}
		}
		if count, _ := elements(t, one); count["rect"] != len(all[0].Nodes) {
			t.Errorf("%q: %d boxes of %d", name, count["rect"], len(all[0].Nodes))
		}
	}
}

// A severity is told in words and by a sign, not by colour alone.
func TestWordsForColours(t *testing.T) {
	t.Parallel()
	for _, severity := range finding.Severities() {
		marks := inventory.Marks{}
		marks.Add(inventorytest.Resource("bucket", "store"), severity)
		all := parts(t, []ledger.User{inventorytest.Leaning(inventorytest.Resource("pipeline", "web"), "store", inventorytest.Resource("bucket", "store"))}, marks)
		svg, err := New().Part(t.Context(), all[0])
		if err != nil {
			t.Fatal(err)
		}
		_, texts := elements(t, svg)
		want := []string{"nothing open", signs[severity] + " 1 open, " + severity.String()}
		if diff := cmp.Diff(want, texts["state"]); diff != "" || signs[severity] == "" {
			t.Errorf("%s: want -, got +\n%s", severity, diff)
		}
		if !strings.Contains(strings.Join(texts["desc"], ""), "Bucket store: 1 open, "+severity.String()) {
			t.Errorf("%q", texts["desc"])
		}
	}
}

// TestManyPipelines draws 300: those that are built alike are arranged once, and the sheet has the overview alone.
func TestManyPipelines(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(300)
	all, a := parts(t, users, marks), New()
	size := 0
	for _, p := range all {
		svg, err := a.Part(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		size += len(svg)
	}
	if made := len(a.layouts.known); made > 12 {
		t.Errorf("%d arrangements of pipelines that are built in eight ways", made)
	}
	const most = 4 << 20
	if size > most {
		t.Errorf("the pictures have %d bytes", size)
	}
	sheet, err := a.Sheet(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if count, _ := elements(t, sheet); count["rect"] != len(all)+1 || len(sheet) > 1<<18 {
		t.Errorf("%d blocks for %d parts, %d bytes", count["rect"]-1, len(all), len(sheet))
	}
}

func TestEnough(t *testing.T) {
	t.Parallel()
	r := inventorytest.Resource
	star := func(n int) inventory.Part {
		u := inventorytest.Leaning(r("pipeline", "web"))
		for i := range n {
			u.Leans = append(u.Leans, ledger.Edge{On: r("bucket", fmt.Sprint(i)), As: "store"})
		}
		return parts(t, []ledger.User{u}, nil)[0]
	}
	a := New()
	a.layouts.most = 2
	for i, want := range []error{nil, nil, ErrEnough} {
		if _, err := a.Part(t.Context(), star(i+1)); !errors.Is(err, want) {
			t.Errorf("%d boxes: %v", i+2, err)
		}
	}
	if _, err := a.Part(t.Context(), star(2)); err != nil {
		t.Errorf("one that is built as another: %v", err)
	}
}

// TestALargePart has more than a picture holds: the nearest and the worst are drawn, and the sheet says that there is more.
func TestALargePart(t *testing.T) {
	t.Parallel()
	r, marks := inventorytest.Resource, inventory.Marks{}
	u := inventorytest.Leaning(r("pipeline", "web"))
	for i := range 60 {
		u.Leans = append(u.Leans, ledger.Edge{On: r("buildproject", fmt.Sprintf("build-%02d", i)), As: fmt.Sprintf("build in stage %d", i)})
	}
	marks.Add(r("buildproject", "build-59"), finding.Critical)
	all := parts(t, []ledger.User{u}, marks)
	svg, err := New().Sheet(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	count, texts := elements(t, svg)
	if count["rect"] != mostBoxes+1 || !slices.Contains(texts["name"], "build-59") || slices.Contains(texts["name"], "build-58") {
		t.Errorf("%d boxes: %q", count["rect"], texts["name"])
	}
	if diff := cmp.Diff([]string{"and 21 more resources: pipewarden inventory --pipeline web"}, texts["more"]); diff != "" {
		t.Error(diff)
	}
}

func TestDrawingThatIsStopped(t *testing.T) {
	t.Parallel()
	users, marks := inventorytest.Estate(1)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := New().Part(ctx, parts(t, users, marks)[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"short": "short", "abcdefghijklmnop": "abcdef…nop", "管管管管管管管管": "管管管…管", "": "", "a\nb": "a b",
	} {
		if got := cut(words, 10); got != want {
			t.Errorf("%q becomes %q, want %q", words, got, want)
		}
	}
	if got := wrapped("build in stage Production, and a duty that is long enough to need one line more than there are"); len(got) != labelLines || !strings.Contains(got[labelLines-1], "…") {
		t.Errorf("%q", got)
	}
}
