package roletrustunbounded

import (
	"slices"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[role.State](t, Check)
}

func TestEveryBreadthIsWorded(t *testing.T) {
	t.Parallel()
	for b := role.AnySource; b <= role.Anyone; b++ {
		if why[b] == "" {
			t.Errorf("no words for %d", b)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Basis: finding.State, Ref: resource.Ref{Kind: "role", ID: "ci", Account: "111122223333"}}
	foreign := role.Opening{Breadth: role.Foreign, Who: "account 444455556666", Statement: 1}
	judge(p, []role.Opening{foreign, foreign, {Breadth: role.Foreign, Who: "account 777788889999", Statement: 2}})
	want := []finding.Fact{{Label: "Statement 1", Value: "account 444455556666"}, {Label: "Statement 2", Value: "account 777788889999"}}
	if got := p.Results()[0].Facts; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
