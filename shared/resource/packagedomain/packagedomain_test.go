package packagedomain

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	account = "111122223333"
	keyARN  = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	open    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"codeartifact:ReadFromRepository","Resource":"*"}]}`
)

func at(id string) resource.Ref {
	return resource.Ref{Kind: "packagedomain", ID: id, Account: account, Region: "eu-central-1"}
}

func domain(sealed string) *codeartifact.DescribeDomainOutput {
	return &codeartifact.DescribeDomainOutput{Domain: &types.DomainDescription{
		Name: aws.String("packages"), Arn: aws.String("arn:aws:codeartifact:eu-central-1:111122223333:domain/packages"), EncryptionKey: &sealed,
	}}
}

func sealedBy(manager kmstypes.KeyManagerType) *kms.DescribeKeyOutput {
	return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyId: aws.String("1234abcd-12ab-34cd-56ef-1234567890ab"), Arn: aws.String(keyARN), KeyManager: manager}}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		domain, key any
		manager     string
		err, part   string // code of the error of the whole, and of the key's part
		calls       int
	}{
		"a customer's key":  {domain: domain(keyARN), key: sealedBy(kmstypes.KeyManagerTypeCustomer), manager: "CUSTOMER", calls: 2},
		"AWS's key":         {domain: domain(keyARN), key: sealedBy(kmstypes.KeyManagerTypeAws), manager: "AWS", calls: 2},
		"no key":            {domain: domain(""), manager: "AWS", calls: 1},
		"a deleted key":     {domain: domain(keyARN), key: awstest.Error("NotFoundException"), manager: "CUSTOMER", calls: 2},
		"a key denied":      {domain: domain(keyARN), key: awstest.Error("AccessDeniedException"), part: "AccessDeniedException", calls: 2},
		"a key throttled":   {domain: domain(keyARN), key: awstest.Error("ThrottlingException"), part: "ThrottlingException", calls: 2},
		"whose key":         {domain: domain(keyARN), key: sealedBy(""), calls: 2},
		"a domain gone":     {domain: awstest.Error("ResourceNotFoundException"), err: "ResourceNotFoundException", calls: 1},
		"a domain denied":   {domain: awstest.Error("AccessDeniedException"), err: "AccessDeniedException", calls: 1},
		"a domain throttle": {domain: awstest.Error("ThrottlingException"), err: "ThrottlingException", calls: 1},
	} {
		f := awstest.New(t).On("codeartifact.DescribeDomain", one.domain)
		if one.key != nil {
			f.On("kms.DescribeKey", one.key)
		}
		s, err := Kind.Read(t.Context(), f.Config(), at("packages"))
		if awserr.Code(err) != one.err || len(f.Calls()) != one.calls {
			t.Errorf("%s: %v after %d calls", name, err, len(f.Calls()))
		}
		manager, known := s.Manager.Get()
		if err == nil && (manager != one.manager || known != (one.manager != "") || awserr.Code(s.Manager.Err()) != one.part) {
			t.Errorf("%s: %+v", name, s)
		}
		for _, call := range f.Calls() {
			if call.Region != "eu-central-1" {
				t.Errorf("%s: %s was asked in %s", name, call.Operation, call.Region)
			}
		}
	}
	if _, err := Kind.Read(t.Context(), awstest.New(t).On("codeartifact.DescribeDomain", &codeartifact.DescribeDomainOutput{}).Config(), at("packages")); err == nil {
		t.Error("an answer without a domain is taken for one")
	}
	if s, err := Kind.Read(t.Context(), awstest.New(t).Config(), at("packages/npm")); err != nil || !s.Part {
		t.Errorf("a repository has no key of its own: %+v, %v", s, err)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	want := []resource.Uses{{Ref: resource.Ref{Kind: "key", ID: "1234abcd-12ab-34cd-56ef-1234567890ab", Account: account, Region: "eu-central-1"}, As: "package key"}}
	if diff := cmp.Diff(want, Kind.LeansOn(at("packages"), State{Key: keyARN, Manager: resource.Known("CUSTOMER")})); diff != "" {
		t.Error(diff)
	}
	for _, s := range []State{
		{},
		{Key: keyARN, Manager: resource.Known("AWS")},
		{Key: keyARN},
		{Key: "arn:aws:kms:eu-west-1:111122223333:alias/packages", Manager: resource.Known("CUSTOMER")},
		{Key: "packages", Manager: resource.Known("CUSTOMER")},
	} {
		if got := Kind.LeansOn(at("packages"), s); got != nil {
			t.Errorf("%+v leans on %v", s, got)
		}
	}
}

func TestReadPolicy(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		document      any // text or error
		public, known bool
		err           string
	}{
		"open":       {document: open, public: true, known: true},
		"one":        {document: strings.Replace(open, `"*"`, `{"AWS":"111122223333"}`, 1), known: true},
		"none":       {document: awstest.Error("ResourceNotFoundException"), known: true},
		"unreadable": {document: open[:50]},
		"denied":     {document: awstest.Error("AccessDeniedException"), err: "AccessDeniedException"},
		"throttled":  {document: awstest.Error("ThrottlingException"), err: "ThrottlingException"},
	} {
		for _, id := range []string{"packages", "packages/npm"} {
			f := awstest.New(t)
			switch text := one.document.(type) {
			case string:
				held := &types.ResourcePolicy{Document: &text}
				f.On("codeartifact.GetDomainPermissionsPolicy", &codeartifact.GetDomainPermissionsPolicyOutput{Policy: held})
				f.On("codeartifact.GetRepositoryPermissionsPolicy", &codeartifact.GetRepositoryPermissionsPolicyOutput{Policy: held})
			default:
				f.On("codeartifact.GetDomainPermissionsPolicy", text).On("codeartifact.GetRepositoryPermissionsPolicy", text)
			}
			x, err := Policy.Read(t.Context(), f.Config(), at(id))
			if awserr.Code(err) != one.err || len(f.Calls()) != 1 || strings.Contains(f.Calls()[0].Operation, "Domain") != (id == "packages") {
				t.Errorf("%s, %s: %v after %+v", name, id, err, f.Calls())
			}
			document, unknown := x.Parsed()
			if err == nil && (document.Judge(policy.Repository, account).Public != one.public || (unknown == nil) != one.known) {
				t.Errorf("%s, %s: %s, %v", name, id, document.JSON(), unknown)
			}
		}
	}
	f := awstest.New(t).On("codeartifact.GetDomainPermissionsPolicy", &codeartifact.GetDomainPermissionsPolicyOutput{})
	x, err := Policy.Read(t.Context(), f.Config(), at("packages"))
	if document, unknown := x.Parsed(); err != nil || unknown != nil || document != nil {
		t.Errorf("an answer without a policy: %+v, %v", x, err)
	}
}

func lists(f *awstest.Fake) *awstest.Fake {
	return f.On("codeartifact.ListDomains", func(in any) (any, error) {
		if in.(*codeartifact.ListDomainsInput).NextToken == nil {
			return &codeartifact.ListDomainsOutput{NextToken: aws.String("2"), Domains: []types.DomainSummary{{Name: aws.String("packages"), Owner: aws.String(account)}}}, nil
		}
		return &codeartifact.ListDomainsOutput{Domains: []types.DomainSummary{
			{Name: aws.String("foreign"), Owner: aws.String("444455556666")}, {Name: aws.String("more")},
		}}, nil
	}).On("codeartifact.ListRepositories", func(in any) (any, error) {
		if in.(*codeartifact.ListRepositoriesInput).NextToken == nil {
			return &codeartifact.ListRepositoriesOutput{NextToken: aws.String("2"), Repositories: []types.RepositorySummary{{DomainName: aws.String("packages"), Name: aws.String("npm"), DomainOwner: aws.String(account)}}}, nil
		}
		return &codeartifact.ListRepositoriesOutput{Repositories: []types.RepositorySummary{
			{DomainName: aws.String("foreign"), Name: aws.String("npm"), DomainOwner: aws.String("444455556666")}, {DomainName: aws.String("more"), Name: aws.String("pypi")},
		}}, nil
	})
}

func TestList(t *testing.T) {
	t.Parallel()
	f := lists(awstest.New(t))
	var got []resource.Ref
	for ref, err := range Kind.List(t.Context(), f.Config(), at("")) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ref)
	}
	if diff := cmp.Diff([]resource.Ref{at("packages"), at("more"), at("packages/npm"), at("more/pypi")}, got); diff != "" {
		t.Error(diff)
	}
	for stop, calls := range []int{1, 2, 3, 4} {
		f.Forget()
		n := 0
		for range Kind.List(t.Context(), f.Config(), at("")) {
			if n++; n > stop {
				break
			}
		}
		if len(f.Calls()) != calls {
			t.Errorf("%d calls for a consumer that stopped after %d", len(f.Calls()), stop+1)
		}
	}
	for operation, listed := range map[string]int{"codeartifact.ListDomains": 0, "codeartifact.ListRepositories": 2} {
		n, f := 0, lists(awstest.New(t)).On(operation, awstest.Error("AccessDeniedException"))
		for _, err := range Kind.List(t.Context(), f.Config(), at("")) {
			if err == nil {
				n++
			} else if !awserr.IsDenied(err) {
				t.Errorf("%s: %v", operation, err)
			}
		}
		if n != listed {
			t.Errorf("%s refused: %d listed", operation, n)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	f := lists(awstest.New(t)).On("codeartifact.DescribeDomain", domain(keyARN)).On("kms.DescribeKey", sealedBy(kmstypes.KeyManagerTypeAws)).
		On("codeartifact.GetDomainPermissionsPolicy", awstest.Error("ResourceNotFoundException")).
		On("codeartifact.GetRepositoryPermissionsPolicy", awstest.Error("ResourceNotFoundException"))
	list := func() {
		for range Policy.List(t.Context(), f.Config(), at("")) {
			continue
		}
	}
	if _, err := Kind.Read(t.Context(), f.Config(), at("packages")); err != nil {
		t.Fatal(err)
	}
	list()
	f.ExpectActions(Kind.Actions)
	f.Forget()
	for _, id := range []string{"packages", "packages/npm"} {
		if _, err := Policy.Read(t.Context(), f.Config(), at(id)); err != nil {
			t.Fatal(err)
		}
	}
	list()
	f.ExpectActions(Policy.Actions)
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codeartifact/CreateDomain.json", nil, "packages"},
		{"codeartifact/PutDomainPermissionsPolicy-public.json", nil, "packages"},
		{"codeartifact/PutRepositoryPermissionsPolicy-public.json", nil, "packages/npm"},
		{"codeartifact/DeleteRepository.json", map[string]any{"requestParameters.domainOwner": "111122223333"}, "packages/npm"},
		{"codeartifact/DeleteRepository.json", map[string]any{"requestParameters.domainOwner": "444455556666"}, ""},
		{"codeartifact/DeleteRepository.json", map[string]any{"requestParameters.repository": "a;id"}, ""},
		{"codeartifact/CreateDomain.json", map[string]any{"requestParameters.domain": "$(id)"}, ""},
		{"codeartifact/CreateDomain.json", map[string]any{"requestParameters": nil}, ""},
		{"ecr/CreateRepository.json", nil, ""},
	} {
		refs := Kind.About(checktest.Sample(t, one.sample, one.change))
		if got := len(refs); got > 1 || (got == 1) != (one.want != "") || got == 1 && refs[0].ID != one.want {
			t.Errorf("%s %v: %+v", one.sample, one.change, refs)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample  string
		change  map[string]any
		told    bool
		manager string
	}{
		{"codeartifact/CreateDomain.json", nil, true, "AWS"},
		{"codeartifact/CreateDomain.json", map[string]any{"requestParameters.encryptionKey": "alias/aws/codeartifact"}, true, "AWS"},
		{"codeartifact/CreateDomain-customer-key.json", nil, true, ""},
		{"codeartifact/CreateDomain.json", map[string]any{"errorCode": "ConflictException"}, false, ""},
		{"codeartifact/PutDomainPermissionsPolicy.json", nil, false, ""},
	} {
		s, told := Kind.Told(checktest.Sample(t, one.sample, one.change))
		manager, _ := s.Manager.Get()
		if told != one.told || manager != one.manager {
			t.Errorf("%s %v: told %v %+v", one.sample, one.change, told, s)
		}
	}
	for _, one := range []struct {
		sample       string
		change       map[string]any
		told, public bool
	}{
		{"codeartifact/PutDomainPermissionsPolicy-public.json", nil, true, true},
		{"codeartifact/PutRepositoryPermissionsPolicy-public.json", nil, true, true},
		{"codeartifact/PutRepositoryPermissionsPolicy.json", nil, true, false},
		{"codeartifact/DeleteDomainPermissionsPolicy.json", nil, true, false},
		{"codeartifact/DeleteRepositoryPermissionsPolicy.json", nil, true, false},
		{"codeartifact/PutDomainPermissionsPolicy-public.json", map[string]any{"requestParameters.policyDocument": nil}, false, false},
		{"codeartifact/PutDomainPermissionsPolicy-public.json", map[string]any{"errorCode": "AccessDeniedException"}, false, false},
		{"codeartifact/DeleteRepository.json", nil, false, false},
	} {
		x, told := Policy.Told(checktest.Sample(t, one.sample, one.change))
		document, _ := x.Parsed()
		if told != one.told || document.Judge(policy.Repository, account).Public != one.public {
			t.Errorf("%s %v: told %v, %s", one.sample, one.change, told, document.JSON())
		}
	}
}

// FuzzEvents feeds odd events to whatever reads them: no panic, and every ref is a name.
func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codeartifact/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, ref := range Policy.About(e) {
			if of, repository := Split(ref.ID); !domainName.MatchString(of) || repository != "" && !repositoryName.MatchString(repository) {
				t.Errorf("ref %q", ref.ID)
			}
		}
		state, _ := Kind.Told(e)
		exposure, _ := Policy.Told(e)
		for _, one := range []any{state, exposure} {
			if _, err := json.Marshal(one); err != nil {
				t.Error(err)
			}
		}
		if _, err := exposure.Parsed(); err != nil && exposure.Document.Err() == nil {
			t.Errorf("a policy that was kept cannot be read: %v", err)
		}
	})
}
