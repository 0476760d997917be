package asff

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	home  = Source{Account: "111122223333", AccountName: "prod", Partition: "aws", Region: "eu-west-1", Version: "v1.2.3"}
	first = time.Date(2026, 11, 20, 9, 14, 30, 120_000_000, time.UTC)
)

func at(kind, id, region string) finding.Resource {
	return finding.Resource{Kind: kind, ID: id, Account: "111122223333", Region: region}
}

func found(f finding.Finding) Remembered {
	f.Outcome, f.Severity, f.Basis = finding.Fail, finding.High, finding.State
	return Remembered{Entry: ledger.Entry{Finding: f, Open: true, First: first, Since: first, Last: first, Revision: 1, Transition: ledger.New}}
}

func project() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Title: "build logs of payments-api are public", Detail: "The build project payments-api shows its builds, logs and artifacts to anyone",
		Resource: at("buildproject", "payments-api", "eu-west-1"), Why: "Everyone with the project's address can read all its builds.",
		Actor: &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 8, Reason: "The session was opened without MFA."},
		Event: &finding.Cause{ID: "e-1", Name: "UpdateProjectVisibility", Source: "codebuild.amazonaws.com", Time: first.Add(-23 * time.Second)},

		Remedy: "build-make-private", Would: "Make the project private again. Stops no build.", Facts: []finding.Fact{{Label: "Visibility", Value: "PRIVATE -> PUBLIC_READ"}},
		ByHand: "aws codebuild update-project-visibility --project-arn arn:aws:codebuild:eu-west-1:111122223333:project/payments-api --project-visibility PRIVATE",
	}
}

func samples() map[string]Remembered {
	open := found(project())
	open.Requirements = []string{"CIS AWS 5.0.0 3.1", "SOC 2 2017 CC6.1"}

	exempted := found(project())
	exempted.Finding.Exemption = &finding.Exemption{Key: "1a2b3c4d", Owner: "ann", Reason: "open source", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	exempted.Revision, exempted.Transition, exempted.Since = 2, ledger.Changed, first.Add(time.Hour)

	theirs := exempted
	theirs.Theirs = true

	resolved := found(project())
	resolved.Open, resolved.Revision, resolved.Transition = false, 2, ledger.Resolved
	resolved.Since, resolved.Last = first.Add(24*time.Second), first.Add(24*time.Second)

	act := found(finding.Finding{
		Check: "pipeline-change-without-mfa", Title: "web-prod was changed without MFA", Detail: "alice updated the pipeline.", Once: "e-7",
		Resource: at("pipeline", "web-prod", "eu-west-1"), Event: &finding.Cause{ID: "e-7", Name: "UpdatePipeline", Time: first},
	})
	act.Finding.Basis = finding.Event

	unread := found(finding.Finding{Check: "key-policy-public", Title: "a key is public", Detail: "Whether the key is public is not known: access denied", Resource: at("key", "1234abcd-12ab-34cd-56ef-1234567890ab", "eu-west-1")})
	unread.Finding.Outcome = finding.Unknown

	return map[string]Remembered{
		"open": open, "exempted": exempted, "theirs": theirs, "resolved": resolved, "act": act, "unread": unread,
		"role":    found(finding.Finding{Check: "role-administrator", Title: "role deploy may do everything", Resource: at("role", "deploy", "")}),
		"account": found(finding.Finding{Check: "account-no-trail", Title: "no trail tells of changes", Resource: at("account", "111122223333", "eu-west-1")}),
		"member":  found(finding.Finding{Check: "bucket-public", Title: "bucket web is public", Resource: finding.Resource{Kind: "bucket", ID: "web", Account: "444455556666", Region: "eu-west-1"}}),
	}
}

// wire keeps what it was sent.
type wire struct{ body []byte }

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	var err error
	w.body, err = io.ReadAll(r.Body)
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"FailedCount":0,"SuccessCount":1}`)), Request: r}, err
}

// sent is a finding as the SDK sends it.
func sent(t testing.TB, f types.AwsSecurityFinding) []byte {
	t.Helper()
	w := &wire{}
	client := securityhub.New(securityhub.Options{Region: "eu-west-1", HTTPClient: w, Credentials: credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "x", "x")})
	if _, err := client.BatchImportFindings(context(t), &securityhub.BatchImportFindingsInput{Findings: []types.AwsSecurityFinding{f}}); err != nil {
		t.Fatal(err)
	}
	var body struct{ Findings []map[string]any } // the SDK writes maps in any order, and encoding/json in one
	var out bytes.Buffer
	if err := json.Unmarshal(w.body, &body); err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(body.Findings[0]); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	for name, r := range samples() {
		got := sent(t, Finding(r, home))
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (write it: go test ./shared/asff -update)", err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("the finding differs from %s (-want +got), write it anew with -update:\n%s", path, diff)
		}
		sound(t, Finding(r, home))
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for want, from := range map[string]Source{
		"arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default":     home,
		"arn:aws-cn:securityhub:cn-north-1:111122223333:product/111122223333/default": {Account: "111122223333", Partition: "aws-cn", Region: "cn-north-1"},
		"arn:aws:securityhub:us-east-1:444455556666:product/444455556666/default":     {Account: "444455556666", Region: "us-east-1"},
	} {
		if got := from.Product(); got != want {
			t.Errorf("product %s, want %s", got, want)
		}
	}
	f := project()
	if id := home.ID(f); id != "eu-west-1/111122223333/pipewarden/"+f.Key() {
		t.Errorf("id %s", id)
	}
	for id, want := range map[string]bool{
		home.ID(f): true, home.ID(f) + "0": false, home.prefix(): false, f.Key(): false, "": false, home.prefix() + strings.Repeat("G", 32): false,
		strings.Replace(home.ID(f), "111122223333", "444455556666", 1): false,
	} {
		if key, ok := home.Key(id); ok != want || ok && key != f.Key() {
			t.Errorf("%q: %q %v", id, key, ok)
		}
	}
}

// What says the same later is a later word, and what is sent again is the same word.
func TestTimes(t *testing.T) {
	t.Parallel()
	r := found(project())
	once, again := Finding(r, home), Finding(r, home)
	if diff := cmp.Diff(aws.ToString(once.UpdatedAt), aws.ToString(again.UpdatedAt)); diff != "" || aws.ToString(once.UpdatedAt) != "2026-11-20T09:14:30.120Z" {
		t.Errorf("%s", aws.ToString(once.UpdatedAt))
	}
	r.Since = r.Since.Add(time.Millisecond)
	if after := Finding(r, home); *after.UpdatedAt <= *once.UpdatedAt || *after.CreatedAt != *once.CreatedAt {
		t.Errorf("updated at %s, created at %s", *after.UpdatedAt, *after.CreatedAt)
	}
	r.Last = r.Since.Add(time.Second)
	if after := Finding(r, home); *after.UpdatedAt != *after.LastObservedAt {
		t.Errorf("updated at %s, observed at %s", *after.UpdatedAt, *after.LastObservedAt)
	}
}

// A command is told whole or not at all.
func TestRecommendation(t *testing.T) {
	t.Parallel()
	f := project()
	f.ByHand = "aws " + strings.Repeat("x", 600)
	got := recommendation(f)
	if strings.Contains(got, "xxx") || !strings.Contains(got, "Make the project private") || !strings.HasSuffix(got, "pipewarden finding "+f.ID()+".") {
		t.Error(got)
	}
	f.ByHand, f.Would = "aws one\\\n  two", ""
	if got := recommendation(f); !strings.HasSuffix(got, `. By hand: aws one\   two`) {
		t.Error(got)
	}
}
