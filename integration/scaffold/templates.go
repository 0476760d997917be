package main

// checkFiles is the folder of a new check. Its tests fail until the check has cases and a doc.
var checkFiles = map[string]string{
	"check.go": `// Package {{package}} finds …
package {{package}}

import (
	_ "embed"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/{{kind}}"
)

//go:embed doc.md
var doc string

// Check is {{id}}.
var Check = &check.Check{
	ID:       "{{id}}",
	Doc:      doc,
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
	_ "embed"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

//go:embed doc.md
var doc string

// Remedy is {{id}}.
var Remedy = &remedy.Remedy{
	ID:    "{{id}}",
	Doc:   doc,
	Risk:  remedy.Disruptive,
	Plan:  plan,
	Apply: apply,
	Undo:  undo,
}

func plan(context.Context, aws.Config, finding.Finding) (remedy.Plan, error) {
	return remedy.Plan{}, &remedy.RefusedError{Why: "{{id}} is not written yet."}
}

func apply(context.Context, aws.Config, remedy.Plan) error {
	return &remedy.RefusedError{Why: "{{id}} is not written yet."}
}

func undo(context.Context, aws.Config, remedy.Plan) error {
	return &remedy.RefusedError{Why: "{{id}} is not written yet."}
}
`,
	"remedy_test.go": `package {{package}}

import "testing"

func TestAppliesOnceAndUndoes(t *testing.T) {
	t.Parallel()
	t.Error("apply, apply again (no change), undo, and find the resource as it was; and refuse when it moved")
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
