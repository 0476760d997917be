package estate

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTurned: only a batch with a delay goes to the other queue, and arrives there without it.
func TestTurned(t *testing.T) {
	t.Parallel()
	d := &door{later: "http://aws.emulator/1/later"}
	for body, want := range map[string]string{
		`{"Entries":[{"DelaySeconds":120,"Id":"0"}],"QueueUrl":"http://aws.emulator/1/looks"}`: `{"Entries":[{"Id":"0"}],"QueueUrl":"http://aws.emulator/1/later"}`,
		`{"Entries":[{"DelaySeconds":0,"Id":"0"}],"QueueUrl":"http://aws.emulator/1/looks"}`:   `{"Entries":[{"DelaySeconds":0,"Id":"0"}],"QueueUrl":"http://aws.emulator/1/looks"}`,
		`{"Entries":[{"Id":"0"}],"QueueUrl":"http://aws.emulator/1/looks"}`:                    `{"Entries":[{"Id":"0"}],"QueueUrl":"http://aws.emulator/1/looks"}`,
		`{"Entries":[null,1]}`: `{"Entries":[null,1]}`,
		`torn`:                 `torn`,
	} {
		if got := string(d.turned([]byte(body))); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestPublished(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{
		"Action=Publish&Message=" + url.QueryEscape(`{"default":"d","email":"for people","sqs":"{}"}`): "for people",
		"Action=Publish&Message=plain":     "plain",
		"Action=Subscribe&Message=nothing": "",
		"Action=Publish&%zz":               "",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://aws.emulator/", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if got := published(r, []byte(form)); got != want {
			t.Errorf("%s: %q", form, got)
		}
	}
}
