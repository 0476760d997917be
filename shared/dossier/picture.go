package dossier

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// drawn lets a drawing into the page. Whoever drew it has escaped the names in it; it is read here once more, so that nothing which runs,
// or asks anybody for anything, gets in.
func drawn(svg []byte) (template.HTML, error) {
	begin := bytes.Index(svg, []byte("<svg"))
	if begin < 0 {
		return "", errors.New("it is no drawing")
	}
	svg = svg[begin:]
	reader := xml.NewDecoder(bytes.NewReader(svg))
	depth := 0
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return template.HTML(svg), nil //nolint:gosec // every element and attribute was looked at
		}
		if err != nil {
			return "", fmt.Errorf("read it: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			err = harmless(t)
		case xml.EndElement:
			depth--
		case xml.Directive, xml.ProcInst:
			err = errors.New("there is a declaration within")
		}
		if err != nil {
			return "", err
		}
		if depth == 0 && reader.InputOffset() < int64(len(svg)) {
			if rest := bytes.TrimSpace(svg[reader.InputOffset():]); len(rest) > 0 {
				return "", errors.New("something follows it")
			}
		}
	}
}

// known are the elements that a drawing may have.
const known = " svg g path rect circle ellipse line polyline polygon text tspan title desc defs style marker linearGradient radialGradient stop clipPath pattern use a "

// svgSpace is the namespace of drawings (https://www.w3.org/TR/SVG2/struct.html#Namespace).
const svgSpace = "http://www.w3.org/2000/svg"

// harmless refuses what runs or leads elsewhere.
func harmless(e xml.StartElement) error {
	if e.Name.Space != "" && e.Name.Space != svgSpace || !strings.Contains(known, " "+e.Name.Local+" ") {
		return fmt.Errorf("there is an element %.20q in it", e.Name.Local)
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
		leads := name == "href" || name == "src"
		if strings.HasPrefix(name, "on") || leads && !strings.HasPrefix(value, "#") || strings.Contains(value, "url(") && !strings.Contains(value, "url(#") {
			return fmt.Errorf("there is an attribute %.20q in it", a.Name.Local)
		}
	}
	return nil
}
