package bucket

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func parsed(t testing.TB, text string) resource.Fact[Policy] {
	t.Helper()
	d, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return resource.Known(Policy{d})
}

var errDenied = errors.New("access denied")

// TestExposure goes through the rule: what is granted, what holds it back, and what is not known.
func TestExposure(t *testing.T) {
	t.Parallel()
	off, on := resource.Known(Flags{}), resource.Known(AllOn())
	noFlags := resource.Unlearned[Flags](errDenied)
	none := resource.Known(Policy{})
	public := parsed(t, publicPolicy)
	yes, no, unasked := resource.Known(true), resource.Known(false), resource.Unlearned[bool](errDenied)
	shown := resource.Known(ACL{Grants: []Grant{{allUsers, "READ"}, {allUsers, "WRITE"}}, Shown: true})
	sent := resource.Known(ACL{Grants: []Grant{{authenticatedUsers, "READ"}}})
	private := resource.Known(ACL{Grants: []Grant{{"0123456789abcdef", "FULL_CONTROL"}}, Shown: true})
	owner := resource.Known(enforced)
	type answer string // yes, no, ?
	for name, one := range map[string]struct {
		s              State
		public, latent answer
		says           string
	}{
		"nothing granted, nothing held":       {State{Block: off, AccountBlock: off, Policy: none, PolicyPublic: no, ACL: private}, "no", "no", ""},
		"policy open":                         {State{Block: off, AccountBlock: off, Policy: public, PolicyPublic: yes, ACL: private}, "yes", "no", "Statement 2 (Read) of its policy allows everyone"},
		"policy held by the bucket":           {State{Block: on, Policy: public, PolicyPublic: yes}, "no", "yes", "Statement 2 (Read)"},
		"policy held by the account":          {State{Block: off, AccountBlock: on, Policy: public, PolicyPublic: yes}, "no", "yes", "Statement 2"},
		"policy held by the account, own ?":   {State{Block: noFlags, AccountBlock: on, Policy: public, PolicyPublic: yes}, "no", "yes", "Statement 2"},
		"only BlockPublicPolicy":              {State{Block: resource.Known(Flags{BlockPublicPolicy: true, IgnorePublicAcls: true, BlockPublicAcls: true}), AccountBlock: off, Policy: public, PolicyPublic: yes}, "yes", "no", "Statement 2"},
		"S3 clears what we would not":         {State{Block: off, AccountBlock: off, Policy: public, PolicyPublic: no, ACL: private}, "no", "no", ""},
		"S3 accuses what we would not":        {State{Block: off, AccountBlock: off, Policy: parsed(t, privatePolicy), PolicyPublic: yes, ACL: private}, "yes", "no", "S3 calls its policy public"},
		"status refused, own judgement":       {State{Block: off, AccountBlock: off, Policy: public, PolicyPublic: unasked, ACL: private}, "yes", "no", "Statement 2"},
		"status refused, own judgement clear": {State{Block: off, AccountBlock: off, Policy: parsed(t, privatePolicy), PolicyPublic: unasked, ACL: private}, "no", "no", ""},
		"policy refused, status says":         {State{Block: off, AccountBlock: off, Policy: resource.Unlearned[Policy](errDenied), PolicyPublic: yes, ACL: private}, "yes", "no", "S3 calls its policy public"},
		"policy and status refused":           {State{Block: off, AccountBlock: off, Policy: resource.Unlearned[Policy](errDenied), PolicyPublic: unasked, ACL: private}, "?", "no", ""},
		"policy and status refused, all on":   {State{Block: on, Policy: resource.Unlearned[Policy](errDenied), PolicyPublic: unasked}, "no", "?", ""},
		"account refused, policy public":      {State{Block: off, AccountBlock: noFlags, Policy: public, PolicyPublic: yes, ACL: private}, "?", "?", "Statement 2"},
		"account refused, nothing granted":    {State{Block: off, AccountBlock: noFlags, Policy: none, PolicyPublic: no, ACL: private}, "no", "no", ""},
		"ACL open":                            {State{Block: off, AccountBlock: off, Policy: none, PolicyPublic: no, ACL: shown, Ownership: resource.Known("ObjectWriter")}, "yes", "no", "Its ACL grants everyone (AllUsers) READ, WRITE."},
		"ACL open, ownership refused":         {State{Block: off, AccountBlock: off, Policy: none, PolicyPublic: no, ACL: shown, Ownership: resource.Unlearned[string](errDenied)}, "yes", "no", "Its ACL"},
		"ACL shown though flags refused":      {State{Block: noFlags, AccountBlock: noFlags, Policy: none, PolicyPublic: no, ACL: shown}, "yes", "no", "Its ACL"},
		"ACL without effect":                  {State{Block: off, AccountBlock: off, Policy: none, PolicyPublic: no, ACL: shown, Ownership: owner}, "no", "no", ""},
		"ACL refused":                         {State{Block: off, AccountBlock: off, Policy: none, PolicyPublic: no, ACL: resource.Unlearned[ACL](errDenied)}, "?", "no", ""},
		"ACL refused, policy open":            {State{Block: off, AccountBlock: off, Policy: public, PolicyPublic: yes, ACL: resource.Unlearned[ACL](errDenied)}, "yes", "no", "Statement 2"},
		"ACL refused, policy held":            {State{Block: resource.Known(Flags{RestrictPublicBuckets: true}), AccountBlock: off, Policy: public, PolicyPublic: yes, ACL: resource.Unlearned[ACL](errDenied)}, "?", "?", ""},
		"ACL ignored":                         {State{Block: resource.Known(Flags{IgnorePublicAcls: true}), AccountBlock: off, Policy: none, PolicyPublic: no, ACL: resource.Unlearned[ACL](errHidden)}, "no", "no", ""},
		"both open":                           {State{Block: off, AccountBlock: off, Policy: public, PolicyPublic: yes, ACL: shown}, "yes", "no", "no condition that fixes who. Its ACL"},
		"told: a policy":                      {State{Policy: public}, "?", "?", "Statement 2"},
		"told: a private policy":              {State{Policy: parsed(t, privatePolicy)}, "?", "?", ""},
		"told: an ACL":                        {State{ACL: sent}, "?", "?", "everyone with an AWS account (AuthenticatedUsers) READ"},
		"told: all flags on":                  {State{Block: on}, "no", "?", ""},
		"told: flags off":                     {State{Block: off}, "?", "?", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as := func(value, known bool) answer {
				switch {
				case !known:
					return "?"
				case value:
					return "yes"
				}
				return "no"
			}
			x, known := one.s.Public()
			if got := as(x.Public, known); got != one.public {
				t.Errorf("public %s, want %s (%v)", got, one.public, x.Why)
			}
			if (x.Why == nil) != known {
				t.Errorf("known %v, and the reason is %v", known, x.Why)
			}
			l, known := one.s.Latent()
			if got := as(l.Latent, known); got != one.latent {
				t.Errorf("latent %s, want %s (%v)", got, one.latent, l.Why)
			}
			if x.Public && l.Latent {
				t.Error("both public and latent")
			}
			says := x.Says() + l.Says()
			if !strings.Contains(says, one.says) || one.says == "" && says != "" {
				t.Errorf("says %q, want %q in it", says, one.says)
			}
		})
	}
}

