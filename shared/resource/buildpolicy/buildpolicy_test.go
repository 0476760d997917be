package buildpolicy

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	api  = "project/payments-api"
	unit = "report-group/payments-api-unit"
)

func of(id string) resource.Ref {
	return resource.Ref{Kind: "buildpolicy", ID: id, Account: "111122223333", Region: "eu-west-1"}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for label, one := range map[string]struct {
		answer any
		policy string
		is     func(error) bool
	}{
		"shared":    {&codebuild.GetResourcePolicyOutput{Policy: aws.String("{}")}, "{}", nil},
		"not":       {awstest.Error("ResourceNotFoundException"), "", nil},
		"denied":    {awstest.Error("AccessDeniedException"), "", awserr.IsDenied},
		"throttled": {awstest.Error("ThrottlingException"), "", awserr.IsThrottled},
	} {
		for _, id := range []string{api, unit} {
			fake := awstest.New(t).On("codebuild.GetResourcePolicy", one.answer)
			s, err := Kind.Read(t.Context(), fake.Config(), resource.Ref{ID: id, Account: "111122223333", Region: "cn-north-1"})
			if one.is != nil && !one.is(err) || one.is == nil && (err != nil || !s.Policy.Is(func(p string) bool { return p == one.policy })) {
				t.Errorf("%s %s: %+v, %v", id, label, s, err)
			}
			in := awstest.Inputs[*codebuild.GetResourcePolicyInput](fake, "codebuild.GetResourcePolicy")
			if len(in) != 1 || *in[0].ResourceArn != "arn:aws-cn:codebuild:cn-north-1:111122223333:"+id || fake.Calls()[0].Region != "cn-north-1" {
				t.Errorf("%s %s: asked %+v", id, label, fake.Calls())
			}
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.ListProjects", &codebuild.ListProjectsOutput{Projects: []string{"a", "b"}}).
		On("codebuild.ListReportGroups", &codebuild.ListReportGroupsOutput{ReportGroups: []string{"arn:aws:codebuild:eu-west-1:111122223333:report-group/cc"}}).
		On("codebuild.GetResourcePolicy", &codebuild.GetResourcePolicyOutput{})
	want := []resource.Ref{of("project/a"), of("project/b"), of("report-group/cc")}
	var got []resource.Ref
	for ref, err := range Kind.List(t.Context(), fake.Config(), of("")) {
		if err != nil {
			t.Error(err)
		}
		got = append(got, ref)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %+v", got)
	}
	if _, err := Kind.Read(t.Context(), fake.Config(), want[0]); err != nil {
		t.Error(err)
	}
	fake.ExpectActions(Kind.Actions)
	fake.Forget()
	for range Kind.List(t.Context(), fake.Config(), of("")) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls for a consumer that stopped", n)
	}
	for _, operation := range []string{"codebuild.ListProjects", "codebuild.ListReportGroups"} {
		var failed error
		for _, err := range Kind.List(t.Context(), fake.On(operation, awstest.Error("AccessDeniedException")).Config(), of("")) {
			failed = err
		}
		if !awserr.IsDenied(failed) {
			t.Errorf("%s: %v", operation, failed)
		}
		fake.On(operation, map[string]any{"codebuild.ListProjects": &codebuild.ListProjectsOutput{}}[operation])
	}
}

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read("codebuild/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		id, holds string
	}{
		"PutResourcePolicy":              {api, "arn:aws:iam::444455556666:root"},
		"PutResourcePolicy-report-group": {unit, "arn:aws:iam::444455556666:root"},
		"DeleteResourcePolicy":           {api, ""},
		"DeleteProject":                  {api, ""},
		"DeleteReportGroup":              {unit, ""},
	} {
		e := sample(t, name)
		if got := Kind.About(e); !slices.Equal(got, []resource.Ref{of(one.id)}) {
			t.Errorf("%s: %+v", name, got)
		}
		s, ok := Kind.Told(e)
		if !ok || !s.Policy.Is(func(p string) bool { return strings.Contains(p, one.holds) && (p == "") == (one.holds == "") }) {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
		if !Kind.ChangedBy()[0].Matches(e) {
			t.Errorf("%s wakes nobody", name)
		}
	}
	e := sample(t, "PutResourcePolicy")
	delete(e.Request(), "policy")
	if s, ok := Kind.Told(e); !ok || !errors.Is(s.Policy.Err(), resource.ErrNotTold) {
		t.Errorf("no policy: %+v, %v", s, ok)
	}
	e = sample(t, "PutResourcePolicy")
	e.Detail["errorCode"] = "AccessDenied"
	if s, ok := Kind.Told(e); ok {
		t.Errorf("a refused call tells %+v", s)
	}
	if s, ok := Kind.Told(sample(t, "UpdateProject")); ok {
		t.Errorf("an update tells %+v", s)
	}
	for _, arn := range []string{"arn:aws:codebuild:$(id):111122223333:project/web", "arn:aws:s3:::x", "arn:aws:codebuild:eu-west-1:111122223333:report-group/a;id"} {
		e := sample(t, "PutResourcePolicy")
		e.Request()["resourceArn"] = arn
		delete(e.Detail, "responseElements")
		if got := Kind.About(e); len(got) != 0 {
			t.Errorf("%s: %+v", arn, got)
		}
	}
	e = sample(t, "PutResourcePolicy")
	e.Detail["eventSource"] = "logs.amazonaws.com"
	if got := Kind.About(e); len(got) != 0 {
		t.Errorf("of another service: %+v", got)
	}
}

func TestCalled(t *testing.T) {
	t.Parallel()
	if got := Called(of(api)) + ", " + Called(of(unit)); got != "build project payments-api, report group payments-api-unit" {
		t.Error(got)
	}
}

func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codebuild/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		about := Kind.About(e)
		for _, ref := range about {
			if !ref.Sound() || strings.ContainsAny(ref.ID, " ;'\"$`&|<>()\n\x1b") || !strings.HasPrefix(ref.ID, project) && !strings.HasPrefix(ref.ID, reports) {
				t.Errorf("named %+v", ref)
			}
		}
		if _, ok := Kind.Told(e); ok && len(about) != 1 {
			t.Error("a state of nothing")
		}
	})
}
