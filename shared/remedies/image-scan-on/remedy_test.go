package imagescanon

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var unscanned = remedy.Case{Finding: remedytest.Finding("image-scan-off", "imagerepository", "team/web")}

var (
	made = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	anew = made.AddDate(0, 10, 0)
)

// repository is the one of the account.
type repository struct {
	OnPush *bool // nil: no configuration
	Kind   types.ScanType
	Rules  []types.RegistryScanningRule
}

func rules(frequency types.ScanFrequency, filter string) []types.RegistryScanningRule {
	return []types.RegistryScanningRule{{
		ScanFrequency: frequency, RepositoryFilters: []types.ScanningRepositoryFilter{{Filter: &filter, FilterType: types.ScanningRepositoryFilterTypeWildcard}},
	}}
}

func world(t *testing.T, r repository) remedytest.World {
	created := made
	fake := awstest.New(t).
		On("ecr.DescribeRepositories", func(in any) (any, error) {
			if in.(*ecr.DescribeRepositoriesInput).RepositoryNames[0] != "team/web" {
				return nil, awstest.Error("RepositoryNotFoundException")
			}
			one := types.Repository{RepositoryName: aws.String("team/web"), CreatedAt: new(created), ImageTagMutability: types.ImageTagMutabilityMutable}
			if r.OnPush != nil {
				one.ImageScanningConfiguration = &types.ImageScanningConfiguration{ScanOnPush: *r.OnPush}
			}
			return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{one}}, nil
		}).
		On("ecr.GetRegistryScanningConfiguration", func(any) (any, error) {
			return &ecr.GetRegistryScanningConfigurationOutput{ScanningConfiguration: &types.RegistryScanningConfiguration{ScanType: r.Kind, Rules: r.Rules}}, nil
		}).
		On("ecr.PutImageScanningConfiguration", func(in any) (any, error) {
			input := in.(*ecr.PutImageScanningConfigurationInput)
			if *input.RegistryId != "111122223333" || r.Kind == types.ScanTypeEnhanced {
				return nil, awstest.Error("ValidationException")
			}
			r.OnPush = new(input.ImageScanningConfiguration.ScanOnPush)
			return &ecr.PutImageScanningConfigurationOutput{}, nil
		})
	return remedytest.World{Fake: fake, State: func() any { return r }, Move: func() {
		created, r.OnPush = anew, new(false) // somebody deletes it, and makes another of that name
	}}
}

func Test(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]repository{
		"basic": {OnPush: new(false), Kind: types.ScanTypeBasic},
		"basic, with a rule for others": {
			OnPush: new(false), Kind: types.ScanTypeBasic, Rules: rules(types.ScanFrequencyScanOnPush, "prod*"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: unscanned, Calls: []string{"ecr:PutImageScanningConfiguration"},
				World: func(t *testing.T) remedytest.World { return world(t, r) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, on := range []*bool{nil, new(false)} {
		p := remedytest.Plan(t.Context(), t, Remedy, world(t, repository{OnPush: on, Kind: types.ScanTypeBasic}), unscanned)
		for got, want := range map[string]string{
			string(p.Before):              `{"createdAt":"2026-01-02T03:04:05Z","scanOnPush":false}`,
			string(p.After):               `{"createdAt":"2026-01-02T03:04:05Z","scanOnPush":true}`,
			string(p.Calls[0].Input):      `{"imageScanningConfiguration":{"scanOnPush":true},"registryId":"111122223333","repositoryName":"team/web"}`,
			strings.Join(p.Changes, "; "): "scanOnPush: false -> true",
			p.Manual:                      "aws ecr put-image-scanning-configuration --region eu-west-1 --cli-input-json '" + string(p.Calls[0].Input) + "'",
			p.Summary:                     "Have new images in team/web scanned when they are pushed.",
		} {
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}

// Undoing sends the switch too: false is a value, not the lack of one.
func TestUndoSwitchesOff(t *testing.T) {
	t.Parallel()
	w := world(t, repository{OnPush: new(false), Kind: types.ScanTypeBasic})
	p := remedytest.Plan(t.Context(), t, Remedy, w, unscanned)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
		t.Fatal(err)
	}
	sent := awstest.Inputs[*ecr.PutImageScanningConfigurationInput](w.Fake, "ecr.PutImageScanningConfiguration")
	if len(sent) != 2 || sent[1].ImageScanningConfiguration == nil || sent[1].ImageScanningConfiguration.ScanOnPush {
		t.Errorf("sent %+v", sent)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	for says, r := range map[string]repository{
		"are scanned":            {OnPush: new(true), Kind: types.ScanTypeBasic},
		"A rule of the registry": {OnPush: new(false), Kind: types.ScanTypeBasic, Rules: rules(types.ScanFrequencyScanOnPush, "*")},
		"A rule of the ":         {OnPush: new(false), Kind: types.ScanTypeEnhanced, Rules: rules(types.ScanFrequencyContinuousScan, "team/*")},
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, r), unscanned); !p.Done() || p.Undoable || !strings.Contains(p.Summary, says) {
			t.Errorf("%s: %+v", says, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	enhanced := repository{OnPush: new(false), Kind: types.ScanTypeEnhanced, Rules: rules(types.ScanFrequencyContinuousScan, "prod*")}
	if why := remedytest.Refuses(t, Remedy, world(t, enhanced), unscanned); !strings.Contains(why, "enhanced scanning") {
		t.Error(why)
	}
	public := remedy.Case{Finding: remedytest.Finding("image-scan-off", "imagerepository", "ecr-public:team/web")}
	if why := remedytest.Refuses(t, Remedy, world(t, repository{}), public); !strings.Contains(why, "ECR Public") {
		t.Error(why)
	}
}

// What the registry scans decides: without knowing that, nothing is changed.
func TestUnread(t *testing.T) {
	t.Parallel()
	for call, code := range map[string]string{"ecr.DescribeRepositories": "ThrottlingException", "ecr.GetRegistryScanningConfiguration": "AccessDeniedException"} {
		w := world(t, repository{OnPush: new(false), Kind: types.ScanTypeBasic})
		w.Fake.On(call, awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), unscanned); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", call, p, err)
		}
	}
	gone := remedy.Case{Finding: remedytest.Finding("image-scan-off", "imagerepository", "gone")}
	if _, err := Remedy.Plan(t.Context(), world(t, repository{}).Fake.Config(), gone); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}
