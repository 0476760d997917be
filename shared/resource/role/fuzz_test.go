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
