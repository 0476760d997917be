package remedies_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/remedy"
)

// shut is an AWS that denies everything.
func shut() aws.Config {
	deny := middleware.InitializeMiddlewareFunc("deny", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return middleware.InitializeOutput{}, middleware.Metadata{}, awstest.Error("AccessDenied")
	})
	return aws.Config{Region: "eu-west-1", APIOptions: []func(*middleware.Stack) error{
		func(s *middleware.Stack) error { return s.Initialize.Add(deny, middleware.Before) },
	}}
}

// FuzzPlan hands every remedy a plan that was torn, or that somebody else wrote into the ledger.
func FuzzPlan(f *testing.F) {
	f.Add("payments-api", []byte(`{"projectVisibility":"PRIVATE"}`), []byte(`{"projectVisibility":"PUBLIC_READ"}`))
	f.Add("web-prod", []byte(`{"stage":"Build","disabled":false}`), []byte(`{"stage":"Build","disabled":true,"reason":"r"}`))
	f.Add("b", []byte(`{"configured":true,"flags":{"BlockPublicAcls":true}}`), []byte(`null`))
	f.Add("", []byte(`{"artifacts":{"type":1}}`), []byte(`[`))
	f.Add("arn:aws:cloudtrail:eu-west-1:111122223333:trail/x", []byte(``), []byte(`{"logging":true}`))
	f.Fuzz(func(t *testing.T, id string, before, after []byte) {
		for _, r := range remedies.All() {
			plan := remedy.Plan{
				Remedy: r.ID, Before: before, After: after, Undoable: true, Calls: []remedy.Call{{Service: "s3", Operation: "PutBucketPolicy"}},
				Resource: finding.Resource{Kind: "bucket", ID: id, Account: "111122223333", Region: "eu-west-1"},
			}
			if err := r.Apply(t.Context(), shut(), plan); err == nil {
				t.Errorf("%s: applied where everything is denied", r.ID)
			}
			if err := r.Undo(t.Context(), shut(), plan, true); err == nil {
				t.Errorf("%s: undone where everything is denied", r.ID)
			}
		}
	})
}
