package policy

import (
	"reflect"
	"testing"
)

const (
	mfa     = `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
	ownRoot = `{"AWS":"arn:aws:iam::111122223333:root"}`
	saml    = `{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`
	oidc    = `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	build   = `{"Service":"codebuild.amazonaws.com"}`
)

func trusts(statements ...string) string {
	list := ""
	for i, s := range statements {
		if i > 0 {
			list += ","
		}
		list += s
	}
	return `{"Version":"2012-10-17","Statement":[` + list + `]}`
}

func assume(principal, condition string) string { return may("sts:AssumeRole", principal, condition) }

func may(action, principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `"` + condition + `}`
}

var trustCases = []struct {
	name, doc string
	want      TrustFacts
}{
	{"service", trusts(assume(build, "")), TrustFacts{Automation: true}},
	{"services", trusts(assume(`{"Service":["codebuild.amazonaws.com","codepipeline.amazonaws.com"]}`, "")), TrustFacts{Automation: true}},
	{"OIDC", trusts(may("sts:AssumeRoleWithWebIdentity", oidc, "")), TrustFacts{Automation: true}},
	{"service and OIDC", trusts(assume(build, ""), may("sts:AssumeRoleWithWebIdentity", oidc, "")), TrustFacts{Automation: true}},
	{"service with MFA is no person", trusts(assume(build, mfa)), TrustFacts{Automation: true}},
	{"any service", trusts(assume(`{"Service":"*"}`, "")), TrustFacts{Open: true}},
	{"SAML", trusts(may("sts:AssumeRoleWithSAML", saml, "")), TrustFacts{}},
	{"SAML beside OIDC", trusts(may("sts:*", oidc, ""), may("sts:AssumeRoleWithSAML", saml, "")), TrustFacts{}},
	{"own account", trusts(assume(ownRoot, "")), TrustFacts{}},
	{"own account with MFA", trusts(assume(ownRoot, mfa)), TrustFacts{RequiresMFA: true}},
	{"MFA as a boolean, other letters", trusts(assume(ownRoot, `{"bool":{"aws:multifactorauthpresent":true}}`)), TrustFacts{RequiresMFA: true}},
	{"MFA in a list", trusts(assume(ownRoot, `{"Bool":{"aws:MultiFactorAuthPresent":["true"]}}`)), TrustFacts{RequiresMFA: true}},
	{"MFA true or false", trusts(assume(ownRoot, `{"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}}`)), TrustFacts{}},
	{"MFA without a value", trusts(assume(ownRoot, `{"Bool":{"aws:MultiFactorAuthPresent":[]}}`)), TrustFacts{}},
	{"MFA false", trusts(assume(ownRoot, `{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`)), TrustFacts{}},
	{"MFA if the key is there", trusts(assume(ownRoot, `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`)), TrustFacts{}},
	{"MFA for all values", trusts(assume(ownRoot, `{"ForAllValues:Bool":{"aws:MultiFactorAuthPresent":"true"}}`)), TrustFacts{}},
	{"MFA beside other conditions", trusts(assume(ownRoot, `{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:ExternalId":"x"}}`)), TrustFacts{RequiresMFA: true}},
	{"MFA and a service", trusts(assume(ownRoot, mfa), assume(build, "")), TrustFacts{RequiresMFA: true}},
	{"MFA on one of two", trusts(assume(ownRoot, mfa), assume(`{"AWS":"arn:aws:iam::111122223333:user/alice"}`, "")), TrustFacts{}},
	{"MFA, but not through SAML", trusts(assume(ownRoot, mfa), may("sts:AssumeRoleWithSAML", saml, "")), TrustFacts{}},
	{"MFA by a Deny is not read", trusts(assume(ownRoot, ""), `{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`), TrustFacts{}},
	{"a person and a service in one", trusts(assume(`{"AWS":"arn:aws:iam::111122223333:root","Service":"codebuild.amazonaws.com"}`, "")), TrustFacts{}},
	{"tagging alone opens no session", trusts(assume(build, ""), may("sts:TagSession", ownRoot, "")), TrustFacts{Automation: true}},
	{"tagging alone needs no MFA", trusts(assume(ownRoot, mfa), may("sts:TagSession", ownRoot, "")), TrustFacts{RequiresMFA: true}},
	{"actions by pattern", trusts(assume(build, ""), may("STS:Assume*", ownRoot, "")), TrustFacts{}},
	{"no action", trusts(assume(build, ""), `{"Effect":"Allow","Principal":`+ownRoot+`}`), TrustFacts{}},
	{"NotAction", trusts(`{"Effect":"Allow","Principal":` + ownRoot + `,"NotAction":"sts:TagSession"}`), TrustFacts{}},
	{"foreign account", trusts(assume(`{"AWS":["444455556666","arn:aws:iam::111122223333:root"]}`, mfa)), TrustFacts{RequiresMFA: true, Outside: []string{"444455556666"}}},
	{"everyone", trusts(assume(`"*"`, "")), TrustFacts{Open: true}},
	{"everyone with MFA", trusts(assume(`{"AWS":"*"}`, mfa)), TrustFacts{RequiresMFA: true, Open: true}},
	{"everyone of an organisation", trusts(assume(`{"AWS":"*"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567"}}`)), TrustFacts{Outside: []string{"o-abc1234567"}}},
	{"all but one", trusts(`{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}`), TrustFacts{Open: true}},
	{"public web identity", trusts(may("sts:AssumeRoleWithWebIdentity", `{"Federated":"accounts.google.com"}`, `{"StringEquals":{"accounts.google.com:aud":"app"}}`)), TrustFacts{}},
	{"only a Deny", trusts(denyAll), TrustFacts{}},
	{"nobody", trusts(assume(`{}`, "")), TrustFacts{}},
	{"no statements", `{"Statement":[]}`, TrustFacts{}},
}

func TestTrust(t *testing.T) {
	t.Parallel()
	for _, c := range trustCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := mustParse(t, c.doc).Trust(home); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
