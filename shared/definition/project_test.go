package definition

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// project is a project with some members set, by dotted path.
func project(t testing.TB, changes map[string]any) []byte {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(text(t, sent(t, "codebuild/UpdateProject.json", "")), &body); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
		at := body
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			inner, _ := at[name].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		at[names[len(names)-1]] = value
	}
	return text(t, body)
}

func TestProjects(t *testing.T) {
	t.Parallel()
	const spec = "version: 0.2\nphases:\n  install:\n    runtime-versions:\n      nodejs: 20\n  build:\n    commands:\n      - make sekret-1\n      - |\n        a\n        b\n"
	for name, c := range map[string]struct {
		before, after map[string]any
		want          []string
	}{
		"nothing": {nil, map[string]any{"environment.imagePullCredentialsType": "", "tags": "x", "lastModified": "y", "secondarySources": []any{}}, []string{}},
		"source": {nil, map[string]any{"source.location": "https://user:sekret-2@github.com/mallory/payments-api.git?token=sekret-3", "sourceVersion": "patch-1"}, []string{
			"source: source location: https://github.com/example-corp/payments-api.git -> https://github.com/mallory/payments-api.git",
			"version: source version: none -> patch-1",
		}},
		"credentials in the location": {
			map[string]any{"source.location": "https://a:sekret-4@github.com/x/y"},
			map[string]any{"source.location": "https://a:sekret-5@github.com/x/y"},
			[]string{"source: the credentials in the source location changed (they are not shown)"},
		},
		"certificates and connection": {nil, map[string]any{"source.insecureSsl": "true", "source.auth": map[string]any{"type": "OAUTH", "resource": "sekret-6"}}, []string{
			"source: source credentials: none -> OAUTH", "source: the check of the source's certificate was switched off",
		}},
		"buildspec path":       {nil, map[string]any{"source.buildspec": "ci/evil.yml"}, []string{"buildspec: buildspec: buildspec.yml -> ci/evil.yml"}},
		"buildspec by default": {nil, map[string]any{"source.buildspec": ""}, []string{}},
		"buildspec inline":     {nil, map[string]any{"source.buildspec": spec}, []string{"buildspec: the buildspec now stands in the project itself, and was buildspec.yml"}},
		"buildspec no longer":  {map[string]any{"source.buildspec": spec}, nil, []string{"buildspec: the buildspec is now buildspec.yml, and stood in the project itself"}},
		"commands": {
			map[string]any{"source.buildspec": spec},
			map[string]any{"source.buildspec": strings.Replace(spec, "- make sekret-1", "- make\n      - curl sekret-7", 1)},
			[]string{"buildspec: the buildspec changed: commands of phase build: 2 added, 1 removed"},
		},
		"a line of a block": {
			map[string]any{"source.buildspec": spec},
			map[string]any{"source.buildspec": strings.Replace(spec, "        b\n", "        c\n", 1)},
			[]string{"buildspec: the buildspec changed: commands of phase build: 1 added, 1 removed"},
		},
		"outside of commands": {
			map[string]any{"source.buildspec": spec},
			map[string]any{"source.buildspec": spec + "artifacts:\n  files:\n    - sekret-8\n"},
			[]string{"buildspec: the buildspec changed: parts besides the commands changed"},
		},
		"JSON": {
			map[string]any{"source.buildspec": `{"version":0.2,"phases":{"build":{"commands":["a","b"],"finally":["x"]}}}`},
			map[string]any{"source.buildspec": `{"version":0.2,"phases":{"build":{"commands":["b","a"],"finally":["x","sekret-9"]}},"env":{}}`},
			[]string{"buildspec: the buildspec changed: commands of phase build: in another order; commands of phase build, finally: 1 added"},
		},
		"environment": {nil, map[string]any{"environment.image": "docker.io/someone/toolbox:latest", "environment.privilegedMode": true, "environment.computeType": "BUILD_GENERAL1_LARGE"}, []string{
			"environment: image: aws/codebuild/amazonlinux-x86_64-standard:5.0 -> docker.io/someone/toolbox:latest",
			"environment: privileged mode was switched on", "settings: compute type: BUILD_GENERAL1_SMALL -> BUILD_GENERAL1_LARGE",
		}},
		"variables": {nil, map[string]any{"environment.environmentVariables": []any{
			map[string]any{"name": "LOG_LEVEL", "value": "sekret-10"}, map[string]any{"name": "HTTPS_PROXY", "value": "sekret-11", "type": "PLAINTEXT"},
		}}, []string{
			"variables: variable DATABASE_URL was removed", "variables: variable HTTPS_PROXY was added (its value is not shown)",
			"variables: the value of variable LOG_LEVEL changed (it is not shown)",
		}},
		"variables that the record hides": {nil, map[string]any{"environment.environmentVariables": "HIDDEN_DUE_TO_SECURITY_REASONS"}, []string{}},
		"values that the record hides": {nil, map[string]any{"environment.environmentVariables": []any{
			map[string]any{"name": "LOG_LEVEL", "value": "****"}, map[string]any{"name": "DATABASE_URL", "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "type": "PARAMETER_STORE"},
		}}, []string{}},
		"roles": {nil, map[string]any{"serviceRole": "arn:aws:iam::111122223333:role/Admin", "buildBatchConfig.serviceRole": "arn:aws:iam::111122223333:role/b"}, []string{
			"role: service role: arn:aws:iam::111122223333:role/service-role/payments-api-build -> arn:aws:iam::111122223333:role/Admin",
			"role: service role of batch builds: none -> arn:aws:iam::111122223333:role/b",
		}},
		"outputs": {nil, map[string]any{
			"artifacts.location": "drop", "artifacts.encryptionDisabled": "true", "encryptionKey": "k", "logsConfig.cloudWatchLogs.status": "DISABLED",
			"logsConfig.s3Logs": map[string]any{"status": "ENABLED", "location": "drop"},
		}, []string{
			"artifacts: artifact bucket: web-prod-artifacts-111122223333 -> drop", "artifacts: encryption of artifacts was switched off",
			"artifacts: encryption key: alias/aws/s3 -> k", "logs: writing to CloudWatch Logs was switched off", "logs: copying of logs to S3 was switched on",
		}},
		"secondary": {
			map[string]any{"secondarySources": []any{map[string]any{"sourceIdentifier": "a", "type": "S3", "location": "x"}, map[string]any{"sourceIdentifier": "b", "location": "y"}}},
			map[string]any{
				"secondarySources":   []any{map[string]any{"sourceIdentifier": "b", "location": "z"}, map[string]any{"sourceIdentifier": "c", "location": "https://u:sekret-12@h/c"}},
				"secondaryArtifacts": []any{map[string]any{"artifactIdentifier": "o", "location": "drop"}}, "secondarySourceVersions": []any{map[string]any{"sourceIdentifier": "b", "sourceVersion": "v"}},
			},
			[]string{
				"source: secondary source a was removed", "source: source location of secondary source b: y -> z", "source: secondary source c was added: https://h/c",
				"version: version of secondary source b: none -> v", "artifacts: secondary artifacts o were added: drop",
			},
		},
		"the rest": {nil, map[string]any{
			"projectVisibility": "PUBLIC_READ", "webhook": map[string]any{"secret": "sekret-13"}, "vpcConfig": map[string]any{"vpcId": "vpc-1", "subnets": []any{"s"}},
			"timeoutInMinutes": "5", "description": "sekret-14", "cache": map[string]any{"type": "S3", "location": "drop/c"}, "fileSystemLocations": []any{map[string]any{"location": "x"}},
		}, []string{
			"access: visibility: PRIVATE -> PUBLIC_READ", "trigger: a webhook was added", "environment: network: none -> vpc-1", "environment: subnets: none -> s",
			"settings: cache type: NO_CACHE -> S3", "settings: place of the cache: none -> drop/c", "settings: timeout in minutes: 60 -> 5",
			"settings: the description changed (its value is not shown)", "environment: the file systems that builds mount changed",
		}},
		"webhook": {
			map[string]any{"webhook": map[string]any{"secret": "sekret-15", "filterGroups": []any{[]any{map[string]any{"type": "EVENT", "pattern": "PUSH"}}}}},
			map[string]any{"webhook": map[string]any{"secret": "sekret-16", "pullRequestBuildPolicy": map[string]any{"requiresCommentApproval": "DISABLED"}}},
			[]string{"trigger: the filters of the webhook changed", "trigger: approval of pull requests' builds: none -> DISABLED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Compare(project(t, c.before), project(t, c.after))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, told(got)); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if all := fmt.Sprintf("%+v", got); strings.Contains(all, "sekret") {
				t.Errorf("a value is shown: %s", all)
			}
		})
	}
}

