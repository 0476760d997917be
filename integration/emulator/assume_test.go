package emulator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/event"
)

const (
	central  = "777788889999"
	outsider = "555566667777"
	org      = "o-exampleorgid"

	// memberTrust is how a member's role trusts the auditor of the central account.
	memberTrust = `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:role/pipewarden/auditor"},"Action":"sts:AssumeRole","Condition":{
			"StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid","sts:RoleSessionName":"pipewarden-auditor","aws:RequestTag/pipewarden":"auditor"}}},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:role/pipewarden/auditor"},"Action":"sts:TagSession","Condition":{
			"StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid","aws:RequestTag/pipewarden":"auditor"},"ForAllValues:StringEquals":{"aws:TagKeys":["pipewarden"]}}}]}`
)

// organised is an organisation of a management account, the central one and two members. The auditor's role may take that of every member.
func organised(t *testing.T, a *AWS) *Organization {
	t.Helper()
	o := a.NewOrganization(org, "123456789012")
	workloads := o.Unit("workloads", o.Root())
	o.Add(central, "security", o.Unit("security", o.Root()))
	o.Add(account, "web", workloads)
	o.Add(other, "payments", o.Unit("prod", workloads))
	makeRole(t, a, central, "auditor", "/pipewarden/", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	grant(t, a, central, "auditor", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],
		"Resource":"arn:aws:iam::*:role/pipewarden-audit","Condition":{"StringEquals":{"aws:ResourceOrgID":"o-exampleorgid"}}}]}`)
	for _, id := range []string{account, outsider} {
		makeRole(t, a, id, "pipewarden-audit", "/", memberTrust)
	}
	return o
}

func makeRole(t *testing.T, a *AWS, in, name, path, trust string) {
	t.Helper()
	made, err := iam.NewFromConfig(a.Config(in, region)).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: &trust})
	ok(t, made, err)
}

func grant(t *testing.T, a *AWS, in, role, document string) {
	t.Helper()
	put, err := iam.NewFromConfig(a.Config(in, region)).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: s("may"), PolicyDocument: &document})
	ok(t, put, err)
}

var auditor = Caller{Account: central, Role: "auditor", Session: "pipewarden-auditor"}

func audit(change ...func(*sts.AssumeRoleInput)) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{
		RoleArn: s("arn:aws:iam::111122223333:role/pipewarden-audit"), RoleSessionName: s("pipewarden-auditor"),
		Tags: []types.Tag{{Key: s("pipewarden"), Value: s("auditor")}},
	}
	for _, one := range change {
		one(in)
	}
	return in
}

func TestWhoMayTakeARole(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	o := organised(t, a)
	makeRole(t, a, other, "open", "/", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"sts:AssumeRole"},
		{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"forbidden"}}}]}`)
	role := func(name string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.RoleArn = &name }
	}
	session := func(name string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.RoleSessionName = &name }
	}
	tags := func(tags ...types.Tag) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.Tags = tags }
	}
	open := role("arn:aws:iam::444455556666:role/open")
	admin := Caller{Account: central, Role: "Admin"}
	for name, one := range map[string]struct {
		who    Caller
		in     *sts.AssumeRoleInput
		denied string // the action
	}{
		"admitted":                       {auditor, audit(), ""},
		"another role":                   {admin, audit(), "sts:AssumeRole"},
		"the role's name elsewhere":      {Caller{Account: account, Role: "auditor", Session: "pipewarden-auditor"}, audit(), "sts:AssumeRole"},
		"another session name":           {auditor, audit(session("someone")), "sts:AssumeRole"},
		"no tag":                         {auditor, audit(tags()), "sts:AssumeRole"},
		"another value of the tag":       {auditor, audit(tags(types.Tag{Key: s("pipewarden"), Value: s("remediator")})), "sts:AssumeRole"},
		"one tag too many":               {auditor, audit(tags(types.Tag{Key: s("pipewarden"), Value: s("auditor")}, types.Tag{Key: s("team"), Value: s("x")})), "sts:TagSession"},
		"no such role":                   {auditor, audit(role("arn:aws:iam::444455556666:role/pipewarden-audit")), "sts:AssumeRole"},
		"another path":                   {auditor, audit(role("arn:aws:iam::111122223333:role/other/pipewarden-audit")), "sts:AssumeRole"},
		"an account of nobody":           {auditor, audit(role("arn:aws:iam::555566667777:role/pipewarden-audit")), "sts:AssumeRole"},
		"one that its own policy holds":  {auditor, audit(open), "sts:AssumeRole"},
		"a path that is not the role's":  {admin, audit(role("arn:aws:iam::444455556666:role/x/open"), tags()), "sts:AssumeRole"},
		"an account that is trusted":     {admin, audit(open, tags()), ""},
		"tags that nobody lets it carry": {admin, audit(open), "sts:TagSession"},
		"denied by name of the session":  {admin, audit(open, tags(), session("forbidden")), "sts:AssumeRole"},
		"somebody else's user":           {Caller{Account: account, User: "alice"}, audit(open, tags()), "sts:AssumeRole"},
		"a user of the trusted account":  {Caller{Account: central, User: "alice"}, audit(open, tags()), ""},
	} {
		_, err := sts.NewFromConfig(a.As(one.who, region)).AssumeRole(t.Context(), one.in)
		var api smithy.APIError
		switch {
		case one.denied == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case one.denied != "" && (!errors.As(err, &api) || api.ErrorCode() != "AccessDenied"):
			t.Errorf("%s: %v", name, err)
		case one.denied != "":
			contains(t, name, api.ErrorMessage(), "User: "+a.callers[keyOf(a, one.who)].arn+" is not authorized to perform: "+one.denied+" on resource: "+*one.in.RoleArn)
		}
	}
	take := func() error {
		_, err := sts.NewFromConfig(a.As(auditor, region)).AssumeRole(t.Context(), audit())
		return err
	}
	o.Suspend(account)
	refused(t, take(), "AccessDenied")
	o.Remove(account)
	refused(t, take(), "AccessDenied")
	o.Add(account, "web", o.Root())
	if err := take(); err != nil {
		t.Error(err)
	}
	out, err := sts.NewFromConfig(a.As(auditor, region)).AssumeRole(t.Context(), audit())
	if err != nil {
		t.Fatal(err)
	}
	keys, cfg := out.Credentials, a.As(auditor, region)
	cfg.Credentials = credentials.NewStaticCredentialsProvider(*keys.AccessKeyId, *keys.SecretAccessKey, *keys.SessionToken)
	look := func() error {
		_, err := codebuild.NewFromConfig(cfg).ListProjects(t.Context(), &codebuild.ListProjectsInput{})
		return err
	}
	if err := look(); err != nil {
		t.Error(err)
	}
	o.Suspend(account) // the session stays, and opens nothing
	refused(t, look(), "AccessDenied")
	o.Suspend(central)
	refused(t, take(), "AccessDenied")
}

