package rules_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/integration/rules"
	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// allowed says which of the repository's own packages a folder may import. The first pattern that fits a folder counts;
// tests may import more, but never what only infra may.
var allowed = []struct {
	folder  string
	imports string
}{
	{`shared/(event|identity|pattern|policy|finding)`, `^$`},
	{`shared/(awserr|definition|secret)`, `^$`},
	{`shared/privilege`, `^shared/policy$`},
	{`shared/heartbeat`, `^shared/event$`},
	{`shared/tariff`, `^shared/heartbeat$`},
	{`shared/intent`, `^shared/(check|resource)$`},
	{`shared/resource`, `^shared/event$`},
	{`shared/resource/[a-z]+`, `^shared/(resource(/[a-z]+)?|event|heartbeat|pattern|policy|privilege|secret|awserr|identity)$`},
	{`shared/delivery/deliverytest`, `^shared/delivery$`},
	{`shared/history/historytest`, `^shared/(check|check/checktest|finding|resource)$`},
	{`shared/delivery`, `^shared/(check|event|finding|identity|resource(/[a-z]+)?)$`},
	{`shared/check`, `^shared/(event|identity|finding|resource)$`},
	{`shared/check/checktest`, `^(events|shared/(check|event|identity|finding|resource))$`},
	{`shared/history`, `^shared/(check|definition|delivery|event|finding)$`},
	{`shared/controls`, `^shared/check$`},
	{`shared/framework`, `^shared/check$`},
	{`shared/checks`, `^shared/(check|checks/[a-z0-9-]+)$`},
	{`shared/checks/remediable`, `^shared/(check|checks/[a-z0-9-]+)$`},
	{`shared/checks/[a-z0-9-]+`, `^shared/(check|controls|finding|event|heartbeat|identity|intent|pattern|policy|privilege|definition|secret|delivery|history|resource|resource/[a-z]+)$`},
	{`shared/settings`, `^shared/finding$`},
	{`shared/remedy`, `^shared/(finding|resource|settings)$`},
	{`shared/remedy/remedytest`, `^shared/(remedy|finding|resource(/[a-z]+)?|awserr|awstest)$`},
	{`shared/remedies`, `^shared/(remedy|remedies/[a-z0-9-]+)$`},
	{`shared/remedies/[a-z0-9-]+`, `^shared/(remedy|definition|finding|ledger|resource(/[a-z]+)?|policy|awserr)$`},
	{`shared/engine`, `^shared/(check|event|finding|identity|memo|resource|awserr)$`},
	{`shared/ledger(/ledgertest)?`, `^shared/(finding|settings|awserr|ledger)$`},
	{`shared/announce`, `^shared/(finding|settings)$`},
	{`shared/organization`, `^shared/awserr$`},
	{`shared/blueprint`, `^shared/(announce|check|checks|deployment|engine|event|evidence|heartbeat|ledger|organization|publisher|queue|remediator|remedies|remedy|resource/role|settings|slack|sweeper|exporter|report)$`},
	{`shared/report`, `^shared/finding$`},
	{`shared/slack/outline`, `^shared/(announce|finding|settings)$`},
	{`shared/slack`, `^shared/(announce|awserr|finding|settings|slack/outline)$`},
	{`shared/amazonq`, `^shared/(announce|finding|slack|slack/outline)$`},
	{`shared/notifier`, `^shared/(amazonq|announce|awserr|finding|ledger|queue|settings|slack|slack/outline|telemetry)$`},
	{`functions/notifier`, `^shared/(amazonq|announce|deployment|notifier|slack|telemetry)$`},
	{`shared/queue`, `^shared/(event|finding|resource|settings)$`},
	{`shared/(telemetry|awstest|archive)`, `^$`},
	{`shared/sweeper`, `^shared/(awserr|heartbeat|ledger|organization|queue|resource)$`},
	{`shared/memo`, `^shared/(awserr|resource)$`},
	{`shared/auditor`, `^shared/(announce|awserr|check|engine|event|finding|heartbeat|identity|ledger|queue|remedy|resource|settings|telemetry)$`},
	{`shared/responder`, `^shared/(announce|awserr|finding|ledger|queue|remediator|settings|slack|slack/outline|telemetry)$`},
	{`shared/remediator`, `^shared/(announce|awserr|engine|finding|intent|ledger|queue|remedy|resource|settings|telemetry)$`},
	{`shared/reporter`, `^shared/(announce|finding|heartbeat|ledger|queue|settings|telemetry)$`},
	{`shared/deployment`, `^shared/(awserr|check|engine|finding|heartbeat|identity|ledger|organization|queue|remedy|resource|resource/role|settings)$`},
	{`shared/coverage`, `^shared/(finding|heartbeat|ledger)$`},
	{`shared/inventory`, `^shared/(finding|ledger)$`},
	{`shared/assessment`, `^shared/(check|coverage|finding|framework|ledger|settings)$`},
	{`shared/inventory/inventorytest`, `^shared/(finding|inventory|ledger)$`},
	{`shared/inventory/drawing`, `^shared/(dossier|finding|inventory|report)$`}, // it links d2: nothing that a function is built of may import it
	{`shared/dossier`, `^shared/(assessment|finding|inventory|report)$`},
	{`functions/(auditor|sweeper|notifier)`, `^shared/(announce|auditor|checks|deployment|organization|queue|settings|sweeper|telemetry)$`},
	{`functions/responder`, `^shared/(announce|deployment|queue|responder|slack|telemetry)$`},
	{`shared/asff`, `^shared/(finding|ledger|report)$`},
	{`shared/exporter`, `^shared/(announce|asff|awserr|finding|ledger|queue|report|settings|telemetry)$`},
	{`shared/evidence`, `^shared/(awserr|finding|ledger|remedy|telemetry)$`},
	{`functions/archivist`, `^shared/(deployment|evidence|telemetry)$`},
	{`functions/exporter`, `^shared/(announce|asff|deployment|exporter|telemetry|report)$`},
	{`functions/reporter`, `^shared/(announce|deployment|queue|reporter|telemetry)$`},
	{`functions/remediator`, `^shared/(announce|checks/remediable|deployment|queue|remediator|remedies|telemetry)$`},
	{`shared/publisher`, `^shared/(announce|assessment|dossier|finding|inventory|ledger|telemetry)$`},
	{`functions/publisher`, `^shared/(announce|assessment|coverage|deployment|evidence|framework|publisher|telemetry)$`},
	{`events`, `^$`},
	{`infra`, `^shared/`},
	{`cmd/pipewarden`, `^shared/`},
	{`integration(/.*)?`, `^(shared|integration|events|cmd|infra)(/|$)`},
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Tree(t) {
		if f.Test() {
			continue
		}
		i := slices.IndexFunc(allowed, func(a struct{ folder, imports string }) bool {
			return regexp.MustCompile(`^(` + a.folder + `)$`).MatchString(f.Folder())
		})
		if i < 0 {
			t.Errorf("%s: no rule says what this folder may import: add one to the table in integration/rules", f.Path)
			continue
		}
		for _, path := range f.Imports() {
			own := strings.HasPrefix(path, "shared/") || strings.HasPrefix(path, "integration") || strings.HasPrefix(path, "functions/") ||
				strings.HasPrefix(path, "infra") || strings.HasPrefix(path, "cmd/") || path == "events"
			if own && !regexp.MustCompile(allowed[i].imports).MatchString(path) {
				t.Errorf("%s may not import %s (allowed: %s)", f.Path, path, allowed[i].imports)
			}
		}
	}
}

