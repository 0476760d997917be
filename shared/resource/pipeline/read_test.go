package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	hush   = "hunter2-and-more"
)

var ref = resource.Ref{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"}

// declared is a pipeline with one store, under that key when there is one.
func declared(key string) *types.PipelineDeclaration {
	store := &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: new("artifacts")}
	if key != "" {
		store.EncryptionKey = &types.EncryptionKey{Id: &key, Type: types.EncryptionKeyTypeKms}
	}
	return &types.PipelineDeclaration{
		Name: new("web-prod"), Version: new(int32(8)), RoleArn: new("arn:aws:iam::111122223333:role/service-role/web-prod-pipeline"),
		PipelineType: types.PipelineTypeV2, ExecutionMode: types.ExecutionModeQueued, ArtifactStore: store,
		Stages: []types.StageDeclaration{
			{Name: new("Source"), Actions: []types.ActionDeclaration{{
				Name: new("Checkout"), RunOrder: new(int32(1)),
				ActionTypeId:    &types.ActionTypeId{Category: types.ActionCategorySource, Owner: types.ActionOwnerThirdParty, Provider: new("GitHub"), Version: new("1")},
				Configuration:   map[string]string{"OAuthToken": "****", "Repo": "web"},
				OutputArtifacts: []types.OutputArtifact{{Name: new("Source")}}, InputArtifacts: []types.InputArtifact{},
			}}},
			{Name: new("Deploy"), Actions: []types.ActionDeclaration{{
				Name: new("Deploy"), RunOrder: new(int32(3)), Region: new("us-east-1"), RoleArn: new("arn:aws:iam::444455556666:role/deployer"),
				ActionTypeId:  &types.ActionTypeId{Category: types.ActionCategoryDeploy, Owner: types.ActionOwnerAws, Provider: new("CodeDeploy"), Version: new("1")},
				Configuration: map[string]string{"UserParameters": hush},
			}}},
		},
	}
}

func got(p *types.PipelineDeclaration) *codepipeline.GetPipelineOutput {
	return &codepipeline.GetPipelineOutput{
		Pipeline: p, Metadata: &types.PipelineMetadata{PipelineArn: new("arn:aws:codepipeline:eu-west-1:111122223333:web-prod")},
	}
}

func described(manager kmstypes.KeyManagerType, state kmstypes.KeyState) *kms.DescribeKeyOutput {
	return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{Arn: new(keyARN), KeyId: new("1234abcd"), KeyManager: manager, KeyState: state}}
}

