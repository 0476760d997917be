// Package awstest answers AWS SDK calls in tests and proves which IAM actions they take.
package awstest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Fake stands in for AWS: real clients, real inputs, and the outputs that a test gives.
type Fake struct {
	t       testing.TB
	mu      sync.Mutex
	replies map[string]any
	calls   []Call
}

// Call is one call that was made.
type Call struct {
	Operation string // "s3.GetBucketPolicy"
	Input     any    // *s3.GetBucketPolicyInput
	Region    string
}

// New makes a fake that refuses every call it was not told of, and fails the test for it.
func New(t testing.TB) *Fake {
	return &Fake{t: t, replies: map[string]any{}}
}

// On says what an operation ("s3.GetBucketPolicy") answers: an output (*s3.GetBucketPolicyOutput), an error,
// or a func(input any) (any, error). It returns the fake, so that calls chain.
func (f *Fake) On(operation string, reply any) *Fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replies[strings.ToLower(operation)] = reply
	return f
}

// Error is a service error with that code ("AccessDenied").
func Error(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "as the test asked", Fault: smithy.FaultClient}
}

// Config makes clients whose calls the fake answers.
func (f *Fake) Config() aws.Config {
	return aws.Config{
		Region:      "eu-west-1",
		Credentials: aws.AnonymousCredentials{},
		APIOptions: []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
			// At the end of the initialize step, after the SDK's own validation of the input.
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("awstest", f.answer), middleware.After)
		}},
	}
}

func (f *Fake) answer(ctx context.Context, in middleware.InitializeInput, _ middleware.InitializeHandler) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
	operation := service(awsmiddleware.GetServiceID(ctx)) + "." + awsmiddleware.GetOperationName(ctx)
	f.mu.Lock()
	f.calls = append(f.calls, Call{Operation: operation, Input: in.Parameters, Region: awsmiddleware.GetRegion(ctx)})
	reply, known := f.replies[strings.ToLower(operation)]
	f.mu.Unlock()
	if !known {
		f.t.Errorf("unexpected call of %s", operation)
		return out, meta, Error("UnexpectedCall")
	}
	switch reply := reply.(type) {
	case error:
		err = reply
	case func(any) (any, error):
		out.Result, err = reply(in.Parameters)
	default:
		out.Result = anew(reply)
	}
	if err != nil {
		err = &smithy.OperationError{ServiceID: awsmiddleware.GetServiceID(ctx), OperationName: awsmiddleware.GetOperationName(ctx), Err: err}
	}
	return out, meta, err
}

// anew is an output that a client may write its metadata to, as each call's own.
func anew(output any) any {
	v := reflect.ValueOf(output)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return output
	}
	own := reflect.New(v.Type().Elem())
	own.Elem().Set(v.Elem())
	return own.Interface()
}

// service is the SDK's service id as IAM and the package names spell it.
func service(id string) string {
	return strings.ToLower(strings.ReplaceAll(id, " ", ""))
}

// Calls lists the calls in order.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Forget clears the list of calls.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// Inputs lists the inputs of one operation, in order.
func Inputs[I any](f *Fake, operation string) []I {
	var inputs []I
	for _, call := range f.Calls() {
		if strings.EqualFold(call.Operation, operation) {
			input, ok := call.Input.(I)
			if !ok {
				f.t.Fatalf("%s was called with %T", operation, call.Input)
			}
			inputs = append(inputs, input)
		}
	}
	return inputs
}

// Actions lists the IAM actions that the calls took, sorted, each once.
func (f *Fake) Actions() []string {
	var actions []string
	for _, call := range f.Calls() {
		actions = append(actions, Action(call.Operation))
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// ExpectActions fails the test unless the calls took exactly the declared IAM actions.
func (f *Fake) ExpectActions(declared []string) {
	f.t.Helper()
	want := slices.Compact(slices.Sorted(slices.Values(declared)))
	if got := f.Actions(); !slices.Equal(got, want) {
		f.t.Errorf("IAM actions\n declared: %s\n called:   %s", strings.Join(want, " "), strings.Join(got, " "))
	}
}

// exceptions are the operations whose IAM action has another name
// (Service Authorization Reference, "Actions, resources, and condition keys" of each service).
var exceptions = map[string]string{
	"s3.ListBuckets":                     "s3:ListAllMyBuckets",
	"s3.GetBucketEncryption":             "s3:GetEncryptionConfiguration",
	"s3.PutBucketEncryption":             "s3:PutEncryptionConfiguration",
	"s3.DeleteBucketEncryption":          "s3:PutEncryptionConfiguration",
	"s3.GetPublicAccessBlock":            "s3:GetBucketPublicAccessBlock",
	"s3.PutPublicAccessBlock":            "s3:PutBucketPublicAccessBlock",
	"s3.DeletePublicAccessBlock":         "s3:PutBucketPublicAccessBlock",
	"s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
	"s3.PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
	"s3.DeleteBucketLifecycle":           "s3:PutLifecycleConfiguration",
	"s3.GetBucketReplication":            "s3:GetReplicationConfiguration",
	"s3.HeadObject":                      "s3:GetObject",
	"s3.HeadBucket":                      "s3:ListBucket",
	"s3.ListObjectsV2":                   "s3:ListBucket",
	"s3control.GetPublicAccessBlock":     "s3:GetAccountPublicAccessBlock",
	"s3control.PutPublicAccessBlock":     "s3:PutAccountPublicAccessBlock",
	"s3control.DeletePublicAccessBlock":  "s3:PutAccountPublicAccessBlock",
	"sns.PublishBatch":                   "sns:Publish",
	"sqs.SendMessageBatch":               "sqs:SendMessage",
}

// prefixes are the services whose IAM prefix is not the SDK's service id.
var prefixes = map[string]string{
	"cloudwatchlogs": "logs", "eventbridge": "events", "s3control": "s3",
}

// Action is the IAM action that an operation ("s3.GetBucketEncryption") takes.
func Action(operation string) string {
	if action, ok := exceptions[operation]; ok {
		return action
	}
	svc, name, _ := strings.Cut(operation, ".")
	if prefix, ok := prefixes[svc]; ok {
		svc = prefix
	}
	return fmt.Sprintf("%s:%s", svc, name)
}
