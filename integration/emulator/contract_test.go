package emulator

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = "eu-west-1"
)

// refused fails the test unless err is an AWS error with that code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("want the error %s, have: %v", code, err)
	}
}

func ok[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func equal[T comparable](t *testing.T, what string, have, want T) {
	t.Helper()
	if have != want {
		t.Errorf("%s: have %v, want %v", what, have, want)
	}
}

var s = aws.String

func contains(t *testing.T, what, have, part string) {
	t.Helper()
	if !strings.Contains(have, part) {
		t.Errorf("%s: %q does not contain %q", what, have, part)
	}
}