// TestOutside holds the borders to what lies outside the repository.
func TestOutside(t *testing.T) {
	t.Parallel()
	for _, f := range rules.Tree(t) {
		for _, path := range f.Imports() {
			cdk := strings.Contains(path, "aws-cdk-go") || strings.Contains(path, "jsii") || strings.Contains(path, "constructs-go") || strings.Contains(path, "cdk-nag")
			if cdk && f.Folder() != "infra" {
				t.Errorf("%s imports %s: only infra reaches CDK", f.Path, path)
			}
			if strings.HasPrefix(path, "oss.terrastruct.com/") && f.Folder() != "shared/inventory/drawing" {
				t.Errorf("%s imports %s: only the drawing of the inventory does", f.Path, path)
			}
			if strings.HasSuffix(path, "shared/inventory/drawing") && f.Folder() != "cmd/pipewarden" && !strings.HasPrefix(f.Path, "integration/") && !f.Test() {
				t.Errorf("%s imports %s: it brings 16 MB, which are the command's alone to carry", f.Path, path)
			}
			client := strings.Contains(path, "aws-sdk-go-v2/service/")
			pure := strings.HasPrefix(f.Path, "shared/checks/") || f.Folder() == "shared/check" || f.Folder() == "shared/engine" || f.Folder() == "shared/auditor"
			if client && pure {
				t.Errorf("%s imports %s: it judges, it does not call", f.Path, path)
			}
			leaf := regexp.MustCompile(`^shared/(event|identity|pattern|policy)$`).MatchString(f.Folder())
			if leaf && !f.Test() && strings.Contains(path, ".") {
				t.Errorf("%s imports %s: a leaf imports the standard library only", f.Path, path)
			}
			if strings.HasSuffix(path, "awstest") && !f.Test() && !strings.HasSuffix(f.Folder(), "test") {
				t.Errorf("%s imports %s outside of a test", f.Path, path)
			}
		}
	}
}

