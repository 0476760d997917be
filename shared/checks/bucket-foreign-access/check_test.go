package bucketforeignaccess

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.State](t, Check)
}

// statement is an Allow with that principal and those conditions, as JSON.
func statement(principal, condition string) string {
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"*","Condition":{` + condition + `}}`
}

const (
	partner  = `{"AWS":"arn:aws:iam::444455556666:root"}`
	everyone = `"*"`
	ours     = `"StringEquals":{"aws:PrincipalOrgID":"o-ours123456"}`
	theirs   = `"StringEquals":{"aws:PrincipalOrgID":"o-theirs1234"}`
)

func TestWho(t *testing.T) {
	t.Parallel()
	trusted := check.Options{TrustedAccounts: []string{"777788889999", "o-ours123456"}}
	for name, one := range map[string]struct {
		statement string
		who       string
	}{
		"a partner":                           {statement(partner, ""), "444455556666"},
		"a partner's role":                    {statement(`{"AWS":["arn:aws:iam::444455556666:role/x","arn:aws:iam::111122223333:role/y"]}`, ""), "444455556666"},
		"by its id":                           {statement(`{"AWS":"444455556666"}`, ""), "444455556666"},
		"its provider":                        {statement(`{"Federated":"arn:aws:iam::444455556666:saml-provider/x"}`, ""), "444455556666"},
		"the own account":                     {statement(`{"AWS":"111122223333"}`, ""), ""},
		"a trusted one":                       {statement(`{"AWS":"777788889999"}`, ""), ""},
		"a service":                           {statement(`{"Service":"cloudtrail.amazonaws.com"}`, `"StringEquals":{"aws:SourceAccount":"444455556666"}`), ""},
		"a load balancer":                     {statement(`{"AWS":"arn:aws:iam::156460612806:root"}`, ""), ""},
		"CloudFront":                          {statement(`{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`, ""), ""},
		"everyone":                            {statement(everyone, ""), ""},
		"everyone of ours":                    {statement(everyone, ours), ""},
		"everyone of theirs":                  {statement(everyone, theirs), "o-theirs1234"},
		"everyone of a partner":               {statement(everyone, `"StringEquals":{"aws:PrincipalAccount":"444455556666"}`), "444455556666"},
		"everyone of two":                     {statement(everyone, `"StringEquals":{"aws:PrincipalAccount":["444455556666","111122223333"]}`), "444455556666"},
		"everyone of a strange one":           {statement(everyone, `"StringEquals":{"aws:PrincipalOrgID":"o-\u001b[31m"}`), "o-? (no organisation's id)"},
		"a partner of ours":                   {statement(partner, ours), ""},
		"a partner of theirs":                 {statement(partner, theirs), "444455556666"},
		"a partner that may be of ours":       {statement(partner, `"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-ours123456"}`), "444455556666"},
		"a partner of ours or theirs":         {statement(partner, `"StringEquals":{"aws:PrincipalOrgID":["o-ours123456","o-theirs1234"]}`), "444455556666"},
		"a partner not of ours":               {statement(partner, `"StringNotEquals":{"aws:PrincipalOrgID":"o-ours123456"}`), "444455556666"},
		"a partner from an address":           {statement(partner, `"IpAddress":{"aws:SourceIp":"203.0.113.7/32"}`), "444455556666"},
		"a partner for one of our resources":  {statement(partner, `"StringEquals":{"aws:PrincipalAccount":"777788889999"}`), ""},
		"a partner through an own account":    {statement(partner, `"StringEquals":{"aws:PrincipalAccount":"111122223333"}`), ""},
		"a Deny":                              {strings.Replace(statement(partner, ""), "Allow", "Deny", 1), ""},
		"a pattern of accounts":               {statement(`{"AWS":"arn:aws:iam::*:role/x"}`, ""), ""},
		"a canonical user besides a partner":  {statement(`{"AWS":"444455556666","CanonicalUser":"0123456789abcdef"}`, ""), "444455556666"},
		"a canonical user is of some account": {statement(`{"CanonicalUser":"0123456789abcdef"}`, ""), "?"},
	} {
		p := &check.Pass{Check: Check, Ref: buckettest.Ref, Basis: finding.State, Options: trusted, State: buckettest.State(t, bucket.AllOn(), one.statement, false)}
		Check.Run(p)
		f := p.Results()[0]
		got := ""
		for _, fact := range f.Facts {
			got += fact.Value
		}
		if f.Outcome == finding.Unknown {
			got = "?"
		}
		if got != one.who || (f.Outcome == finding.Fail) != (len(one.who) > 1) {
			t.Errorf("%s: %q (%s), want %q", name, got, f.Outcome, one.who)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	const own = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}`
	judge := func(statements ...string) finding.Finding {
		t.Helper()
		return checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, bucket.AllOn(), "["+strings.Join(statements, ",")+"]", false))
	}
	f := judge(own, statement(partner, ""))
	if f.Title != "bucket artifacts admits account 444455556666" || !strings.HasPrefix(f.Detail, "Statement 2 of its policy admits account 444455556666, to s3:GetObject. Neither the bucket's own account") {
		t.Errorf("%s: %s", f.Title, f.Detail)
	}
	if !strings.Contains(f.ByHand, "jq -c 'del(.Statement[1])'") {
		t.Errorf("by hand: %s", f.ByHand)
	}
	if f = judge(statement(partner, "")); !strings.HasPrefix(f.ByHand, "aws s3api delete-bucket-policy") {
		t.Errorf("by hand, alone: %s", f.ByHand)
	}
	if f = judge(own, statement(`{"AWS":["444455556666","111122223333"]}`, "")); !strings.HasPrefix(f.ByHand, "# a statement admits others as well") || strings.Contains(f.ByHand, "del(") {
		t.Errorf("by hand, with others: %s", f.ByHand)
	}
	many := statement(`{"AWS":["444455556666","444455556667","444455556668","444455556669"]}`, "")
	if f = judge(many); f.Title != "bucket artifacts admits account 444455556666, account 444455556667, account 444455556668 and 1 more" || !strings.HasSuffix(f.Detail, "vouch for them.") {
		t.Errorf("many: %s: %s", f.Title, f.Detail)
	}
	p := &check.Pass{
		Check: Check, Ref: buckettest.Ref, Basis: finding.State, State: buckettest.State(t, bucket.AllOn(), statement(partner, ""), false),
		Past: check.Memory{Used: []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: "artifact store"}}},
	}
	Check.Run(p)
	if want := []string{"pipeline web-prod", "artifact store", "bucket artifacts", "policy statement 1", "account 444455556666"}; !slices.Equal(p.Results()[0].Path, want) {
		t.Errorf("path: %v", p.Results()[0].Path)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		`"Action":"s3:*"`: "to s3:*.", `"Action":["a:1","a:2","a:3","a:4"]`: "to a:1, a:2, a:3 and more.", `"NotAction":"s3:DeleteBucket"`: "to all but a few actions.",
		`"Action":"\u001b[31m"`: "to an odd action.", `"Action":[]`: "to no action.",
	} {
		f := checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, bucket.AllOn(), strings.Replace(statement(partner, ""), `"Action":"s3:GetObject"`, action, 1), false))
		if !strings.Contains(f.Detail, want) {
			t.Errorf("%s: %s", action, f.Detail)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]string{"a": "a", "a b c": "a, b, c", "a b c d": "a, b, c and 1 more"} {
		if got := few(strings.Fields(names)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if one, two := them([]string{"a"}), them([]string{"a", "b"}); one != "it" || two != "them" {
		t.Errorf("%q %q", one, two)
	}
	for who, want := range map[string]bool{"111122223333": true, "11112222333": false, "11112222333x": false} {
		if got := isAccount(who); got != want {
			t.Errorf("%s: %v", who, got)
		}
	}
}

// TestNameless: which statement it is, is told as people count.
func TestNameless(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Ref: buckettest.Ref, Basis: finding.State, State: buckettest.State(t, bucket.AllOn(), statement(`{"CanonicalUser":"0123456789abcdef"}`, ""), false)}
	Check.Run(p)
	if f := p.Results()[0]; f.Outcome != finding.Unknown || !strings.Contains(f.Detail, "user statement 1 of the policy") {
		t.Errorf("%s: %s", f.Outcome, f.Detail)
	}
}
