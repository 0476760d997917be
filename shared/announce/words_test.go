package announce

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestAgo(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 900 * time.Millisecond: "just now", time.Second: "1 second ago", 23 * time.Second: "23 seconds ago",
		time.Minute: "1 minute ago", 4*time.Minute + 59*time.Second: "4 minutes ago", 3 * time.Hour: "3 hours ago",
		23*time.Hour + 59*time.Minute: "23 hours ago", 25 * time.Hour: "1 day ago", 49 * time.Hour: "2 days ago", 1000 * time.Hour: "41 days ago",
	} {
		if got := ago(now.Add(-d), now); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	if got := moment(time.Time{}, now); got != "at a time that is not known" {
		t.Errorf("no time: %q", got)
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "build logs are public": "Build logs are public.", "the end?": "The end?",
		"payments-api is public": "payments-api is public.", "s3.example is read": "s3.example is read.",
		"pipewarden waits": "pipewarden waits.", "UpdateProject was called": "UpdateProject was called.", "again: it is": "Again: it is.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("sentence(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]finding.Actor{
		"alice (IAM user, access key) from 2001:db8::1":                    {Type: "IAMUser", Name: "alice", Via: "access key", SourceIP: "2001:db8::1"},
		"Admin/bob (role session)":                                         {Type: "AssumedRole", Name: "Admin/bob", Via: "role session"},
		"Admin/bob (role session, Identity Center session)":                {Type: "AssumedRole", Name: "Admin/bob", Via: "Identity Center session"},
		"codepipeline.amazonaws.com (AWS service) through AWS Internal":    {Type: "AWSService", Name: "codepipeline.amazonaws.com", Via: "service", SourceIP: "AWS Internal"},
		"somebody whose name is not known":                                 {Type: "Unknown", Name: "unknown", Via: "unknown"},
		"somebody whose name is not known (Later)":                         {Type: "Later"},
		"root of 111122223333 (root user, console session) from 192.0.2.1": {Type: "Root", Name: "root of 111122223333", Via: "console session", SourceIP: "192.0.2.1"},
	} {
		if got := who(&a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMFA(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[string]string{
		"proven": "yes. Because.", "disproven": "no. Because.", "not-provable": "not known. Because.", "not-applicable": "does not apply. Because.", "": "not known. Because.",
	} {
		if got := mfa(&finding.MFA{Verdict: verdict, Reason: "because"}); got != want {
			t.Errorf("%s: got %q, want %q", verdict, got, want)
		}
	}
	if got := mfa(&finding.MFA{Verdict: "proven"}); got != "yes" {
		t.Errorf("without a reason: %q", got)
	}
}
