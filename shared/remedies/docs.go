// Package remedies lists every remedy; each is in a folder of its own.
package remedies

import (
	"embed"

	"github.com/pipewarden/pipewarden/shared/remedy"
)

//go:embed */doc.md
var docs embed.FS

// Documented lists every remedy with its doc, which the functions do without.
func Documented() []*remedy.Remedy {
	list := All()
	for i, r := range list {
		doc, err := docs.ReadFile(r.ID + "/doc.md")
		if err != nil {
			panic(err) // each folder has one, which a test sees to
		}
		whole := *r
		whole.Doc = string(doc)
		list[i] = &whole
	}
	return list
}
