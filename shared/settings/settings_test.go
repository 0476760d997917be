package settings_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func day(year int, month time.Month, d int) settings.Date {
	return settings.Date{Time: time.Date(year, month, d, 0, 0, 0, 0, time.UTC)}
}

func TestSafeChangesNothing(t *testing.T) {
	t.Parallel()
	s := settings.Safe()
	if may := s.Boldest("build-make-private"); may != settings.Off {
		t.Errorf("a remedy may %s", may)
	}
	if s.RemediateStackResources || s.Off("bucket-public") || len(s.Exemptions) > 0 || s.Notify.MinimumSeverity > finding.Low {
		t.Errorf("findings do not flow: %+v", s)
	}
	s.Mode = settings.Propose
	if diff := cmp.Diff(settings.Default(), s); diff != "" {
		t.Errorf("it differs from the default in more than the mode:\n%s", diff)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	s := settings.Settings{Checks: settings.Checks{Off: []string{"bucket-public"}}}
	if !s.Off("bucket-public") || s.Off("bucket-public-latent") {
		t.Error("exactly bucket-public is off")
	}
}

// A day counts to its end, in UTC.
func TestDeclaredHoldUntilTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	declared := []settings.Declared{{Name: "a", Until: day(2026, 12, 31)}, {Name: "b", Until: day(2026, 12, 30)}, {Name: "c"}}
	for at, want := range map[string][]string{
		"2026-12-30T23:59:59.999Z":      {"a", "b"},
		"2026-12-31T00:00:00Z":          {"a"},
		"2026-12-31T23:59:59.999Z":      {"a"},
		"2027-01-01T00:00:00Z":          nil,
		"2026-12-31T23:00:00-05:00":     nil,
		"2027-01-01T04:00:00.000+05:00": {"a"},
	} {
		now, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := settings.Valid(declared, now); !slices.Equal(got, want) {
			t.Errorf("at %s: %v, want %v", at, got, want)
		}
	}
}

func TestExempts(t *testing.T) {
	t.Parallel()
	s := settings.Settings{Exemptions: []settings.Exemption{
		{Check: "bucket-public", Resource: "old-*", Owner: "zoe", Reason: "ended", Until: day(2026, 1, 31)},
		{Check: "bucket-public", Resource: "site", Account: "111122223333", Owner: "ann", Reason: "a site", Until: day(2026, 12, 31)},
		{Check: "bucket-public", Resource: "old-*", Owner: "bob", Reason: "until moved", Until: day(2026, 12, 31)},
	}}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		check, id, account, owner string
		at                        time.Time
	}{
		"as written":            {"bucket-public", "site", "111122223333", "ann", now},
		"another account":       {"bucket-public", "site", "444455556666", "", now},
		"another check":         {"bucket-public-latent", "site", "111122223333", "", now},
		"another resource":      {"bucket-public", "site2", "111122223333", "", now},
		"on its last day":       {"bucket-public", "site", "111122223333", "ann", time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)},
		"a day later":           {"bucket-public", "site", "111122223333", "", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		"one ended, one counts": {"bucket-public", "old-logs", "444455556666", "bob", now},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := finding.Finding{Check: test.check, Resource: finding.Resource{Kind: "bucket", ID: test.id, Account: test.account}}
			got := s.Exempts(f, settings.Place{}, test.at)
			if test.owner == "" {
				if got != nil {
					t.Errorf("exempted by %s", got.Owner)
				}
				return
			}
			if got == nil || got.Owner != test.owner || got.Reason == "" || got.Until.IsZero() {
				t.Errorf("got %+v, want %s's", got, test.owner)
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"*", "anything", true},
		{"*", "/aws/codebuild/web", true},
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"web", "web", true},
		{"web", "web-prod", false},
		{"web", "my-web", false},
		{"web*", "web", true},
		{"*web", "my-web", true},
		{"/aws/*", "/aws/codebuild/web", true},
		{"/aws/*/web", "/aws/codebuild/eu/web", true},
		{"/aws/*/web", "/aws/codebuild/web2", false},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"**", "x", true},
		{"a[bc]", "a[bc]", true},
		{"a[bc]", "ab", false},
		{"a[", "a[", true},
		{"a?", "a?", true},
		{"a?", "ab", false},
		{`a\*`, "a*", true},
		{`a\*`, "ab", false},
		{`a\*`, "a", false},
		{`*\*`, "x*", true},
		{`*\*`, "x*y", false},
		{`a\\b`, `a\b`, true},
		{`a\[b`, `a[b`, true},
		{`a\`, `a\`, true},
		{"Ünïcode-*", "Ünïcode-ß", true},
		{"*aaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	}
	for _, test := range tests {
		s := settings.Settings{Exemptions: []settings.Exemption{{Check: "c", Resource: test.pattern, Until: day(2026, 12, 31)}}}
		f := finding.Finding{Check: "c", Resource: finding.Resource{ID: test.name}}
		if got := s.Exempts(f, settings.Place{}, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)) != nil; got != test.want {
			t.Errorf("pattern %q on %q: %v, want %v", test.pattern, test.name, got, test.want)
		}
	}
}

// An approver's name is read from an ARN as AWS writes it, whatever somebody made the name of a session look like.
func TestApproversAreReadFromTheWholeARN(t *testing.T) {
	t.Parallel()
	a := settings.Approvals{Approvers: []string{"Admin", "ann"}}
	for arn, want := range map[string]bool{
		"arn:aws:sts::111122223333:assumed-role/Admin/eve":       true,
		"arn:aws:iam::111122223333:user/staff/ann":               true,
		"arn:aws:sts::111122223333:assumed-role/Ops/eve:x/Admin": false,
		"arn:aws:sts::111122223333:assumed-role/Ops/ann":         false,
		"": false,
	} {
		if got := a.Admits(arn); got != want {
			t.Errorf("%s: %v", arn, got)
		}
	}
}

func TestReportsLieBesideEvidence(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		keep, weekly, monthly, want bool
	}{{true, true, true, true}, {true, true, false, true}, {true, false, true, true}, {true, false, false, false}, {false, true, true, false}} {
		s := settings.Default()
		s.Evidence.Keep, s.Reports = one.keep, settings.Reports{Weekly: one.weekly, Monthly: one.monthly}
		if s.Publishes() != one.want {
			t.Errorf("%+v: reports are written: %v", one, !one.want)
		}
	}
	if got := settings.Default().Evidence.Retention(); got < 6*365*24*time.Hour {
		t.Errorf("as delivered, evidence is kept for %s", got)
	}
}
