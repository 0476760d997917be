package pipeline

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var errStop = errors.New("far enough")

// asSent is the body that the SDK would send to update the pipeline.
func asSent(t *testing.T, p *types.PipelineDeclaration) ([]byte, error) {
	t.Helper()
	var body []byte
	capture := middleware.BuildMiddlewareFunc("capture", func(_ context.Context, in middleware.BuildInput, _ middleware.BuildHandler) (out middleware.BuildOutput, meta middleware.Metadata, err error) {
		if body, err = io.ReadAll(in.Request.(*smithyhttp.Request).GetStream()); err == nil {
			err = errStop
		}
		return out, meta, err
	})
	cfg := aws.Config{Region: "eu-west-1", Credentials: aws.AnonymousCredentials{}, APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Build.Add(capture, middleware.Before)
	}}}
	_, err := codepipeline.NewFromConfig(cfg).UpdatePipeline(t.Context(), &codepipeline.UpdatePipelineInput{Pipeline: p})
	if errors.Is(err, errStop) {
		err = nil
	}
	return body, err
}
