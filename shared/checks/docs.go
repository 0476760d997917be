// Package checks lists every check; each is in a folder of its own.
package checks

import (
	"embed"

	"github.com/pipewarden/pipewarden/shared/check"
)

//go:embed */doc.md
var docs embed.FS

// Documented lists every check with its doc. The functions do without: they would carry a quarter of a megabyte each, of which they show two sentences.
func Documented() []*check.Check {
	list := All()
	for i, c := range list {
		doc, err := docs.ReadFile(c.ID + "/doc.md")
		if err != nil {
			panic(err) // each folder has one, which a test sees to
		}
		whole := *c
		whole.Doc = string(doc)
		list[i] = &whole
	}
	return list
}
