package emulator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
)

func action(name string, category types.ActionCategory, provider string, configuration map[string]string) types.ActionDeclaration {
	return types.ActionDeclaration{Name: s(name), Configuration: configuration, ActionTypeId: &types.ActionTypeId{
		Category: category, Owner: types.ActionOwnerAws, Provider: s(provider), Version: s("1"),
	}}
}

func newPipeline(name string) *types.PipelineDeclaration {
	return &types.PipelineDeclaration{
		Name: s(name), RoleArn: s("arn:aws:iam::111122223333:role/pipe"), PipelineType: types.PipelineTypeV2,
		ArtifactStore: &types.ArtifactStore{Type: types.ArtifactStoreTypeS3, Location: s("artifacts"), EncryptionKey: &types.EncryptionKey{Id: s("alias/x"), Type: types.EncryptionKeyTypeKms}},
		Stages: []types.StageDeclaration{
			{Name: s("Source"), Actions: []types.ActionDeclaration{action("Checkout", types.ActionCategorySource, "GitHub", map[string]string{"OAuthToken": "gho", "Branch": "main"})}},
			{Name: s("Review"), Actions: []types.ActionDeclaration{action("Ask", types.ActionCategoryApproval, "Manual", nil)}},
			{Name: s("Deploy"), Actions: []types.ActionDeclaration{action("Ship", types.ActionCategoryDeploy, "S3", nil)}},
		},
		Variables: []types.PipelineVariableDeclaration{{Name: s("v"), DefaultValue: s("1")}},
	}
}

func TestPipelineDefinition(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codepipeline.NewFromConfig(a.Config(account, region))
	created, err := c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline("web"), Tags: []types.Tag{{Key: s("team"), Value: s("a")}}})
	equal(t, "version", *ok(t, created, err).Pipeline.Version, 1)
	_, err = c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline("web")})
	refused(t, err, "PipelineNameInUseException")

	got, err := c.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: s("web")})
	p := ok(t, got, err).Pipeline
	equal(t, "arn", *got.Metadata.PipelineArn, "arn:aws:codepipeline:eu-west-1:111122223333:web")
	equal(t, "times", got.Metadata.Created != nil && got.Metadata.Updated != nil, true)
	equal(t, "masked", p.Stages[0].Actions[0].Configuration["OAuthToken"], "****")
	equal(t, "kept", *p.ArtifactStore.EncryptionKey.Id+*p.Variables[0].Name+string(p.ExecutionMode), "alias/xvSUPERSEDED")

	ask := p.Stages[1].Actions[0]
	equal(t, "filled in", *ask.RunOrder == 1 && ask.InputArtifacts != nil && ask.OutputArtifacts != nil && ask.Configuration != nil, true)

	p.ArtifactStore.EncryptionKey = nil
	updated, err := c.UpdatePipeline(t.Context(), &codepipeline.UpdatePipelineInput{Pipeline: p})
	equal(t, "version", *ok(t, updated, err).Pipeline.Version, 2)
	first, err := c.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: s("web"), Version: aws.Int32(1)})
	equal(t, "first version has its key", ok(t, first, err).Pipeline.ArtifactStore.EncryptionKey != nil, true)
	_, err = c.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: s("web"), Version: aws.Int32(9)})
	refused(t, err, "PipelineVersionNotFoundException")
	_, err = c.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: s("gone")})
	refused(t, err, "PipelineNotFoundException")

	tagged, err := c.TagResource(t.Context(), &codepipeline.TagResourceInput{ResourceArn: got.Metadata.PipelineArn, Tags: []types.Tag{{Key: s("x"), Value: s("y")}}})
	ok(t, tagged, err)
	untagged, err := c.UntagResource(t.Context(), &codepipeline.UntagResourceInput{ResourceArn: got.Metadata.PipelineArn, TagKeys: []string{"team"}})
	ok(t, untagged, err)
	tags, err := c.ListTagsForResource(t.Context(), &codepipeline.ListTagsForResourceInput{ResourceArn: got.Metadata.PipelineArn})
	equal(t, "tags", len(ok(t, tags, err).Tags), 1)

	for i := range 4 {
		more, err := c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline(fmt.Sprint("more", i))})
		ok(t, more, err)
	}
	pages, names := 0, 0
	for l := codepipeline.NewListPipelinesPaginator(c, &codepipeline.ListPipelinesInput{MaxResults: aws.Int32(2)}); l.HasMorePages(); pages++ {
		page, err := l.NextPage(t.Context())
		names += len(ok(t, page, err).Pipelines)
		equal(t, "time", page.Pipelines[0].Updated != nil, true)
	}
	equal(t, "pages", fmt.Sprint(pages, names), "3 5")
	deleted, err := c.DeletePipeline(t.Context(), &codepipeline.DeletePipelineInput{Name: s("web")})
	ok(t, deleted, err)
}

