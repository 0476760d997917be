package imagerepository

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func ids(refs []resource.Ref) string {
	var all []string
	for _, ref := range refs {
		all = append(all, ref.ID+"@"+ref.Account+"/"+ref.Region)
	}
	return strings.Join(all, " ")
}

func TestRefs(t *testing.T) {
	t.Parallel()
	const web = "web@111122223333/eu-west-1"
	for _, one := range []struct {
		sample, own, exposed string
		change               map[string]any
	}{
		{"ecr/CreateRepository.json", web, web, nil},
		{"ecr/PutImageTagMutability.json", web, web, map[string]any{"requestParameters.registryId": "444455556666"}},
		{"ecr/SetRepositoryPolicy.json", web, web, nil},
		{"ecr/ECRScanResourceChange.json", web, web, nil},
		{"ecr/ECRImageScan-critical.json", web, web, nil},
		{"inspector2/Inspector2Scan-critical.json", web, web, nil},
		{"inspector2/Inspector2Finding-active.json", web, web, nil},
		{"ecr/PutRegistryScanningConfiguration.json", "", "", nil},
		{"ecr/CreateRepository.json", "", "", map[string]any{"requestParameters": nil}},
		{"ecr/CreateRepository.json", "", "", map[string]any{"requestParameters.repositoryName": "a;id"}},
		{"ecr/ECRImageScan-critical.json", "", "", map[string]any{"repository-name": "arn:aws:ecr:eu-west-1:111122223333:repository/../x"}},
		{"ecr/ECRScanResourceChange.json", "", "", map[string]any{"repositories": []any{"x", map[string]any{}}}},
		{"inspector2/Inspector2Finding-active.json", "", "", map[string]any{"resources": []any{map[string]any{"type": "AWS_EC2_INSTANCE"}}}},
		{"ecr-public/PutImage.json", "", "ecr-public:web@111122223333/us-east-1", nil},
		{"ecr-public/PutImage.json", "", "", map[string]any{"requestParameters.repositoryName": ""}},
		{"codebuild/UpdateProject.json", "", "", nil},
	} {
		if one.change["requestParameters.registryId"] != nil {
			one.own, one.exposed = "web@444455556666/eu-west-1", "web@444455556666/eu-west-1"
		}
		e := checktest.Sample(t, one.sample, one.change)
		if own, exposed := ids(Kind.About(e)), ids(Policy.About(e)); own != one.own || exposed != one.exposed {
			t.Errorf("%s %v: %q and %q", one.sample, one.change, own, exposed)
		}
	}
}

// TestRegistryChange holds that whoever changes the registry's rules has its repositories judged again.
func TestRegistryChange(t *testing.T) {
	t.Parallel()
	e := checktest.Sample(t, "ecr/PutRegistryScanningConfiguration.json", nil)
	about := Kind.Into()[0].About(e)
	used := Kind.LeansOn(resource.Ref{Kind: "imagerepository", ID: "web", Account: account, Region: "eu-west-1"}, State{})
	if len(about) != 1 || len(used) != 1 || about[0] != used[0].Ref {
		t.Errorf("the event is about %v, and repositories lean on %v", about, used)
	}
	if about := Kind.Into()[0].About(checktest.Sample(t, "ecr/PutImageScanningConfiguration.json", nil)); about != nil {
		t.Errorf("a repository's own switch is the registry's: %v", about)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"ecr/CreateRepository.json", nil, `{"name":"web","scanOnPush":false,"tagMutability":{"setting":"MUTABLE"}}`},
		{"ecr/CreateRepository.json", map[string]any{"requestParameters.imageTagMutability": nil, "requestParameters.imageScanningConfiguration": nil}, `{"name":"web","scanOnPush":false,"tagMutability":{"setting":"MUTABLE"}}`},
		{"ecr/PutImageTagMutability-immutable.json", nil, `{"name":"web","tagMutability":{"setting":"IMMUTABLE"}}`},
		{
			"ecr/PutImageTagMutability.json",
			map[string]any{"requestParameters.imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "requestParameters.imageTagMutabilityExclusionFilters": []any{map[string]any{"filter": "latest", "filterType": "WILDCARD"}}},
			`{"name":"web","tagMutability":{"setting":"IMMUTABLE_WITH_EXCLUSION","except":["latest"]}}`,
		},
		{"ecr/PutImageScanningConfiguration-on.json", nil, `{"name":"web","scanOnPush":true}`},
		{"ecr/PutImageScanningConfiguration.json", nil, `{"name":"web","scanOnPush":false}`},
		{"ecr/PutImageScanningConfiguration.json", map[string]any{"errorCode": "AccessDeniedException"}, ""},
		{"ecr/PutImageScanningConfiguration.json", map[string]any{"requestParameters": nil}, ""},
		{"ecr/DeleteRepository.json", nil, ""},
		{"ecr/ECRScanResourceChange.json", nil, ""},
	} {
		s, ok := Kind.Told(checktest.Sample(t, one.sample, one.change))
		raw, err := json.Marshal(s)
		if err != nil || ok != (one.want != "") || ok && string(raw) != one.want {
			t.Errorf("%s %v told %v %s, %v", one.sample, one.change, ok, raw, err)
		}
	}
}

