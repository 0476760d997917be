package account_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

const opCaller = "sts.GetCallerIdentity"

func TestCaller(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		answer any
		known  string
		holds  func(error) bool
	}{
		"answered":  {&sts.GetCallerIdentityOutput{Account: aws.String("444455556666"), Arn: aws.String("arn:aws:sts::444455556666:assumed-role/a/b")}, "444455556666", nil},
		"empty":     {&sts.GetCallerIdentityOutput{}, "", nil},
		"denied":    {awstest.Error("AccessDenied"), "", awserr.IsDenied},
		"throttled": {awstest.Error("ThrottlingException"), "", awserr.IsPassing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := awstest.New(t).On(opCaller, one.answer)
			s, err := account.Access.Read(t.Context(), f.Config(), whole())
			if err != nil {
				t.Fatal(err)
			}
			if got, known := s.Account.Get(); got != one.known || known != (one.known != "") {
				t.Errorf("%q, known %v: %v", got, known, s.Account.Err())
			}
			if one.holds != nil && (!one.holds(s.Account.Err()) || len(resource.Faults(s)) != 1) {
				t.Errorf("why: %v", s.Account.Err())
			}
			f.ExpectActions(account.Access.Actions)
		})
	}
	f := awstest.New(t)
	if s, err := account.Access.Read(t.Context(), f.Config(), ref()); err != nil || len(resource.Faults(s)) > 0 || len(f.Calls()) > 0 {
		t.Errorf("a region is asked by itself: %+v, %v", s, err)
	}
}

// A sign-in is about the account whose role was taken, as a whole; what the account tells that it came from is about none.
func TestSignInsAreAboutAccess(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string][]resource.Ref{
		"sts/AssumeRole-auditor.json":                {whole()},
		"sts/AssumeRole-auditor-told-by-caller.json": nil,
		"sts/AssumeRole.json":                        nil,
		"cloudtrail/StopLogging.json":                nil,
	} {
		if diff := cmp.Diff(want, account.Access.About(checktest.Sample(t, sample, nil))); diff != "" {
			t.Errorf("%s: %s", sample, diff)
		}
	}
	if _, told := account.Access.Hear(checktest.Sample(t, "sts/AssumeRole-auditor.json", nil)); told {
		t.Error("an event tells who answers")
	}
}

func TestFacetsAreOfTheSameAccount(t *testing.T) {
	t.Parallel()
	for _, facet := range []resource.Source{account.Access, account.Rules} {
		var listed []resource.Ref
		for one, err := range facet.All(t.Context(), aws.Config{}, resource.Ref{Account: "111122223333", Region: "eu-west-1"}) {
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, one)
		}
		if diff := cmp.Diff([]resource.Ref{ref(), whole()}, listed); diff != "" || facet.Kind() != account.Kind.Kind() || facet.Part() == "" {
			t.Errorf("%s %s: %s", facet.Kind(), facet.Part(), diff)
		}
	}
}
