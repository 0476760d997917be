package bucketpublic

import (
	"errors"
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

const (
	everyone = `{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
	partner  = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
)

// judge runs the check on a bucket with those flags and that policy.
func judge(t *testing.T, flags bucket.Flags, statements string, public bool) finding.Finding {
	t.Helper()
	return checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, flags, statements, public))
}

const at = " --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1"

// The block stops what the policy grants to others too, but only while the policy has a public statement.
func TestWouldNamesPartners(t *testing.T) {
	t.Parallel()
	f := judge(t, bucket.Flags{}, `[`+partner+`,`+everyone+`]`, true)
	if !strings.HasSuffix(f.Would, "loses access as well: 444455556666.") {
		t.Errorf("would: %s", f.Would)
	}
	if f := judge(t, bucket.Flags{}, everyone, true); strings.Contains(f.Would, "loses access as well") {
		t.Errorf("nobody is admitted by name, yet: %s", f.Would)
	}
	many := partner
	for _, account := range []string{"555566667777", "666677778888", "777788889999"} {
		many += "," + strings.ReplaceAll(strings.ReplaceAll(partner, "444455556666", account), `"Partner"`, `"P`+account+`"`)
	}
	if f := judge(t, bucket.Flags{}, `[`+many+`,`+everyone+`]`, true); !strings.HasSuffix(f.Would, "444455556666, 555566667777, 666677778888 and 1 more.") {
		t.Errorf("would: %s", f.Would)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	f := judge(t, bucket.Flags{BlockPublicAcls: true}, everyone, true)
	if want := "aws s3api put-public-access-block" + at; !strings.HasPrefix(f.ByHand, want) {
		t.Errorf("by hand: %s", f.ByHand)
	}
	if got := strings.Join(f.Path, " -> "); got != "bucket artifacts -> policy statement 1 -> principal *" {
		t.Errorf("path: %s", got)
	}
	used := []resource.Use{{User: resource.Ref{Kind: "pipeline", ID: "web-prod"}, As: "artifact store"}}
	p := &check.Pass{
		Check: Check, Ref: buckettest.Ref, Basis: finding.State, Past: check.Memory{Used: used},
		State: buckettest.State(t, bucket.Flags{}, `[`+partner+`,`+everyone+`]`, true),
	}
	Check.Run(p)
	if got := strings.Join(p.Results()[0].Path, " -> "); got != "pipeline web-prod -> artifact store -> bucket artifacts -> policy statement 2 -> principal *" {
		t.Errorf("path of a bucket in use: %s", got)
	}
	want := []finding.Fact{
		{Label: "Opened by", Value: "statement 1 (Read) of the policy"},
		{Label: "Block Public Access", Value: "off for bucket and account: IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets"},
	}
	if len(f.Facts) != len(want) || f.Facts[0] != want[0] || f.Facts[1] != want[1] {
		t.Errorf("facts: %+v", f.Facts)
	}
}

// TestTellsWhoseVerdict says that the reading of the policy is pipewarden's own only where it is.
func TestTellsWhoseVerdict(t *testing.T) {
	t.Parallel()
	if f := judge(t, bucket.Flags{}, everyone, true); strings.Contains(f.Detail, "own reading") {
		t.Errorf("S3 gave its verdict: %s", f.Detail)
	}
	s := buckettest.State(t, bucket.Flags{}, everyone, true)
	s.PolicyPublic = resource.Unlearned[bool](errors.New("access denied"))
	if f := checktest.Failure(t, Check, buckettest.Ref, s); !strings.Contains(f.Detail, "own reading of the policy, because S3 did not give its verdict (access denied)") {
		t.Errorf("S3 did not: %s", f.Detail)
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	flags := bucket.AllOn()
	flags.RestrictPublicBuckets = false
	s := buckettest.State(t, flags, "", false)
	if got := block(s); len(got) != 1 || got[0].Value != "off for bucket and account: RestrictPublicBuckets" {
		t.Errorf("one flag off: %v", got)
	}
	s.AccountBlock = resource.Unlearned[bucket.Flags](errors.New("access denied"))
	if got := block(s); got != nil {
		t.Errorf("the account may hold it: %v", got)
	}
	if got := block(buckettest.State(t, bucket.AllOn(), "", false)); got != nil {
		t.Errorf("nothing off: %v", got)
	}
}

func TestFew(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"a": "a", "a b c": "a, b, c", "a b c d": "a, b, c and 1 more"} {
		if got := few(strings.Fields(given)); got != want {
			t.Errorf("%s: %s", given, got)
		}
	}
}
