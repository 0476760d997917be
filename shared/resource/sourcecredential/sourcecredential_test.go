package sourcecredential

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	prefix     = "arn:aws:codebuild:eu-west-1:111122223333:token/"
	connection = "arn:aws:codeconnections:eu-west-1:111122223333:connection/aaaa1111-0000-4000-8000-000000000001"
)

func of(id string) resource.Ref {
	return resource.Ref{Kind: "sourcecredential", ID: id, Account: "111122223333", Region: "eu-west-1"}
}

func answering(t *testing.T) *awstest.Fake {
	return awstest.New(t).On("codebuild.ListSourceCredentials", &codebuild.ListSourceCredentialsOutput{SourceCredentialsInfos: []types.SourceCredentialsInfo{
		{Arn: aws.String(prefix + "github"), ServerType: types.ServerTypeGithub, AuthType: types.AuthTypePersonalAccessToken},
		{Arn: aws.String(prefix + "bitbucket-0a1b"), ServerType: types.ServerTypeBitbucket, AuthType: types.AuthTypeCodeconnections, Resource: aws.String(connection)},
		{ServerType: types.ServerTypeGitlab},
	}})
}

func TestRead(t *testing.T) {
	t.Parallel()
	bitbucket := State{ARN: prefix + "bitbucket-0a1b", Server: "BITBUCKET", Auth: resource.Known(Connection), Resource: connection}
	for id, want := range map[string]State{
		"github": {ARN: prefix + "github", Server: "GITHUB", Auth: resource.Known(Token)}, "bitbucket-0a1b": bitbucket, "bitbucket": bitbucket,
	} {
		fake := answering(t)
		if s, err := Kind.Read(t.Context(), fake.Config(), of(id)); err != nil || !reflect.DeepEqual(s, want) || len(fake.Calls()) != 1 {
			t.Errorf("%s: %+v, %v", id, s, err)
		}
	}
	if _, err := Kind.Read(t.Context(), answering(t).Config(), of("github_enterprise")); !awserr.IsNotFound(err) {
		t.Errorf("one that there is not: %v", err)
	}
	for code, is := range map[string]func(error) bool{"AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled} {
		fake := awstest.New(t).On("codebuild.ListSourceCredentials", awstest.Error(code))
		if _, err := Kind.Read(t.Context(), fake.Config(), of("github")); !is(err) || !strings.Contains(err.Error(), "read source credential github") {
			t.Errorf("%s: %v", code, err)
		}
		for _, err := range Kind.List(t.Context(), fake.Config(), of("")) {
			if !is(err) {
				t.Errorf("%s: %v", code, err)
			}
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fake := answering(t)
	var refs []resource.Ref
	for ref, err := range Kind.List(t.Context(), fake.Config(), of("")) {
		if err != nil {
			t.Error(err)
		}
		refs = append(refs, ref)
	}
	if !slices.Equal(refs, []resource.Ref{of("github"), of("bitbucket-0a1b")}) {
		t.Errorf("listed %+v", refs)
	}
	for range Kind.List(t.Context(), fake.Config(), of("")) {
		break
	}
	fake.ExpectActions(Kind.Actions)
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
	for name, auth := range map[string]string{"ImportSourceCredentials": Token, "ImportSourceCredentials-connection": Connection, "DeleteSourceCredentials": ""} {
		e := sample(t, name)
		if got := Kind.About(e); !slices.Equal(got, []resource.Ref{of("github")}) {
			t.Errorf("%s: %+v", name, got)
		}
		if !Kind.ChangedBy()[0].Matches(e) {
			t.Errorf("%s wakes nobody", name)
		}
		s, ok := Kind.Told(e)
		if ok != (auth != "") || ok && (!s.Auth.Is(func(a string) bool { return a == auth }) || s.Server != "GITHUB" || s.ARN != prefix+"github") {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
	}
	e := sample(t, "ImportSourceCredentials")
	e.Detail["responseElements"] = map[string]any{"arn": "arn:aws:codebuild:eu-west-1:111122223333:token/$(id)"}
	if got := Kind.About(e); !slices.Equal(got, []resource.Ref{of("github")}) {
		t.Errorf("without a sound ARN: %+v", got)
	}
	delete(e.Request(), "authType")
	if s, ok := Kind.Told(e); !ok || s.ARN != "" || s.Auth.Err() == nil {
		t.Errorf("without a sound ARN and a type: %+v, %v", s, ok)
	}
	e.Request()["serverType"] = "a;id"
	if got := Kind.About(e); got != nil {
		t.Errorf("named %+v", got)
	}
	e = sample(t, "ImportSourceCredentials")
	e.Detail["errorCode"] = "AccessDenied"
	if s, ok := Kind.Told(e); ok {
		t.Errorf("a refused call tells %+v", s)
	}
	for _, other := range []string{"CreateProject", "DeleteReportGroup"} {
		if got := Kind.About(sample(t, other)); got != nil {
			t.Errorf("%s: %+v", other, got)
		}
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
			if !isName(ref.ID) || !ref.Sound() {
				t.Errorf("named %+v", ref)
			}
		}
		if s, ok := Kind.Told(e); ok && (len(about) != 1 || strings.ContainsAny(s.ARN, " ;'\"$`&|<>()\n\x1b")) {
			t.Errorf("told %+v", s)
		}
	})
}
