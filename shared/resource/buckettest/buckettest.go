// Package buckettest makes the states of buckets that tests of checks ask for.
package buckettest

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

// Ref is the bucket that they are of.
var Ref = resource.Ref{Kind: "bucket", ID: "artifacts", Account: "111122223333", Region: "eu-west-1"}

// State is a bucket with those flags of its own, none of its account's, and a policy of those statements, as JSON; "" for no policy.
// public is what S3 says of the policy.
func State(t testing.TB, flags bucket.Flags, statements string, public bool) bucket.State {
	t.Helper()
	s := bucket.State{
		Block: resource.Known(flags), AccountBlock: resource.Known(bucket.Flags{}), Policy: resource.Known(bucket.Policy{}),
		PolicyPublic: resource.Known(public), ACL: resource.Known(bucket.ACL{Shown: true}),
	}
	if statements != "" {
		d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":` + statements + `}`))
		if err != nil {
			t.Fatal(err)
		}
		s.Policy = resource.Known(bucket.Policy{Document: d})
	}
	return s
}
