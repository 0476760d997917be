package imagerepository

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const account = "111122223333"

func at(id string) resource.Ref {
	return resource.Ref{Kind: "imagerepository", ID: id, Account: account, Region: "eu-central-1"}
}

func repository(id string) types.Repository {
	return types.Repository{
		RepositoryName: &id, RepositoryArn: aws.String("arn:aws:ecr:eu-central-1:" + account + ":repository/" + id), ImageTagMutability: types.ImageTagMutabilityImmutable,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true},
	}
}

// has answers for repositories of these names as ECR does: for all that are asked for, or for none.
func has(ids ...string) func(any) (any, error) {
	return func(in any) (any, error) {
		input := in.(*ecr.DescribeRepositoriesInput)
		if len(input.RepositoryNames) > 100 {
			return nil, awstest.Error("InvalidParameterException")
		}
		all, out := map[string]bool{}, &ecr.DescribeRepositoriesOutput{}
		for _, id := range ids {
			if all[id] = true; input.RepositoryNames == nil {
				out.Repositories = append(out.Repositories, repository(id))
			}
		}
		for _, id := range input.RepositoryNames {
			if !all[id] {
				return nil, awstest.Error("RepositoryNotFoundException")
			}
			out.Repositories = append(out.Repositories, repository(id))
		}
		return out, nil
	}
}

func scans(kind types.ScanType, frequency types.ScanFrequency, filters ...string) *ecr.GetRegistryScanningConfigurationOutput {
	rule := types.RegistryScanningRule{ScanFrequency: frequency}
	for _, filter := range filters {
		rule.RepositoryFilters = append(rule.RepositoryFilters, types.ScanningRepositoryFilter{Filter: &filter, FilterType: types.ScanningRepositoryFilterTypeWildcard})
	}
	return &ecr.GetRegistryScanningConfigurationOutput{ScanningConfiguration: &types.RegistryScanningConfiguration{ScanType: kind, Rules: []types.RegistryScanningRule{rule}}}
}

func fake(t *testing.T, ids ...string) *awstest.Fake {
	t.Helper()
	return awstest.New(t).On("ecr.DescribeRepositories", has(ids...)).
		On("ecr.GetRegistryScanningConfiguration", scans(types.ScanTypeEnhanced, types.ScanFrequencyScanOnPush, "prod*"))
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := fake(t, "web")
	f.On("ecr.DescribeRepositories", &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{{
		RepositoryName: aws.String("web"), ImageTagMutability: types.ImageTagMutabilityImmutableWithExclusion,
		ImageTagMutabilityExclusionFilters: []types.ImageTagMutabilityExclusionFilter{{Filter: aws.String("latest")}},
	}}})
	s, err := Kind.Read(t.Context(), f.Config(), at("web"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	want := `{"name":"web","scanOnPush":false,"registry":{"type":"ENHANCED","rules":[{"frequency":"SCAN_ON_PUSH","filters":["prod*"]}]},` +
		`"tagMutability":{"setting":"IMMUTABLE_WITH_EXCLUSION","except":["latest"]}}`
	if err != nil || string(raw) != want {
		t.Errorf("got  %s, %v\nwant %s", raw, err, want)
	}
	if calls := f.Calls(); len(calls) != 2 || calls[0].Region != "eu-central-1" || calls[1].Region != "eu-central-1" {
		t.Errorf("calls %+v: two in the repository's region are the budget", calls)
	}
	if input := awstest.Inputs[*ecr.DescribeRepositoriesInput](f, "ecr.DescribeRepositories")[0]; aws.ToString(input.RegistryId) != account {
		t.Errorf("asked for %+v", input)
	}
	f.On("ecr.DescribeRepositories", &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{{RepositoryName: aws.String("web")}}})
	f.On("ecr.GetRegistryScanningConfiguration", &ecr.GetRegistryScanningConfigurationOutput{})
	if s, err = Kind.Read(t.Context(), f.Config(), at("web")); err != nil || s.Mutability.Err() == nil || s.Registry.Err() == nil || !s.ScanOnPush.Is(func(on bool) bool { return !on }) {
		t.Errorf("answers that say nothing: %+v, %v", s, err)
	}
}

func TestReadBroken(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AccessDeniedException", "ThrottlingException"} {
		f := fake(t, "web").On("ecr.GetRegistryScanningConfiguration", awstest.Error(code))
		s, err := Kind.Read(t.Context(), f.Config(), at("web"))
		if err != nil || awserr.Code(s.Registry.Err()) != code || s.ScanOnPush.Err() != nil {
			t.Errorf("the registry, %s: %+v, %v", code, s, err)
		}
		f.On("ecr.DescribeRepositories", awstest.Error(code))
		if _, err = Kind.Read(t.Context(), f.Config(), at("web")); awserr.Code(err) != code {
			t.Errorf("the repository, %s: %v", code, err)
		}
		for _, err := range Kind.List(t.Context(), f.Config(), at("")) {
			if awserr.Code(err) != code {
				t.Errorf("the list, %s: %v", code, err)
			}
		}
	}
	f := fake(t, "web")
	if _, err := Kind.Read(t.Context(), f.Config(), at("gone")); !awserr.IsNotFound(err) {
		t.Errorf("a repository that is gone: %v", err)
	}
	if n := len(f.Calls()); n != 1 {
		t.Errorf("%d calls for one that is gone", n)
	}
	if s, err := Kind.Read(t.Context(), awstest.New(t).Config(), at("ecr-public:web")); err != nil || !s.Gallery || s.Name != "web" {
		t.Errorf("ECR Public has no such settings: %+v, %v", s, err)
	}
}

