package role_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

const (
	adminPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"
	ownPolicy   = "arn:aws:iam::111122223333:policy/ci/web"
	everything  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	little      = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}`
)

var yesterday = time.Date(2026, 11, 19, 7, 0, 0, 0, time.UTC)

// iamOf is an account with one role that has a managed policy on each of two pages, an inline one, and a boundary.
func iamOf(t *testing.T, boundary bool) *awstest.Fake {
	t.Helper()
	out := answer(adminARN, "/", byService)
	out.Role.RoleLastUsed = &types.RoleLastUsed{LastUsedDate: &yesterday}
	if boundary {
		out.Role.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String(ownPolicy)}
	}
	return awstest.New(t).On("iam.GetRole", out).
		On("iam.ListAttachedRolePolicies", func(in any) (any, error) {
			if in.(*iam.ListAttachedRolePoliciesInput).Marker == nil {
				return &iam.ListAttachedRolePoliciesOutput{IsTruncated: true, Marker: aws.String("2"), AttachedPolicies: []types.AttachedPolicy{{PolicyArn: aws.String(adminPolicy)}}}, nil
			}
			return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: []types.AttachedPolicy{{PolicyArn: aws.String(ownPolicy)}}}, nil
		}).
		On("iam.ListRolePolicies", &iam.ListRolePoliciesOutput{PolicyNames: []string{"logs"}}).
		On("iam.GetRolePolicy", &iam.GetRolePolicyOutput{PolicyDocument: aws.String(url.PathEscape(little))}).
		On("iam.GetPolicy", func(in any) (any, error) {
			return &iam.GetPolicyOutput{Policy: &types.Policy{Arn: in.(*iam.GetPolicyInput).PolicyArn, DefaultVersionId: aws.String("v3")}}, nil
		}).
		On("iam.GetPolicyVersion", func(in any) (any, error) {
			q := in.(*iam.GetPolicyVersionInput)
			if *q.VersionId != "v3" {
				return nil, fmt.Errorf("version %s was asked for", *q.VersionId)
			}
			text := little
			if *q.PolicyArn == adminPolicy {
				text = everything
			}
			return &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{Document: aws.String(url.PathEscape(text))}}, nil
		})
}

func TestReadRights(t *testing.T) {
	t.Parallel()
	for _, bounded := range []bool{false, true} {
		s, err := role.Rights.Read(t.Context(), iamOf(t, bounded).Config(), admin())
		if err != nil {
			t.Fatal(err)
		}
		if list, missing := s.Policies, s.Missing(); missing != nil || len(list) != 3 || list[0].Name != "AdministratorAccess" || list[1].ARN != ownPolicy || list[2].Name != "logs" || list[2].ARN != "" {
			t.Errorf("%+v, %v", list, missing)
		}
		may, missing := s.Granted()
		if missing != nil || may.Administrator() == bounded {
			t.Errorf("boundary %v: %v", bounded, missing)
		}
		if got := strings.Join(s.Self(), " "); got != adminARN+" "+ownPolicy {
			t.Errorf("self: %s", got)
		}
		if !s.LastUsed.Equal(yesterday) || s.ARN != adminARN || s.OfAWS() {
			t.Errorf("%+v", s)
		}
	}
}

func TestRightsThatAreRefused(t *testing.T) {
	t.Parallel()
	for operation, all := range map[string]bool{
		"iam.ListAttachedRolePolicies": false, "iam.ListRolePolicies": false, "iam.GetRolePolicy": false, "iam.GetPolicy": true, "iam.GetPolicyVersion": true,
	} {
		s, err := role.Rights.Read(t.Context(), iamOf(t, true).On(operation, awstest.Error("Throttling")).Config(), admin())
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		faults := resource.Faults(s)
		may, missing := s.Granted()
		if len(faults) == 0 || !awserr.IsThrottled(faults[0]) || missing == nil || (may == nil) != all {
			t.Errorf("%s: faults %v, missing %v, permissions %v", operation, faults, missing, may)
		}
	}
	for code, is := range map[string]func(error) bool{"NoSuchEntity": awserr.IsNotFound, "AccessDenied": awserr.IsDenied, "Throttling": awserr.IsThrottled} {
		if _, err := role.Rights.Read(t.Context(), awstest.New(t).On("iam.GetRole", awstest.Error(code)).Config(), admin()); !is(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, one := range []struct {
		operation string
		answer    any
	}{
		{"iam.GetPolicy", &iam.GetPolicyOutput{}},
		{"iam.GetPolicyVersion", &iam.GetPolicyVersionOutput{}},
		{"iam.GetPolicyVersion", &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{Document: aws.String(`{"Statement":[{`)}}},
		{"iam.GetRolePolicy", &iam.GetRolePolicyOutput{}},
	} {
		s, err := role.Rights.Read(t.Context(), iamOf(t, false).On(one.operation, one.answer).Config(), admin())
		if err != nil {
			t.Fatal(err)
		}
		if _, missing := s.Granted(); missing == nil {
			t.Errorf("an odd answer to %s passed", one.operation)
		}
	}
}

func TestGrantedTooLarge(t *testing.T) {
	t.Parallel()
	large := `{"Statement":[` + strings.Repeat(`{"Effect":"Allow","Action":"`+strings.Repeat("a", 4000)+`","Resource":"*"},`, 80) + `{"Effect":"Allow"}]}`
	s, err := role.Rights.Read(t.Context(), iamOf(t, false).On("iam.GetRolePolicy", &iam.GetRolePolicyOutput{PolicyDocument: &large}).Config(), admin())
	if err != nil {
		t.Fatal(err)
	}
	if may, err := s.Granted(); may != nil || err == nil {
		t.Errorf("%v, %v", may, err)
	}
}

// account answers GetAccountAuthorizationDetails with one page each for policies, roles and policies again.
func account(calls *int) func(any) (any, error) {
	version := func(text string) []types.PolicyVersion {
		return []types.PolicyVersion{{Document: aws.String(url.PathEscape(little))}, {IsDefaultVersion: true, Document: aws.String(url.PathEscape(text))}}
	}
	roles := []types.RoleDetail{}
	for _, id := range []string{"a", "b", "c", "d", "other"} {
		roles = append(roles, types.RoleDetail{
			RoleName: aws.String(id), Arn: aws.String("arn:aws:iam::111122223333:role/" + id), Path: aws.String("/"),
			AttachedManagedPolicies: []types.AttachedPolicy{{PolicyArn: aws.String(ownPolicy)}},
			RolePolicyList:          []types.PolicyDetail{{PolicyName: aws.String("logs"), PolicyDocument: aws.String(url.PathEscape(little))}},
		})
	}
	roles[1].PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String(ownPolicy + "-boundary")}
	roles[2].AttachedManagedPolicies = []types.AttachedPolicy{{PolicyArn: aws.String(adminPolicy)}}
	pages := []iam.GetAccountAuthorizationDetailsOutput{
		{IsTruncated: true, Marker: aws.String("1"), Policies: []types.ManagedPolicyDetail{{Arn: aws.String(ownPolicy), PolicyName: aws.String("web"), PolicyVersionList: version(everything)}}},
		{IsTruncated: true, Marker: aws.String("2"), RoleDetailList: roles},
		{IsTruncated: true, Marker: aws.String("3"), Policies: []types.ManagedPolicyDetail{
			{Arn: aws.String(ownPolicy + "-boundary"), PolicyVersionList: version(little)},
			{Arn: aws.String("arn:aws:iam::111122223333:policy/unused"), PolicyVersionList: version(little)},
			{Arn: aws.String(adminPolicy), PolicyVersionList: version(everything)},
		}},
		{},
	}
	return func(in any) (any, error) {
		*calls++
		marker := in.(*iam.GetAccountAuthorizationDetailsInput).Marker
		if marker == nil {
			return &pages[0], nil
		}
		return &pages[int((*marker)[0]-'0')], nil
	}
}

func refsOf(ids ...string) []resource.Ref {
	var out []resource.Ref
	for _, id := range ids {
		out = append(out, resource.Ref{Kind: "role", ID: id, Account: "111122223333"})
	}
	return out
}

func TestReadManyRights(t *testing.T) {
	t.Parallel()
	calls := 0
	fake := awstest.New(t).On("iam.GetAccountAuthorizationDetails", account(&calls))
	found, err := role.Rights.ReadMany(t.Context(), fake.Config(), refsOf("a", "b", "c", "d"))
	if err != nil {
		t.Fatal(err)
	}
	if calls != 3 {
		t.Errorf("%d pages were read; the fourth holds nothing that was asked for", calls)
	}
	for id, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		s, ok := found[refsOf(id)[0]]
		may, missing := s.Granted()
		if !ok || missing != nil || may.Administrator() != want || s.Name != id {
			t.Errorf("%s: %+v, %v", id, s, missing)
		}
		if len(s.Policies) != 2 || s.Policies[1].Name != "logs" {
			t.Errorf("%s: %+v", id, s.Policies)
		}
	}
	if len(found) != 4 {
		t.Errorf("%d roles, four were asked for", len(found))
	}
}

func TestReadManyFindsWhatIsGone(t *testing.T) {
	t.Parallel()
	calls := 0
	fake := awstest.New(t).On("iam.GetAccountAuthorizationDetails", account(&calls))
	found, err := role.Rights.ReadMany(t.Context(), fake.Config(), refsOf("a", "b", "c", "gone"))
	if err != nil || len(found) != 3 || calls != 4 {
		t.Errorf("%d roles in %d calls, %v", len(found), calls, err)
	}
	fake.On("iam.GetAccountAuthorizationDetails", awstest.Error("AccessDenied"))
	if _, err := role.Rights.ReadMany(t.Context(), fake.Config(), refsOf("a", "b", "c", "d")); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
}

// A policy that is on no page is read by itself.
func TestReadManyLooksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	detail := func(id string) types.RoleDetail {
		return types.RoleDetail{RoleName: &id, AttachedManagedPolicies: []types.AttachedPolicy{{PolicyArn: aws.String(adminPolicy)}}}
	}
	fake := iamOf(t, false).On("iam.GetAccountAuthorizationDetails", &iam.GetAccountAuthorizationDetailsOutput{
		RoleDetailList: []types.RoleDetail{detail("a"), detail("b"), detail("c"), detail("d")},
	})
	found, err := role.Rights.ReadMany(t.Context(), fake.Config(), refsOf("a", "b", "c", "d"))
	if err != nil {
		t.Fatal(err)
	}
	if may, missing := found[refsOf("d")[0]].Granted(); missing != nil || !may.Administrator() {
		t.Errorf("%v", missing)
	}
}

func TestReadFew(t *testing.T) {
	t.Parallel()
	found, err := role.Rights.ReadMany(t.Context(), iamOf(t, false).Config(), refsOf("a", "b"))
	if err != nil || len(found) != 2 {
		t.Errorf("%+v, %v", found, err)
	}
	found, err = role.Rights.ReadMany(t.Context(), awstest.New(t).On("iam.GetRole", awstest.Error("NoSuchEntity")).Config(), refsOf("a"))
	if err != nil || len(found) != 0 {
		t.Errorf("gone: %+v, %v", found, err)
	}
	if _, err = role.Rights.ReadMany(t.Context(), awstest.New(t).On("iam.GetRole", awstest.Error("Throttling")).Config(), refsOf("a")); !awserr.IsThrottled(err) {
		t.Errorf("throttled: %v", err)
	}
}

func TestRightsActions(t *testing.T) {
	t.Parallel()
	calls := 0
	fake := iamOf(t, true).On("iam.GetAccountAuthorizationDetails", account(&calls)).On("iam.ListRoles", pages)
	_, err := role.Rights.Read(t.Context(), fake.Config(), admin())
	_, many := role.Rights.ReadMany(t.Context(), fake.Config(), refsOf("a", "b", "c", "d"))
	if err := errors.Join(err, many); err != nil {
		t.Fatal(err)
	}
	for range role.Rights.List(t.Context(), fake.Config(), admin()) {
		continue
	}
	fake.ExpectActions(role.Rights.Actions)
}

func TestToldRights(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		told   bool
		admin  bool
		known  bool // the document
	}{
		{"iam/AttachRolePolicy.json", nil, true, true, true},
		{"iam/AttachRolePolicy.json", map[string]any{"requestParameters.policyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}, true, true, true},
		{"iam/AttachRolePolicy.json", map[string]any{"requestParameters.policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"}, true, false, false},
		{"iam/AttachRolePolicy.json", map[string]any{"requestParameters.policyArn": "arn:aws:iam::aws:policy/odd/AdministratorAccess"}, true, false, false},
		{"iam/AttachRolePolicy-read-only.json", nil, true, false, false},
		{"iam/PutRolePolicy.json", map[string]any{"requestParameters.policyDocument": everything}, true, true, true},
		{"iam/PutRolePolicy.json", map[string]any{"requestParameters.policyDocument": everything[:40]}, true, false, false},
		{"iam/PutRolePolicy.json", map[string]any{"requestParameters": nil}, false, false, false},
		{"iam/PutRolePolicy.json", map[string]any{"errorCode": "AccessDenied"}, false, false, false},
		{"iam/DetachRolePolicy.json", nil, false, false, false},
		{"iam/CreateRole.json", nil, false, false, false},
	} {
		s, ok := role.Rights.Told(checktest.Sample(t, one.sample, one.change))
		if ok != one.told {
			t.Errorf("%s %v: told %v", one.sample, one.change, ok)
		}
		if !ok {
			continue
		}
		may, missing := s.Granted()
		if !errors.Is(missing, resource.ErrNotTold) || (may != nil) != one.known || may != nil && may.Administrator() != one.admin {
			t.Errorf("%s %v: %v, %v", one.sample, one.change, may, missing)
		}
	}
}
