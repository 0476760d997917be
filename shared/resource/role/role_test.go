package role_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

const (
	adminARN  = "arn:aws:iam::111122223333:role/Admin"
	byService = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codepipeline.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	byAnyone  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	byMFA     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole",
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`
	abroad = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}]}`
)

func answer(arn, path, trust string) *iam.GetRoleOutput {
	// IAM gives the document URL-encoded.
	return &iam.GetRoleOutput{Role: &types.Role{Arn: aws.String(arn), Path: aws.String(path), AssumeRolePolicyDocument: aws.String(url.PathEscape(trust))}}
}

func admin() resource.Ref { return resource.Ref{Kind: "role", ID: "Admin", Account: "111122223333"} }

func TestRead(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("iam.GetRole", answer("arn:aws:iam::111122223333:role/team/Admin", "/team/", abroad))
	s, err := role.Kind.Read(t.Context(), fake.Config(), admin())
	if err != nil {
		t.Fatal(err)
	}
	facts, ok := s.Facts.Get()
	if !ok || facts.Automation || facts.RequiresMFA || facts.Open || !cmp.Equal(facts.Outside, []string{"444455556666"}) {
		t.Errorf("facts %+v, learned %v", facts, ok)
	}
	if s.Name != "Admin" || s.Path != "/team/" || s.ARN != "arn:aws:iam::111122223333:role/team/Admin" {
		t.Errorf("state %+v", s)
	}
	if document, ok := s.Trust.Get(); !ok || len(document.Statements) != 1 {
		t.Errorf("trust %+v", s.Trust)
	}
	if got := *awstest.Inputs[*iam.GetRoleInput](fake, "iam.GetRole")[0].RoleName; got != "Admin" {
		t.Errorf("asked for %q", got)
	}
}

