package bucketencrypt

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	mine    = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	theirs  = "arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
	foreign = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

	onlyOwners = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`
	admitsLog  = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*"}]}`
	fromTrail  = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::artifacts/*"}]}`
	fromS3     = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::artifacts/*"}]}`
)

var (
	options = remedy.Options{CustomerKeys: []string{foreign, mine}}
	byAWS   = remedy.Case{Finding: remedytest.Finding("bucket-default-encryption", "bucket", "artifacts"), Options: options}
)

// site is one bucket and the keys that there are.
type site struct {
	Rule      *types.ServerSideEncryptionRule // nil: none
	older     bool                            // S3 says so where there is none; else it shows the rule that is in effect
	policy    string
	keyPolicy string
	grantee   string
	key       func(*kmstypes.KeyMetadata) // what is otherwise about the key of the settings
}

func rule(algorithm types.ServerSideEncryption, id string) *types.ServerSideEncryptionRule {
	r := &types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm}}
	if id != "" {
		r.ApplyServerSideEncryptionByDefault.KMSMasterKeyID = &id
	}
	return r
}

// full has all that is to be kept.
func full(algorithm types.ServerSideEncryption, id string) *types.ServerSideEncryptionRule {
	r := rule(algorithm, id)
	r.BucketKeyEnabled = new(true)
	r.BlockedEncryptionTypes = &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeSseC}}
	return r
}

// shown is the rule that is in effect.
func (s *site) shown() types.ServerSideEncryptionRule {
	if s.Rule != nil {
		return *s.Rule
	}
	r := rule(types.ServerSideEncryptionAes256, "")
	r.BucketKeyEnabled = new(false)
	return *r
}

func (s *site) describe(in any) (any, error) {
	id := aws.ToString(in.(*kms.DescribeKeyInput).KeyId)
	m := &kmstypes.KeyMetadata{
		Arn: &id, KeyId: &id, KeyManager: kmstypes.KeyManagerTypeCustomer, KeyState: kmstypes.KeyStateEnabled,
		KeySpec: kmstypes.KeySpecSymmetricDefault, KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt,
	}
	switch {
	case id == "gone":
		return nil, awstest.Error("NotFoundException")
	case id == "managed":
		m.KeyManager = kmstypes.KeyManagerTypeAws
	case id == mine && s.key != nil:
		s.key(m)
	}
	return &kms.DescribeKeyOutput{KeyMetadata: m}, nil
}

func world(t *testing.T, s site) remedytest.World {
	fake := awstest.New(t).
		On("s3.GetBucketEncryption", func(in any) (any, error) {
			switch input := in.(*s3.GetBucketEncryptionInput); {
			case aws.ToString(input.ExpectedBucketOwner) != "111122223333" || *input.Bucket != "artifacts":
				return nil, awstest.Error("AccessDenied")
			case s.Rule == nil && s.older:
				return nil, awstest.Error("ServerSideEncryptionConfigurationNotFoundError")
			}
			return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{s.shown()}}}, nil
		}).
		On("s3.PutBucketEncryption", func(in any) (any, error) {
			rules := in.(*s3.PutBucketEncryptionInput).ServerSideEncryptionConfiguration.Rules
			if len(rules) != 1 {
				return nil, awstest.Error("MalformedXML")
			}
			one := rules[0] // which replaces the former as a whole, and always comes back with its bucket key
			one.BucketKeyEnabled = new(aws.ToBool(one.BucketKeyEnabled))
			s.Rule = &one
			return &s3.PutBucketEncryptionOutput{}, nil
		}).
		On("s3.DeleteBucketEncryption", func(any) (any, error) {
			s.Rule = nil
			return &s3.DeleteBucketEncryptionOutput{}, nil
		}).
		On("s3.GetBucketPolicy", func(any) (any, error) {
			if s.policy == "" {
				return nil, awstest.Error("NoSuchBucketPolicy")
			}
			return &s3.GetBucketPolicyOutput{Policy: &s.policy}, nil
		}).
		On("s3.GetBucketAcl", func(any) (any, error) {
			return &s3.GetBucketAclOutput{Grants: []types.Grant{{Grantee: &types.Grantee{Type: types.TypeGroup, URI: &s.grantee}, Permission: types.PermissionWrite}}}, nil
		}).
		On("kms.DescribeKey", s.describe).
		On("kms.GetKeyPolicy", func(in any) (any, error) {
			if aws.ToString(in.(*kms.GetKeyPolicyInput).KeyId) != mine || s.keyPolicy == "" {
				return nil, awstest.Error("AccessDeniedException")
			}
			return &kms.GetKeyPolicyOutput{Policy: &s.keyPolicy}, nil
		})
	return remedytest.World{Fake: fake, State: func() any {
		shown := s.shown()
		shown.BucketKeyEnabled = new(aws.ToBool(shown.BucketKeyEnabled))
		return shown
	}, Move: func() { s.Rule = rule(types.ServerSideEncryptionAwsKms, theirs) }}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]site{
		"no rule, and S3 says so":  {older: true},
		"no rule":                  {},
		"keys of S3":               {Rule: full(types.ServerSideEncryptionAes256, "")},
		"the key of AWS":           {Rule: full(types.ServerSideEncryptionAwsKms, "")},
		"the key of AWS by alias":  {Rule: rule(types.ServerSideEncryptionAwsKms, "alias/aws/s3")},
		"one of AWS by its id":     {Rule: rule(types.ServerSideEncryptionAwsKms, "managed")},
		"in two layers":            {Rule: rule(types.ServerSideEncryptionAwsKmsDsse, "")},
		"a trail that is admitted": {policy: fromTrail, keyPolicy: admitsLog},
	} {
		if s.keyPolicy == "" {
			s.keyPolicy = onlyOwners
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: byAWS, Calls: []string{"s3:PutBucketEncryption"},
				World: func(t *testing.T) remedytest.World { return world(t, s) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Rule: full(types.ServerSideEncryptionAes256, ""), keyPolicy: onlyOwners}), byAWS)
	const kept = `"BlockedEncryptionTypes":{"EncryptionType":["SSE-C"]},"BucketKeyEnabled":true}]}`
	const after = `{"Rules":[{"ApplyServerSideEncryptionByDefault":{"KMSMasterKeyID":"` + mine + `","SSEAlgorithm":"aws:kms"},` + kept
	for got, want := range map[string]string{
		string(p.Before):         `{"Configuration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},` + kept + `}`,
		string(p.After):          `{"Configuration":` + after + `}`,
		string(p.Calls[0].Input): `{"Bucket":"artifacts","ExpectedBucketOwner":"111122223333","ServerSideEncryptionConfiguration":` + after + `}`,
		strings.Join(p.Changes, "\n"): "Configuration.Rules.0.ApplyServerSideEncryptionByDefault.KMSMasterKeyID: nothing -> " + mine +
			"\nConfiguration.Rules.0.ApplyServerSideEncryptionByDefault.SSEAlgorithm: AES256 -> aws:kms",
		p.Manual: "aws s3api put-bucket-encryption --region eu-west-1 --cli-input-json '" + string(p.Calls[0].Input) + "'",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestUndoWithoutARule: where there was none, none is left.
func TestUndoWithoutARule(t *testing.T) {
	t.Parallel()
	w := world(t, site{older: true, keyPolicy: onlyOwners})
	p := remedytest.Plan(t.Context(), t, Remedy, w, byAWS)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
		t.Fatal(err)
	}
	if calls := w.Fake.Calls(); calls[len(calls)-1].Operation != "s3.DeleteBucketEncryption" {
		t.Errorf("calls %+v", calls)
	}
	// Since then S3 shows the rule that is in effect, which is the same.
	modern := world(t, site{keyPolicy: onlyOwners})
	if err := Remedy.Undo(t.Context(), modern.Fake.Config(), p, false); err != nil || len(modern.Fake.Calls()) != 1 {
		t.Errorf("%v, calls %+v", err, modern.Fake.Calls())
	}
}

// TestTwoLayers keeps what the owners chose to be stricter.
func TestTwoLayers(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Rule: rule(types.ServerSideEncryptionAwsKmsDsse, ""), keyPolicy: onlyOwners}), byAWS)
	if !strings.Contains(string(p.After), `"SSEAlgorithm":"aws:kms:dsse"`) {
		t.Errorf("after %s", p.After)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, id := range []string{mine, theirs} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Rule: rule(types.ServerSideEncryptionAwsKms, id)}), byAWS); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "a key of your own") {
			t.Errorf("%s: plan %+v", id, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	none, elsewhere := byAWS, byAWS
	none.Options, elsewhere.Options = remedy.Options{}, remedy.Options{CustomerKeys: []string{foreign}}
	state := func(state kmstypes.KeyState) func(*kmstypes.KeyMetadata) {
		return func(m *kmstypes.KeyMetadata) { m.KeyState = state }
	}
	for name, one := range map[string]struct {
		s    site
		c    remedy.Case
		says string
	}{
		"no key":                  {site{}, none, "no key for eu-west-1"},
		"a key of another region": {site{}, elsewhere, "no key for eu-west-1"},
		"disabled":                {site{key: state(kmstypes.KeyStateDisabled)}, byAWS, "Disabled"},
		"pending deletion":        {site{key: state(kmstypes.KeyStatePendingDeletion)}, byAWS, "PendingDeletion"},
		"asymmetric":              {site{key: func(m *kmstypes.KeyMetadata) { m.KeySpec = kmstypes.KeySpecRsa2048 }}, byAWS, "no symmetric key"},
		"access logs by policy":   {site{policy: fromS3}, byAWS, "receives access logs"},
		"access logs by ACL":      {site{grantee: "http://acs.amazonaws.com/groups/s3/LogDelivery"}, byAWS, "receives access logs"},
		"a trail is shut out":     {site{policy: fromTrail, keyPolicy: onlyOwners}, byAWS, "cloudtrail.amazonaws.com"},
		"a policy that is unread": {site{policy: fromTrail}, byAWS, "as far as it can be read"},
		"a key that is gone":      {site{Rule: rule(types.ServerSideEncryptionAwsKms, "gone")}, byAWS, "does not exist"},
		"a file system":           {site{Rule: rule("aws:fsx", "")}, byAWS, "takes no key of KMS"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, one.s), one.c); !strings.Contains(why, one.says) {
			t.Errorf("%s: %s", name, why)
		}
	}
	// A key in another account, whose policy cannot be read, is taken where no service would be shut out.
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{}), byAWS); p.Done() {
		t.Errorf("plan %+v", p)
	}
}

// TestUnread: what is not known is no reason to change anything.
func TestUnread(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"s3.GetBucketEncryption", "s3.GetBucketPolicy", "s3.GetBucketAcl", "kms.DescribeKey", "kms.GetKeyPolicy"} {
		w := world(t, site{keyPolicy: onlyOwners})
		w.Fake.On(operation, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), byAWS); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", operation, p, err)
		}
	}
	w := world(t, site{Rule: rule(types.ServerSideEncryptionAwsKms, theirs)})
	w.Fake.On("kms.DescribeKey", awstest.Error("AccessDeniedException"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), byAWS); !awserr.IsDenied(err) {
		t.Errorf("who manages the key is not known: %v", err)
	}
}

// TestSame: what S3 adds to a rule, or leaves out of it, changes nothing.
func TestSame(t *testing.T) {
	t.Parallel()
	state := func(rules ...types.ServerSideEncryptionRule) encryption {
		return encryption{&types.ServerSideEncryptionConfiguration{Rules: rules}}
	}
	plain, off, unblocked := rule(types.ServerSideEncryptionAes256, ""), rule(types.ServerSideEncryptionAes256, ""), rule(types.ServerSideEncryptionAes256, "")
	off.BucketKeyEnabled = new(false)
	unblocked.BlockedEncryptionTypes = &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeNone}}
	alike := []encryption{{}, state(), state(*plain), state(*off), state(*unblocked)}
	blocks, keyed := rule(types.ServerSideEncryptionAes256, ""), rule(types.ServerSideEncryptionAes256, "")
	blocks.BlockedEncryptionTypes = &types.BlockedEncryptionTypes{EncryptionType: []types.EncryptionType{types.EncryptionTypeSseC}}
	keyed.BucketKeyEnabled = new(true)
	for _, a := range alike {
		if slices.ContainsFunc(alike, func(b encryption) bool { return !same(a, b) }) {
			t.Errorf("%+v is not the same", a)
		}
		for _, b := range []encryption{state(*blocks), state(*keyed), state(*rule(types.ServerSideEncryptionAwsKms, "")), state(*rule(types.ServerSideEncryptionAwsKms, mine))} {
			if same(a, b) {
				t.Errorf("%+v is the same as %+v", a, b)
			}
		}
	}
}
