package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/checks"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedies"
)

var clock = time.Date(2026, 11, 20, 19, 0, 0, 0, time.UTC)

// offline is the program with no AWS, no terminal and nothing on its input.
func offline(t testing.TB, out io.Writer) *program {
	t.Helper()
	return &program{
		in: strings.NewReader(""), out: out, err: io.Discard,
		env: func(string) string { return "" }, now: func() time.Time { return clock },
		checks: checks.All(), remedies: remedies.All(),
		aws: func(context.Context, string) (aws.Config, error) {
			t.Error("AWS was asked for")
			return aws.Config{}, errors.New("offline")
		},
		store: func(aws.Config, string) ledger.Store {
			t.Error("the ledger was asked for")
			return nil
		},
	}
}
