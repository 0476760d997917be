package remedy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Request is one AWS call that writes: what a plan foretells of it is what is sent.
type Request struct {
	service, operation string
	input              any
	region             string // "": the resource's
	sealed             bool
	send               func(context.Context, aws.Config) error
}

// services are those whose packages are called otherwise than IAM calls them.
var services = map[string]string{"cloudwatchlogs": "logs", "eventbridge": "events"}

// Write is a call by a client's method, which is named like its input:
// Write(in, codebuild.NewFromConfig, (*codebuild.Client).UpdateProject). The client is made where the call is sent.
func Write[C, I, O, F any](in *I, client func(aws.Config, ...F) C, method func(C, context.Context, *I, ...F) (*O, error)) Request {
	of := reflect.TypeOf(in).Elem()
	service := path.Base(of.PkgPath())
	return Request{
		service: first(services[service], service), operation: strings.TrimSuffix(of.Name(), "Input"), input: in,
		send: func(ctx context.Context, cfg aws.Config) error {
			_, err := method(client(cfg), ctx, in)
			return err
		},
	}
}

// In sends the call to another region than the resource's.
func (r Request) In(region string) Request {
	r.region = region
	return r
}

// Sealed keeps the input out of the plan: it may hold secrets.
func (r Request) Sealed() Request {
	r.sealed = true
	return r
}

func (r Request) do(ctx context.Context, cfg aws.Config, ref resource.Ref) error {
	if err := r.send(ctx, at(cfg, first(r.region, ref.Region))); err != nil {
		if r.sealed {
			err = sealed(err)
		}
		return fmt.Errorf("%s %s %s: %w", r.operation, ref.Kind, ref.ID, err)
	}
	return nil
}

// at is the configuration for a region; "" leaves it as it is.
func at(cfg aws.Config, region string) aws.Config {
	if region != "" {
		cfg.Region = region
	}
	return cfg
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// lower are the services whose APIs begin the names of members with a small letter.
var lower = []string{"codebuild", "codedeploy", "codepipeline", "ecr", "logs"}

func (r Request) call() (Call, error) {
	c := Call{Service: r.service, Operation: r.operation}
	if r.sealed {
		return c, nil
	}
	write := resource.SDKJSON
	if slices.Contains(lower, r.service) {
		write = resource.APIJSON
	}
	var err error
	c.Input, err = write(r.input)
	return c, err
}

// API is an SDK structure that is kept as the service's API writes it, with members that begin in lower case.
type API[T any] struct{ Value T }

// MarshalJSON leaves out what is not set.
func (a API[T]) MarshalJSON() ([]byte, error) { return resource.APIJSON(a.Value) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (a *API[T]) UnmarshalJSON(raw []byte) error {
	var value T
	if err := json.Unmarshal(raw, &value); err != nil {
		return fmt.Errorf("read %T: %w", value, err)
	}
	a.Value = value
	return nil
}

// encode writes without the escapes that only HTML needs: policies are full of < and &.
func encode(v any) (json.RawMessage, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return bytes.TrimSpace(buffer.Bytes()), nil
}
