package role_test

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// FuzzTold holds that a name is a name, and that what is told of a trust policy is told whole or not at all.
func FuzzTold(f *testing.F) {
	f.Add("web-prod-pipeline", byService)
	f.Add(adminARN, byMFA)
	f.Add("a\nb", abroad[:30])
	f.Add("", "")
	f.Fuzz(func(t *testing.T, name, trust string) {
		e := &event.Event{DetailType: event.APICall, Account: "111122223333", Detail: event.Fields{
			"eventSource": "iam.amazonaws.com", "eventName": "UpdateAssumeRolePolicy",
			"requestParameters": map[string]any{"roleName": name, "policyDocument": trust},
		}}
		for _, ref := range role.Kind.About(e) {
			if ref.ID == "" || len(ref.ID) > 64 || strings.ContainsAny(ref.ID, " ;|&$`<>()'\"\\/\n\x1b") {
				t.Errorf("%q named %+v", name, ref)
			}
		}
		s, ok := role.Kind.Told(e)
		_, document := s.Trust.Get()
		if _, facts := s.Facts.Get(); ok && document != facts {
			t.Errorf("half of %q was told: %+v", trust, s)
		}
	})
}

// FuzzSent holds that only a policy which can be read whole grants something, and that no text breaks the judgement of trust.
func FuzzSent(f *testing.F) {
	f.Add("logs", everything)
	f.Add("", little[:30])
	f.Add("x", byAnyone)
	f.Fuzz(func(t *testing.T, name, document string) {
		e := &event.Event{DetailType: event.APICall, Account: "111122223333", Detail: event.Fields{
			"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy",
			"requestParameters": map[string]any{"roleName": "web", "policyName": name, "policyDocument": document},
		}}
		s, ok := role.Rights.Told(e)
		if !ok || len(s.Policies) != 1 {
			t.Fatalf("%q told nothing", document)
		}
		_, known := s.Policies[0].Document.Get()
		if may, _ := s.Granted(); may != nil && !known {
			t.Errorf("%q grants something", document)
		}
		if d, known := s.Policies[0].Document.Get(); known {
			role.Openings(d.Document, "111122223333", func(string) bool { return false })
		}
	})
}
