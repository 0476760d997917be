package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const home = "111122223333"

// allow is a document with one Allow; principal and condition are JSON, condition may be "".
func allow(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":%s,`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"%s}]}`, principal, condition)
}

func everyone(operator, key, values string) string {
	return allow(`"*"`, fmt.Sprintf(`{%q:{%q:%s}}`, operator, key, values))
}

const denyAll = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`

type publicness struct {
	name    string
	doc     string
	kind    Kind // "" is Bucket
	public  bool
	why     string // part of the sentence that decides: the public one, or the first
	outside string // comma-separated
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, table := range [][]publicness{principalCases, conditionCases, addressCases, documentCases, kindCases} {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				checkVerdict(t, c)
			})
		}
	}
}

func checkVerdict(t *testing.T, c publicness) {
	t.Helper()
	d, err := Parse([]byte(c.doc))
	if err != nil {
		t.Fatal(err)
	}
	kind := c.kind
	if kind == "" {
		kind = Bucket
	}
	v := d.Judge(kind, home)
	if v.Public != c.public {
		t.Errorf("public = %v, want %v: %+v", v.Public, c.public, v.Statements)
	}
	if got := strings.Join(v.Outside, ","); got != c.outside {
		t.Errorf("outside = %q, want %q", got, c.outside)
	}
	if len(v.Statements) != len(d.Statements) {
		t.Fatalf("%d verdicts for %d statements", len(v.Statements), len(d.Statements))
	}
	at := max(0, slices.IndexFunc(v.Statements, func(s StatementVerdict) bool { return s.Public }))
	if len(v.Statements) > 0 && !strings.Contains(v.Statements[at].Why, c.why) {
		t.Errorf("why = %q, want %q in it", v.Statements[at].Why, c.why)
	}
}

