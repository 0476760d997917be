package queue_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pipewarden/pipewarden/shared/queue"
)

func TestParseStep(t *testing.T) {
	t.Parallel()
	want := queue.Step{
		Sweep: "2026-11-20T06:00:00Z", Account: "111122223333", Region: "eu-west-1", Number: 3, Kind: "key", Page: "AAF9==", Anew: true,
		Due: time.Date(2026, 11, 20, 6, 2, 0, 0, time.UTC), Pause: time.Minute, Found: 130, Unlisted: []queue.Unlisted{{Kind: "bucket", Why: "access denied"}},
	}
	raw, err := json.Marshal(want)
	if err != nil || !strings.HasPrefix(string(raw), `{"step":"2026-11-20T06:00:00Z",`) {
		t.Fatalf("%v: written %s", err, raw)
	}
	if got, ok := queue.ParseStep(string(raw)); !ok || !cmp.Equal(got, want) {
		t.Errorf("came back as %+v, %v", got, ok)
	}
	if got, ok := queue.ParseStep(`{"step":"s","account":"1","region":"r","number":1,"later":"member"}`); !ok || !cmp.Equal(got, queue.Step{Sweep: "s", Account: "1", Region: "r", Number: 1}) {
		t.Errorf("the first one: %+v, %v", got, ok)
	}
	for _, body := range []string{
		"", "{}", `{"step":7}`, `{"step":"s"}`, `{"step":"s","account":"1","region":"r"}`, `{"step":"s","account":"1","region":"r","number":-1}`,
		`{"step":"s","account":"1","number":1}`, `{"step":"s","region":"r","number":1}`, `{"step":"","account":"1","region":"r","number":1}`,
		`{"step":"s","account":"1","region":"r","number":1,"due":"soon"}`, `{"step":"s","account":"1","region":"r","number":1}{}`,
		`{"account":"1","step":"s","region":"r","number":1}`, `{"look":[{"kind":"k"}]}`,
	} {
		if s, ok := queue.ParseStep(body); ok {
			t.Errorf("%q was taken for a step: %+v", body, s)
		}
	}
}

// Whoever may write to the queue may write anything: it is taken for one kind of message at most, and says no less when it is written again.
func FuzzParseStep(f *testing.F) {
	f.Add(`{"step":"2026-11-20T06:00:00Z","account":"111122223333","region":"eu-west-1","number":3,"kind":"key","page":"AAF9==","due":"2026-11-20T06:02:00Z"}`)
	f.Add(`{"step":"a","step":"b","account":"1","REGION":"r","number":1,"due":"0000-01-01T00:00:00+23:59"}`)
	f.Fuzz(func(t *testing.T, body string) {
		s, step := queue.ParseStep(body)
		_, look := queue.ParseLook(body)
		_, upkeep := queue.ParseUpkeep(body)
		if step && (look || upkeep) {
			t.Fatal("it is taken for two kinds of message")
		}
		if !step {
			return
		}
		raw, err := json.Marshal(s)
		again, ok := queue.ParseStep(string(raw))
		if err != nil || !ok || !again.Due.Equal(s.Due) {
			t.Fatalf("%s came back as %+v, %v", raw, again, err)
		}
		if again.Due = s.Due; !cmp.Equal(again, s, cmpopts.EquateEmpty()) {
			t.Fatalf("%s came back as %+v", raw, again)
		}
	})
}
