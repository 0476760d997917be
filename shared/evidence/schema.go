package evidence

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// The two schemas are read when they are first needed: whoever only writes needs neither.
var (
	fittingRecords  = sync.OnceValue(func() schema { return must(recordSchema) })
	fittingManifest = sync.OnceValue(func() schema { return must(manifestSchema) })
)

// schema is one of JSON Schema 2020-12 (json-schema.org).
type schema struct{ *jsonschema.Schema }

// must reads a schema of this package's own, which its tests read too.
func must(text []byte) schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	const name = "urn:pipewarden:evidence"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, document); err != nil {
		panic(err)
	}
	return schema{compiler.MustCompile(name)}
}

// fits says where a value, as encoding/json reads it, does not fit; nil where it does. It quotes nothing of what is there, which may be anything:
// the names in it are the schema's own.
func (s schema) fits(value any) error {
	var wrong *jsonschema.ValidationError
	if err := s.Validate(value); !errors.As(err, &wrong) {
		return err
	}
	all := faults(wrong)
	slices.SortFunc(all, func(a, b fault) int {
		return cmp.Or(strings.Compare(a.path, b.path), a.rank-b.rank, strings.Compare(a.text, b.text))
	})
	return fmt.Errorf("%s: %s", cmp.Or(all[0].path, "the whole"), all[0].text)
}

// fault is one thing that does not fit. Of several in one place that of the lowest rank is told.
type fault struct {
	path string
	rank int
	text string
}

// faults are those at the ends of what is nested as the schema is.
func faults(e *jsonschema.ValidationError) []fault {
	if len(e.Causes) == 0 {
		rank, text := worded(e.ErrorKind)
		return []fault{{path(e.InstanceLocation), rank, text}}
	}
	var all []fault
	for _, cause := range e.Causes {
		all = append(all, faults(cause)...)
	}
	return all
}

// path is where it is, as records[0].after.
func path(location []string) string {
	var b strings.Builder
	for _, part := range location {
		switch {
		case strings.Trim(part, "0123456789") == "":
			b.WriteString("[" + part + "]")
		case b.Len() > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

func worded(k jsonschema.ErrorKind) (rank int, text string) {
	switch k := k.(type) {
	case *kind.Type:
		return 0, "it is no " + k.Want[0]
	case *kind.Required:
		return 1, "it has no " + slices.Min(k.Missing)
	case *kind.AdditionalProperties:
		return 2, "it has a member that there is not"
	case *kind.Enum, *kind.Const:
		return 3, "it is none of the values that there are"
	case *kind.Pattern:
		return 4, "it is not written as it is to be"
	case *kind.Minimum:
		return 5, "it is too small"
	case *kind.MinLength:
		return 6, "it is too short"
	case *kind.MinItems:
		return 7, "it has too few items"
	}
	return 8, "it does not fit"
}
