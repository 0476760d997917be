package rolecanescalate

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.Permissions](t, Check)
}

func judged(t *testing.T, statements map[string]string) finding.Finding {
	t.Helper()
	var policies []role.Policy
	for name, actions := range statements {
		d, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":` + actions + `,"Resource":"*"}}`))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, role.Policy{Name: name, Document: resource.Known(role.Document{Document: d})})
	}
	return checktest.Failure(t, Check, resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"},
		role.Permissions{Policies: policies, Whole: resource.Known(true), Boundary: resource.Known("")})
}

// TestSource: of two policies the one that grants it is told.
func TestSource(t *testing.T) {
	t.Parallel()
	f := judged(t, map[string]string{"reads": `"s3:GetObject"`, "writes": `"iam:CreatePolicyVersion"`})
	if !strings.Contains(f.Detail, "writes") || strings.Contains(f.Detail, "reads") {
		t.Error(f.Detail)
	}
}

// TestMany: of many ways a message spells out a few.
func TestMany(t *testing.T) {
	t.Parallel()
	if f := judged(t, map[string]string{"all": `"iam:*"`}); len(f.Facts) != 5 {
		t.Errorf("%+v", f.Facts)
	}
}
