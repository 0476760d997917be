package event_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
)

var (
	uuid    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	digest  = regexp.MustCompile(`^sha256:[0-9a-f]{32}$`)
	account = regexp.MustCompile(`^(111122223333|777788889999)$`)
	region  = regexp.MustCompile(`^(eu-west-1|us-east-1|us-east-2)$`)
)

func TestEverySampleDecodes(t *testing.T) {
	t.Parallel()
	from, to := time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	count := 0
	for name, raw := range events.All() {
		count++
		e, err := event.Decode(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.HasSuffix(name, "-id-missing.json") != digest.MatchString(e.ID) || !digest.MatchString(e.ID) && !uuid.MatchString(e.ID) {
			t.Errorf("%s: id %q", name, e.ID)
		}
		if e.Time.Before(from) || e.Time.After(to) {
			t.Errorf("%s: time %v", name, e.Time)
		}
		if !account.MatchString(e.Account) || !region.MatchString(e.Region) {
			t.Errorf("%s: account %q, region %q", name, e.Account, e.Region)
		}
		folder, _, _ := strings.Cut(name, "/")
		if e.Source != "aws."+folder && folder != "records" || e.Source == "aws." {
			t.Errorf("%s: source %q", name, e.Source)
		}
		if e.FromCloudTrail() == (e.Name() == "") && e.DetailType != "AWS Insight via CloudTrail" {
			t.Errorf("%s: %s with event name %q", name, e.DetailType, e.Name())
		}
	}
	if count < 500 {
		t.Errorf("only %d samples", count)
	}
}

// A record means the same whether it comes over the bus or out of an archive.
func TestEnvelopeAndItsRecordAgree(t *testing.T) {
	t.Parallel()
	told := func(e *event.Event) string {
		// The two spellings of the sign-in type are the bus's own: an archive cannot tell which it would have been.
		kind := strings.Replace(e.DetailType, event.Signin, event.SignIn, 1)
		return fmt.Sprintln(e.ID, e.Name(), e.Service(), e.Account, e.Region, e.Source, e.Time, kind, e.ErrorCode(), e.Succeeded())
	}
	count := 0
	for name, raw := range events.All() {
		var envelope struct{ Detail json.RawMessage }
		if err := json.Unmarshal(raw, &envelope); err != nil {
			t.Fatal(err)
		}
		e := decode(t, raw)
		if envelope.Detail == nil || !e.FromCloudTrail() {
			continue
		}
		count++
		bare, err := event.Decode(envelope.Detail)
		if err != nil {
			t.Errorf("%s, its record alone: %v", name, err)
			continue
		}
		if told(e) != told(bare) {
			t.Errorf("%s\n  envelope %s  record   %s", name, told(e), told(bare))
		}
	}
	if count < 400 {
		t.Errorf("only %d envelopes of CloudTrail", count)
	}
}
