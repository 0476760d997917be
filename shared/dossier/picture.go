package dossier

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"
)

// drawing is one that is read and written again, piece by piece: what a reader of XML takes for text, a reader of HTML may take for markup.
type drawing struct {
	out    strings.Builder
	open   []string
	prefix string          // of its ids: there are other drawings on the page
	ids    map[string]bool // that it has
}

// drawn lets a drawing into the page. Whoever drew it has escaped the names in it; it is read here once more, so that nothing which runs,
// or asks anybody for anything, gets in.
func drawn(svg []byte, prefix string) (template.HTML, error) {
	begin := bytes.Index(svg, []byte("<svg"))
	if begin < 0 {
		return "", errors.New("it is no drawing")
	}
	svg = svg[begin:]
	reader, d := xml.NewDecoder(bytes.NewReader(svg)), &drawing{prefix: prefix, ids: map[string]bool{}}
	for _, id := range regexp.MustCompile(`\sid=["']([^"']+)["']`).FindAllSubmatch(svg, -1) {
		d.ids[string(id[1])] = true
	}
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return template.HTML(d.out.String()), nil //nolint:gosec // every piece of it was looked at
		}
		if err != nil {
			return "", fmt.Errorf("read it: %w", err)
		}
		if err := d.take(token); err != nil {
			return "", err
		}
		if len(d.open) == 0 && len(bytes.TrimSpace(svg[reader.InputOffset():])) > 0 {
			return "", errors.New("something follows it")
		}
	}
}

// take takes a piece over. Comments are left out.
func (d *drawing) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return d.element(t)
	case xml.EndElement:
		d.open = d.open[:len(d.open)-1]
		d.out.WriteString("</" + t.Name.Local + ">")
	case xml.CharData:
		d.out.WriteString(template.HTMLEscapeString(string(t)))
	case xml.Directive, xml.ProcInst:
		return errors.New("there is a declaration within")
	}
	return nil
}

// What a drawing may have: these elements, and attributes of such names. Within a title or a description there is text alone, for HTML reads
// elements there as its own (https://html.spec.whatwg.org/multipage/parsing.html#html-integration-point).
const (
	known    = " svg g path rect circle ellipse line polyline polygon text tspan title desc defs style marker linearGradient radialGradient stop clipPath pattern use a "
	texts    = " title desc "
	svgSpace = "http://www.w3.org/2000/svg"
)

// element refuses what runs or leads elsewhere.
func (d *drawing) element(e xml.StartElement) error {
	name := e.Name.Local
	within := ""
	if n := len(d.open); n > 0 {
		within = d.open[n-1]
	}
	if e.Name.Space != "" && e.Name.Space != svgSpace || !strings.Contains(known, " "+name+" ") || strings.Contains(texts, " "+within+" ") {
		return fmt.Errorf("there is an element %.20q in it", name)
	}
	d.open = append(d.open, name)
	d.out.WriteString("<" + name)
	for _, a := range e.Attr {
		if err := d.attribute(a); err != nil {
			return err
		}
	}
	d.out.WriteString(">")
	return nil
}

func (d *drawing) attribute(a xml.Attr) error {
	if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Space == "xml" || strings.HasSuffix(a.Name.Space, "/namespace") {
		return nil // nobody needs it within HTML
	}
	name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
	leads := name == "href" || name == "src"
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9-]*$`).MatchString(name), strings.HasPrefix(name, "on"),
		leads && !strings.HasPrefix(value, "#"), strings.Contains(value, "url(") && !strings.Contains(value, "url(#"):
		return fmt.Errorf("there is an attribute %.20q in it", a.Name.Local)
	}
	d.out.WriteString(" " + a.Name.Local + `="` + template.HTMLEscapeString(d.own(name, a.Value)) + `"`)
	return nil
}

// own gives the ids in an attribute the drawing's prefix. What is not an id of its own leads into the page.
func (d *drawing) own(name, value string) string {
	rename := func(id string) string {
		if d.ids[id] {
			return d.prefix + id
		}
		return id
	}
	switch name {
	case "id":
		return d.prefix + value
	case "href":
		return "#" + rename(strings.TrimPrefix(value, "#"))
	case "aria-labelledby", "aria-describedby":
		all := strings.Fields(value)
		for i := range all {
			all[i] = rename(all[i])
		}
		return strings.Join(all, " ")
	}
	return regexp.MustCompile(`url\(#[^)]*\)`).ReplaceAllStringFunc(value, func(url string) string {
		return "url(#" + rename(strings.TrimSuffix(strings.TrimPrefix(url, "url(#"), ")")) + ")"
	})
}