var principalCases = []publicness{
	{name: "star", doc: allow(`"*"`, ""), public: true, why: "allows everyone: principal * and no condition that fixes who"},
	{name: "AWS star", doc: allow(`{"AWS":"*"}`, ""), public: true, why: "principal *"},
	{name: "AWS star in a list", doc: allow(`{"AWS":["*"]}`, ""), public: true, why: "principal *"},
	{name: "AWS star beside an account", doc: allow(`{"AWS":["444455556666","*"]}`, ""), public: true, why: "principal *", outside: "444455556666"},
	{name: "AWS empty condition", doc: allow(`"*"`, `{}`), public: true, why: "no condition"},
	{name: "account by number", doc: allow(`{"AWS":"444455556666"}`, ""), why: "not public: names account 444455556666", outside: "444455556666"},
	{name: "account by ARN", doc: allow(`{"AWS":"arn:aws:iam::444455556666:root"}`, ""), why: "names account 444455556666", outside: "444455556666"},
	{name: "home account", doc: allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), why: "names account 111122223333"},
	{name: "accounts in a list, twice", doc: allow(`{"AWS":["arn:aws:iam::777788889999:role/x","444455556666","arn:aws:iam::444455556666:user/y"]}`, ""),
		why: "names account 777788889999, account 444455556666", outside: "444455556666,777788889999"},
	{name: "other partition", doc: allow(`{"AWS":"arn:aws-cn:iam::444455556666:root"}`, ""), outside: "444455556666"},
	{name: "role session", doc: allow(`{"AWS":"arn:aws:sts::444455556666:assumed-role/r/s"}`, ""), outside: "444455556666"},
	{name: "deleted principal", doc: allow(`{"AWS":"AIDAEXAMPLEEXAMPLE"}`, ""), why: "names AIDAEXAMPLEEXAMPLE"},
	{name: "origin access identity", doc: allow(`{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}`, "")},
	{name: "wildcard account in ARN", doc: allow(`{"AWS":"arn:aws:iam::*:root"}`, ""), public: true, why: "principal arn:aws:iam::*:root has a wildcard"},
	{name: "wildcard role in ARN", doc: allow(`{"AWS":"arn:aws:iam::444455556666:role/*"}`, ""), public: true, why: "wildcard", outside: "444455556666"},
	{name: "variable in ARN", doc: allow(`{"AWS":"arn:aws:iam::444455556666:user/${aws:username}"}`, ""), public: true, why: "policy variable", outside: "444455556666"},
	{name: "service", doc: allow(`{"Service":"cloudtrail.amazonaws.com"}`, ""), why: "names service cloudtrail.amazonaws.com"},
	{name: "services in a list", doc: allow(`{"Service":["cloudtrail.amazonaws.com","delivery.logs.amazonaws.com"]}`, "")},
	{name: "any service", doc: allow(`{"Service":"*"}`, ""), public: true, why: "principal * has a wildcard"},
	{name: "canonical user", doc: allow(`{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedEXAMPLE"}`, ""), why: "canonical user", outside: "79a59df900b949e55d96a1e698fbacedEXAMPLE"},
	{name: "canonical user wildcard", doc: allow(`{"CanonicalUser":"*"}`, ""), public: true, why: "wildcard"},
	{name: "facebook", doc: allow(`{"Federated":"graph.facebook.com"}`, ""), public: true, why: "anybody can sign in at graph.facebook.com"},
	{name: "google in a bucket is not bound by its audience", doc: allow(`{"Federated":"accounts.google.com"}`, `{"StringEquals":{"accounts.google.com:aud":"app"}}`), public: true},
	{name: "own SAML provider", doc: allow(`{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"}`, ""), why: "account 111122223333"},
	{name: "foreign SAML provider", doc: allow(`{"Federated":"arn:aws:iam::444455556666:saml-provider/corp"}`, ""), outside: "444455556666"},
	{name: "own OIDC provider", doc: allow(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`, "")},
	{name: "provider by pattern", doc: allow(`{"Federated":"arn:aws:iam::111122223333:saml-provider/*"}`, ""), public: true},
	{name: "no principal kinds", doc: allow(`{}`, ""), why: "names nobody"},
	{name: "AWS empty list", doc: allow(`{"AWS":[]}`, ""), why: "names nobody"},
	{name: "NotPrincipal", doc: `{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}]}`,
		public: true, why: "NotPrincipal admits all others"},
	{name: "NotPrincipal, bound", doc: `{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"*","Resource":"*",
		"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}]}`, why: "bound by aws:SourceVpce"},
	{name: "no principal at all", doc: `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, public: true, why: "no principal is named"},
}

var conditionCases = []publicness{
	{name: "SourceArn", doc: everyone("ArnEquals", "aws:SourceArn", `"arn:aws:sns:eu-west-1:444455556666:t"`), why: "bound by aws:SourceArn", outside: "444455556666"},
	{name: "SourceArn of a bucket", doc: everyone("ArnLike", "aws:SourceArn", `"arn:aws:s3:::other"`)},
	{name: "SourceArn under StringEquals", doc: everyone("StringEquals", "aws:SourceArn", `"arn:aws:sns:eu-west-1:111122223333:t"`)},
	{name: "SourceArn wildcard", doc: everyone("ArnLike", "aws:SourceArn", `"arn:aws:sns:*:*:*"`), public: true, why: "aws:SourceArn has a wildcard"},
	{name: "SourceArn question mark", doc: everyone("ArnLike", "aws:SourceArn", `"arn:aws:sns:eu-west-1:11112222333?:t"`), public: true},
	{name: "SourceArn negated", doc: everyone("ArnNotEquals", "aws:SourceArn", `"arn:aws:sns:eu-west-1:444455556666:t"`), public: true, why: "under ArnNotEquals"},
	{name: "SourceVpc", doc: everyone("StringEquals", "aws:SourceVpc", `"vpc-1"`), why: "bound by aws:SourceVpc"},
	{name: "SourceVpc StringLike literal", doc: everyone("StringLike", "aws:SourceVpc", `"vpc-91237329"`)},
	{name: "SourceVpc StringLike vpc-*", doc: everyone("StringLike", "aws:SourceVpc", `"vpc-*"`), public: true, why: "aws:SourceVpc has a wildcard"},
	{name: "SourceVpc StringEquals vpc-*", doc: everyone("StringEquals", "aws:SourceVpc", `"vpc-*"`), public: true},
	{name: "SourceVpc under ArnEquals", doc: everyone("ArnEquals", "aws:SourceVpc", `"vpc-1"`), public: true},
	{name: "SourceVpce list", doc: everyone("StringEquals", "aws:SourceVpce", `["vpce-1","vpce-2"]`), why: "bound by aws:SourceVpce"},
	{name: "SourceVpce one of two loose", doc: everyone("StringLike", "aws:SourceVpce", `["vpce-1","vpce-*"]`), public: true},
	{name: "SourceVpce no values", doc: everyone("StringEquals", "aws:SourceVpce", `[]`), public: true, why: "has no value"},
	{name: "SourceVpce empty", doc: everyone("StringEquals", "aws:SourceVpce", `""`), public: true, why: "is empty"},
	{name: "SourceOwner", doc: everyone("StringEquals", "AWS:SourceOwner", `"444455556666"`), why: "bound by aws:SourceOwner", outside: "444455556666"},
	{name: "SourceAccount", doc: everyone("StringEquals", "aws:SourceAccount", `"111122223333"`), why: "bound by aws:SourceAccount"},
	{name: "SourceAccount given as a number", doc: everyone("StringEquals", "aws:SourceAccount", `444455556666`), outside: "444455556666"},
	{name: "key in other letters", doc: everyone("StringEquals", "AWS:SOURCEACCOUNT", `"444455556666"`), why: "bound by aws:SourceAccount", outside: "444455556666"},
	{name: "operator in other letters", doc: everyone("stringequals", "aws:SourceAccount", `"111122223333"`)},
	{name: "StringEqualsIgnoreCase", doc: everyone("StringEqualsIgnoreCase", "aws:SourceVpc", `"VPC-1"`)},
	{name: "StringNotEquals", doc: everyone("StringNotEquals", "aws:SourceAccount", `"444455556666"`), public: true, why: "under StringNotEquals"},
	{name: "StringEqualsIfExists", doc: everyone("StringEqualsIfExists", "aws:SourceAccount", `"111122223333"`), public: true, why: "under StringEqualsIfExists"},
	{name: "ForAllValues", doc: everyone("ForAllValues:StringEquals", "aws:PrincipalOrgID", `"o-abc1234567"`), public: true, why: "under ForAllValues:StringEquals"},
	{name: "ForAnyValue", doc: everyone("ForAnyValue:StringEquals", "aws:PrincipalOrgID", `"o-abc1234567"`), outside: "o-abc1234567"},
	{name: "ForAnyValue IfExists", doc: everyone("ForAnyValue:StringEqualsIfExists", "aws:PrincipalOrgID", `"o-abc1234567"`), public: true},
	{name: "Null", doc: everyone("Null", "aws:SourceVpce", `"false"`), public: true, why: "under Null"},
	{name: "variable", doc: everyone("StringEquals", "aws:SourceVpc", `"${aws:PrincipalTag/vpc}"`), public: true, why: "has a policy variable"},
	{name: "kms key id", doc: everyone("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", `"arn:aws:kms:eu-west-1:111122223333:key/k"`), why: "bound by s3:x-amz"},
	{name: "kms key id wildcard", doc: everyone("StringLike", "s3:x-amz-server-side-encryption-aws-kms-key-id", `"arn:aws:kms:*:*:key/*"`), public: true},
	{name: "userid fixed", doc: everyone("StringEquals", "aws:userid", `"AROAEXAMPLEROLE:session"`), why: "bound by aws:userid"},
	{name: "userid of a user", doc: everyone("StringLike", "aws:userId", `"AIDAEXAMPLEUSER"`)},
	{name: "userid AROLEID:*", doc: everyone("StringLike", "aws:userid", `"AROAEXAMPLEROLE:*"`), public: true, why: "aws:userid has a wildcard"},
	{name: "access point ARN", doc: everyone("StringEquals", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:444455556666:accesspoint/ap"`),
		why: "bound by s3:DataAccessPointArn", outside: "444455556666"},
	{name: "access point name free", doc: everyone("StringLike", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:111122223333:accesspoint/*"`)},
	{name: "access point account free", doc: everyone("StringLike", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:*:accesspoint/ap"`), public: true},
	{name: "access point account partly free", doc: everyone("ArnLike", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:11112222333*:accesspoint/*"`), public: true},
	{name: "access point variable", doc: everyone("ArnLike", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:111122223333:accesspoint/${aws:username}"`), public: true},
	{name: "access point account", doc: everyone("StringEquals", "s3:DataAccessPointAccount", `"111122223333"`), why: "bound by s3:DataAccessPointAccount"},
	{name: "access point account wildcard", doc: everyone("StringLike", "s3:DataAccessPointAccount", `"*"`), public: true},
	{name: "organisation", doc: everyone("StringEquals", "aws:PrincipalOrgID", `"o-abc1234567"`), why: "bound by aws:PrincipalOrgID", outside: "o-abc1234567"},
	{name: "any organisation", doc: everyone("StringLike", "aws:PrincipalOrgID", `"o-*"`), public: true},
	{name: "organisation path", doc: everyone("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", `"o-abc1234567/r-ab12/ou-ab12-11111111/*"`), outside: "o-abc1234567"},
	{name: "organisation path loose", doc: everyone("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", `"o-*/r-ab12/*"`), public: true},
	{name: "organisation path of all", doc: everyone("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", `"*"`), public: true},
	{name: "organisation path under ForAllValues", doc: everyone("ForAllValues:StringLike", "aws:PrincipalOrgPaths", `"o-abc1234567/*"`), public: true},
	{name: "source organisation", doc: everyone("StringEquals", "aws:SourceOrgID", `"o-abc1234567"`), outside: "o-abc1234567"},
	{name: "principal account", doc: everyone("StringEquals", "aws:PrincipalAccount", `["111122223333","444455556666"]`), outside: "444455556666"},
	{name: "principal ARN", doc: everyone("ArnEquals", "aws:PrincipalArn", `"arn:aws:iam::444455556666:role/r"`), outside: "444455556666"},
	{name: "principal ARN wildcard", doc: everyone("ArnLike", "aws:PrincipalArn", `"arn:aws:iam::*:role/r"`), public: true},
	{name: "principal service name", doc: everyone("StringEquals", "aws:PrincipalServiceName", `"cloudtrail.amazonaws.com"`)},
	{name: "endpoint account", doc: everyone("StringEquals", "aws:VpceAccount", `"111122223333"`)},
	{name: "principal tag binds nobody", doc: everyone("StringEquals", "aws:PrincipalTag/team", `"red"`), public: true, why: "no condition that fixes who"},
	{name: "referer binds nobody", doc: everyone("StringLike", "aws:Referer", `"https://example.com/*"`), public: true},
	{name: "TLS binds nobody", doc: everyone("Bool", "aws:SecureTransport", `"true"`), public: true},
	{name: "any service binds nobody", doc: everyone("Bool", "aws:PrincipalIsAWSService", `true`), public: true},
	{name: "kms caller account means nothing to S3", doc: everyone("StringEquals", "kms:CallerAccount", `"111122223333"`), public: true},
	{name: "one binds beside one that does not", doc: allow(`"*"`, `{"StringLike":{"aws:SourceVpc":"vpc-*"},"StringEquals":{"aws:SourceVpce":"vpce-1"}}`), why: "bound by aws:SourceVpce"},
	{name: "two keys leave what they share", doc: allow(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567","aws:PrincipalAccount":["111122223333","444455556666"]},
		"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/r"}}`), why: "aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalOrgID"},
	{name: "a bound wildcard principal", doc: allow(`{"AWS":"arn:aws:iam::*:root"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-abc1234567"}}`), outside: "o-abc1234567"},
}

var addressCases = []publicness{
	{name: "one address", doc: everyone("IpAddress", "aws:SourceIp", `"203.0.113.7"`), why: "bound by aws:SourceIp"},
	{name: "/24", doc: everyone("IpAddress", "aws:SourceIp", `"203.0.113.0/24"`)},
	{name: "/8", doc: everyone("IpAddress", "aws:SourceIp", `"54.0.0.0/8"`)},
	{name: "/7", doc: everyone("IpAddress", "aws:SourceIp", `"54.0.0.0/7"`), public: true, why: "aws:SourceIp is broader than /8"},
	{name: "/1", doc: everyone("IpAddress", "aws:SourceIp", `"0.0.0.0/1"`), public: true},
	{name: "/0", doc: everyone("IpAddress", "aws:SourceIp", `"0.0.0.0/0"`), public: true},
	{name: "private /8", doc: everyone("IpAddress", "aws:SourceIp", `"10.0.0.0/8"`)},
	{name: "private /12 and /16", doc: everyone("IpAddress", "aws:SourceIp", `["172.16.0.0/12","192.168.0.0/16"]`)},
	{name: "IPv6 /32", doc: everyone("IpAddress", "aws:SourceIp", `"2001:db8::/32"`)},
	{name: "IPv6 /31", doc: everyone("IpAddress", "aws:SourceIp", `"2001:db8::/31"`), public: true},
	{name: "IPv6 /0", doc: everyone("IpAddress", "aws:SourceIp", `"::/0"`), public: true},
	{name: "all of IPv4 in IPv6 letters", doc: everyone("IpAddress", "aws:SourceIp", `"::ffff:0.0.0.0/96"`), public: true},
	{name: "one broad of two", doc: everyone("IpAddress", "aws:SourceIp", `["203.0.113.0/24","0.0.0.0/0"]`), public: true},
	{name: "NotIpAddress", doc: everyone("NotIpAddress", "aws:SourceIp", `"203.0.113.0/24"`), public: true, why: "under NotIpAddress"},
	{name: "IpAddressIfExists", doc: everyone("IpAddressIfExists", "aws:SourceIp", `"203.0.113.0/24"`), public: true},
	{name: "address as a string", doc: everyone("StringEquals", "aws:SourceIp", `"203.0.113.7"`), public: true},
	{name: "no address", doc: everyone("IpAddress", "aws:SourceIp", `"203.0.113"`), public: true, why: "is no address range"},
	{name: "no prefix length", doc: everyone("IpAddress", "aws:SourceIp", `"203.0.113.0/99"`), public: true},
	{name: "the address inside a VPC binds nobody", doc: everyone("IpAddress", "aws:VpcSourceIp", `"10.1.0.0/16"`), public: true},
}

var documentCases = []publicness{
	{name: "nothing allowed", doc: `{"Statement":[` + denyAll + `]}`, why: "Deny statements never make a policy public"},
	{name: "no statements", doc: `{"Statement":[]}`},
	{name: "a Deny is not credited", doc: `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
		{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}]}`, public: true},
	{name: "second statement public", doc: `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"},
		{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`, public: true, why: "principal *", outside: "444455556666"},
	{name: "all statements bound", doc: `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"*"}]}`, outside: "444455556666"},
	{name: "single object", doc: `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}`, public: true},
	{name: "NotAction", doc: `{"Statement":{"Effect":"Allow","Principal":"*","NotAction":"s3:DeleteObject","Resource":"*"}}`, public: true},
	{name: "harmless action counts", doc: `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetBucketLocation","Resource":"*"}}`, public: true},
	{name: "no action", doc: `{"Statement":{"Effect":"Allow","Principal":"*","Action":[],"Resource":"*"}}`, public: true, why: "allows no action and is counted all the same"},
	{name: "URL-encoded", doc: `%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%7D%7D`, public: true},
	{name: "escaped letters", doc: `{"Statement":{"Effect":"\u0041llow","Principal":"\u002a","Action":"s3:*"}}`, public: true},
	{name: "old version", doc: `{"Version":"2008-10-17","Id":"x","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"SNS:Publish"}}`, public: true},
}

var kindCases = []publicness{
	{name: "access point: name is no bound", kind: AccessPoint, doc: everyone("StringLike", "s3:DataAccessPointArn", `"arn:aws:s3:eu-west-1:111122223333:accesspoint/ap"`), public: true},
	{name: "access point: its account is no bound", kind: AccessPoint, doc: everyone("StringEquals", "s3:DataAccessPointAccount", `"111122223333"`), public: true},
	{name: "access point: endpoint is", kind: AccessPoint, doc: everyone("StringEquals", "aws:SourceVpce", `"vpce-1"`)},
	{name: "key: caller account", kind: Key, doc: everyone("StringEquals", "kms:CallerAccount", `"444455556666"`), why: "bound by kms:CallerAccount", outside: "444455556666"},
	{name: "key: caller account loose", kind: Key, doc: everyone("StringLike", "kms:CallerAccount", `"*"`), public: true},
	{name: "key: via service alone", kind: Key, doc: everyone("StringEquals", "kms:ViaService", `"s3.eu-west-1.amazonaws.com"`), public: true},
	{name: "key: via service for one account", kind: Key, doc: allow(`{"AWS":"*"}`, `{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com","kms:CallerAccount":"111122223333"}}`)},
	{name: "topic: the default policy", kind: Topic, doc: allow(`{"AWS":"*"}`, `{"StringEquals":{"AWS:SourceOwner":"111122223333"}}`)},
	{name: "topic: open", kind: Topic, doc: allow(`{"AWS":"*"}`, ""), public: true},
	{name: "topic: an S3 key is no bound", kind: Topic, doc: everyone("StringEquals", "s3:DataAccessPointAccount", `"111122223333"`), public: true},
	{name: "repository: open", kind: Repository, doc: allow(`"*"`, ""), public: true},
	{name: "repository: organisation", kind: Repository, doc: everyone("StringEquals", "aws:PrincipalOrgID", `"o-abc1234567"`), outside: "o-abc1234567"},
	{name: "trust: open", kind: Trust, doc: allow(`{"AWS":"*"}`, `{"StringEquals":{"sts:ExternalId":"x"}}`), public: true},
	{name: "trust: identity pool", kind: Trust, doc: allow(`{"Federated":"cognito-identity.amazonaws.com"}`, `{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:x"}}`), why: "bound by cognito-identity.amazonaws.com:aud"},
	{name: "trust: any identity pool", kind: Trust, doc: allow(`{"Federated":"cognito-identity.amazonaws.com"}`, `{"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`), public: true},
	{name: "trust: audience of another provider", kind: Trust, doc: allow(`{"Federated":"accounts.google.com"}`, `{"StringEquals":{"graph.facebook.com:app_id":"1"}}`), public: true},
	{name: "trust: audience beside others", kind: Trust, doc: allow(`{"Federated":"accounts.google.com","AWS":"*"}`, `{"StringEquals":{"accounts.google.com:aud":"1"}}`), public: true},
	{name: "logs: open is not public", kind: Logs, doc: allow(`"*"`, ""), why: "open to writes by any service: principal *"},
	{name: "logs: bound", kind: Logs, doc: everyone("StringEquals", "aws:SourceAccount", `"111122223333"`), why: "bound by aws:SourceAccount"},
	{name: "logs: loose", kind: Logs, doc: everyone("ArnLike", "aws:SourceArn", `"*"`), why: "open to writes by any service: principal * and aws:SourceArn has a wildcard"},
	{name: "logs: one service", kind: Logs, doc: allow(`{"Service":"es.amazonaws.com"}`, ""), why: "names service es.amazonaws.com"},
	{name: "logs: an account is not enforced", kind: Logs, doc: allow(`{"AWS":"444455556666"}`, ""), why: "enforces nothing else"},
	{name: "logs: nor a pattern of accounts", kind: Logs, doc: allow(`{"AWS":"arn:aws:iam::*:root"}`, ""), why: "enforces nothing else"},
}

func TestJudgeWithoutHome(t *testing.T) {
	t.Parallel()
	d := mustParse(t, allow(`{"AWS":["111122223333","444455556666"]}`, ""))
	if got := d.Judge(Bucket, "").Outside; !slices.Equal(got, []string{"111122223333", "444455556666"}) {
		t.Errorf("outside = %v", got)
	}
}

func TestJudgeStatements(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Statement":[`+denyAll+`,{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)
	want := []StatementVerdict{
		{Index: 0, Why: "Deny statements never make a policy public"},
		{Index: 1, Sid: "Open", Public: true, Why: "allows everyone: principal * and no condition that fixes who"},
	}
	if got := d.Judge(Bucket, home).Statements; !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	logs := d.Judge(Logs, home).Statements
	if logs[0].OpenToWrites || !logs[1].OpenToWrites || logs[1].Public {
		t.Errorf("logs: got %+v", logs)
	}
}

func TestNoPolicy(t *testing.T) {
	t.Parallel()
	var d *Document
	if v := d.Judge(Bucket, home); v.Public || v.Statements != nil || v.Outside != nil {
		t.Errorf("got %+v", v)
	}
	if d.DeniesPlaintext("") || d.JSON() != nil || d.Trust(home).Automation {
		t.Error("no policy says something")
	}
}

func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
