package user

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const arn = "arn:aws:iam::111122223333:user/people/alice"

var alice = resource.Ref{Kind: "user", ID: "alice", Account: "111122223333"}

// document has what URL encoding changes, and a plus, which it must not.
func document(of string) string {
	return `{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::` + of + `+x/*"}}`
}

func has(t *testing.T, policies ...string) *awstest.Fake {
	t.Helper()
	return awstest.New(t).
		On("iam.GetUser", func(in any) (any, error) {
			if *in.(*iam.GetUserInput).UserName != "alice" {
				return nil, awstest.Error("NoSuchEntity")
			}
			tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
			return &iam.GetUserOutput{User: &types.User{Arn: aws.String(arn), UserId: aws.String("AIDAALICE0000EXAMPLE"), Tags: tags}}, nil
		}).
		On("iam.ListUserPolicies", func(in any) (any, error) {
			if in.(*iam.ListUserPoliciesInput).Marker == nil && len(policies) > 1 {
				return &iam.ListUserPoliciesOutput{PolicyNames: policies[:1], IsTruncated: true, Marker: aws.String("2")}, nil
			}
			rest := policies
			if len(policies) > 1 {
				rest = policies[1:]
			}
			return &iam.ListUserPoliciesOutput{PolicyNames: rest}, nil
		}).
		On("iam.GetUserPolicy", func(in any) (any, error) {
			return &iam.GetUserPolicyOutput{PolicyDocument: aws.String(url.PathEscape(document(*in.(*iam.GetUserPolicyInput).PolicyName)))}, nil
		})
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := has(t, "one", "two", "three")
	s, err := Kind.Read(t.Context(), f.Config(), alice)
	want := State{ARN: arn, ID: "AIDAALICE0000EXAMPLE", Policies: []Policy{{"one", document("one")}, {"two", document("two")}, {"three", document("three")}}}
	if diff := cmp.Diff(want, s); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	f.ExpectActions(Kind.Actions)
	if s, err = Kind.Read(t.Context(), has(t).Config(), alice); err != nil || s.Policies != nil {
		t.Errorf("without policies: %+v, %v", s, err)
	}
	if s, err = Kind.Read(t.Context(), has(t, "one").On("iam.GetUserPolicy", awstest.Error("NoSuchEntity")).Config(), alice); err != nil || s.Policies != nil {
		t.Errorf("a policy that was taken away in between: %+v, %v", s, err)
	}
	f = has(t, "one").On("iam.GetUserPolicy", &iam.GetUserPolicyOutput{PolicyDocument: aws.String(document("plain"))})
	if s, err = Kind.Read(t.Context(), f.Config(), alice); err != nil || s.Policies[0].Document != document("plain") {
		t.Errorf("not encoded: %+v, %v", s, err)
	}
}

func TestReadBroken(t *testing.T) {
	t.Parallel()
	for operation, code := range map[string]string{
		"iam.GetUser": "NoSuchEntity", "iam.ListUserPolicies": "AccessDenied", "iam.GetUserPolicy": "Throttling",
	} {
		if s, err := Kind.Read(t.Context(), has(t, "one").On(operation, awstest.Error(code)).Config(), alice); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", operation, s, err)
		}
	}
	for operation, answer := range map[string]any{
		"iam.GetUser": &iam.GetUserOutput{}, "iam.GetUserPolicy": &iam.GetUserPolicyOutput{PolicyDocument: aws.String("%7B%zz")},
	} {
		if s, err := Kind.Read(t.Context(), has(t, "one").On(operation, answer).Config(), alice); err == nil {
			t.Errorf("%s: %+v", operation, s)
		}
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	f := has(t)
	tags, err := Kind.Tags(t.Context(), f.Config(), alice)
	if diff := cmp.Diff(map[string]string{"team": "payments"}, tags); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	f.ExpectActions(Kind.TagActions)
	if _, err := Kind.Tags(t.Context(), f.Config(), resource.Ref{ID: "bob"}); !awserr.IsNotFound(err) {
		t.Errorf("of nobody: %v", err)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, " \n\t": 0, `{"a": "b c"}`: 10, "é é": 2} {
		if got := Size(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		arn: "alice", "arn:aws:iam::111122223333:user/alice": "alice", "arn:aws-cn:iam::111122223333:user/a/b/c+d=e,f.g@h-i_j": "c+d=e,f.g@h-i_j",
		"":                                                          "",
		"alice":                                                     "",
		"arn:aws:iam::111122223333:root":                            "",
		"arn:aws:iam::111122223333:user/":                           "",
		"arn:aws:iam::111122223333:user/a/":                         "",
		"arn:aws:iam::111122223333:role/user":                       "",
		"arn:aws:iam::111122223333:user/a;id":                       "",
		"arn:aws:iam::11112222333x:user/alice":                      "",
		"arn:aws:iam:eu-west-1:111122223333:user/alice":             "",
		"arn:aws:sts::111122223333:assumed-role/Admin/alice":        "",
		"arn:aws:sts::111122223333:federated-user/alice":            "",
		"arn:aws:iam::111122223333:user/" + strings.Repeat("a", 65): "",
	} {
		ref, ok := Ref(text)
		if ok != (want != "") || ok && ref != (resource.Ref{Kind: "user", ID: want, Account: "111122223333"}) {
			t.Errorf("%q: %+v, %v", text, ref, ok)
		}
	}
}

// FuzzRef: what names a user may stand in a command.
func FuzzRef(f *testing.F) {
	f.Add(arn)
	f.Add("arn:aws:iam::111122223333:user/;id")
	f.Fuzz(func(t *testing.T, text string) {
		if ref, ok := Ref(text); ok && (!ref.Sound() || strings.ContainsAny(ref.ID, " ;|&$`<>()'\"\\/\n\x1b")) {
			t.Errorf("%q named %+v", text, ref)
		}
	})
}
