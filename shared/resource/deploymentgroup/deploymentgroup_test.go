package deploymentgroup

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func at(id string) resource.Ref {
	return resource.Ref{Kind: "deploymentgroup", ID: id, Account: "111122223333", Region: "eu-central-1"}
}

func info(group string) types.DeploymentGroupInfo {
	return types.DeploymentGroupInfo{
		DeploymentGroupName: &group, ComputePlatform: types.ComputePlatformServer,
		AutoRollbackConfiguration: &types.AutoRollbackConfiguration{Enabled: true, Events: []types.AutoRollbackEvent{types.AutoRollbackEventDeploymentFailure}},
		AlarmConfiguration:        &types.AlarmConfiguration{Enabled: true, Alarms: []types.Alarm{{Name: aws.String("errors")}}},
	}
}

// has answers as CodeDeploy does for these groups of the application web.
func has(t *testing.T, groups ...string) *awstest.Fake {
	t.Helper()
	one := func(application, group string) (*types.DeploymentGroupInfo, error) {
		switch {
		case application != "web":
			return nil, awstest.Error("ApplicationDoesNotExistException")
		case !slices.Contains(groups, group):
			return nil, awstest.Error("DeploymentGroupDoesNotExistException")
		}
		return new(info(group)), nil
	}
	return awstest.New(t).On("codedeploy.GetDeploymentGroup", func(in any) (any, error) {
		input := in.(*codedeploy.GetDeploymentGroupInput)
		g, err := one(*input.ApplicationName, *input.DeploymentGroupName)
		return &codedeploy.GetDeploymentGroupOutput{DeploymentGroupInfo: g}, err
	}).On("codedeploy.BatchGetDeploymentGroups", func(in any) (any, error) {
		input := in.(*codedeploy.BatchGetDeploymentGroupsInput)
		if len(input.DeploymentGroupNames) > 100 {
			return nil, awstest.Error("BatchLimitExceededException")
		}
		out := &codedeploy.BatchGetDeploymentGroupsOutput{}
		for _, group := range input.DeploymentGroupNames {
			g, err := one(*input.ApplicationName, group)
			switch {
			case *input.ApplicationName != "web":
				return nil, err
			case err != nil:
				out.ErrorMessage = aws.String("no deployment group " + group)
			default:
				out.DeploymentGroupsInfo = append(out.DeploymentGroupsInfo, *g)
			}
		}
		return out, nil
	})
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := has(t, "prod")
	s, err := Kind.Read(t.Context(), f.Config(), at("web/prod"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	want := `{"application":"web","group":"prod","computePlatform":"Server","rollback":{"enabled":true,"events":["DEPLOYMENT_FAILURE"]},"alarms":{"enabled":true,"names":["errors"]}}`
	if err != nil || string(raw) != want {
		t.Errorf("got  %s, %v\nwant %s", raw, err, want)
	}
	if calls := f.Calls(); len(calls) != 1 || calls[0].Region != "eu-central-1" {
		t.Errorf("calls %+v", calls)
	}
	f.On("codedeploy.GetDeploymentGroup", &codedeploy.GetDeploymentGroupOutput{DeploymentGroupInfo: &types.DeploymentGroupInfo{}})
	if s, err = Kind.Read(t.Context(), f.Config(), at("web/prod")); err != nil || !s.Rollback.Is(func(r Rollback) bool { return !r.Enabled }) {
		t.Errorf("a group without a rollback: %+v, %v", s, err)
	}
	f.On("codedeploy.GetDeploymentGroup", &codedeploy.GetDeploymentGroupOutput{})
	if _, err = Kind.Read(t.Context(), f.Config(), at("web/prod")); err == nil {
		t.Error("an answer without a group is taken for one")
	}
	for _, code := range []string{"DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException", "AccessDeniedException", "ThrottlingException"} {
		f.On("codedeploy.GetDeploymentGroup", awstest.Error(code))
		if _, err = Kind.Read(t.Context(), f.Config(), at("web/prod")); awserr.Code(err) != code || awserr.IsNotFound(err) != strings.HasSuffix(code, "DoesNotExistException") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	const count = 150
	var refs []resource.Ref
	var groups []string
	for i := range count {
		groups = append(groups, fmt.Sprintf("g%d", i))
		refs = append(refs, at("web/"+groups[i]))
	}
	f := has(t, groups...)
	got, err := Kind.ReadMany(t.Context(), f.Config(), append(refs, at("gone/g1")))
	if err != nil || len(got) != count || got[at("web/g149")].Group != "g149" || len(f.Calls()) != 3 {
		t.Errorf("%d of %d after %d calls, %v", len(got), count, len(f.Calls()), err)
	}
	got, err = Kind.ReadMany(t.Context(), f.Config(), []resource.Ref{at("web/g1"), at("web/gone")})
	if _, ok := got[at("web/gone")]; err != nil || ok || len(got) != 1 {
		t.Errorf("one of two is gone: %v, %v", got, err)
	}
	f.On("codedeploy.BatchGetDeploymentGroups", awstest.Error("DeploymentGroupDoesNotExistException"))
	if got, err = Kind.ReadMany(t.Context(), f.Config(), []resource.Ref{at("web/g1"), at("web/gone")}); err != nil || len(got) != 1 {
		t.Errorf("refused because of one: %v, %v", got, err)
	}
	f.On("codedeploy.BatchGetDeploymentGroups", awstest.Error("ThrottlingException"))
	if _, err = Kind.ReadMany(t.Context(), f.Config(), refs); !awserr.IsThrottled(err) {
		t.Errorf("throttled: %v", err)
	}
	f.On("codedeploy.BatchGetDeploymentGroups", &codedeploy.BatchGetDeploymentGroupsOutput{}).On("codedeploy.GetDeploymentGroup", awstest.Error("ThrottlingException"))
	if _, err = Kind.ReadMany(t.Context(), f.Config(), refs); !awserr.IsThrottled(err) {
		t.Errorf("throttled, one by one: %v", err)
	}
}

func lists(f *awstest.Fake) *awstest.Fake {
	return f.On("codedeploy.ListApplications", func(in any) (any, error) {
		if in.(*codedeploy.ListApplicationsInput).NextToken == nil {
			return &codedeploy.ListApplicationsOutput{NextToken: aws.String("2"), Applications: []string{"web", "gone"}}, nil
		}
		return &codedeploy.ListApplicationsOutput{Applications: []string{"api"}}, nil
	}).On("codedeploy.ListDeploymentGroups", func(in any) (any, error) {
		input := in.(*codedeploy.ListDeploymentGroupsInput)
		switch {
		case *input.ApplicationName == "gone":
			return nil, awstest.Error("ApplicationDoesNotExistException")
		case input.NextToken == nil && *input.ApplicationName == "web":
			return &codedeploy.ListDeploymentGroupsOutput{NextToken: aws.String("2"), DeploymentGroups: []string{"test"}}, nil
		}
		return &codedeploy.ListDeploymentGroupsOutput{DeploymentGroups: []string{"prod"}}, nil
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
	if diff := cmp.Diff([]resource.Ref{at("web/test"), at("web/prod"), at("api/prod")}, got); diff != "" {
		t.Error(diff)
	}
	f.Forget()
	for range Kind.List(t.Context(), f.Config(), at("")) {
		break
	}
	if n := len(f.Calls()); n != 2 {
		t.Errorf("%d calls for a consumer that stopped at once", n)
	}
	for _, operation := range []string{"codedeploy.ListApplications", "codedeploy.ListDeploymentGroups"} {
		failed := 0
		for _, err := range Kind.List(t.Context(), lists(awstest.New(t)).On(operation, awstest.Error("AccessDeniedException")).Config(), at("")) {
			if failed++; !awserr.IsDenied(err) {
				t.Errorf("%s: %v", operation, err)
			}
		}
		if failed != 1 {
			t.Errorf("%s: %d results after a refusal", operation, failed)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	f := lists(has(t, "prod"))
	if _, err := Kind.Read(t.Context(), f.Config(), at("web/prod")); err != nil {
		t.Fatal(err)
	}
	if _, err := Kind.ReadMany(t.Context(), f.Config(), []resource.Ref{at("web/prod")}); err != nil {
		t.Fatal(err)
	}
	for range Kind.List(t.Context(), f.Config(), at("")) {
		continue
	}
	f.ExpectActions(Kind.Actions)
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codedeploy/CreateDeploymentGroup.json", nil, "web/web-prod"},
		{"codedeploy/UpdateDeploymentGroup.json", nil, "web/web-prod"},
		{"codedeploy/UpdateDeploymentGroup.json", map[string]any{"requestParameters.newDeploymentGroupName": "prod"}, "web/prod web/web-prod"},
		{"codedeploy/DeleteDeploymentGroup.json", nil, "web/web-prod"},
		{"codedeploy/DeleteApplication.json", nil, ""},
		{"codedeploy/CreateDeploymentGroup.json", map[string]any{"requestParameters": nil}, ""},
		{"codedeploy/CreateDeploymentGroup.json", map[string]any{"requestParameters.deploymentGroupName": "a;id"}, ""},
		{"codedeploy/CreateDeploymentGroup.json", map[string]any{"requestParameters.applicationName": "-x"}, ""},
		{"ecr/CreateRepository.json", nil, ""},
	} {
		var got []string
		for _, ref := range Kind.About(checktest.Sample(t, one.sample, one.change)) {
			got = append(got, ref.ID)
		}
		if strings.Join(got, " ") != one.want {
			t.Errorf("%s %v: %v", one.sample, one.change, got)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	alarms := map[string]any{"enabled": true, "alarms": []any{map[string]any{"name": "errors"}}}
	for _, one := range []struct {
		sample string
		change map[string]any
		want   string
	}{
		{"codedeploy/CreateDeploymentGroup.json", nil, `{"application":"web","group":"web-prod","rollback":{"enabled":true,"events":["DEPLOYMENT_FAILURE","DEPLOYMENT_STOP_ON_ALARM"]},"alarms":{"enabled":false}}`},
		{"codedeploy/CreateDeploymentGroup.json", map[string]any{"requestParameters.autoRollbackConfiguration": nil}, `{"application":"web","group":"web-prod","rollback":{"enabled":false},"alarms":{"enabled":false}}`},
		{"codedeploy/UpdateDeploymentGroup-no-rollback.json", nil, `{"application":"web","group":"web-prod","rollback":{"enabled":false}}`},
		{"codedeploy/UpdateDeploymentGroup.json", map[string]any{"requestParameters.autoRollbackConfiguration": nil, "requestParameters.alarmConfiguration": alarms}, `{"application":"web","group":"web-prod","alarms":{"enabled":true,"names":["errors"]}}`},
		{"codedeploy/UpdateDeploymentGroup.json", map[string]any{"errorCode": "AccessDeniedException"}, ""},
		{"codedeploy/DeleteDeploymentGroup.json", nil, ""},
	} {
		s, told := Kind.Told(checktest.Sample(t, one.sample, one.change))
		raw, err := json.Marshal(s)
		if err != nil || told != (one.want != "") || told && string(raw) != one.want {
			t.Errorf("%s %v: told %v %s, %v", one.sample, one.change, told, raw, err)
		}
	}
}

// FuzzEvents feeds odd events to whatever reads them: no panic, and every ref is a name.
func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codedeploy/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, ref := range Kind.About(e) {
			if application, group := Split(ref.ID); !isName(application) || !isName(group) {
				t.Errorf("ref %q", ref.ID)
			}
		}
		state, _ := Kind.Told(e)
		if _, err := json.Marshal(state); err != nil {
			t.Error(err)
		}
	})
}