func TestOwnJudgementIsNamed(t *testing.T) {
	t.Parallel()
	off := resource.Known(Flags{})
	s := State{Block: off, AccountBlock: off, Policy: parsed(t, publicPolicy), PolicyPublic: resource.Unlearned[bool](errDenied)}
	if x, _ := s.Public(); !errors.Is(x.Own, errDenied) || x.By() != "statement 2 (Read) of the policy" {
		t.Errorf("own judgement because of %v, by %q", x.Own, x.By())
	}
	s.PolicyPublic = resource.Known(true)
	if x, _ := s.Public(); x.Own != nil {
		t.Errorf("S3 was asked, yet: %v", x.Own)
	}
}

func TestOddSidIsNotRepeated(t *testing.T) {
	t.Parallel()
	off := resource.Known(Flags{})
	s := State{Block: off, AccountBlock: off, Policy: parsed(t, strings.Replace(publicPolicy, `"Read"`, `"<b>\n"`, 1)), PolicyPublic: resource.Known(true)}
	if x, _ := s.Public(); strings.Contains(x.Says(), "<b>") || !strings.HasPrefix(x.Says(), "Statement 2 of its policy") {
		t.Errorf("says %q", x.Says())
	}
}

func TestBlockGaps(t *testing.T) {
	t.Parallel()
	refused := resource.Unlearned[Flags](errDenied)
	half := resource.Known(Flags{BlockPublicAcls: true, IgnorePublicAcls: true})
	otherHalf := resource.Known(Flags{BlockPublicPolicy: true, RestrictPublicBuckets: true})
	all := []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}
	for name, one := range map[string]struct {
		own, account resource.Fact[Flags]
		off          []string
		unsure       bool
	}{
		"none set":                 {resource.Known(Flags{}), resource.Known(Flags{}), all, false},
		"own all on, account open": {resource.Known(AllOn()), resource.Unlearned[Flags](errCovered), nil, false},
		"account all on":           {resource.Known(Flags{}), resource.Known(AllOn()), nil, false},
		"one half each":            {half, otherHalf, nil, false},
		"one half":                 {half, resource.Known(Flags{}), all[2:], false},
		"half, account refused":    {half, refused, nil, true},
		"own refused, account on":  {refused, resource.Known(AllOn()), nil, false},
		"own refused, account off": {refused, resource.Known(Flags{}), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			off, err := State{Block: one.own, AccountBlock: one.account}.BlockGaps()
			if !slices.Equal(off, one.off) || (err != nil) != one.unsure {
				t.Errorf("off %v, %v; want %v, unsure %v", off, err, one.off, one.unsure)
			}
		})
	}
	if got := (Flags{BlockPublicAcls: true}).Or(Flags{RestrictPublicBuckets: true}).Off(); !slices.Equal(got, []string{"IgnorePublicAcls", "BlockPublicPolicy"}) {
		t.Errorf("two levels together leave %v off", got)
	}
}

