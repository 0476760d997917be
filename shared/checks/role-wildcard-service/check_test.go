package rolewildcardservice

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.Permissions](t, Check)
}

func TestListed(t *testing.T) {
	t.Parallel()
	for all, want := range map[string]string{"a:* b:* c:*": "a:*, b:*, c:* on everything", "a:* b:* c:* d:*": "a:*, b:*, c:* and 1 more services whole"} {
		if got := listed(strings.Fields(all)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSource: of two policies the one that grants it is told.
func TestSource(t *testing.T) {
	t.Parallel()
	var policies []role.Policy
	for name, action := range map[string]string{"reads": "s3:GetObject", "all": "s3:*"} {
		d, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, role.Policy{Name: name, Document: resource.Known(role.Document{Document: d})})
	}
	f := checktest.Failure(t, Check, resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"},
		role.Permissions{Policies: policies, Whole: resource.Known(true), Boundary: resource.Known("")})
	if strings.Contains(f.Detail, "reads") || !strings.Contains(f.Detail, "all") {
		t.Error(f.Detail)
	}
}