// TestShippedCode looks at what a text search finds.
func TestShippedCode(t *testing.T) {
	t.Parallel()
	clocks := []string{"shared/ledger", "functions/", "cmd/", "integration/"}
	for _, f := range rules.Tree(t) {
		if f.Test() || strings.HasSuffix(f.Folder(), "test") {
			continue
		}
		if strings.Contains(f.Text, "time.Now") && !slices.ContainsFunc(clocks, func(c string) bool { return strings.HasPrefix(f.Path, c) }) {
			t.Errorf("%s asks for the time: it is given by main", f.Path)
		}
		if strings.Contains(f.Text, `"arn:aws:`) && !strings.HasPrefix(f.Path, "integration/") {
			t.Errorf("%s writes an ARN with the partition aws: there are others", f.Path)
		}
		for _, declaration := range f.Syntax.Decls {
			if fn, ok := declaration.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: lists are explicit", f.Path)
			}
		}
	}
}

// TestLayout holds the shape of shared/: nouns, two levels, nothing directly in it.
func TestLayout(t *testing.T) {
	t.Parallel()
	forbidden := []string{"utils", "util", "common", "helpers", "types", "models", "misc"}
	described := map[string]bool{}
	for _, f := range rules.Tree(t) {
		depth := strings.Count(f.Folder(), "/")
		if strings.HasPrefix(f.Path, "shared/") && (depth < 1 || depth > 2) {
			t.Errorf("%s: shared/ has two levels", f.Path)
		}
		if slices.Contains(forbidden, filepath.Base(f.Folder())) {
			t.Errorf("%s: the folder's name says nothing", f.Path)
		}
		if !f.Test() {
			described[f.Folder()] = described[f.Folder()] || f.Syntax.Doc != nil
		}
	}
	for folder, ok := range described {
		if !ok {
			t.Errorf("%s: no package comment", folder)
		}
	}
}

// TestEveryRemedyIsNamedByACheck: a settings file may only name what the functions know, and they know what checks name.
func TestEveryRemedyIsNamedByACheck(t *testing.T) {
	t.Parallel()
	known := deployment.Known(checks.All()).Remedies
	for _, r := range remedies.All() {
		if !slices.Contains(known, r.ID) {
			t.Errorf("no check names the remedy %s", r.ID)
		}
	}
	for _, id := range known {
		if !slices.ContainsFunc(remedies.All(), func(r *remedy.Remedy) bool { return r.ID == id }) {
			t.Errorf("a check names the remedy %s, which does not exist", id)
		}
	}
}

// TestRolesArePassedToNamedServicesOnly: whoever may pass any role to any service may do whatever the roles may.
func TestRolesArePassedToNamedServicesOnly(t *testing.T) {
	t.Parallel()
	for _, r := range remedies.All() {
		for _, g := range r.Grants {
			if passes := g.Action == "iam:PassRole"; passes != (len(g.PassedTo) > 0) {
				t.Errorf("%s: %s on %s is passed to %v", r.ID, g.Action, g.Resource, g.PassedTo)
			}
		}
	}
}

// TestChecksAndRemediesAreWhole holds every folder to what a reader finds in it.
func TestChecksAndRemediesAreWhole(t *testing.T) {
	t.Parallel()
	root := rules.Root(t)
	for kind, files := range map[string][]string{
		"checks":   {"check.go", "check_test.go", "doc.md", "testdata"},
		"remedies": {"remedy.go", "remedy_test.go", "doc.md"},
	} {
		folders, err := os.ReadDir(filepath.Join(root, "shared", kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			if folder.Name() == "remediable" {
				continue // a list
			}
			for _, file := range files {
				if _, err := os.Stat(filepath.Join(root, "shared", kind, folder.Name(), file)); folder.IsDir() && err != nil {
					t.Errorf("shared/%s/%s has no %s", kind, folder.Name(), file)
				}
			}
		}
	}
}
