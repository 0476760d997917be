package dossier_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
)

var (
	script = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	style  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// page is what an inspection goes by.
type page struct {
	t        *testing.T
	open     []string
	count    map[string]int
	heading  int
	ids      map[string]bool
	links    []string
	captions int // tables that wait for theirs
}

// inspect reads a page as strictly as XML, but for what HTML leaves open, and holds it to what makes it safe and readable.
func inspect(t *testing.T, text string) *page {
	t.Helper()
	p := &page{t: t, count: map[string]int{}, ids: map[string]bool{}}
	p.closed(text)
	text = style.ReplaceAllString(script.ReplaceAllString(text, "<script></script>"), "<style></style>")
	reader := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "<!DOCTYPE html>\n")))
	reader.Strict, reader.AutoClose, reader.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("read the page at %d: %v", reader.InputOffset(), err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			p.element(e)
		case xml.EndElement:
			if p.open[len(p.open)-1] != e.Name.Local {
				t.Fatalf("%s ends within %s at %d", e.Name.Local, p.open[len(p.open)-1], reader.InputOffset())
			}
			p.open = p.open[:len(p.open)-1]
		}
	}
	p.whole()
	return p
}

// closed says whether the page can ask anybody for anything, or run anything but its own script.
func (p *page) closed(text string) {
	scripts := script.FindAllStringSubmatch(text, -1)
	if len(scripts) != 1 || strings.Count(text, "<script") != 1 {
		p.t.Fatalf("%d scripts", strings.Count(text, "<script"))
	}
	sum := sha256.Sum256([]byte(scripts[0][1]))
	policy := "default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;sha256-" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;"
	if !strings.Contains(text, policy) {
		p.t.Errorf("the page has not the policy %s", policy)
	}
	for _, css := range style.FindAllString(text, -1) {
		if regexp.MustCompile(`url\(|@import|https?:`).MatchString(css) {
			p.t.Error("the style asks for something")
		}
	}
	if strings.Contains(text, "ZgotmplZ") {
		p.t.Error("something was put where it is not safe")
	}
}

func (p *page) element(e xml.StartElement) {
	name := e.Name.Local
	if len(p.open) > 0 && p.open[len(p.open)-1] == "table" && p.captions > 0 {
		if name != "caption" {
			p.t.Errorf("a table begins with %s, not with its caption", name)
		}
		p.captions = 0
	}
	p.open = append(p.open, name)
	p.count[name]++
	if name == "table" {
		p.captions++
	}
	if level := strings.Index("h1h2h3h4", name); len(name) == 2 && level >= 0 && level%2 == 0 {
		if level = level/2 + 1; level > p.heading+1 {
			p.t.Errorf("h%d follows on h%d", level, p.heading)
		}
		p.heading = level
	}
	has := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local] = a.Value
		p.attribute(name, a)
	}
	if name == "th" && has["scope"] == "" {
		p.t.Error("a head of a column or a row does not say which")
	}
	if name == "html" && has["lang"] != "en" {
		p.t.Error("the page does not say its language")
	}
}

func (p *page) attribute(element string, a xml.Attr) {
	switch name := a.Name.Local; {
	case name == "id":
		if p.ids[a.Value] {
			p.t.Errorf("two elements have the id %s", a.Value)
		}
		p.ids[a.Value] = true
	case name == "href" && element == "use":
		p.links = append(p.links, a.Value)
	case name == "href":
		if !strings.HasPrefix(a.Value, "#") {
			p.t.Errorf("%s leads to %s", element, a.Value)
		}
		p.links = append(p.links, a.Value)
	case name == "src" || strings.HasPrefix(name, "on") || name == "action" || name == "srcset":
		p.t.Errorf("%s has %s", element, name)
	}
}