func TestToldPolicy(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample               string
		change               map[string]any
		told, public, learnt bool
	}{
		{"ecr/SetRepositoryPolicy-public.json", nil, true, true, true},
		{"ecr/SetRepositoryPolicy.json", nil, true, false, true},
		{"ecr/SetRepositoryPolicy.json", map[string]any{"requestParameters.policyText": `{"Statement":[{"Eff`}, true, false, false},
		{"ecr/SetRepositoryPolicy.json", map[string]any{"requestParameters.policyText": nil}, false, false, false},
		{"ecr/SetRepositoryPolicy-public.json", map[string]any{"errorCode": "AccessDeniedException"}, false, false, false},
		{"ecr/DeleteRepositoryPolicy.json", nil, true, false, true},
		{"ecr/DeleteRepository.json", nil, false, false, false},
	} {
		x, told := Policy.Told(checktest.Sample(t, one.sample, one.change))
		document, err := x.Parsed()
		public := document.Judge(policy.Repository, account).Public
		if told != one.told || told && (public != one.public || (err == nil) != one.learnt) {
			t.Errorf("%s %v: told %v, public %v, %v", one.sample, one.change, told, public, err)
		}
	}
	if x, told := Policy.Told(checktest.Sample(t, "ecr-public/PutImage.json", nil)); !told || !x.Gallery {
		t.Errorf("ECR Public: %v %+v", told, x)
	}
}

func TestScanned(t *testing.T) {
	t.Parallel()
	rule := func(kind, frequency string, filters ...string) resource.Fact[Scanning] {
		return resource.Known(Scanning{Type: kind, Rules: []Rule{{Frequency: frequency, Filters: filters}}})
	}
	denied := errors.New("access denied")
	for name, one := range map[string]struct {
		own     resource.Fact[bool]
		rules   resource.Fact[Scanning]
		scanned bool
		unknown bool
	}{
		"by its own switch":             {own: resource.Known(true), rules: rule(Basic, "MANUAL", "*"), scanned: true},
		"by nobody":                     {own: resource.Known(false), rules: rule(Basic, "MANUAL", "*")},
		"by a rule of the registry":     {own: resource.Known(false), rules: rule(Basic, "SCAN_ON_PUSH", "team/*"), scanned: true},
		"by a rule, continuously":       {own: resource.Known(false), rules: rule(Enhanced, "CONTINUOUS_SCAN", "*"), scanned: true},
		"the rules fit others":          {own: resource.Known(false), rules: rule(Enhanced, "CONTINUOUS_SCAN", "prod*")},
		"enhanced overrides the switch": {own: resource.Known(true), rules: rule(Enhanced, "SCAN_ON_PUSH", "prod*")},
		"the registry is not known":     {own: resource.Known(false), rules: resource.Unlearned[Scanning](denied), unknown: true},
		"it may be enhanced":            {own: resource.Known(true), rules: resource.Unlearned[Scanning](denied), scanned: true, unknown: true},
		"the switch is not known":       {rules: rule(Basic, "MANUAL", "*"), unknown: true},
		"a rule is enough":              {rules: rule(Basic, "SCAN_ON_PUSH", "*"), scanned: true},
	} {
		scanned, err := State{Name: "team/web", ScanOnPush: one.own, Registry: one.rules}.Scanned()
		if scanned != one.scanned || (err != nil) != one.unknown {
			t.Errorf("%s: %v, %v", name, scanned, err)
		}
	}
	for filter, want := range map[string]bool{
		"*": true, "team/*": true, "*web": true, "team*b": true, "t*m/*b": true, "eam": true, "team/web": true,
		"prod*": false, "*prod": false, "web*": false, "": false, "team/web/*": false, "team/web*web": false,
	} {
		if fits(filter, "team/web") != want {
			t.Errorf("%q fits team/web: want %v", filter, want)
		}
	}
}

// FuzzEvents feeds odd events to whatever reads them: no panic, and every ref is a name.
func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "ecr") || strings.HasPrefix(name, "inspector2/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, ref := range append(Kind.About(e), Policy.About(e)...) {
			if id, _ := Public(ref); !isName(id) {
				t.Errorf("ref %q", ref.ID)
			}
		}
		state, _ := Kind.Told(e)
		exposure, told := Policy.Told(e)
		if _, err := json.Marshal(state); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(exposure); err != nil {
			t.Error(err)
		}
		if _, err := exposure.Parsed(); told && !exposure.Gallery && err != nil && exposure.Document.Err() == nil {
			t.Errorf("a policy that was kept cannot be read: %v", err)
		}
	})
}

func TestPublic(t *testing.T) {
	t.Parallel()
	id, public := Public(at("ecr-public:team/web"))
	private, not := Public(at("ecr-public/web"))
	if diff := cmp.Diff([]any{"team/web", true, "ecr-public/web", false}, []any{id, public, private, not}); diff != "" {
		t.Error(diff)
	}
}
