package reporter_test

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestFindingsOfAnOrganisation(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, m := range []ledger.Member{
		{Account: here, Name: "prod", State: "ACTIVE"},
		{Account: "444455556666", Name: "web", State: "ACTIVE"},
		{Account: "777788889999", Name: "old", State: "SUSPENDED"},
		{Account: "222233334444", Name: "sold", State: ledger.Left},
	} {
		if _, err := o.ledger.SetMember(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for account, id := range map[string]string{here: "docs", "444455556666": "site", "777788889999": "gone", "222233334444": "theirs", "123456789012": "unlisted"} {
		f := bucket(id, finding.Critical)
		f.Resource.Account = account
		o.found(f)
	}
	o.now = o.now.Add(25 * 60 * 60 * 1e9)
	sent := o.morning()
	var digest string
	for _, m := range sent {
		for _, idle := range []string{"gone", "theirs"} {
			if strings.Contains(m.Text, "bucket "+idle) {
				t.Errorf("a message about an account in which nobody can do anything:\n%s", m.Text)
			}
		}
		if strings.Contains(m.Subject, "DIGEST") {
			digest = m.Text
		}
	}
	for _, want := range []string{"the bucket docs is public  (eu-west-1, ", "the bucket site is public  (web, eu-west-1, ", "the bucket unlisted is public  (123456789012, eu-west-1, "} {
		if !strings.Contains(digest, want) {
			t.Errorf("the digest lacks %q:\n%s", want, digest)
		}
	}
	// A reminder says which account it is about, and comes from that one.
	same(t, subjects(sent)[1:],
		"CRITICAL  still: the bucket unlisted is public  (123456789012, eu-west-1)", "CRITICAL  still: the bucket site is public  (web, eu-west-1)",
		"CRITICAL  still: the bucket docs is public  (prod, eu-west-1)",
	)
}
