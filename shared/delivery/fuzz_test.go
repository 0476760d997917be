package delivery_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
)

// FuzzAbout holds that whatever a record says, what a call was done to has a name of bounded length that moves no cursor.
func FuzzAbout(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "cloudtrail/") || strings.HasPrefix(name, "iam/") || strings.HasPrefix(name, "records/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		ref := delivery.About(e)
		if ref.Kind == "" {
			t.Errorf("no kind: %+v", ref)
		}
		if ref.Kind != "account" && (ref.ID == "" || len(ref.ID) > 512 || strings.ContainsFunc(ref.ID, func(r rune) bool { return !unicode.IsPrint(r) })) {
			t.Errorf("named %q", ref.ID)
		}
		if option := delivery.In(ref.Region); strings.ContainsAny(option, ";|&$`<>()'\"\\\n") {
			t.Errorf("option %q", option)
		}
		delivery.Key(e)
	})
}