func TestEffectiveKey(t *testing.T) {
	t.Parallel()
	leaves := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	leaving := described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStatePendingDeletion)
	leaving.KeyMetadata.DeletionDate = &leaves
	for name, one := range map[string]struct {
		key   string
		kms   any
		want  Effective
		err   func(error) bool
		calls int
	}{
		"the store's own": {
			key: keyARN, kms: described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStateEnabled),
			want: Effective{KeyARN: keyARN, Manager: ManagerCustomer, KeyState: "Enabled"}, calls: 2,
		},
		"the store's own, by alias": {
			key: "alias/artifacts", kms: described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStateEnabled),
			want: Effective{KeyARN: keyARN, Manager: ManagerCustomer, KeyState: "Enabled"}, calls: 2,
		},
		"the managed one by alias": {
			key:  "alias/aws/s3",
			want: Effective{Manager: ManagerAWS, KeyState: "Enabled"}, calls: 1,
		},
		"on its way out": {
			key: keyARN, kms: leaving,
			want: Effective{KeyARN: keyARN, Manager: ManagerCustomer, KeyState: "PendingDeletion", DeletionDate: leaves}, calls: 2,
		},
		"missing": {
			key: keyARN, kms: awstest.Error("NotFoundException"),
			want: Effective{KeyARN: keyARN, KeyState: KeyMissing}, calls: 2,
		},
		"none": {want: Effective{Manager: ManagerAWS, KeyState: "Enabled"}, calls: 1},
		"the managed one by its alias's ARN": {
			key:  "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
			want: Effective{Manager: ManagerAWS, KeyState: "Enabled"}, calls: 1,
		},
		"the managed one by its id": {
			key: keyARN, kms: described(kmstypes.KeyManagerTypeAws, kmstypes.KeyStateEnabled),
			want: Effective{KeyARN: keyARN, Manager: ManagerAWS, KeyState: "Enabled"}, calls: 2,
		},
		"denied":    {key: keyARN, kms: awstest.Error("AccessDeniedException"), err: awserr.IsDenied, calls: 2},
		"throttled": {key: keyARN, kms: awstest.Error("ThrottlingException"), err: awserr.IsThrottled, calls: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := awstest.New(t).On("codepipeline.GetPipeline", got(declared(one.key)))
			if one.kms != nil {
				fake.On("kms.DescribeKey", one.kms)
			}
			s, err := Kind.Read(t.Context(), fake.Config(), ref)
			if err != nil {
				t.Fatal(err)
			}
			e, known := s.Stores[0].Effective.Get()
			if one.err != nil {
				if known || !one.err(s.Stores[0].Effective.Err()) || s.Unlearned() == nil {
					t.Errorf("effective %+v, %v", e, s.Stores[0].Effective.Err())
				}
				if why := fmt.Sprint(s.Unlearned()); strings.Contains(why, "as the test asked") {
					t.Errorf("AWS's own words, which change with each request, get into findings: %s", why)
				}
			} else if e != one.want || !known || s.Unlearned() != nil {
				t.Errorf("effective %+v, %v\nwant %+v", e, s.Stores[0].Effective.Err(), one.want)
			}
			if n := len(fake.Calls()); n != one.calls {
				t.Errorf("%d calls, want %d", n, one.calls)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codepipeline.GetPipeline", got(declared(keyARN))).
		On("kms.DescribeKey", described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStateEnabled))
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if s.ARN != "arn:aws:codepipeline:eu-west-1:111122223333:web-prod" || s.Version != 8 || !s.Masked || len(s.Stages) != 2 {
		t.Errorf("state %+v", s)
	}
	want := Action{Name: "Deploy", Category: "Deploy", Owner: "AWS", Provider: "CodeDeploy", RunOrder: 3, Region: "us-east-1", RoleARN: "arn:aws:iam::444455556666:role/deployer"}
	if s.Stages[1].Actions[0] != want {
		t.Errorf("action %+v", s.Stages[1].Actions[0])
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if shown := string(raw) + fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(shown, hush) {
		t.Errorf("a secret is shown: %s", shown)
	}
	definition := s.Definition.Reveal()
	if !bytes.Contains(definition, []byte(hush)) || bytes.Contains(definition, []byte("metadata")) || !bytes.Contains(definition, []byte(`"OAuthToken":"****"`)) {
		t.Errorf("definition %s", definition)
	}
	var back State
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	back.Definition = s.Definition
	if again, err := json.Marshal(back); err != nil || string(again) != string(raw) {
		t.Errorf("the state does not come back from JSON (%v):\n%s\n%s", err, raw, again)
	}
	plain := declared("")
	plain.Stages[0].Actions[0].Configuration = map[string]string{"Repo": "a****b"}
	if state, err := stateOf(plain, "eu-west-1"); err != nil || state.Masked {
		t.Errorf("masked: %v, %v", state.Masked, err)
	}
}

// TestDefinitionIsWhatTheAPITakes compares the kept definition with what the SDK itself would send.
func TestDefinitionIsWhatTheAPITakes(t *testing.T) {
	t.Parallel()
	p := declared(keyARN)
	s, err := stateOf(p, "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := asSent(t, p)
	if err != nil {
		t.Fatal(err)
	}
	var kept, wire any
	if err := json.Unmarshal(s.Definition.Reveal(), &kept); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(sent, &wire); err != nil {
		t.Fatal(err)
	}
	if want := wire.(map[string]any)["pipeline"]; fmt.Sprint(want) != fmt.Sprint(kept) {
		t.Errorf("kept %v\nsent %v", kept, want)
	}
}

func TestEveryRegionIsReadThere(t *testing.T) {
	t.Parallel()
	p := declared("")
	p.ArtifactStore = nil
	under := func(bucket, key string) types.ArtifactStore {
		return types.ArtifactStore{Location: &bucket, EncryptionKey: &types.EncryptionKey{Id: &key}}
	}
	p.ArtifactStores = map[string]types.ArtifactStore{
		"us-east-1": under("use1", "alias/closed"), "eu-west-1": {Location: new("euw1")}, "eu-central-1": under("euc1", "alias/artifacts"), "us-west-2": under("usw2", "alias/artifacts"),
	}
	fake := awstest.New(t).On("codepipeline.GetPipeline", got(p)).On("kms.DescribeKey", func(in any) (any, error) {
		if *in.(*kms.DescribeKeyInput).KeyId == "alias/closed" {
			return nil, awstest.Error("AccessDeniedException")
		}
		return described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStateEnabled), nil
	})
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	var regions []string
	for _, call := range fake.Calls()[1:] {
		regions = append(regions, call.Region)
	}
	if want := []string{"eu-central-1", "us-east-1", "us-west-2"}; !slices.Equal(regions, want) {
		t.Errorf("read in %v, want %v", regions, want)
	}
	if _, known := s.Stores[1].Effective.Get(); !known || s.Stores[2].Effective.Err() == nil {
		t.Errorf("stores %+v", s.Stores)
	}
	if err := s.Unlearned(); err == nil || !strings.Contains(err.Error(), "bucket use1 in us-east-1") || strings.Contains(err.Error(), "\n") {
		t.Errorf("unlearned: %v", err)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]func(error) bool{
		"PipelineNotFoundException": awserr.IsNotFound, "AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled,
	} {
		_, err := Kind.Read(t.Context(), awstest.New(t).On("codepipeline.GetPipeline", awstest.Error(code)).Config(), ref)
		if !is(err) || !strings.HasPrefix(err.Error(), "read pipeline web-prod: ") {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := Kind.Read(t.Context(), awstest.New(t).On("codepipeline.GetPipeline", &codepipeline.GetPipelineOutput{}).Config(), ref); err == nil || awserr.IsNotFound(err) {
		t.Errorf("an empty answer: %v", err)
	}
}

func TestListPagesAndStops(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codepipeline.ListPipelines", func(in any) (any, error) {
		if in.(*codepipeline.ListPipelinesInput).NextToken == nil {
			return &codepipeline.ListPipelinesOutput{Pipelines: []types.PipelineSummary{{Name: new("a")}, {Name: new("b")}}, NextToken: new("more")}, nil
		}
		return &codepipeline.ListPipelinesOutput{Pipelines: []types.PipelineSummary{{Name: new("c")}}}, nil
	})
	var found []string
	for r, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if err != nil || r.Kind != "pipeline" || r.Account != ref.Account || r.Region != ref.Region {
			t.Errorf("%+v, %v", r, err)
		}
		found = append(found, r.ID)
	}
	if !slices.Equal(found, []string{"a", "b", "c"}) {
		t.Errorf("listed %v", found)
	}
	fake.Forget()
	for range Kind.List(t.Context(), fake.Config(), ref) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls after the consumer stopped, want 1", n)
	}
	fake.On("codepipeline.ListPipelines", awstest.Error("AccessDeniedException"))
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if !awserr.IsDenied(err) {
			t.Errorf("error %v", err)
		}
	}
}

// TestActions makes every call that reading and listing can make.
func TestActions(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codepipeline.GetPipeline", got(declared(keyARN))).
		On("codepipeline.ListPipelines", &codepipeline.ListPipelinesOutput{}).
		On("kms.DescribeKey", described(kmstypes.KeyManagerTypeCustomer, kmstypes.KeyStateEnabled))
	if _, err := Kind.Read(t.Context(), fake.Config(), ref); err != nil {
		t.Fatal(err)
	}
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fake.ExpectActions(Kind.Actions)
}
