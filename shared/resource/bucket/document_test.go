package bucket

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestReadPolicy(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On(opPolicy, document(publicPolicy))
	p, err := ReadPolicy(t.Context(), fake.Config(), ref)
	if err != nil || len(p.Statements) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	in := awstest.Inputs[*s3.GetBucketPolicyInput](fake, opPolicy)
	if len(in) != 1 || *in[0].ExpectedBucketOwner != ref.Account || fake.Calls()[0].Region != ref.Region {
		t.Errorf("calls %+v", fake.Calls())
	}
	if p, err := ReadPolicy(t.Context(), safe(t).Config(), ref); err != nil || p.Document != nil {
		t.Errorf("no policy: %+v, %v", p, err)
	}
	for code, wrong := range map[string]func(error) bool{"NoSuchBucket": awserr.IsNotFound, "AccessDenied": awserr.IsDenied, "SlowDown": awserr.IsThrottled} {
		if p, err := ReadPolicy(t.Context(), awstest.New(t).On(opPolicy, awstest.Error(code)).Config(), ref); !wrong(err) {
			t.Errorf("%s: %+v, %v", code, p, err)
		}
	}
	if p, err := ReadPolicy(t.Context(), awstest.New(t).On(opPolicy, document("{")).Config(), ref); err == nil {
		t.Errorf("a policy that is no JSON: %+v", p)
	}
}

// TestReadAccountConfiguration: that there is none is not the same as all flags off.
func TestReadAccountConfiguration(t *testing.T) {
	t.Parallel()
	some := Flags{BlockPublicAcls: true}
	for name, one := range map[string]struct {
		reply      any
		flags      Flags
		configured bool
	}{
		"none": {awstest.Error(noBlock), Flags{}, false}, "all off": {accountBlock(Flags{}), Flags{}, true}, "one on": {accountBlock(some), some, true},
	} {
		f, configured, err := ReadAccountConfiguration(t.Context(), awstest.New(t).On(opAccount, one.reply).Config(), ref)
		if err != nil || f != one.flags || configured != one.configured {
			t.Errorf("%s: %+v, %v, %v", name, f, configured, err)
		}
	}
	if _, configured, err := ReadAccountConfiguration(t.Context(), awstest.New(t).On(opAccount, awstest.Error("AccessDenied")).Config(), ref); configured || !awserr.IsDenied(err) {
		t.Error(err)
	}
	if _, _, err := ReadAccountConfiguration(t.Context(), awstest.New(t).Config(), resource.Ref{}); err == nil {
		t.Error("no account was named")
	}
}

func TestPublicGroup(t *testing.T) {
	t.Parallel()
	for uri, public := range map[string]bool{allUsers: true, authenticatedUsers: true, logDelivery: false, "": false} {
		if PublicGroup(uri) != public {
			t.Errorf("%s: %v", uri, !public)
		}
	}
}

func TestMFADelete(t *testing.T) {
	t.Parallel()
	for status, protected := range map[types.MFADeleteStatus]bool{types.MFADeleteStatusEnabled: true, types.MFADeleteStatusDisabled: false, "": false} {
		fake := awstest.New(t).On(opVersioning, &s3.GetBucketVersioningOutput{MFADelete: status})
		if s, err := Versioning.Read(t.Context(), fake.Config(), ref); err != nil || s.MFADelete != protected {
			t.Errorf("%q: %+v, %v", status, s, err)
		}
	}
	e := sample(t, "PutBucketVersioning")
	e.Request().Object("VersioningConfiguration")["MfaDelete"] = "Enabled"
	if s, ok := toldVersioning(e); !ok || !s.MFADelete {
		t.Errorf("told: %+v", s)
	}
}

func TestUploaders(t *testing.T) {
	t.Parallel()
	const trail = `{"Effect":"Allow","Principal":{"Service":["cloudtrail.amazonaws.com","config.amazonaws.com"]},"Action":"s3:PutObject","Resource":"*"}`
	for statements, want := range map[string]string{
		trail:               "cloudtrail.amazonaws.com config.amazonaws.com",
		trail + "," + trail: "cloudtrail.amazonaws.com config.amazonaws.com",
		strings.Replace(trail, "s3:PutObject", "s3:put*", 1):      "cloudtrail.amazonaws.com config.amazonaws.com",
		strings.Replace(trail, "Action", "NotAction", 1):          "cloudtrail.amazonaws.com config.amazonaws.com",
		strings.Replace(trail, "s3:PutObject", "s3:GetObject", 1): "",
		strings.Replace(trail, "Allow", "Deny", 1):                "",
		strings.Replace(trail, "Service", "AWS", 1):               "",
	} {
		p, err := ReadPolicy(t.Context(), awstest.New(t).On(opPolicy, document(`{"Statement":[`+statements+`]}`)).Config(), ref)
		if got := strings.Join(p.Uploaders(), " "); err != nil || got != want {
			t.Errorf("%s\n got %q, want %q (%v)", statements, got, want, err)
		}
	}
	if (Policy{}).Uploaders() != nil {
		t.Error("no policy, and somebody uploads by it")
	}
}

func TestDenyPlaintext(t *testing.T) {
	t.Parallel()
	d, err := (Policy{}).With([]byte(DenyPlaintext(ref, "Tls")))
	if err != nil || !d.DeniesPlaintext(ARN(ref)) || d.Statements[0].Sid != "Tls" {
		t.Errorf("%s, %v", d.JSON(), err)
	}
}
