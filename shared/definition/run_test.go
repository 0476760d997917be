package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request    string
		want       []string
		notKnowing []string // nil: the same
	}{
		"nothing": {`{"projectName":"p"}`, []string{}, nil},
		"what the project has": {`{"imageOverride":"aws/codebuild/amazonlinux-x86_64-standard:5.0","buildspecOverride":"buildspec.yml","privilegedModeOverride":false,"serviceRoleOverride":"arn:aws:iam::111122223333:role/service-role/payments-api-build"}`, []string{}, []string{
			"buildspec: the buildspec is buildspec.yml", "role: service role: arn:aws:iam::111122223333:role/service-role/payments-api-build",
			"environment: image: aws/codebuild/amazonlinux-x86_64-standard:5.0",
		}},
		"a buildspec": {`{"buildspecOverride":"version: 0.2\nphases: {}\nsekret-1"}`, []string{"buildspec: the buildspec is one that the request itself held (it is not shown)"}, nil},
		"a path":      {`{"buildspecOverride":"ci/evil.yml"}`, []string{"buildspec: the buildspec is ci/evil.yml"}, nil},
		"image, privileged, role": {`{"imageOverride":"x","privilegedModeOverride":"true","serviceRoleOverride":"r"}`, []string{
			"role: service role: arn:aws:iam::111122223333:role/service-role/payments-api-build -> r",
			"environment: image: aws/codebuild/amazonlinux-x86_64-standard:5.0 -> x", "environment: privileged mode was switched on",
		}, []string{"role: service role: r", "environment: image: x", "environment: privileged mode was switched on"}},
		"source": {`{"sourceLocationOverride":"https://u:sekret-2@github.com/mallory/x","sourceVersion":"pr/1","insecureSslOverride":true}`, []string{
			"source: source location: https://github.com/example-corp/payments-api.git -> https://github.com/mallory/x",
			"source: the check of the source's certificate was switched off", "version: source version: none -> pr/1",
		}, []string{"source: source location: https://github.com/mallory/x", "source: the check of the source's certificate was switched off", "version: source version: pr/1"}},
		"logs": {`{"logsConfigOverride":{"cloudWatchLogs":{"status":"DISABLED"}}}`, []string{"logs: writing to CloudWatch Logs was switched off"}, nil},
		"variables": {`{"environmentVariablesOverride":[{"name":"LOG_LEVEL","value":"sekret-3"},{"name":"NEW","value":"sekret-4"}]}`, []string{
			"variables: the value of variable LOG_LEVEL changed (it is not shown)", "variables: variable NEW was added (its value is not shown)",
		}, []string{"variables: variable LOG_LEVEL was added (its value is not shown)", "variables: variable NEW was added (its value is not shown)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.notKnowing == nil {
				c.notKnowing = c.want
			}
			for project, want := range map[string][]string{string(project(t, nil)): c.want, "": c.notKnowing} {
				var body []byte
				if project != "" {
					body = []byte(project)
				}
				got, err := Run(body, []byte(c.request))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, told(got)); diff != "" {
					t.Errorf("known %v: want -, got +\n%s", body != nil, diff)
				}
				if all := fmt.Sprintf("%+v", got); strings.Contains(all, "sekret") {
					t.Errorf("a value is shown: %s", all)
				}
			}
		})
	}
	for _, broken := range [][2]string{{"{", "{}"}, {"{}", "{}"}, {`{"name":"p"}`, "["}} {
		if _, err := Run([]byte(broken[0]), []byte(broken[1])); !errors.Is(err, ErrMalformed) {
			t.Errorf("%v: %v", broken, err)
		}
	}
}

func FuzzRun(f *testing.F) {
	f.Add(project(f, nil), text(f, sent(f, "codebuild/StartBuild-unencrypted-override.json", "")))
	f.Add([]byte(`{"name":"x","environment":[],"logsConfig":1}`), []byte(`{"logsConfigOverride":{"s3Logs":7},"environmentVariablesOverride":[{}],"imageOverride":[]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, body := range [][]byte{a, nil} {
			all, err := Run(body, b)
			if err != nil && len(all) > 0 {
				t.Fatal("differences and an error")
			}
			for _, d := range all {
				if d.Sentence == "" || strings.ContainsAny(d.Sentence+d.Where, "\n\x1b") {
					t.Fatalf("%+v", d)
				}
			}
		}
		var body map[string]any
		if _, err := Run(a, []byte(`{"projectName":"p"}`)); err == nil && json.Unmarshal(a, &body) != nil {
			t.Fatal("what is no JSON was compared")
		}
	})
}
