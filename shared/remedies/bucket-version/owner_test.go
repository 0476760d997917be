package bucketversion

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

// Names of buckets are global: without the account to hold the call to, a bucket of that name may be a stranger's by now.
func TestOwnerNotKnown(t *testing.T) {
	t.Parallel()
	c := unversioned
	c.Finding.Resource.Account = ""
	if why := remedytest.Refuses(t, Remedy, world(t, &site{}), c); !strings.Contains(why, "Whose bucket artifacts is") {
		t.Error(why)
	}
}
