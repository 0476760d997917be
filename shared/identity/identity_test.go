package identity_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/identity"
)

// example is one identity of testdata and what is to be made of it.
type example struct {
	Name        string
	Identity    map[string]any
	EventType   string
	UserAgent   string
	FromConsole bool
	Rules       identity.Rules
	Want        struct {
		MFA            identity.MFA
		Row            int
		Severity       string
		Who, Via       string
		Role           string
		SourceIdentity string
		Declared       bool
		Human          bool
	}
}

func (e example) judge() identity.Verdict {
	return identity.Judge(identity.Call{
		UserIdentity: e.Identity, EventType: e.EventType, SourceIP: "203.0.113.7", UserAgent: e.UserAgent, FromConsole: e.FromConsole,
	}, e.Rules)
}

func examples(t testing.TB) []example {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	var all []example
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var some []example
		decode := json.NewDecoder(strings.NewReader(string(raw)))
		decode.DisallowUnknownFields()
		if err := decode.Decode(&some); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		all = append(all, some...)
	}
	return all
}

func called(t *testing.T, name string) example {
	t.Helper()
	for _, e := range examples(t) {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no example is called %q", name)
	return example{}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			v, want := e.judge(), e.Want
			if v.MFA != want.MFA || v.Row != want.Row || v.Severity != want.Severity || v.Declared != want.Declared {
				t.Errorf("got %s, row %d, severity %q, declared %t; want %s, row %d, severity %q, declared %t",
					v.MFA, v.Row, v.Severity, v.Declared, want.MFA, want.Row, want.Severity, want.Declared)
			}
			if v.Actor.Name != want.Who || v.Actor.Via != want.Via || v.Human() != want.Human {
				t.Errorf("got %q via %q, human %t; want %q via %q, human %t", v.Actor.Name, v.Actor.Via, v.Human(), want.Who, want.Via, want.Human)
			}
			if v.Actor.RoleARN != want.Role || identity.RoleARNOf(e.Identity) != want.Role {
				t.Errorf("role is %q and %q, want %q", v.Actor.RoleARN, identity.RoleARNOf(e.Identity), want.Role)
			}
			if v.Actor.SourceIdentity != want.SourceIdentity || v.Actor.SourceIP != "203.0.113.7" {
				t.Errorf("source identity %q, address %q", v.Actor.SourceIdentity, v.Actor.SourceIP)
			}
			wellFormed(t, v)
		})
	}
}