// whole says whether everything that a reader finds the way by is there.
func (p *page) whole() {
	for _, link := range p.links {
		if !p.ids[strings.TrimPrefix(link, "#")] {
			p.t.Errorf("nothing is at %s", link)
		}
	}
	for _, one := range []string{"h1", "header", "nav", "main", "footer", "title"} {
		if n := p.count[one]; n != 1 && (one != "title" || n == 0) {
			p.t.Errorf("%d times %s", n, one)
		}
	}
	if p.count["details"] != p.count["summary"] {
		p.t.Errorf("%d details and %d summaries", p.count["details"], p.count["summary"])
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	for name, says := range map[string][]string{
		"small": {
			"1 finding is open, 1 high", "76.1%", "supported, no open findings, 1 act in the period", "outside of what this can show", "fa7a7676.4",
			"put right by pipewarden, approved by carol", "pipewarden approve YRN982VQ", "shop (444455556666)", `<svg class="chart"`, "var(--high)", "lock-picked",
		},
		"empty": {"Nothing is open.", "Nothing was judged in the period.", "Nothing waits for a decision.", "None held in the period.", "Nothing is known yet of what leans on what."},
		"scan":  {"This is one look", "A scan changes nothing.", "Account 111122223333, eu-west-1", "There is no trend of less than two days."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := written(t, known(t, name))[dossier.Page]
			inspect(t, text)
			for _, one := range says {
				if !strings.Contains(text, one) {
					t.Errorf("it does not say %q", one)
				}
			}
			if regexp.MustCompile(`(?i)satisfied|compliant|complies`).MatchString(text) {
				t.Error("it says more than that checks support a control")
			}
		})
	}
}

func TestWhatIsLeftOutIsSaid(t *testing.T) {
	t.Parallel()
	a := known(t, "small")
	a.Findings.Total, a.Findings.Omitted = 100_007, 100_000
	a.Actions.Omitted, a.Findings.Cut = 12, 3
	text := written(t, a)[dossier.Page]
	for _, one := range []string{"100,007 findings", "Here are 7 of them. All of them are in findings.csv.", "All of them are in actions.csv.", "Of 3 findings more happened than is kept"} {
		if !strings.Contains(text, one) {
			t.Errorf("it does not say %q", one)
		}
	}
}

func TestColoursCanBeTold(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, _ := strings.Cut(string(raw), "prefers-color-scheme: dark")
	dark, _, _ = strings.Cut(dark, "@media print")
	colours := func(css string) map[string]string {
		all := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
			all[m[1]] = m[2]
		}
		return all
	}
	for name, c := range map[string]map[string]string{"light": colours(light), "dark": colours(dark)} {
		for _, pair := range []string{
			"ink bg", "ink card", "muted bg", "muted card", "muted plain-bg", "accent bg", "accent card", "on critical", "on high", "on medium", "on low", "on info",
			"clear clear-bg", "clear card", "unjudged unjudged-bg", "high card",
		} {
			front, back, _ := strings.Cut(pair, " ")
			if got := contrast(t, c[front], c[back]); got < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f: 4.5 is the least", name, front, back, got)
			}
		}
	}
}

// contrast is the ratio of two colours (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light := func(colour string) float64 {
		if len(colour) != 7 {
			t.Fatalf("%q is no colour", colour)
		}
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// The chart is drawn in whole numbers that are equally far apart, and whatever is drawn in it has a colour of the page.
func TestTrend(t *testing.T) {
	t.Parallel()
	for _, top := range []int{0, 1, 3, 5, 6, 7, 9, 11, 13, 26, 40_000, 40_001} {
		a := known(t, "small")
		for i := range a.Trend {
			a.Trend[i].Open = assessment.Severities{High: top}
		}
		text := written(t, a)[dossier.Page]
		svg := text[strings.Index(text, "<svg"):strings.Index(text, "</svg>")]
		if strings.Contains(svg, "rgb(") || strings.Contains(svg, "Roboto") {
			t.Errorf("a top of %d is drawn in colours, or letters, of its own", top)
		}
		if regexp.MustCompile(`>\d+\.\d+<`).MatchString(svg) {
			t.Errorf("a top of %d has parts of findings", top)
		}
		var marks []int
		for _, label := range regexp.MustCompile(`>([0-9,]+)<`).FindAllStringSubmatch(svg, -1) {
			n, err := strconv.Atoi(strings.ReplaceAll(label[1], ",", ""))
			if err != nil {
				t.Fatal(err)
			}
			marks = append(marks, n)
		}
		slices.Sort(marks)
		if n := len(marks); n < 2 || n > 6 || marks[0] != 0 || marks[n-1] < top || marks[n-2] >= max(top, 1) {
			t.Fatalf("a top of %d has the marks %v", top, marks)
		}
		for i, n := range marks {
			if n != i*marks[1] {
				t.Errorf("a top of %d has marks that are not equally far apart: %v", top, marks)
			}
		}
	}
}