// The definition is the trust policy in its own words. One that admits everyone is never taken on anybody's word, and what AWS keeps has none.
func TestDefinition(t *testing.T) {
	t.Parallel()
	const everyone = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`
	for name, one := range map[string]struct {
		arn, path, trust, want string
		vouched                bool
	}{
		"by a service":   {adminARN, "/", byService, byService, true},
		"spaced":         {adminARN, "/", byMFA, byMFA, true},
		"abroad":         {adminARN, "/", abroad, abroad, true},
		"everyone":       {adminARN, "/", everyone, everyone, false},
		"torn":           {adminARN, "/", `{"Statement":`, "", true},
		"service-linked": {"arn:aws:iam::111122223333:role/aws-service-role/x/Admin", "/aws-service-role/x/", byService, "", true},
	} {
		a := answer(one.arn, one.path, one.trust)
		a.Role.RoleId = aws.String("AROAADMIN0000EXAMPLE")
		s, err := role.Kind.Read(t.Context(), awstest.New(t).On("iam.GetRole", a).Config(), admin())
		if err != nil || s.ID != "AROAADMIN0000EXAMPLE" {
			t.Fatalf("%s: %+v, %v", name, s, err)
		}
		body, changed := role.Kind.Defined(s)
		if string(body) != one.want || changed.Before(time.Now()) != one.vouched {
			t.Errorf("%s: %s, changed %v", name, body, changed)
		}
	}
	if body, _ := role.Kind.Defined(role.State{Name: "Admin"}); body != nil {
		t.Errorf("what is not known: %s", body)
	}
}

func TestReadBreaks(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]func(error) bool{
		"NoSuchEntity": awserr.IsNotFound, "AccessDenied": awserr.IsDenied, "Throttling": awserr.IsThrottled,
	} {
		fake := awstest.New(t).On("iam.GetRole", awstest.Error(code))
		if _, err := role.Kind.Read(t.Context(), fake.Config(), admin()); !is(err) || !strings.Contains(err.Error(), "read role Admin") {
			t.Errorf("%s: %v", code, err)
		}
	}
	fake := awstest.New(t).On("iam.GetRole", &iam.GetRoleOutput{})
	if _, err := role.Kind.Read(t.Context(), fake.Config(), admin()); err == nil {
		t.Error("an answer without a role passed")
	}
	for _, trust := range []string{"", `{"Version":"2012-10-17","Statem`, "[]"} {
		fake := awstest.New(t).On("iam.GetRole", answer(adminARN, "/", trust))
		s, err := role.Kind.Read(t.Context(), fake.Config(), admin())
		if err != nil {
			t.Fatal(err)
		}
		if s.Facts.Err() == nil || s.Trust.Err() == nil {
			t.Errorf("%q was taken for a trust policy: %+v", trust, s)
		}
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	const inPath = "arn:aws-us-gov:iam::111122223333:role/service-role/web-prod-pipeline"
	for _, one := range []struct {
		arn, found, trust string
		want              *identity.Role // nil: an error
	}{
		{adminARN, adminARN, byAnyone, &identity.Role{}},
		{adminARN, adminARN, byMFA, &identity.Role{RequiresMFA: true}},
		{inPath, inPath, byService, &identity.Role{Automation: true}},
		{adminARN, "arn:aws:iam::111122223333:role/team/Admin", byService, nil},
		{adminARN, "arn:aws:iam::444455556666:role/Admin", byService, nil},
		{adminARN, adminARN, "", nil},
	} {
		fake := awstest.New(t).On("iam.GetRole", answer(one.found, "/", one.trust))
		got, err := role.Actor(t.Context(), fake.Config(), one.arn)
		if (err != nil) != (one.want == nil) || !cmp.Equal(got, one.want) {
			t.Errorf("%s, found %s with %s: %+v, %v", one.arn, one.found, one.trust, got, err)
		}
	}
	for _, bad := range []string{"", "Admin", "arn:aws:iam::111122223333:role/", "arn:aws:iam::111122223333:role/a b", "arn:" + strings.Repeat("x", 200)} {
		if got, err := role.Actor(t.Context(), awstest.New(t).Config(), bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
	fake := awstest.New(t).On("iam.GetRole", awstest.Error("AccessDenied"))
	if _, err := role.Actor(t.Context(), fake.Config(), adminARN); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
}

func pages(in any) (any, error) {
	if in.(*iam.ListRolesInput).Marker == nil {
		return &iam.ListRolesOutput{IsTruncated: true, Marker: aws.String("2"), Roles: []types.Role{{RoleName: aws.String("a")}, {RoleName: aws.String("b")}}}, nil
	}
	return &iam.ListRolesOutput{Roles: []types.Role{{RoleName: aws.String("c")}}}, nil
}

func TestList(t *testing.T) {
	t.Parallel()
	in := resource.Ref{Account: "111122223333", Region: "us-east-1"}
	fake := awstest.New(t).On("iam.ListRoles", pages)
	var got []resource.Ref
	for ref, err := range role.Kind.List(t.Context(), fake.Config(), in) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ref)
	}
	want := []resource.Ref{{Kind: "role", ID: "a", Account: "111122223333"}, {Kind: "role", ID: "b", Account: "111122223333"}, {Kind: "role", ID: "c", Account: "111122223333"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	fake.Forget()
	for range role.Kind.List(t.Context(), fake.Config(), in) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls for a consumer that stopped at once", n)
	}
	fake.On("iam.ListRoles", awstest.Error("Throttling"))
	for _, err := range role.Kind.List(t.Context(), fake.Config(), in) {
		if !awserr.IsThrottled(err) {
			t.Errorf("throttled: %v", err)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("iam.GetRole", answer(adminARN, "/", byMFA)).On("iam.ListRoles", pages)
	if _, err := role.Kind.Read(t.Context(), fake.Config(), admin()); err != nil {
		t.Fatal(err)
	}
	for range role.Kind.List(t.Context(), fake.Config(), admin()) {
		continue
	}
	fake.ExpectActions(role.Kind.Actions)
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"iam/UpdateAssumeRolePolicy.json", nil, "web-prod-pipeline"},
		{"iam/AttachRolePolicy.json", nil, "web-prod-pipeline"},
		{"iam/UpdateAssumeRolePolicy.json", map[string]any{"requestParameters.roleName": "arn:aws:iam::111122223333:role/service-role/other"}, "other"},
		{"iam/UpdateAssumeRolePolicy.json", map[string]any{"requestParameters.roleName": "a\nb"}, ""},
		{"iam/UpdateAssumeRolePolicy.json", map[string]any{"requestParameters": nil}, ""},
		{"iam/CreateUser.json", nil, ""},
		{"codebuild/UpdateProject.json", map[string]any{"requestParameters.roleName": "Admin"}, ""},
	} {
		got := role.Kind.About(checktest.Sample(t, one.sample, one.change))
		var want []resource.Ref
		if one.want != "" {
			want = []resource.Ref{{Kind: "role", ID: one.want, Account: "111122223333"}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %v: %s", one.sample, one.change, diff)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	tell := func(sample string, change map[string]any) (role.State, bool) {
		return role.Kind.Told(checktest.Sample(t, sample, change))
	}
	s, ok := tell("iam/UpdateAssumeRolePolicy-mfa-required.json", nil)
	if facts, _ := s.Facts.Get(); !ok || s.Name != "Admin" || !facts.RequiresMFA {
		t.Errorf("MFA required: %+v, %v", s, ok)
	}
	if s, ok = tell("iam/UpdateAssumeRolePolicy-document-cut.json", nil); !ok || s.Facts.Err() == nil {
		t.Errorf("a cut document was taken for a whole one: %+v", s)
	}
	s, ok = tell("iam/CreateRole.json", nil)
	if facts, _ := s.Facts.Get(); !ok || s.Path != "/service-role/" || !facts.Automation {
		t.Errorf("a role for a service: %+v, %v", s, ok)
	}
	s, ok = tell("iam/CreateRole.json", map[string]any{"responseElements.role.arn": adminARN, "responseElements.role.path": "/"})
	if !ok || s.ARN != adminARN || s.Path != "/" {
		t.Errorf("the answer tells more than the request: %+v", s)
	}
	for _, silent := range []string{"iam/UpdateAssumeRolePolicy-denied.json", "iam/AttachRolePolicy.json", "iam/DeleteRole.json", "iam/CreateUser.json"} {
		if s, ok := tell(silent, nil); ok {
			t.Errorf("%s told %+v", silent, s)
		}
	}
}
