package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	statement := func(principal, more string) string {
		return `{"Sid":"S","Effect":"Allow","Principal":` + principal + `,"Action":"*","Resource":"*"` + more + `}`
	}
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	partner := statement(`{"AWS":"arn:aws:iam::444455556666:root"}`, "")
	for name, c := range map[string]struct{ args, text string }{
		"bucket":     {"--kind bucket", document(statement(`"*"`, ""), partner)},
		"key":        {"--kind key --account 444455556666", document(partner, statement(`"*"`, `,"Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}`))},
		"logs":       {"--kind logs", document(statement(`{"Service":"*"}`, ""))},
		"topic":      {"--kind topic", document(statement(`"*"`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}`))},
		"repository": {"--kind repository", document(statement(`{"AWS":"*"}`, ""))},
		"empty":      {"", document()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, filepath.Join(t.TempDir(), "p.json"), c.text)
			args := append([]string{"policy", file}, strings.Fields(c.args)...)
			table, asJSON := run(t, sample(t), args...), run(t, sample(t), append(args, "--format", "json")...)
			golden(t, "policy-"+name+".txt", table.out+asJSON.out)
			if table.code != done || asJSON.code != done || table.err+asJSON.err != "" {
				t.Errorf("%+v %+v", table, asJSON)
			}
		})
	}
}

func TestIdentityPolicy(t *testing.T) {
	t.Parallel()
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	for name, text := range map[string]string{
		"administrator": document(`{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}`),
		"ways": document(`{"Effect":"Allow","Action":["s3:*","iam:PassRole","codebuild:StartBuild","codebuild:BatchGetBuilds"],"Resource":"*"}`,
			`{"Sid":"NoLogs","Effect":"Deny","NotAction":["s3:*","iam:*","codebuild:*","x:*"],"NotResource":["arn:aws:s3:::a","arn:aws:s3:::b\u001b[2J"]}`,
			`{"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}`),
		"plain":     document(`{"Effect":"Allow","Action":"codebuild:StartBuild","Resource":"arn:aws:codebuild:eu-west-1:111122223333:project/web"}`),
		"reads":     document(`{"Effect":"Allow","Action":["s3:Get*","ec2:DescribeInstances"],"Resource":"*"}`),
		"principal": document(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`),
		"none":      document(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, filepath.Join(t.TempDir(), "p.json"), text)
			args := []string{"policy", "--kind", "identity", file}
			table, asJSON := run(t, sample(t), args...), run(t, sample(t), append(args, "--format", "json")...)
			golden(t, "policy-identity-"+name+".txt", table.out+asJSON.out)
			if table.code != done || asJSON.code != done || table.err+asJSON.err != "" {
				t.Errorf("%+v %+v", table, asJSON)
			}
		})
	}
}

func TestIdentityPolicyThatIsNone(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "p"), `{"Statement":[{"Effect":"Alow"}]}`)
	got := run(t, sample(t), "policy", "--kind", "identity", "--format", "json", file)
	want := `{"valid":false,"public":false,"outside":[],"statements":[],"reason":"statement 1: Effect is \"Alow\": Allow or Deny expected",` +
		`"administrator":false,"wildcards":[],"escalations":[]}` + "\n"
	if got.code != usage || got.out != want {
		t.Errorf("%+v", got)
	}
	large := `{"Statement":[` + strings.Repeat(`{"Effect":"Allow","Action":"`+strings.Repeat("a", 4000)+`","Resource":"*"},`, 80) + `{"Effect":"Allow"}]}`
	p := sample(t)
	p.in = strings.NewReader(large)
	if got := run(t, p, "policy", "--kind", "identity", "-"); got.code != usage || !strings.Contains(got.err, "larger than IAM takes") {
		t.Errorf("%+v", got)
	}
}

func TestPolicyThatIsNone(t *testing.T) {
	t.Parallel()
	p := sample(t)
	p.in = strings.NewReader(`{"Statement":[{"Effect":"Alow"}]}`)
	reason := `statement 1: Effect is "Alow": Allow or Deny expected`
	run(t, p, "policy", "-").want(t, usage, "", "pipewarden: policy from the standard input: not a valid policy: "+reason+". Mend it and ask again\n")
	file := write(t, filepath.Join(t.TempDir(), "p"), `{"Statement":[{"Effect":"Alow"}]}`)
	run(t, sample(t), "policy", "--format", "json", file).want(t, usage,
		`{"valid":false,"public":false,"outside":[],"statements":[],"reason":"statement 1: Effect is \"Alow\": Allow or Deny expected"}`+"\n",
		"pipewarden: policy "+file+": not a valid policy: "+reason+". Mend it and ask again\n")
	for text, advice := range map[string]string{
		`{"Policy":"{\"Statement\":[]}"}`: "It lies within an answer of AWS: take it out with jq -r .Policy\n",
		`"{\"Statement\":[]}"`:            "It lies within a text: take it out with jq -r .\n",
		`{"Policy":5}`:                    "Mend it and ask again\n",
	} {
		p := sample(t)
		p.in = strings.NewReader(text)
		if got := run(t, p, "policy", "-"); got.code != usage || !strings.HasSuffix(got.err, ". "+advice) {
			t.Errorf("%s: %+v", text, got)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	run(t, sample(t), "policy", missing).want(t, usage, "", "pipewarden: policy: "+missing+": no such file. Name one that is there, or - for the standard input\n")
}
