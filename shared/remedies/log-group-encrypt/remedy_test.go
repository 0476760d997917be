package loggroupencrypt

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

const (
	name    = "/aws/codebuild/web"
	mine    = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	theirs  = "arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
	foreign = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

	admits = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],` +
		`"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/*"}}}]}`
)

// bare is a finding where the settings name those keys.
func bare(keys ...string) remedy.Case {
	return remedy.Case{Finding: remedytest.Finding("log-group-customer-key", "loggroup", name), Options: remedy.Options{CustomerKeys: keys}}
}

// site is one log group, and the key of the settings.
type site struct {
	Key    string
	policy string
	state  kmstypes.KeyState
}

func world(t *testing.T, s site) remedytest.World {
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeLogGroups", func(any) (any, error) {
			one := types.LogGroup{LogGroupName: aws.String(name)}
			if s.Key != "" {
				one.KmsKeyId = aws.String(s.Key)
			}
			return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{one}}, nil
		}).
		On("cloudwatchlogs.AssociateKmsKey", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.AssociateKmsKeyInput)
			if aws.ToString(input.LogGroupName) != name || input.ResourceIdentifier != nil || *input.KmsKeyId == "" || s.state != "" || !strings.Contains(s.policy, "logs.eu-west-1") {
				return nil, awstest.Error("InvalidParameterException")
			}
			s.Key = *input.KmsKeyId
			return &cloudwatchlogs.AssociateKmsKeyOutput{}, nil
		}).
		On("cloudwatchlogs.DisassociateKmsKey", func(in any) (any, error) {
			if aws.ToString(in.(*cloudwatchlogs.DisassociateKmsKeyInput).LogGroupName) != name {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			s.Key = ""
			return &cloudwatchlogs.DisassociateKmsKeyOutput{}, nil
		}).
		On("kms.DescribeKey", func(in any) (any, error) {
			m := &kmstypes.KeyMetadata{
				Arn: in.(*kms.DescribeKeyInput).KeyId, KeyId: in.(*kms.DescribeKeyInput).KeyId, KeyManager: kmstypes.KeyManagerTypeCustomer,
				KeySpec: kmstypes.KeySpecSymmetricDefault, KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt, KeyState: kmstypes.KeyStateEnabled,
			}
			if s.state != "" {
				m.KeyState = s.state
			}
			return &kms.DescribeKeyOutput{KeyMetadata: m}, nil
		}).
		On("kms.GetKeyPolicy", func(in any) (any, error) {
			if aws.ToString(in.(*kms.GetKeyPolicyInput).KeyId) != mine {
				return nil, awstest.Error("NotFoundException")
			}
			return &kms.GetKeyPolicyOutput{Policy: &s.policy}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return s.Key }, Move: func() { s.Key = theirs }}
}

func Test(t *testing.T) {
	t.Parallel()
	remedytest.Run(t, remedytest.Test{
		Remedy: Remedy, Case: bare(foreign, mine), Calls: []string{"logs:AssociateKmsKey"},
		World: func(t *testing.T) remedytest.World { return world(t, site{policy: admits}) },
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{policy: admits}), bare(mine))
	for got, want := range map[string]string{
		string(p.Before): `{}`, string(p.After): `{"kmsKeyId":"` + mine + `"}`,
		string(p.Calls[0].Input):     `{"kmsKeyId":"` + mine + `","logGroupName":"` + name + `"}`,
		strings.Join(p.Changes, ";"): "kmsKeyId: nothing -> " + mine,
		p.Manual:                     "aws logs associate-kms-key --region eu-west-1 --kms-key-id " + mine + " --log-group-name " + name,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for _, id := range []string{mine, theirs} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Key: id}), bare(mine)); !p.Done() || p.Undoable || p.Summary != "The log group "+name+" is under "+id+"." {
			t.Errorf("plan %+v", p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	all := bare(mine)
	all.Finding.Resource.ID = "*"
	for name, one := range map[string]struct {
		s    site
		c    remedy.Case
		says string
	}{
		"no key":             {site{policy: admits}, bare(), "no key for eu-west-1"},
		"of another region":  {site{policy: admits}, bare(foreign), "no key for eu-west-1"},
		"disabled":           {site{policy: admits, state: kmstypes.KeyStateDisabled}, bare(mine), "Disabled"},
		"pending deletion":   {site{policy: admits, state: kmstypes.KeyStatePendingDeletion}, bare(mine), "PendingDeletion"},
		"not admitted":       {site{policy: strings.Replace(admits, "logs.eu-west-1", "logs.us-east-1", 1)}, bare(mine), "(logs.eu-west-1.amazonaws.com)"},
		"for other groups":   {site{policy: strings.Replace(admits, "/aws/codebuild/", "/other/", 1)}, bare(mine), "does not show"},
		"all groups at once": {site{policy: admits}, all, "about all of them"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, one.s), one.c); !strings.Contains(why, one.says) {
			t.Errorf("%s: %s", name, why)
		}
	}
	// Of a key in another account the policy cannot be read.
	w := world(t, site{})
	w.Fake.On("kms.GetKeyPolicy", awstest.Error("AccessDeniedException"))
	if why := remedytest.Refuses(t, Remedy, w, bare(mine)); !strings.Contains(why, "may not be read") {
		t.Error(why)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"cloudwatchlogs.DescribeLogGroups", "kms.DescribeKey", "kms.GetKeyPolicy"} {
		w := world(t, site{policy: admits})
		w.Fake.On(operation, awstest.Error("ThrottlingException"))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), bare(mine)); !awserr.IsThrottled(err) {
			t.Errorf("%s: %+v, %v", operation, p, err)
		}
	}
	w := world(t, site{})
	w.Fake.On("cloudwatchlogs.DescribeLogGroups", &cloudwatchlogs.DescribeLogGroupsOutput{})
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), bare(mine)); !awserr.IsNotFound(err) {
		t.Errorf("a group that is gone: %v", err)
	}
}
