package role_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

func trust(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:TagSession"},{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + condition + `}]}`
}

const (
	github = `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	builds = `{"Service":"codebuild.amazonaws.com"}`
)

func TestOpenings(t *testing.T) {
	t.Parallel()
	sub := func(operator, value string) string {
		return fmt.Sprintf(`{%q:{"token.actions.githubusercontent.com:sub":%q},"StringEqualsIgnoreCase":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`, operator, value)
	}
	for name, one := range map[string]struct{ principal, condition, want string }{
		"everyone":                             {`"*"`, "", "3 everyone"},
		"everyone, with an id":                 {`{"AWS":"*"}`, `{"StringEquals":{"sts:ExternalId":"x"}}`, "3 everyone"},
		"everyone of a stranger's":             {`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-stranger"}}`, "2 organisation o-stranger"},
		"everyone of the organisation":         {`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-trusted"}}`, ""},
		"the own account":                      {`{"AWS":"arn:aws:iam::111122223333:root"}`, "", ""},
		"a foreign one":                        {`{"AWS":"arn:aws:iam::444455556666:root"}`, `{"StringEquals":{"sts:ExternalId":"x"}}`, "2 account 444455556666"},
		"a foreign one of the organisation":    {`{"AWS":"arn:aws:iam::444455556666:root"}`, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-trusted/*"}}`, ""},
		"a foreign one, if of it":              {`{"AWS":"arn:aws:iam::444455556666:root"}`, `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-trusted"}}`, "2 account 444455556666"},
		"a trusted one":                        {`{"AWS":"arn:aws:iam::777788889999:role/deployer"}`, "", ""},
		"builds of anybody":                    {builds, "", "1 codebuild.amazonaws.com for anybody's resources"},
		"builds of the account":                {builds, `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`, ""},
		"builds of a project":                  {builds, `{"ArnLike":{"aws:SourceArn":"arn:aws:codebuild:*:111122223333:project/*"}}`, ""},
		"builds of any project":                {builds, `{"ArnLike":{"aws:SourceArn":"arn:aws:codebuild:*:*:project/web"}}`, "1 codebuild.amazonaws.com for anybody's resources"},
		"builds of the account, if told":       {builds, `{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}`, "1 codebuild.amazonaws.com for anybody's resources"},
		"builds of the organisation":           {builds, `{"StringEquals":{"aws:SourceOrgID":"o-trusted"}}`, ""},
		"builds of any organisation":           {builds, `{"StringLike":{"aws:SourceOrgID":"o-*"}}`, "1 codebuild.amazonaws.com for anybody's resources"},
		"pipelines in China":                   {`{"Service":["codepipeline.amazonaws.com.cn"]}`, "", "1 codepipeline.amazonaws.com.cn for anybody's resources"},
		"functions, which tell no source":      {`{"Service":["lambda.amazonaws.com","cloudformation.amazonaws.com"]}`, "", ""},
		"any service":                          {`{"Service":"*"}`, "", "3 everyone"},
		"both kinds":                           {`{"Service":"codebuild.amazonaws.com","AWS":"444455556666"}`, "", "2 account 444455556666, 1 codebuild.amazonaws.com for anybody's resources"},
		"GitHub, whoever":                      {github, `{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`, "3 everyone's workflows at token.actions.githubusercontent.com"},
		"GitHub, of one repository":            {github, sub("StringEquals", "repo:octo-org/web:ref:refs/heads/main"), ""},
		"GitHub, of one owner":                 {github, sub("StringLike", "repo:octo-org/*"), ""},
		"GitHub, of owners that begin alike":   {github, sub("StringLike", "repo:octo*"), "3 everyone's workflows at token.actions.githubusercontent.com"},
		"GitHub, of any":                       {github, sub("StringLike", "repo:*"), "3 everyone's workflows at token.actions.githubusercontent.com"},
		"GitHub, of an owner without a name":   {github, sub("StringLike", "repo:/*"), "3 everyone's workflows at token.actions.githubusercontent.com"},
		"GitHub, of one owner's by a claim":    {github, `{"StringEquals":{"token.actions.githubusercontent.com:repository_owner":"octo-org"}}`, ""},
		"GitHub, if told":                      {github, sub("StringLikeIfExists", "repo:octo-org/*"), "3 everyone's workflows at token.actions.githubusercontent.com"},
		"Terraform, of one organization":       {`{"Federated":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}`, `{"StringLike":{"app.terraform.io:sub":"organization:acme:project:*"}}`, ""},
		"Terraform, of any":                    {`{"Federated":"arn:aws:iam::111122223333:oidc-provider/app.terraform.io"}`, `{"StringLike":{"app.terraform.io:sub":"organization:*"}}`, "3 everyone's workflows at app.terraform.io"},
		"a cluster's own provider":             {`{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}`, "", ""},
		"a SAML provider of the own account":   {`{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`, "", ""},
		"a canonical user is nobody for roles": {`{"AWS":"AROAEXAMPLEEXAMPLE"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := policy.Parse([]byte(trust(one.principal, one.condition)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range role.Openings(d, "111122223333", func(id string) bool { return slices.Contains([]string{"o-trusted", "777788889999"}, id) }) {
				if o.Statement != 2 {
					t.Errorf("statement %d", o.Statement)
				}
				got = append(got, fmt.Sprint(int(o.Breadth), " ", o.Who))
			}
			if strings.Join(got, ", ") != one.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), one.want)
			}
		})
	}
	if role.Openings(nil, "", func(string) bool { return false }) != nil {
		t.Error("no policy opens something")
	}
}

func TestOfCDK(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"cdk-hnb659fds-deploy-role-111122223333-eu-west-1": true, "cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1": true, "cdk-deploy": false, "my-cdk-hnb659fds-deploy-role-1": false,
	} {
		if role.OfCDK(id) != want {
			t.Errorf("%s: %v", id, !want)
		}
	}
}
