package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/policy"
)

// The commands are called below their command line, of which cobra keeps something for each.

// FuzzReplay reads what somebody calls a CloudTrail archive.
func FuzzReplay(f *testing.F) {
	for _, name := range []string{"codebuild/UpdateProject.json", "s3/PutBucketPolicy.json", "iam/DeactivateMFADevice.json"} {
		raw, err := events.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(records(opened("09:00:00", "front\x1b[31m"), picked("10:00:00", "l1"), looked("11:00:00")))
	f.Add("no JSON\n" + looked("09:00:00")[:90])
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{asJSON, asTable} {
			var out, broken bytes.Buffer
			p := offline(t, &out)
			p.in, p.err = strings.NewReader(text), &broken
			r := &replay{program: p, paths: []string{"-"}, format: &choice{value: format}, failOn: &choice{}, all: true}
			p.complain(orNone(r.run(t.Context())))
			clean(t, format, out.String(), broken.String())
		}
	})
}

// orNone is an error that says nothing in the place of none.
func orNone(err error) error {
	if err == nil {
		return exit{}
	}
	return err
}

// FuzzPolicy reads what somebody calls a policy.
func FuzzPolicy(f *testing.F) {
	f.Add("bucket", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)
	f.Add("key", `"{\"Statement\":[]}"`)
	f.Add("logs", `{"Policy":"{}"}`)
	f.Add("topic", `{"Statement":[{"Sid":"\u001b","Effect":"Allow","Principal":{"AWS":"444455556666\u009b"},"Action":"*","Resource":"*"}]}`)
	f.Fuzz(func(t *testing.T, kind, text string) {
		for _, format := range []string{asJSON, asTable} {
			var out, broken bytes.Buffer
			p := offline(t, &out)
			p.in, p.err = strings.NewReader(text), &broken
			p.complain(orNone(p.policy("-", policy.Kind(kind), "111122223333", format)))
			clean(t, format, out.String(), broken.String())
		}
	})
}

// clean fails the test for lines that are no JSON, and for what a terminal would obey.
func clean(t *testing.T, format, out, said string) {
	t.Helper()
	told := said
	if format == asTable {
		told += out
	}
	if i := strings.IndexFunc(told, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }); i >= 0 {
		t.Errorf("a control character: %q", told[max(0, i-20):])
	}
	if format == asTable {
		return
	}
	for line := range strings.Lines(out) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %q", line)
		}
	}
}