// TestUpdate holds that only members that were sent are compared.
func TestUpdate(t *testing.T) {
	t.Parallel()
	before := project(t, map[string]any{"vpcConfig.vpcId": "vpc-1"})
	for in, want := range map[string][]string{
		`{"name":"payments-api"}`:                               {},
		`{"name":"payments-api","serviceRole":"r"}`:             {"role: service role: arn:aws:iam::111122223333:role/service-role/payments-api-build -> r"},
		`{"name":"payments-api","environment":{"image":"x"}}`:   {"environment: image: aws/codebuild/amazonlinux-x86_64-standard:5.0 -> x", "settings: environment type: LINUX_CONTAINER -> none", "settings: compute type: BUILD_GENERAL1_SMALL -> none", "variables: variable DATABASE_URL was removed", "variables: variable LOG_LEVEL was removed"},
		`{"name":"payments-api","vpcConfig":{}}`:                {"environment: network: vpc-1 -> none"},
		`{"name":"payments-api","secondarySources":[],"x":"y"}`: {},
	} {
		got, err := Update(before, []byte(in))
		if diff := cmp.Diff(want, told(got)); diff != "" || err != nil {
			t.Errorf("%s: %v want -, got +\n%s", in, err, diff)
		}
	}
}

func FuzzSteps(f *testing.F) {
	f.Add("version: 0.2\nphases:\n  build:\n    commands:\n    - a\n    - b\n    finally:\n      - c\n", "phases:\n- x")
	f.Add(`{"phases":{"build":{"commands":[1,"a"]}}}`, "\t\n- - -\n:\n  :\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		if said := steps(a).changes(steps(a)); said != "" {
			t.Errorf("%q differs from itself: %s", a, said)
		}
		if said := steps(a).changes(steps(b)); len(said) > 4000 || strings.ContainsAny(said, "\n\x1b") {
			t.Errorf("%q", said)
		}
	})
}
