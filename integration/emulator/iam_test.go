package emulator

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestTrustIsKeptAsIAMKeepsIt(t *testing.T) {
	t.Parallel()
	c := iam.NewFromConfig(ForTest(t).Config(account, region))
	trust := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
	}
	now := func() string {
		t.Helper()
		out, err := c.GetRole(t.Context(), &iam.GetRoleInput{RoleName: s("deploy")})
		document, err := url.PathUnescape(*ok(t, out, err).Role.AssumeRolePolicyDocument)
		return ok(t, document, err)
	}
	const root = "arn:aws:iam::444455556666:root"
	made, err := c.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: s("deploy"), AssumeRolePolicyDocument: s(trust(`{"AWS":"444455556666"}`))})
	ok(t, made, err)
	equal(t, "an account", now(), trust(`{"AWS":"`+root+`"}`))
	for given, want := range map[string]string{
		`{"AWS":["444455556666"]}`:                                  `{"AWS":"` + root + `"}`,
		`{"AWS":["arn:aws:iam::777788889999:root","444455556666"]}`: `{"AWS":["` + root + `","arn:aws:iam::777788889999:root"]}`,
		`{"Service":["codebuild.amazonaws.com","a.amazonaws.com"]}`: `{"Service":["codebuild.amazonaws.com","a.amazonaws.com"]}`,
		`{"AWS":"*"}`: `{"AWS":"*"}`,
		`"*"`:         `"*"`,
	} {
		changed, err := c.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: s("deploy"), PolicyDocument: s(trust(given))})
		ok(t, changed, err)
		equal(t, given, now(), trust(want))
	}
	_, err = c.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: s("deploy"), PolicyDocument: s("{")})
	refused(t, err, "MalformedPolicyDocument")
	_, err = c.UpdateAssumeRolePolicy(t.Context(), &iam.UpdateAssumeRolePolicyInput{RoleName: s("nobody"), PolicyDocument: s(trust(`"*"`))})
	refused(t, err, "NoSuchEntity")
}

func TestUsersHaveAQuota(t *testing.T) {
	t.Parallel()
	c := iam.NewFromConfig(ForTest(t).Config(account, region))
	made, err := c.CreateUser(t.Context(), &iam.CreateUserInput{UserName: s("alice")})
	ok(t, made, err)
	document := func(actions int) *string {
		return s(`{ "Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + strings.TrimSuffix(strings.Repeat(`"s3:GetObject", `, actions), ", ") + `],"Resource":"*"}]}`)
	}
	put := func(name string, actions int) error {
		_, err := c.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: s("alice"), PolicyName: s(name), PolicyDocument: document(actions)})
		return err
	}
	ok(t, 0, put("one", 80))
	refused(t, put("two", 80), "LimitExceeded")
	ok(t, 0, put("one", 100)) // in the place of the former
	refused(t, put("two", 80), "LimitExceeded")
	ok(t, 0, put("two", 5))
	ok(t, 0, put("one", 20))
	ok(t, 0, put("three", 80))
	_, err = c.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: s("nobody"), PolicyName: s("one"), PolicyDocument: document(1)})
	refused(t, err, "NoSuchEntity")
}