func keyOf(a *AWS, c Caller) string { return a.mint(c, region).AccessKeyID }

func TestWishesThatAreNone(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	organised(t, a)
	for name, change := range map[string]func(*sts.AssumeRoleInput){
		"no ARN":        func(in *sts.AssumeRoleInput) { in.RoleArn = s("pipewarden-audit-of-the-member") },
		"a short name":  func(in *sts.AssumeRoleInput) { in.RoleSessionName = s("x") },
		"a day":         func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(86400) },
		"a blink":       func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(1) },
		"chained hours": func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) },
	} {
		_, err := sts.NewFromConfig(a.As(auditor, region)).AssumeRole(t.Context(), audit(change))
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "ValidationError" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSessionsAreOfTheirAccount: what is done with the credentials is done by the role, in its account.
func TestSessionsAreOfTheirAccount(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	organised(t, a)
	var records []map[string]any
	a.RecordTrail(func(record map[string]any) { records = append(records, record) })
	cfg := a.As(auditor, "eu-west-2")
	taken, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), audit())
	keys := ok(t, taken, err).Credentials
	equal(t, "session", *taken.AssumedRoleUser.Arn, "arn:aws:sts::111122223333:assumed-role/pipewarden-audit/pipewarden-auditor")
	cfg.Region, cfg.Credentials = region, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *keys.AccessKeyId, SecretAccessKey: *keys.SecretAccessKey, SessionToken: *keys.SessionToken}, nil
	})
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	equal(t, "account", *ok(t, who, err).Account, account)
	newRole := &iam.CreateRoleInput{RoleName: s("made"), AssumeRolePolicyDocument: s(`{"Version":"2012-10-17","Statement":[]}`)}
	made, err := iam.NewFromConfig(cfg).CreateRole(t.Context(), newRole)
	equal(t, "made in", *ok(t, made, err).Role.Arn, "arn:aws:iam::111122223333:role/made")

	var have []string
	for _, record := range records {
		raw, err := Envelope(record)
		e, err2 := event.Decode(ok(t, raw, err))
		id := ok(t, e, err2).Identity()
		have = append(have, strings.Join([]string{e.Name(), e.Account, e.Region, fmt.Sprint(record["readOnly"]), id.String("type"), id.String("accountId"), id.String("arn"), e.Request().String("roleArn")}, " "))
	}
	const role = "arn:aws:iam::111122223333:role/pipewarden-audit"
	want := []string{
		"AssumeRole 777788889999 eu-west-2 true AssumedRole 777788889999 arn:aws:sts::777788889999:assumed-role/auditor/pipewarden-auditor " + role,
		"AssumeRole 111122223333 eu-west-2 true AWSAccount 777788889999  " + role,
		"CreateRole 111122223333 us-east-1 false AssumedRole 111122223333 arn:aws:sts::111122223333:assumed-role/pipewarden-audit/pipewarden-auditor ",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	equal(t, "tags", fmt.Sprint(child(records[1], "requestParameters")["tags"]), "[map[key:pipewarden value:auditor]]")
	equal(t, "shared", records[0]["sharedEventID"] == records[1]["sharedEventID"] && records[0]["eventID"] != records[1]["eventID"], true)
}

// TestWhatIsNotUnderstoodIsNamed: a condition that the front cannot judge fails the test that meets it.
func TestWhatIsNotUnderstoodIsNamed(t *testing.T) {
	t.Parallel()
	ForTest(t)
	a, err := Start(t.Context(), Options{})
	ok(t, a, err)
	defer a.Close()
	for _, condition := range []string{`"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}`, `"StringEquals":{"aws:VpcSourceIp":"x"}`, `"ForSome:StringEquals":{"aws:TagKeys":"x"}`} {
		role := fmt.Sprintf("r%d", len(a.Unimplemented()))
		makeRole(t, a, account, role, "/", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"777788889999"},"Action":"sts:AssumeRole","Condition":{`+condition+`}}]}`)
		_, err := sts.NewFromConfig(a.Config(central, region)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: s("arn:aws:iam::111122223333:role/" + role), RoleSessionName: s("run")})
		refused(t, err, "AccessDenied")
	}
	equal(t, "named", fmt.Sprint(a.Unimplemented()), "[sts:AssumeRole on the condition NumericLessThan aws:MultiFactorAuthAge"+
		" sts:AssumeRole on the condition StringEquals aws:VpcSourceIp sts:AssumeRole on the condition ForSome:StringEquals aws:TagKeys]")
}
