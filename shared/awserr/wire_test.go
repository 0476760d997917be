package awserr_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// answer stands in for a service at the other end of the wire, so that the errors are those that the SDK's clients make.
type answer struct {
	status int
	header map[string]string
	body   string
	cut    bool  // the connection is lost within the body
	err    error // there is no connection
}

func (a answer) Do(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body io.Reader = strings.NewReader(a.body)
	if a.cut {
		body = io.MultiReader(body, iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	header := http.Header{}
	for name, value := range a.header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: header, Body: io.NopCloser(body), Request: r}, nil
}

func (a answer) config() aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: a, Credentials: aws.AnonymousCredentials{},
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func headBucket(ctx context.Context, cfg aws.Config) error {
	_, err := s3.NewFromConfig(cfg).HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("b")})
	return err
}

func getPolicy(ctx context.Context, cfg aws.Config) error {
	_, err := s3.NewFromConfig(cfg).GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String("b")})
	return err
}

func getProjects(ctx context.Context, cfg aws.Config) error {
	_, err := codebuild.NewFromConfig(cfg).BatchGetProjects(ctx, &codebuild.BatchGetProjectsInput{Names: []string{"web"}})
	return err
}

func getRole(ctx context.Context, cfg aws.Config) error {
	_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("r")})
	return err
}

func send(ctx context.Context, cfg aws.Config) error {
	_, err := sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("https://sqs.eu-west-1.amazonaws.com/111122223333/q"), MessageBody: aws.String("m")})
	return err
}

const (
	xmlError = `<Error><Code>%</Code><Message>as the test asked</Message></Error>`
	scpDeny  = `{"__type":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: codebuild:BatchGetProjects on resource: * with an explicit deny in a service control policy"}`
	scpMute  = `{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: codebuild:BatchGetProjects because no service control policy allows the codebuild:BatchGetProjects action"}`
	rcpDeny  = `<Error><Code>AccessDenied</Code><Message>User: x is not authorized to perform: s3:GetBucketPolicy with an explicit deny in a resource control policy</Message></Error>`
	iamGone  = `<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name r cannot be found.</Message></Error><RequestId>1</RequestId></ErrorResponse>`
	iamDeny  = `{"__type":"AccessDeniedException","message":"User: x is not authorized to perform: codebuild:BatchGetProjects because no identity-based policy allows the codebuild:BatchGetProjects action"}`
)

func s3Error(code string) string { return strings.Replace(xmlError, "%", code, 1) }

func TestOverTheWire(t *testing.T) {
	t.Parallel()
	organisation := class{denied: true, organisation: true}
	for name, test := range map[string]struct {
		call   func(context.Context, aws.Config) error
		answer answer
		want   class
		reason string
	}{
		"a HEAD that is refused has no body":  {headBucket, answer{status: 403}, denied, "access denied"},
		"a HEAD of nothing has no body":       {headBucket, answer{status: 404}, notFound, "it does not exist"},
		"refused, and no code that is known":  {getPolicy, answer{status: 403, body: s3Error("InvalidAccessPoint")}, denied, "access denied"},
		"throttled with the status of denied": {getPolicy, answer{status: 403, body: s3Error("ThrottlingException")}, throttled, "AWS throttled the call"},
		"an S3 bucket that is gone":           {getPolicy, answer{status: 404, body: s3Error("NoSuchBucket")}, notFound, "it does not exist"},
		"a bucket without a policy":           {getPolicy, answer{status: 404, body: s3Error("NoSuchBucketPolicy")}, other, "AWS answered NoSuchBucketPolicy"},
		"S3 asks to slow down":                {getPolicy, answer{status: 503, body: s3Error("SlowDown")}, throttled, "AWS throttled the call"},
		"S3 is broken":                        {getPolicy, answer{status: 500, body: s3Error("InternalError")}, class{passing: true}, "AWS did not answer"},
		"a proxy is broken":                   {getPolicy, answer{status: 502, body: "<html>Bad Gateway</html>"}, class{passing: true}, "AWS did not answer"},
		"somebody else writes to the bucket":  {getPolicy, answer{status: 409, body: s3Error("OperationAborted")}, conflict, "AWS did not answer"},
		"a resource control policy":           {getPolicy, answer{status: 403, body: rcpDeny}, organisation, "an organisation policy forbids the call"},
		"a service control policy denies":     {getProjects, answer{status: 400, body: scpDeny}, organisation, "an organisation policy forbids the call"},
		"no service control policy allows":    {getProjects, answer{status: 400, body: scpMute}, organisation, "an organisation policy forbids the call"},
		"the role's own policy":               {getProjects, answer{status: 400, body: iamDeny}, denied, "access denied"},
		"too many requests, no code":          {getProjects, answer{status: 429}, throttled, "AWS throttled the call"},
		"a code with its namespace": {
			getProjects,
			answer{status: 400, body: `{"__type":"com.amazonaws.codebuild#ThrottlingException"}`},
			throttled,
			"AWS throttled the call",
		},
		"bad input": {
			getProjects,
			answer{status: 400, body: `{"__type":"InvalidInputException","message":"a service control policy is mentioned"}`},
			other,
			"AWS answered InvalidInputException",
		},
		"a role that is gone": {getRole, answer{status: 404, body: iamGone}, notFound, "it does not exist"},
		"a queue that is gone": {send, answer{
			status: 400, header: map[string]string{"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"},
			body: `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`,
		}, notFound, "it does not exist"},
		"no connection":             {getRole, answer{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, class{passing: true}, "AWS did not answer"},
		"an answer that breaks off": {getRole, answer{status: 200, body: "<GetRoleResponse><GetRoleRes", cut: true}, class{passing: true}, "AWS did not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.call(t.Context(), test.answer.config())
			if err == nil {
				t.Fatal("no error")
			}
			if got := classify(err); got != test.want {
				t.Errorf("%+v, want %+v: %v", got, test.want, err)
			}
			if got := awserr.Reason(err); got != test.reason {
				t.Errorf("reason %q, want %q: %v", got, test.reason, err)
			}
		})
	}
}

func TestDeadlineOverTheWire(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	err := getRole(ctx, answer{status: 200}.config())
	if !awserr.IsPassing(err) || awserr.Reason(err) != "AWS did not answer" {
		t.Errorf("%v: %+v", err, classify(err))
	}
}
