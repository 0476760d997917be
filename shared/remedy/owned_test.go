package remedy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestOwned(t *testing.T) {
	t.Parallel()
	if err := remedy.Owned(resource.Ref{Kind: "bucket", ID: "artifacts", Account: "111122223333"}); err != nil {
		t.Error(err)
	}
	refused, ok := errors.AsType[*remedy.RefusedError](remedy.Owned(resource.Ref{Kind: "bucket", ID: "artifacts"}))
	if !ok || !strings.Contains(refused.Why, "Whose bucket artifacts is") {
		t.Errorf("%v", refused)
	}
}