func TestPartners(t *testing.T) {
	t.Parallel()
	if got := (State{Policy: parsed(t, publicPolicy)}).Partners("111122223333"); !slices.Equal(got, []string{"444455556666"}) {
		t.Errorf("partners %v", got)
	}
	if got := (State{Policy: parsed(t, privatePolicy)}).Partners("111122223333"); len(got) != 0 {
		t.Errorf("the own account is a partner: %v", got)
	}
	if got := (State{}).Partners("111122223333"); len(got) != 0 {
		t.Errorf("partners of an unknown policy: %v", got)
	}
}

func TestARNNamesThePartition(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1": "arn:aws:s3:::artifacts", "cn-north-1": "arn:aws-cn:s3:::artifacts", "us-gov-west-1": "arn:aws-us-gov:s3:::artifacts",
		"us-iso-east-1": "arn:aws-iso:s3:::artifacts", "us-isob-east-1": "arn:aws-iso-b:s3:::artifacts", "": "arn:aws:s3:::artifacts",
	} {
		if got := ARN(resource.Ref{ID: "artifacts", Region: region}); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
}

func TestCalled(t *testing.T) {
	t.Parallel()
	use := func(id, as string) resource.Use {
		return resource.Use{User: resource.Ref{Kind: "pipeline", ID: id}, As: as}
	}
	for _, one := range []struct {
		used []resource.Use
		want string
		path string
	}{
		{nil, "bucket artifacts", "bucket artifacts > policy"},
		{[]resource.Use{use("web-prod", "artifact store")}, "bucket artifacts (artifact store of web-prod)", "pipeline web-prod > artifact store > bucket artifacts > policy"},
		{[]resource.Use{use("web-test", "artifact store"), use("api", "build logs"), use("web-prod", "artifact store")}, "bucket artifacts (artifact store of web-prod and 2 more)", "pipeline web-prod > artifact store > bucket artifacts > policy"},
	} {
		if got := Called(ref, one.used); got != one.want {
			t.Errorf("%q, want %q", got, one.want)
		}
		if got := strings.Join(Path(ref, one.used, "policy"), " > "); got != one.path {
			t.Errorf("path %q, want %q", got, one.path)
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	const at = " --bucket artifacts --expected-bucket-owner 111122223333 --region eu-central-1"
	for got, want := range map[string]string{
		BlockCommand(ref): "aws s3api put-public-access-block" + at +
			" --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
		PutPolicyCommand(ref, `{"Id":"it's"}`): "aws s3api put-bucket-policy" + at + ` --policy '{"Id":"it'\''s"}'`,
		EditPolicyCommand(ref, "del(.Statement[1])"): "aws s3api get-bucket-policy" + at + " --query Policy --output text | jq -c 'del(.Statement[1])' > policy.json && " +
			"aws s3api put-bucket-policy" + at + " --policy file://policy.json",
		DeletePolicyCommand(ref): "aws s3api delete-bucket-policy" + at,
		EncryptCommand(ref, ""): "aws s3api put-bucket-encryption" + at + " --server-side-encryption-configuration " +
			`'{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"KEY_ARN"},"BucketKeyEnabled":true}]}'`,
		VersionCommand(ref): "aws s3api put-bucket-versioning" + at + " --versioning-configuration Status=Enabled",
		LogCommand(ref):     "aws s3api put-bucket-logging" + at + ` --bucket-logging-status '{"LoggingEnabled":{"TargetBucket":"LOG_BUCKET","TargetPrefix":"artifacts/"}}'`,
		EditLifecycleCommand(ref): "aws s3api get-bucket-lifecycle-configuration" + at + " > lifecycle.json  # then edit the rule\n" +
			"aws s3api put-bucket-lifecycle-configuration" + at + " --lifecycle-configuration file://lifecycle.json",
		PrivateCommand(ref): "aws s3api put-bucket-acl" + at + " --acl private",
		PrivateCommand(resource.Ref{ID: "b1b", Account: "1; id", Region: "--profile"}): "aws s3api put-bucket-acl --bucket b1b --acl private",
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	off := resource.Known(Flags{})
	for statement, want := range map[string]string{
		`"Principal":"*"`: "principal *", `"NotPrincipal":{"AWS":"111122223333"}`: "everyone but its NotPrincipal",
		`"Principal":{"AWS":"arn:aws:iam::*:role/x"}`: "a principal that is not fixed",
	} {
		s := State{Block: off, AccountBlock: off, PolicyPublic: resource.Known(true), Policy: parsed(t, `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"},`+
			`{"Effect":"Allow",`+statement+`,"Action":"s3:GetObject","Resource":"*"}]}`)}
		x, _ := s.Public()
		if got := strings.Join(x.Chain(), " > "); got != "policy statement 2 > "+want {
			t.Errorf("%s: %s", statement, got)
		}
	}
	s := State{Block: off, AccountBlock: off, ACL: resource.Known(ACL{Shown: true, Grants: []Grant{{allUsers, "READ"}}})}
	if x, _ := s.Public(); strings.Join(x.Chain(), " > ") != "ACL > AllUsers" {
		t.Errorf("%v", x.Chain())
	}
	if got := (Exposure{}).Chain(); got != nil {
		t.Errorf("%v", got)
	}
}
