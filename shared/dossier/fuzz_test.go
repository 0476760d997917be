package dossier

import (
	"encoding/xml"
	"strings"
	"testing"
)

// FuzzDrawn: whatever gets into the page is one well-formed drawing, which has no script.
func FuzzDrawn(f *testing.F) {
	for _, seed := range []string{
		"", "<svg></svg>", "<svg/>x", "<svg><g></svg>", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>a &lt; b</title><a href="#x"/></svg>`,
		"<svg><script>x</script></svg>", "<svg><!-- --><p/></svg>", "<svg><![CDATA[</svg><script>]]></svg>", `<svg onload="x"/>`, "<svg></svg><svg></svg>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, svg []byte) {
		got, err := drawn(svg, "p0-")
		if err != nil {
			if got != "" {
				t.Errorf("%q is refused and shown", svg)
			}
			return
		}
		if !strings.HasPrefix(string(got), "<svg") || strings.Contains(strings.ToLower(string(got)), "<script") {
			t.Errorf("%q gets into the page", got)
		}
		if err := xml.Unmarshal([]byte(got), &struct{}{}); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	})
}
