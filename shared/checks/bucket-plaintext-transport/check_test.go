package bucketplaintexttransport

import (
	"encoding/json"
	"strings"
	"testing"

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

// TestRemedy appends one statement to what a template has, under a Sid that is free. It is not offered where S3 would refuse the policy.
func TestRemedy(t *testing.T) {
	t.Parallel()
	if f := judge(t, bucket.AllOn(), "", false); f.Remedy != "bucket-require-tls" || !strings.HasSuffix(f.Would, "Can be undone.") || f.Template != nil {
		t.Errorf("no policy: %q, %q, %+v", f.Remedy, f.Would, f.Template)
	}
	taken := strings.Replace(partner, `"Partner"`, `"DenyPlaintext"`, 1)
	for statements, sid := range map[string]string{partner: "DenyPlaintext", taken: "DenyPlaintext2"} {
		f := judge(t, bucket.AllOn(), statements, false)
		raw, err := json.Marshal(f.Template)
		want := `[{"type":"AWS::S3::BucketPolicy","path":"PolicyDocument/Statement/-","value":` + bucket.DenyPlaintext(buckettest.Ref, sid) + `}]`
		if err != nil || string(raw) != want || !strings.Contains(f.ByHand, `"Sid":"`+sid+`"`) {
			t.Errorf("%s\n got  %s\n want %s", statements, raw, want)
		}
	}
	const everyone = `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
	for flags, offered := range map[bucket.Flags]bool{{BlockPublicPolicy: true}: false, {RestrictPublicBuckets: true}: true} {
		f := judge(t, flags, everyone, true)
		if (f.Remedy != "") != offered || (f.Would != "") != offered || strings.Contains(f.Detail, "take that out first") == offered {
			t.Errorf("%+v: remedy %q, %s", flags, f.Remedy, f.Detail)
		}
	}
	s := buckettest.State(t, bucket.Flags{}, everyone, true)
	s.AccountBlock = resource.Known(bucket.Flags{BlockPublicPolicy: true})
	if f := checktest.Failure(t, Check, buckettest.Ref, s); f.Remedy != "" {
		t.Errorf("blocked for the account: %+v", f)
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
