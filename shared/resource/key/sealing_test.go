package key

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
)

func TestUnfit(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	ask := func(asked string, reply any) (string, *awstest.Fake, error) {
		fake := awstest.New(t).On("kms.DescribeKey", reply)
		why, err := Unfit(t.Context(), fake.Config(), asked)
		return why, fake, err
	}
	described := func(change func(*types.KeyMetadata)) *kms.DescribeKeyOutput {
		m := &types.KeyMetadata{
			Arn: aws.String(arn), KeyId: aws.String("1234abcd-12ab-34cd-56ef-1234567890ab"), KeyManager: types.KeyManagerTypeCustomer,
			KeySpec: types.KeySpecSymmetricDefault, KeyUsage: types.KeyUsageTypeEncryptDecrypt, KeyState: types.KeyStateEnabled,
		}
		change(m)
		return &kms.DescribeKeyOutput{KeyMetadata: m}
	}
	why, fake, err := ask(arn, described(func(*types.KeyMetadata) {}))
	if why != "" || err != nil || fake.Calls()[0].Region != "eu-central-1" {
		t.Errorf("a key that fits: %q, %v, %+v", why, err, fake.Calls())
	}
	for says, reply := range map[string]any{
		"does not exist":                     awstest.Error("NotFoundException"),
		"is managed by AWS":                  described(func(m *types.KeyMetadata) { m.KeyManager = types.KeyManagerTypeAws }),
		"is no symmetric key for encryption": described(func(m *types.KeyMetadata) { m.KeySpec = types.KeySpecRsa2048 }),
		"no symmetric key":                   described(func(m *types.KeyMetadata) { m.KeyUsage = types.KeyUsageTypeGenerateVerifyMac }),
		"KMS calls its state Disabled":       described(func(m *types.KeyMetadata) { m.KeyState = types.KeyStateDisabled }),
		"PendingDeletion":                    described(func(m *types.KeyMetadata) { m.KeyState = types.KeyStatePendingDeletion }),
		"PendingImport":                      described(func(m *types.KeyMetadata) { m.KeyState = types.KeyStatePendingImport }),
	} {
		if why, _, err := ask(arn, reply); !strings.Contains(why, says) || err != nil {
			t.Errorf("%s: %q, %v", says, why, err)
		}
	}
	if _, _, err := ask(arn, awstest.Error("AccessDeniedException")); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
	for _, odd := range []string{"", "1234abcd", "alias/mine", "arn:aws:s3:::b"} {
		if why, fake, err := ask(odd, awstest.Error("NotFoundException")); !strings.Contains(why, "the ARN of none") || err != nil || len(fake.Calls()) > 0 {
			t.Errorf("%q: %q, %v", odd, why, err)
		}
	}
}

func TestAdmitsLogs(t *testing.T) {
	t.Parallel()
	const (
		group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/web"
		all   = `["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"]`
	)
	allow := func(principal, action, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + `,"Resource":"*"` + condition + `}`
	}
	const logs = `{"Service":"logs.eu-west-1.amazonaws.com"}`
	of := func(operator, value string) string {
		return `{"` + operator + `":{"kms:EncryptionContext:aws:logs:arn":"` + value + `"}}`
	}
	for name, one := range map[string]struct {
		statements string
		admits     bool
	}{
		"as the guide has it":         {allow(logs, all, of("ArnEquals", group)), true},
		"all of its groups":           {allow(logs, all, of("ArnLike", "arn:aws:logs:eu-west-1:111122223333:*")), true},
		"without a condition":         {allow(logs, `"kms:*"`, ""), true},
		"everyone":                    {allow(`"*"`, `"*"`, ""), true},
		"any service":                 {allow(`{"Service":"*"}`, `"kms:*"`, ""), true},
		"in China":                    {allow(`{"Service":["x","logs.eu-west-1.amazonaws.com.cn"]}`, all, ""), true},
		"in two statements":           {allow(logs, `["kms:Encrypt","kms:Decrypt","kms:ReEncryptFrom","KMS:reencryptTo"]`, "") + "," + allow(logs, `["kms:GenerateDataKey","kms:DescribeKey"]`, of("StringEquals", group)), true},
		"where the context is given":  {allow(logs, all, of("ArnLikeIfExists", group)), true},
		"a pattern as text":           {allow(logs, all, of("StringLike", "*:log-group:/aws/codebuild/*")), true},
		"a pattern that is none":      {allow(logs, all, of("StringEquals", "*:log-group:/aws/codebuild/*")), false},
		"another group":               {allow(logs, all, of("ArnEquals", group+"-other")), false},
		"all but the group":           {allow(logs, all, of("ArnNotEquals", group)), false},
		"a condition that is unknown": {allow(logs, all, `{"StringEquals":{"kms:ViaService":"x"}}`), false},
		"one action short":            {allow(logs, `["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*"]`, ""), false},
		"another region":              {allow(`{"Service":"logs.us-east-1.amazonaws.com"}`, all, ""), false},
		"another service":             {allow(`{"Service":"s3.amazonaws.com"}`, all, ""), false},
		"the account alone":           {allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, `"kms:*"`, ""), false},
		"a deny":                      {strings.Replace(allow(logs, all, ""), "Allow", "Deny", 1), false},
		"all but some actions":        {strings.Replace(allow(logs, `"kms:PutKeyPolicy"`, ""), "Action", "NotAction", 1), false},
	} {
		s := AdmissionState{Policy: parsed(`{"Statement":[` + one.statements + `]}`)}
		if s.Policy.Err() != nil || s.AdmitsLogs(group) != one.admits {
			t.Errorf("%s: admitted should be %v (%v)", name, one.admits, s.Policy.Err())
		}
	}
	if (AdmissionState{}).AdmitsLogs(group) || (AdmissionState{Policy: parsed("{")}).AdmitsLogs(group) {
		t.Error("a policy that is not known admits")
	}
	if (AdmissionState{Policy: parsed(`{"Statement":[` + allow(`"*"`, `"*"`, "") + `]}`)}).AdmitsLogs("web") {
		t.Error("what has no ARN is admitted")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	const trail = `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"kms:GenerateDataKey*","Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"x"}}}`
	for statement, named := range map[string]bool{
		trail: true,
		strings.Replace(trail, `{"Service":"cloudtrail.amazonaws.com"}`, `"*"`, 1): true,
		strings.Replace(trail, "cloudtrail.amazonaws.com", "*", 1):                 true,
		strings.Replace(trail, "cloudtrail", "config", 1):                          false,
		strings.Replace(trail, "GenerateDataKey*", "Decrypt", 1):                   false,
		strings.Replace(trail, "Allow", "Deny", 1):                                 false,
		strings.Replace(trail, "Service", "AWS", 1):                                false,
	} {
		if (AdmissionState{Policy: parsed(`{"Statement":[` + statement + `]}`)}).Names("cloudtrail.amazonaws.com", "kms:GenerateDataKey") != named {
			t.Errorf("named should be %v: %s", named, statement)
		}
	}
	if (AdmissionState{}).Names("cloudtrail.amazonaws.com", "kms:GenerateDataKey") {
		t.Error("a policy that is not known names a service")
	}
}
