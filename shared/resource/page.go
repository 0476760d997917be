package resource

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// Page lists some of a kind's resources: from where an earlier Page stopped, or from the beginning with "", for so many calls. Next says where
// to go on; "" when all were listed. Kinds know nothing of it: they ask for page after page, and here it is seen which page they ask for.
//
// A kind may make several sorts of calls. The pages of the first are counted and taken up again; what the others bring comes whole, with the
// page that it belongs to, or after the last. A kind that is listed in one call, or in none, comes whole as well.
//
// The error is a *PageError when AWS did not take the name of the page to go on from.
func Page(ctx context.Context, source Source, cfg aws.Config, in Ref, from string, calls int) (refs []Ref, next string, err error) {
	t := &turner{from: from, left: max(calls, 1)}
	for ref, fault := range source.All(ctx, t.config(cfg), in) {
		if fault != nil {
			err = fault
			break
		}
		if from == "" || t.first != nil { // what comes before the first call came with the first page
			refs = append(refs, ref)
		}
	}
	switch {
	case t.next != "" && (err == nil || errors.Is(err, errTurned)):
		return refs, t.next, nil
	case t.refused != nil:
		return refs, "", &PageError{t.refused}
	}
	return refs, "", err
}

// PageError says that the call which was to go on from a page's name broke. Names of pages expire: then listing begins anew.
type PageError struct{ Err error }

func (e *PageError) Error() string { return "go on listing: " + e.Err.Error() }

func (e *PageError) Unwrap() error { return e.Err }

// errTurned ends a listing that asks for more pages than it may.
var errTurned = errors.New("the next page is listed later")

// turner sees which pages a listing asks for.
type turner struct {
	from    string // the page to begin with; "": the first
	left    int    // calls that may be made
	first   any    // what the first call asked for, whatever the page; nil: none was made yet
	next    string // the page that was asked for when no call was left
	refused error  // why the page to begin with did not come
}

// config is the configuration with which listing is seen through. It comes before what callers added for themselves, such as a test's answers.
func (t *turner) config(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append([]func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("PipewardenPages", t.turn), middleware.After)
	}}, cfg.APIOptions...)
	return cfg
}

func (t *turner) turn(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	page, asked := pageOf(in.Parameters)
	begins := t.first == nil
	if begins {
		t.first = asked
	}
	if page == nil || !reflect.DeepEqual(asked, t.first) {
		return next.HandleInitialize(ctx, in)
	}
	resumes := begins && t.from != ""
	switch {
	case resumes:
		*page = &t.from
	case t.left == 0 && aws.ToString(*page) != "":
		t.next = **page
		return middleware.InitializeOutput{}, middleware.Metadata{}, errTurned
	}
	t.left = max(t.left-1, 0)
	out, metadata, err := next.HandleInitialize(ctx, in)
	if resumes {
		t.refused = err
	}
	return out, metadata, err
}

// pageNames are what inputs call the page that is asked for: nearly all services NextToken, KMS and IAM Marker, and S3 ContinuationToken.
var pageNames = []string{"NextToken", "Marker", "ContinuationToken"}

// pageOf is where an input has the page that is asked for, nil for nowhere, and what it asks for besides. Each operation's input is a type of
// its own.
func pageOf(input any) (page **string, asked any) {
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, input
	}
	rest := reflect.New(v.Elem().Type())
	rest.Elem().Set(v.Elem())
	for _, name := range pageNames {
		field := v.Elem().FieldByName(name)
		if !field.IsValid() {
			continue
		}
		if page, ok := field.Addr().Interface().(**string); ok {
			rest.Elem().FieldByName(name).SetZero()
			return page, rest.Interface()
		}
	}
	return nil, rest.Interface()
}
