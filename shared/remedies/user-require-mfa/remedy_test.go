package userrequiremfa

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/user"
)

const arn = "arn:aws:iam::111122223333:user/people/alice"

// by is a change that was made without MFA.
func by(kind, actorType, arn string) remedy.Case {
	f := remedytest.Finding("pipeline-change-without-mfa", kind, "web-prod")
	f.Once, f.Basis = "7d1c", finding.Event
	f.Actor, f.MFA = &finding.Actor{Type: actorType, Name: "alice", ARN: arn}, &finding.MFA{Verdict: "disproven", Row: 7}
	return remedy.Case{Finding: f}
}

var changed = by("pipeline", "IAMUser", arn)

const reads = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`

// person is the one user of the account.
type person struct {
	ID       string
	Policies map[string]string
}

func alice(more map[string]string) person {
	p := person{ID: "AIDAALICE0000EXAMPLE", Policies: map[string]string{"reads": reads}}
	maps.Copy(p.Policies, more)
	return p
}

func world(t *testing.T, p person) remedytest.World {
	known := func(name *string) error {
		if aws.ToString(name) != "alice" {
			return awstest.Error("NoSuchEntity")
		}
		return nil
	}
	fake := awstest.New(t).
		On("iam.GetUser", func(in any) (any, error) {
			return &iam.GetUserOutput{User: &types.User{Arn: aws.String(arn), UserId: new(p.ID)}}, known(in.(*iam.GetUserInput).UserName)
		}).
		On("iam.ListUserPolicies", func(any) (any, error) {
			return &iam.ListUserPoliciesOutput{PolicyNames: slices.Sorted(maps.Keys(p.Policies))}, nil
		}).
		On("iam.GetUserPolicy", func(in any) (any, error) {
			return &iam.GetUserPolicyOutput{PolicyDocument: new(url.PathEscape(p.Policies[*in.(*iam.GetUserPolicyInput).PolicyName]))}, nil
		}).
		On("iam.PutUserPolicy", func(in any) (any, error) {
			input := in.(*iam.PutUserPolicyInput)
			all := maps.Clone(p.Policies)
			all[*input.PolicyName] = *input.PolicyDocument
			size := 0
			for _, document := range all {
				size += user.Size(document)
			}
			if size > user.Quota {
				return nil, awstest.Error("LimitExceeded")
			}
			p.Policies = all
			return &iam.PutUserPolicyOutput{}, known(input.UserName)
		}).
		On("iam.DeleteUserPolicy", func(in any) (any, error) {
			input := in.(*iam.DeleteUserPolicyInput)
			p.Policies = maps.Clone(p.Policies)
			delete(p.Policies, *input.PolicyName)
			return &iam.DeleteUserPolicyOutput{}, known(input.UserName)
		})
	return remedytest.World{
		Fake: fake, State: func() any { return person{p.ID, maps.Clone(p.Policies)} },
		Move: func() {
			p.Policies = maps.Clone(p.Policies)
			p.Policies[PolicyName] = strings.Replace(reads, "Allow", "Deny", 1)
		},
	}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]remedy.Case{
		"of a pipeline": changed, "of a project": by("buildproject", "IAMUser", arn), "of a report group": by("codebuild", "IAMUser", arn),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: c, Calls: []string{"iam:PutUserPolicy"},
				World: func(t *testing.T) remedytest.World { return world(t, alice(nil)) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, alice(nil)), changed)
	document, err := json.Marshal(denial)
	if err != nil {
		t.Fatal(err)
	}
	input := `{"PolicyDocument":` + string(document) + `,"PolicyName":"pipewarden-require-mfa","UserName":"alice"}`
	for got, want := range map[string]string{
		string(p.Before):              `{"userId":"AIDAALICE0000EXAMPLE","policyDocument":null}`,
		string(p.After):               `{"userId":"AIDAALICE0000EXAMPLE","policyDocument":` + string(document) + `}`,
		string(p.Calls[0].Input):      input,
		strings.Join(p.Changes, "; "): "inline policy pipewarden-require-mfa: none -> denies everything without MFA, but for setting it up",
		p.Manual:                      "aws iam put-user-policy --cli-input-json '" + input + "'",
		p.Summary:                     "Deny the user alice everything without MFA, but for setting it up.",
		p.Resource.Key():              "user/111122223333//alice",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestDenial: the document denies, and denies alone; its condition holds where IAM knows nothing of MFA; and what it leaves open gives nobody
// more than a session.
func TestDenial(t *testing.T) {
	t.Parallel()
	d, err := policy.Parse([]byte(denial))
	if err != nil || len(d.Statements) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	s := d.Statements[0]
	if s.Effect != "Deny" || len(s.Action) > 0 || !slices.Equal(s.Resource, []string{"*"}) || len(s.Condition) != 1 ||
		!slices.Equal(s.Condition["BoolIfExists"]["aws:MultiFactorAuthPresent"], []string{"false"}) {
		t.Errorf("%+v", s)
	}
	for _, action := range s.NotAction {
		if strings.Contains(action, "*") || action != "sts:GetSessionToken" && !strings.Contains(action, "MFADevice") && action != "iam:GetUser" {
			t.Errorf("leaves %s open", action)
		}
	}
	for _, harmful := range []string{"iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "sts:AssumeRole", "iam:ChangePassword"} {
		if slices.Contains(s.NotAction, harmful) {
			t.Errorf("leaves %s open", harmful)
		}
	}
}

// However it is written, the same policy is the same.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	spaced := strings.ReplaceAll(denial, ",", ",\n  ")
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, alice(map[string]string{PolicyName: spaced})), changed)
	if !p.Done() || p.Undoable || !strings.Contains(p.Summary, "already") {
		t.Errorf("%+v", p)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	const account = "arn:aws:iam::111122223333:"
	silent, unproven := changed, changed
	silent.Finding.Actor, unproven.Finding.MFA = nil, &finding.MFA{Verdict: "not-provable", Row: 13}
	for name, one := range map[string]struct {
		c   remedy.Case
		why string
	}{
		"nobody":           {silent, "who acted"},
		"MFA not provable": {unproven, "without MFA"},
		"root":             {by("pipeline", "Root", account+"root"), "no IAM user"},
		"a role's session": {by("pipeline", "AssumedRole", "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice"), "no IAM user"},
		"a role":           {by("pipeline", "IAMUser", account+"role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"), "does not tell"},
		"federated":        {by("pipeline", "FederatedUser", "arn:aws:sts::111122223333:federated-user/alice"), "no IAM user"},
		"no name":          {by("pipeline", "IAMUser", ""), "does not tell"},
		"a stranger":       {by("pipeline", "IAMUser", "arn:aws:iam::777788889999:user/alice"), "account 777788889999"},
		"our own":          {by("pipeline", "IAMUser", account+"user/pipewarden-deploy"), "pipewarden's own"},
	} {
		w := world(t, alice(nil))
		if why := remedytest.Refuses(t, Remedy, w, one.c); !strings.Contains(why, one.why) || len(w.Fake.Calls()) > 0 {
			t.Errorf("%s: %s, after %d calls", name, why, len(w.Fake.Calls()))
		}
	}
	for why, p := range map[string]person{
		"says something else": alice(map[string]string{PolicyName: reads}),
		"2048 together":       alice(map[string]string{"large": `{"Statement":{"Effect":"Allow","Action":"s3:` + strings.Repeat("a", user.Quota-user.Size(reads)-user.Size(denial)-51) + `","Resource":"*"}}`}),
	} {
		if got := remedytest.Refuses(t, Remedy, world(t, p), changed); !strings.Contains(got, why) {
			t.Errorf("%s: %s", why, got)
		}
	}
}

// What just fits is written: white space counts for nothing.
func TestJustFits(t *testing.T) {
	t.Parallel()
	frame := `{"Statement":{"Effect":"Allow","Action":"s3:","Resource":"*"}}`
	fill := user.Quota - user.Size(reads) - user.Size(denial) - user.Size(frame)
	fits := strings.Replace(frame, "s3:", "s3:"+strings.Repeat("a", fill), 1) + strings.Repeat(" ", 500)
	w := world(t, alice(map[string]string{"large": fits}))
	p := remedytest.Plan(t.Context(), t, Remedy, w, changed)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Error(err)
	}
	more := strings.Replace(fits, "s3:", "s3:a", 1)
	remedytest.Refuses(t, Remedy, world(t, alice(map[string]string{"large": more})), changed)
}

// Somebody who wrote the same policy with other white space changed nothing.
func TestOtherWhiteSpace(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, alice(nil)), changed)
	w := world(t, alice(map[string]string{PolicyName: strings.ReplaceAll(denial, ",", ",\n  ")}))
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
		t.Error(err)
	}
}

// A user who was deleted and made anew is somebody else.
func TestAnotherOfThatName(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, alice(nil)), changed)
	anew := alice(nil)
	anew.ID = "AIDAALICE1111EXAMPLE"
	err := Remedy.Apply(t.Context(), world(t, anew).Fake.Config(), p)
	if want := "has changed since: userId: AIDAALICE0000EXAMPLE -> AIDAALICE1111EXAMPLE"; err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	for call, code := range map[string]string{"iam.GetUser": "NoSuchEntity", "iam.ListUserPolicies": "Throttling", "iam.GetUserPolicy": "AccessDenied"} {
		w := world(t, alice(nil))
		w.Fake.On(call, awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), changed); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
}
