package bucketplaintexttransport

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.State](t, Check)
}

const partner = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`

// judge runs the check on a bucket with those flags and that policy.
func judge(t *testing.T, flags bucket.Flags, statements string, public bool) finding.Finding {
	t.Helper()
	return checktest.Failure(t, Check, buckettest.Ref, buckettest.State(t, flags, statements, public))
}

const at = " --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1"

// The statement that is advised is one that the check accepts, and a policy that is there is kept.
func TestByHand(t *testing.T) {
	t.Parallel()
	f := judge(t, bucket.AllOn(), "", false)
	_, rest, found := strings.Cut(f.ByHand, "aws s3api put-bucket-policy"+at+" --policy '")
	document, err := policy.Parse([]byte(strings.TrimSuffix(rest, "'")))
	if !found || err != nil || !document.DeniesPlaintext("arn:aws:s3:::artifacts") {
		t.Errorf("by hand: %s (%v)", f.ByHand, err)
	}
	f = judge(t, bucket.AllOn(), partner, false)
	if !strings.HasPrefix(f.ByHand, "aws s3api get-bucket-policy"+at) || !strings.Contains(f.ByHand, "+ ["+strings.TrimSuffix(strings.SplitN(rest, "[", 2)[1], "]}'")+"]'") {
		t.Errorf("by hand: %s", f.ByHand)
	}
}

// Only a Deny that speaks of TLS comes near, and it is told by its number.
func TestComesNear(t *testing.T) {
	t.Parallel()
	const (
		overTLS  = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*","Condition":{"Bool":{"AWS:SecureTransport":"true"}}}`
		fromHome = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::artifacts/*","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}}`
		objects  = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::artifacts/*","Condition":{"Bool":{"aws:securetransport":"false"}}}`
	)
	for statements, want := range map[string]string{
		partner: "", overTLS: "", fromHome: "", overTLS + "," + fromHome: "",
		partner + "," + fromHome + "," + objects: " Statement 3 asks for TLS, but not of everyone, or not for both, or under a further condition.",
	} {
		f := judge(t, bucket.AllOn(), "["+statements+"]", false)
		_, got, _ := strings.Cut(f.Detail, "for the bucket and for all its objects.")
		if got != want || (len(f.Facts) == 1) != (want != "") {
			t.Errorf("%s: %q, %v", statements, f.Detail, f.Facts)
		}
	}
}