// Every row of the table must have an example, or the table could lose it unseen.
func TestEveryRowHasAnExample(t *testing.T) {
	t.Parallel()
	var seen [15]int
	names := map[string]bool{}
	for _, e := range examples(t) {
		seen[e.Want.Row]++
		if names[e.Name] {
			t.Errorf("two examples are called %q", e.Name)
		}
		names[e.Name] = true
	}
	for row := 1; row <= 14; row++ {
		if seen[row] == 0 {
			t.Errorf("row %d has no example", row)
		}
	}
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		example string
		want    []identity.Evidence
	}{
		{"long-term key", []identity.Evidence{
			{Field: "userIdentity.type", Value: "IAMUser"},
			{Field: "userIdentity.accountId", Value: "111122223333"},
			{Field: "userIdentity.accessKeyId", Value: "AKIA…MPLE"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "absent"},
		}},
		{"console without MFA", []identity.Evidence{
			{Field: "userIdentity.type", Value: "IAMUser"},
			{Field: "userIdentity.accountId", Value: "111122223333"},
			{Field: "userIdentity.accessKeyId", Value: "ASIA…"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "false"},
			{Field: "sessionCredentialFromConsole", Value: "true"},
		}},
		{"session context is a text", []identity.Evidence{
			{Field: "userIdentity.type", Value: "IAMUser"},
			{Field: "userIdentity.accessKeyId", Value: "AKIA…MPLE"},
			{Field: "userIdentity.sessionContext", Value: "unreadable"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "absent"},
		}},
		{"MFA is a word", []identity.Evidence{
			{Field: "userIdentity.type", Value: "IAMUser"},
			{Field: "userIdentity.accessKeyId", Value: "ASIA…"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "unreadable"},
		}},
		{"AWS Internal", []identity.Evidence{
			{Field: "userIdentity.type", Value: "IAMUser"},
			{Field: "userIdentity.accountId", Value: "111122223333"},
			{Field: "userIdentity.invokedBy", Value: "AWS Internal"},
			{Field: "userIdentity.accessKeyId", Value: "ASIA…"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "false"},
		}},
		{"automation declared by a name with a star, issuer missing", []identity.Evidence{
			{Field: "userIdentity.type", Value: "AssumedRole"},
			{Field: "userIdentity.accountId", Value: "111122223333"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "absent"},
			{Field: "settings.automationRoles", Value: "ci-*-runner"},
		}},
		{"no identity", []identity.Evidence{
			{Field: "userIdentity.type", Value: "absent"},
			{Field: "userIdentity.sessionContext.attributes.mfaAuthenticated", Value: "absent"},
		}},
	}
	for _, test := range tests {
		t.Run(test.example, func(t *testing.T) {
			t.Parallel()
			if got := called(t, test.example).judge().Evidence; !slices.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}

func TestReasonNamesTheGround(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"long-term key": "long-term access key, which carries no MFA",
		"long-term key of a machine user declared by name": "declare the user a machine",
		"console without MFA":                              "console session was opened without MFA",
		"GetSessionToken without MFA":                      "temporary session was opened without MFA",
		"root access key":                                  "access key of the account's root user",
		"Identity Center, default":                         "the settings trust it",
		"trust policy read, neither":                       "does not require it",
		"role session, false":                              "was not read",
		"CDK deploy role":                                  "the CDK's own",
		"CloudFormation with a user's session":             "(cloudformation.amazonaws.com)",
		"neither key nor session":                          "neither a long-term access key nor a session",
		"contradiction: the issuer is the auditor, the session is another role's": "two different roles",
	} {
		if reason := called(t, name).judge().Reason; !strings.Contains(reason, want) {
			t.Errorf("%s: %q lacks %q", name, reason, want)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	all := examples(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		all[i%len(all)].judge()
	}
}

func FuzzJudge(f *testing.F) {
	for _, e := range examples(f) {
		raw, err := json.Marshal(e.Identity)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, e.EventType, "deploy-bot", "ci-*", true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, eventType, user, pattern string, role bool) {
		var id map[string]any
		if json.Unmarshal(raw, &id) != nil {
			return
		}
		r := identity.Rules{MachineUsers: []string{user}, AutomationRoles: []string{pattern}, Self: []string{user}, SSO: identity.SSO(pattern)}
		if role {
			r.Role = &identity.Role{}
		}
		v := identity.Judge(identity.Call{UserIdentity: id, EventType: eventType, SourceIP: user, UserAgent: pattern, FromConsole: role}, r)
		wellFormed(t, v)
		if arn := identity.RoleARNOf(id); arn != "" && !strings.Contains(arn, "role/") {
			t.Errorf("no role's ARN: %q", arn)
		}
	})
}

var (
	verdicts   = []identity.MFA{identity.Proven, identity.Disproven, identity.NotProvable, identity.NotApplicable}
	severities = []string{"critical", "high", "medium", "low", "info"}
	fullKey    = regexp.MustCompile(`A[KS]IA[A-Z0-9]{16}`)
)

// wellFormed holds for the verdict on any record whatever.
func wellFormed(t *testing.T, v identity.Verdict) {
	t.Helper()
	if !slices.Contains(verdicts, v.MFA) || v.Row < 1 || v.Row > 14 {
		t.Errorf("verdict %q of row %d", v.MFA, v.Row)
	}
	reported := v.MFA == identity.Disproven || v.MFA == identity.NotProvable
	if reported != slices.Contains(severities, v.Severity) || !reported && v.Severity != "" {
		t.Errorf("%s with severity %q", v.MFA, v.Severity)
	}
	if v.Actor.Name == "" || v.Actor.Via == "" || !strings.HasSuffix(v.Reason, ".") || len(v.Evidence) == 0 {
		t.Errorf("nameless, without a sentence or without evidence: %+v", v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if found := fullKey.Find(raw); found != nil {
		t.Errorf("an access key id in full: %s", raw)
	}
}
