package accountunreachable

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[account.Caller](t, Check)
}

// Both accounts are named, so that people know in which one to look.
func TestBothAccountsAreNamed(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333"}
	f := checktest.Failure(t, Check, ref, account.Caller{Account: resource.Known("444455556666")})
	if f.Title != "account 444455556666 answers in place of 111122223333" || f.Severity != finding.Critical || f.Resource.ID != "111122223333" {
		t.Errorf("%+v", f)
	}
	if len(f.Facts) != 1 || f.Facts[0] != (finding.Fact{Label: "Answers", Value: "444455556666"}) {
		t.Errorf("facts %+v", f.Facts)
	}
}

// The engine tells by this check that an account lets nobody in.
func TestItTellsOfAccess(t *testing.T) {
	t.Parallel()
	if !Check.Access || Check.Reads.Kind() != "account" {
		t.Error("the engine would not report it")
	}
}
