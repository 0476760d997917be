package main

// checkFiles is the folder of a new check. Its tests fail until the check has cases and a doc.
var checkFiles = map[string]string{
	"check.go": `// Package {{package}} finds …
package {{package}}

import (
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/{{kind}}"
)

// Check is {{id}}.
var Check = &check.Check{
	ID:       "{{id}}",
	Severity: finding.Medium,
	Reads:    {{kind}}.Kind,
	Run:      run,
}

func run(p *check.Pass) {
	state := check.State[{{kind}}.State](p)
	_ = state
	p.Skip("It is not judged yet.")
}
`,
	"check_test.go": `package {{package}}

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/{{kind}}"
)

func Test(t *testing.T) {
	t.Parallel()
	checktest.Run[{{kind}}.State](t, Check)
}
`,
	"doc.md": `# One sentence: what is wrong

## Why it matters

## What fails it

## How to fix it

## False alarms

## Sources
`,
	"testdata/fires.json": `{
  "about": "What the case shows, in one sentence.",
  "state": {},
  "want": {"outcome": "fail"}
}
`,
}

// remedyFiles is the folder of a new remedy.
var remedyFiles = map[string]string{
	"remedy.go": `// Package {{package}} puts right …
package {{package}}

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/{{kind}}"
)

// Remedy is {{id}}.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "{{id}}", Risk: remedy.Disruptive,
	On: []resource.Source{
		{{kind}}.Kind,
	},
	Reads:  []string{},
	Grants: []remedy.Grant{},
}, remedy.Change[part]{What: "what of", Read: read, Aim: aim, Requests: requests})

// part is what is touched of the resource, and nothing else.
type part struct{}

func read(context.Context, aws.Config, resource.Ref, *part) (part, error) {
	return part{}, nil
}

func aim(context.Context, aws.Config, remedy.Case, resource.Ref, part) (remedy.Aim[part], error) {
	return remedy.Aim[part]{}, &remedy.RefusedError{Why: "{{id}} is not written yet."}
}

func requests(resource.Ref, part, part) ([]remedy.Request, error) {
	return nil, nil
}
`,
	"remedy_test.go": `package {{package}}

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/{{kind}}"
)

func Test(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy,
		Case:   remedy.Case{Finding: remedytest.Finding("", {{kind}}.Kind.Name, "one")},
		Calls:  []string{},
		World: func(t *testing.T) remedytest.World {
			return remedytest.World{Fake: awstest.New(t), State: func() any { return nil }, Move: func() {}}
		},
	})
}
`,
	"doc.md": `# One sentence: what it does

## What it does

## What it can break

## Undo

## Who must agree

## Sources
`,
}