func TestPipelineRun(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codepipeline.NewFromConfig(a.Config(account, region))
	created, err := c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline("web")})
	ok(t, created, err)
	state := func() []types.StageState {
		t.Helper()
		got, err := c.GetPipelineState(t.Context(), &codepipeline.GetPipelineStateInput{Name: s("web")})
		return ok(t, got, err).StageStates
	}
	disable := func(stage, kind, reason string) error {
		_, err := c.DisableStageTransition(t.Context(), &codepipeline.DisableStageTransitionInput{PipelineName: s("web"), StageName: s(stage), TransitionType: types.StageTransitionType(kind), Reason: s(reason)})
		return err
	}
	refused(t, disable("Deploy", "Inbound", ""), "ValidationException")
	refused(t, disable("Deploy", "Inbound", strings.Repeat("x", 301)), "ValidationException")
	refused(t, disable("Deploy", "Inbound", "a comma, is refused"), "ValidationException")
	refused(t, disable("Deploy", "Sideways", "why"), "ValidationException")
	refused(t, disable("Gone", "Inbound", "why"), "StageNotFoundException")
	if err := disable("Deploy", "Inbound", "held by pipewarden"); err != nil {
		t.Fatal(err)
	}
	held := state()[2].InboundTransitionState
	equal(t, "held", held.Enabled, false)
	equal(t, "reason", *held.DisabledReason, "held by pipewarden")

	run, err := c.StartPipelineExecution(t.Context(), &codepipeline.StartPipelineExecutionInput{Name: s("web")})
	id := ok(t, run, err).PipelineExecutionId
	asked := state()[1].ActionStates[0].LatestExecution
	equal(t, "waits for approval", asked.Status, types.ActionExecutionStatusInProgress)
	approve := func(token string) error {
		_, err := c.PutApprovalResult(t.Context(), &codepipeline.PutApprovalResultInput{
			PipelineName: s("web"), StageName: s("Review"), ActionName: s("Ask"), Token: s(token),
			Result: &types.ApprovalResult{Status: types.ApprovalStatusApproved, Summary: s("fine")},
		})
		return err
	}
	refused(t, approve("00000000-0000-4000-8000-000000000000"), "InvalidApprovalTokenException")
	if err := approve(*asked.Token); err != nil {
		t.Fatal(err)
	}
	refused(t, approve(*asked.Token), "ApprovalAlreadyCompletedException")
	equal(t, "waits at the transition", *state()[2].InboundExecution.PipelineExecutionId, *id)
	enabled, err := c.EnableStageTransition(t.Context(), &codepipeline.EnableStageTransitionInput{PipelineName: s("web"), StageName: s("Deploy"), TransitionType: types.StageTransitionTypeInbound})
	ok(t, enabled, err)
	got, err := c.GetPipelineExecution(t.Context(), &codepipeline.GetPipelineExecutionInput{PipelineName: s("web"), PipelineExecutionId: id})
	equal(t, "done", ok(t, got, err).PipelineExecution.Status, types.PipelineExecutionStatusSucceeded)
	actions, err := c.ListActionExecutions(t.Context(), &codepipeline.ListActionExecutionsInput{PipelineName: s("web"), Filter: &types.ActionExecutionFilter{PipelineExecutionId: id}})
	equal(t, "actions", len(ok(t, actions, err).ActionExecutionDetails), 3)
}

func TestPipelineStops(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	c := codepipeline.NewFromConfig(a.Config(account, region))
	created, err := c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline("web")})
	ok(t, created, err)
	stop := func(id *string) error {
		_, err := c.StopPipelineExecution(t.Context(), &codepipeline.StopPipelineExecutionInput{PipelineName: s("web"), PipelineExecutionId: id, Reason: s("why")})
		return err
	}
	refused(t, stop(s("00000000-0000-4000-8000-000000000000")), "PipelineExecutionNotStoppableException")
	second, err := c.StartPipelineExecution(t.Context(), &codepipeline.StartPipelineExecutionInput{Name: s("web")})
	if err := stop(ok(t, second, err).PipelineExecutionId); err != nil {
		t.Fatal(err)
	}
	refused(t, stop(second.PipelineExecutionId), "DuplicatedStopRequestException")
	third, err := c.StartPipelineExecution(t.Context(), &codepipeline.StartPipelineExecutionInput{Name: s("web")})
	ok(t, third, err)
	updated, err := c.UpdatePipeline(t.Context(), &codepipeline.UpdatePipelineInput{Pipeline: newPipeline("web")})
	ok(t, updated, err)
	runs, err := c.ListPipelineExecutions(t.Context(), &codepipeline.ListPipelineExecutionsInput{PipelineName: s("web")})
	var statuses []types.PipelineExecutionStatus
	for _, run := range ok(t, runs, err).PipelineExecutionSummaries {
		statuses = append(statuses, run.Status)
	}
	equal(t, "newest first", fmt.Sprint(statuses), "[Failed Stopped]")
}

func TestPipelineWebhooks(t *testing.T) {
	t.Parallel()
	c := codepipeline.NewFromConfig(ForTest(t).Config(account, region))
	created, err := c.CreatePipeline(t.Context(), &codepipeline.CreatePipelineInput{Pipeline: newPipeline("web")})
	ok(t, created, err)
	put, err := c.PutWebhook(t.Context(), &codepipeline.PutWebhookInput{Webhook: &types.WebhookDefinition{
		Name: s("hook"), TargetPipeline: s("web"), TargetAction: s("Checkout"), Authentication: types.WebhookAuthenticationTypeUnauthenticated,
		AuthenticationConfiguration: &types.WebhookAuthConfiguration{}, Filters: []types.WebhookFilterRule{{JsonPath: s("$.ref")}},
	}})
	ok(t, put, err)
	listed, err := c.ListWebhooks(t.Context(), &codepipeline.ListWebhooksInput{})
	equal(t, "authentication", ok(t, listed, err).Webhooks[0].Definition.Authentication, types.WebhookAuthenticationTypeUnauthenticated)
	deleted, err := c.DeleteWebhook(t.Context(), &codepipeline.DeleteWebhookInput{Name: s("hook")})
	ok(t, deleted, err)
}
