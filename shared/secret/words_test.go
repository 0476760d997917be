package secret

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	all := []Found{{Rule: "github-pat", Line: 4, Masked: "ghp_…", Fingerprint: "00ff", Where: "A"}, {Rule: OAuthToken, Masked: "****", Where: "B"}, {Rule: "jwt", Line: 9, Masked: "ey…", Fingerprint: "11"}, {Where: "A"}}
	if got := all[0].Place() + " | " + all[1].Place() + " | " + all[2].Place(); got != "A, line 4 | B | line 9" {
		t.Error(got)
	}
	if got := all[0].Seen() + " | " + all[1].Seen(); got != "github-pat, ghp_…, fingerprint 00ff | oauth-token, ****" {
		t.Error(got)
	}
	if got := List(all[:3], 2); got != "A, line 4 (github-pat, ghp_…); B (oauth-token, ****); and 1 more" {
		t.Error(got)
	}
	if got := List(all[:1], 5) + List(nil, 5); got != "A, line 4 (github-pat, ghp_…)" {
		t.Error(got)
	}
	if got := Wheres(all); !slices.Equal(got, []string{"A", "B", ""}) {
		t.Error(got)
	}
}
