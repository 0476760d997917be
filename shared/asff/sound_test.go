package asff

import (
	stdcontext "context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func context(t testing.TB) stdcontext.Context { return t.Context() }

// sound is what the format demands of every finding (AWS Security Hub API Reference, AwsSecurityFinding, and the objects that it names).
func sound(t testing.TB, f types.AwsSecurityFinding) {
	t.Helper()
	text := func(what string, s *string, most int) {
		t.Helper()
		switch v := aws.ToString(s); {
		case strings.TrimSpace(v) == "":
			t.Errorf("%s is empty", what)
		case utf8.RuneCountInString(v) > most:
			t.Errorf("%s has %d characters", what, utf8.RuneCountInString(v))
		case !utf8.ValidString(v) || strings.IndexFunc(v, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
			t.Errorf("%s cannot be shown: %q", what, v)
		}
	}
	text("Id", f.Id, 512)
	text("GeneratorId", f.GeneratorId, 512)
	text("ProductArn", f.ProductArn, 2048)
	text("Title", f.Title, 256)
	text("Description", f.Description, 1024)
	text("Recommendation", f.Remediation.Recommendation.Text, 512)
	text("Severity.Original", f.FindingProviderFields.Severity.Original, 64)
	if f.AwsAccountName != nil {
		text("AwsAccountName", f.AwsAccountName, 50)
	}
	if f.Note != nil {
		text("Note", f.Note.Text, 512)
		text("Note.UpdatedBy", f.Note.UpdatedBy, 512)
	}
	if !regexp.MustCompile(`^[0-9]{12}$`).MatchString(aws.ToString(f.AwsAccountId)) || aws.ToString(f.SchemaVersion) != "2018-10-08" {
		t.Errorf("account %q, schema %q", aws.ToString(f.AwsAccountId), aws.ToString(f.SchemaVersion))
	}
	for what, s := range map[string]*string{"CreatedAt": f.CreatedAt, "UpdatedAt": f.UpdatedAt, "FirstObservedAt": f.FirstObservedAt, "LastObservedAt": f.LastObservedAt} {
		if _, err := time.Parse(time.RFC3339, aws.ToString(s)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !slices.Contains(f.FindingProviderFields.Severity.Label.Values(), f.FindingProviderFields.Severity.Label) {
		t.Errorf("severity %q", f.FindingProviderFields.Severity.Label)
	}
	for _, r := range f.Resources {
		text("Resource.Id", r.Id, 512)
		text("Resource.Type", r.Type, 256)
		if r.Region != nil {
			text("Resource.Region", r.Region, 16)
		}
	}
	if len(f.ProductFields) > 50 || len(f.Resources) != 1 || len(f.FindingProviderFields.Types) != 1 {
		t.Errorf("%d product fields, %d resources, types %v", len(f.ProductFields), len(f.Resources), f.FindingProviderFields.Types)
	}
	for name, value := range f.ProductFields {
		text("a product field's name", &name, 128)
		text(name, &value, 2048)
	}
	raw, err := json.Marshal(f)
	if err != nil || len(raw) > 240_000 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}

// hostile is a finding of which every text is the same.
func hostile(s string) Remembered {
	f := finding.Finding{
		Check: s, Outcome: finding.Outcome(s), Severity: finding.Severity(len(s)), Basis: finding.Basis(s), Title: s, Detail: s, Why: s, Would: s, ByHand: s, Remedy: s, Once: s,
		Resource: finding.Resource{Kind: s, ID: s, Account: s, Region: s}, Actor: &finding.Actor{Name: s, ARN: s, SourceIP: s, Type: s},
		MFA: &finding.MFA{Verdict: s, Reason: s}, Event: &finding.Cause{ID: s, Name: s}, Exemption: &finding.Exemption{Key: s, Owner: s, Reason: s},
		Facts: slices.Repeat([]finding.Fact{{Label: s, Value: s}}, 60),
	}
	for i := range f.Facts {
		f.Facts[i].Label = strings.Repeat("i", i%50) + s
	}
	return Remembered{Entry: ledger.Entry{Finding: f, Open: true, Transition: ledger.Transition(s)}, Requirements: slices.Repeat([]string{s}, 60)}
}

func TestHostileFindings(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " ", "\x00", "\xff\xfe", "\u202eabc", "a\nb\r\x1b[2J", strings.Repeat("\U0001F600", 70_000), strings.Repeat("x", 3000)} {
		r := hostile(s)
		sound(t, Finding(r, home))
		r.Finding.Once = ""
		sound(t, Finding(r, home))
		for _, one := range Finding(r, home).Compliance.RelatedRequirements {
			if utf8.RuneCountInString(one) > 128 {
				t.Errorf("a requirement of %d characters", utf8.RuneCountInString(one))
			}
		}
		if n := len(Finding(r, home).Compliance.RelatedRequirements); n > 32 {
			t.Errorf("%d requirements", n)
		}
	}
}

// What the finding says nowhere, no text of it says: what else it carries stays in the ledger.
func TestWhatIsNotTold(t *testing.T) {
	t.Parallel()
	const kept = "never-told-9"
	r := found(project())
	r.Finding.Path = []string{kept}
	r.Finding.Template = []finding.Property{{Type: kept, Path: kept, Value: kept}}
	r.Finding.Harsher = []finding.Alternative{{Remedy: kept, Would: kept}}
	r.Telling = &ledger.Claim{By: kept}
	r.Steps = []ledger.Step{{Title: kept, By: kept}}
	if raw := string(sent(t, Finding(r, home))); strings.Contains(raw, kept) {
		t.Error(raw)
	}
}

func FuzzFindings(f *testing.F) {
	f.Add("web", home.ID(project()))
	f.Add("\xff\u202e", "eu-west-1/111122223333/pipewarden/")
	f.Fuzz(func(t *testing.T, s, id string) {
		sound(t, Finding(hostile(s), home))
		if key, ok := home.Key(id); ok && home.prefix()+key != id {
			t.Errorf("%q gave %q", id, key)
		}
	})
}
