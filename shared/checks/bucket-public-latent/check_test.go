package bucketpubliclatent

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
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

// Only the public statements go; the policy as a whole only when nothing else is in it.
func TestByHand(t *testing.T) {
	t.Parallel()
	for statements, want := range map[string]string{
		`[` + partner + `,` + everyone + `]`: "jq -c 'del(.Statement[1])' > policy.json && aws s3api put-bucket-policy" + at,
		`[` + everyone + `,` + partner + `,` + strings.Replace(everyone, `"Read"`, `"Again"`, 1) + `]`: "jq -c 'del(.Statement[0], .Statement[2])'",
		`[` + everyone + `]`: "aws s3api delete-bucket-policy" + at,
		everyone:             "aws s3api delete-bucket-policy" + at,
	} {
		if f := judge(t, bucket.AllOn(), statements, true); !strings.Contains(f.ByHand, want) {
			t.Errorf("by hand: %s, want %s", f.ByHand, want)
		}
	}
	// S3 calls it public and we cannot say by which statement: no command then, and no remedy.
	if f := judge(t, bucket.AllOn(), partner, true); f.ByHand+f.Remedy+f.Would != "" || f.Template != nil {
		t.Errorf("by hand %s, remedy %s, would %s", f.ByHand, f.Remedy, f.Would)
	}
}

// TestTemplate takes statements out from the end, so that each has the place that is told. A resource of which nothing is left is no matter of a property.
func TestTemplate(t *testing.T) {
	t.Parallel()
	again := strings.Replace(everyone, `"Read"`, `"Again"`, 1)
	for statements, want := range map[string][]string{
		`[` + partner + `,` + everyone + `]`:               {"PolicyDocument/Statement/1"},
		`[` + everyone + `,` + partner + `,` + again + `]`: {"PolicyDocument/Statement/2", "PolicyDocument/Statement/0"},
		`[` + everyone + `,` + again + `]`:                 nil,
		everyone:                                           nil,
	} {
		var got []string
		for _, property := range judge(t, bucket.AllOn(), statements, true).Template {
			if property.Type != "AWS::S3::BucketPolicy" || property.Value != nil {
				t.Errorf("%+v", property)
			}
			got = append(got, property.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", statements, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	f := judge(t, bucket.AllOn(), everyone, true)
	if got := strings.Join(f.Path, " -> "); got != "bucket artifacts -> policy statement 1 -> principal * -> if Block Public Access is switched off" {
		t.Errorf("path: %s", got)
	}
	if !strings.HasSuffix(f.Would, "Can be undone.") || f.Remedy != "bucket-remove-public-grants" || f.Facts[1].Value != "Block Public Access is on for the bucket" {
		t.Errorf("would %q, remedy %q, facts %+v", f.Would, f.Remedy, f.Facts)
	}
}

// TestHolder names the bucket when either of its two flags holds the policy or the ACL back.
func TestHolder(t *testing.T) {
	t.Parallel()
	for flags, want := range map[bucket.Flags]string{
		{RestrictPublicBuckets: true}:                    "Block Public Access is on for the bucket",
		{IgnorePublicAcls: true}:                         "Block Public Access is on for the bucket",
		{BlockPublicAcls: true, BlockPublicPolicy: true}: "Block Public Access is on for the account",
		{}: "Block Public Access is on for the account",
	} {
		if got := holder(bucket.State{Block: resource.Known(flags)}); got != want {
			t.Errorf("%+v: %s", flags, got)
		}
	}
}

// TestByHandOfAnACL leaves a policy alone that has nothing to do with it, be it empty.
func TestByHandOfAnACL(t *testing.T) {
	t.Parallel()
	p := &check.Pass{Check: Check, Ref: buckettest.Ref}
	ways := bucket.Exposure{Ways: []bucket.Way{{By: "ACL"}}}
	for _, document := range []*policy.Document{nil, {}} {
		s := bucket.State{Policy: resource.Known(bucket.Policy{Document: document})}
		if got := byHand(p, s, ways); got != bucket.PrivateCommand(buckettest.Ref) {
			t.Errorf("%v: %s", document, got)
		}
	}
}

// What an ACL grants is no statement of the policy.
func TestTemplateLeavesTheACLOut(t *testing.T) {
	t.Parallel()
	s := buckettest.State(t, bucket.AllOn(), `[`+partner+`,`+everyone+`]`, true)
	got := template(s, bucket.Exposure{Ways: []bucket.Way{{By: "ACL"}, {By: "policy", Statement: 2}}})
	if len(got) != 1 || got[0].Path != "PolicyDocument/Statement/1" {
		t.Errorf("%+v", got)
	}
}