func TestRepository(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("ecr.DescribeRepositories", has("web"))
	r, err := Repository(t.Context(), f.Config(), at("web"))
	if err != nil || aws.ToString(r.RepositoryName) != "web" {
		t.Errorf("%+v, %v", r, err)
	}
	if calls := f.Calls(); len(calls) != 1 || calls[0].Region != "eu-central-1" {
		t.Errorf("calls %+v", calls)
	}
	if _, err := Repository(t.Context(), f.Config(), at("gone")); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
	f.On("ecr.DescribeRepositories", awstest.Error("AccessDeniedException"))
	if _, err := Repository(t.Context(), f.Config(), at("web")); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	const count = 250
	var refs []resource.Ref
	var ids []string
	for i := range count {
		ids = append(ids, fmt.Sprintf("r%d", i))
		refs = append(refs, at(ids[i]))
	}
	f := fake(t, ids...)
	got, err := Kind.ReadMany(t.Context(), f.Config(), refs)
	if err != nil || len(got) != count || got[at("r249")].Name != "r249" || got[at("r249")].Registry.Err() != nil {
		t.Errorf("%d of %d, %v", len(got), count, err)
	}
	if n := len(f.Calls()); n != 4 {
		t.Errorf("%d calls, want three for the repositories and one for the registry", n)
	}
	got, err = Kind.ReadMany(t.Context(), f.Config(), []resource.Ref{at("r1"), at("gone"), at("ecr-public:web"), at("r2")})
	if _, ok := got[at("gone")]; err != nil || ok || len(got) != 3 || !got[at("ecr-public:web")].Gallery {
		t.Errorf("one of them is gone: %v, %v", got, err)
	}
	if got, err = Kind.ReadMany(t.Context(), awstest.New(t).Config(), nil); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	f := fake(t).On("ecr.DescribeRepositories", func(in any) (any, error) {
		if in.(*ecr.DescribeRepositoriesInput).NextToken == nil {
			return &ecr.DescribeRepositoriesOutput{NextToken: aws.String("2"), Repositories: []types.Repository{repository("a"), repository("b")}}, nil
		}
		return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{repository("c")}}, nil
	})
	var got []resource.Ref
	for ref, err := range Kind.List(t.Context(), f.Config(), at("")) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ref)
	}
	if diff := cmp.Diff([]resource.Ref{at("a"), at("b"), at("c")}, got); diff != "" {
		t.Error(diff)
	}
	f.Forget()
	for range Kind.List(t.Context(), f.Config(), at("")) {
		break
	}
	if n := len(f.Calls()); n != 1 {
		t.Errorf("%d calls for a consumer that stopped at once", n)
	}
}

func TestReadPolicy(t *testing.T) {
	t.Parallel()
	const open = `{"Version":"2012-10-17","Statement":[{"Sid":"pull","Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}`
	for name, one := range map[string]struct {
		answer        any
		public, known bool
		code          string
	}{
		"open":        {answer: &ecr.GetRepositoryPolicyOutput{PolicyText: aws.String(open)}, public: true, known: true},
		"none":        {answer: awstest.Error("RepositoryPolicyNotFoundException"), known: true},
		"unreadable":  {answer: &ecr.GetRepositoryPolicyOutput{PolicyText: aws.String(open[:40])}},
		"nothing":     {answer: &ecr.GetRepositoryPolicyOutput{}},
		"gone":        {answer: awstest.Error("RepositoryNotFoundException"), code: "RepositoryNotFoundException"},
		"denied":      {answer: awstest.Error("AccessDeniedException"), code: "AccessDeniedException"},
		"throttled":   {answer: awstest.Error("ThrottlingException"), code: "ThrottlingException"},
		"one account": {answer: &ecr.GetRepositoryPolicyOutput{PolicyText: aws.String(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ecr:*"}}`)}, known: true},
	} {
		x, err := Policy.Read(t.Context(), awstest.New(t).On("ecr.GetRepositoryPolicy", one.answer).Config(), at("web"))
		if awserr.Code(err) != one.code {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err != nil {
			continue
		}
		var again Exposure
		raw, err := json.Marshal(x)
		if err == nil {
			err = json.Unmarshal(raw, &again)
		}
		for _, x := range []Exposure{x, again} {
			if document, unknown := x.Parsed(); err != nil || document.Judge(policy.Repository, account).Public != one.public || (unknown == nil) != one.known {
				t.Errorf("%s: %s, %v; %v", name, document.JSON(), unknown, err)
			}
		}
	}
	if x, err := Policy.Read(t.Context(), awstest.New(t).Config(), at("ecr-public:web")); err != nil || !x.Gallery {
		t.Errorf("ECR Public: %+v, %v", x, err)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	f := fake(t, "web")
	list := func() {
		for _, err := range Policy.List(t.Context(), f.Config(), at("")) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := Kind.Read(t.Context(), f.Config(), at("web")); err != nil {
		t.Fatal(err)
	}
	list()
	f.ExpectActions(Kind.Actions)
	f.Forget()
	f.On("ecr.GetRepositoryPolicy", awstest.Error("RepositoryPolicyNotFoundException"))
	if _, err := Policy.Read(t.Context(), f.Config(), at("web")); err != nil {
		t.Fatal(err)
	}
	list()
	f.ExpectActions(Policy.Actions)
}
