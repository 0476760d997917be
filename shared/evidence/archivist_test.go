package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// tape is a store of the ledger that keeps what its table's stream would show.
type tape struct {
	ledger.Store

	t       *testing.T
	records []map[string]any
}

func (w *tape) Put(ctx context.Context, item ledger.Item) error {
	old, found, err := w.Get(ctx, item.PK, item.SK)
	if err == nil {
		err = w.Store.Put(ctx, item)
	}
	if err == nil {
		w.add(item, image(old, found), image(item, true))
	}
	return err
}

func (w *tape) Delete(ctx context.Context, pk, sk string) error {
	old, found, err := w.Get(ctx, pk, sk)
	if err == nil && found {
		w.add(old, image(old, true), nil)
	}
	return errors.Join(err, w.Store.Delete(ctx, pk, sk))
}

func image(item ledger.Item, found bool) map[string]any {
	if !found {
		return nil
	}
	return map[string]any{
		"pk": map[string]any{"S": item.PK}, "sk": map[string]any{"S": item.SK}, "v": map[string]any{"N": strconv.FormatInt(max(1, item.Version), 10)},
		"mark": map[string]any{"S": "m"}, "body": map[string]any{"S": string(item.Body)},
	}
}

func (w *tape) add(item ledger.Item, before, after map[string]any) {
	n := len(w.records) + 1
	dynamodb := map[string]any{
		"ApproximateCreationDateTime": noon.Unix() + int64(n), "SequenceNumber": fmt.Sprint(1000 + n), "StreamViewType": "NEW_AND_OLD_IMAGES",
		"Keys": map[string]any{"pk": map[string]any{"S": item.PK}, "sk": map[string]any{"S": item.SK}},
	}
	name := "MODIFY"
	if before == nil {
		name = "INSERT"
	} else {
		dynamodb["OldImage"] = before
	}
	if after == nil {
		name = "REMOVE"
	} else {
		dynamodb["NewImage"] = after
	}
	w.records = append(w.records, map[string]any{"eventID": fmt.Sprintf("e-%d", n), "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": dynamodb})
}

// batch is what Lambda would hand over of the records, as the runtime decodes it.
func batch(t testing.TB, records any) events.DynamoDBEvent {
	t.Helper()
	var in events.DynamoDBEvent
	if err := json.Unmarshal(compact(t, map[string]any{"Records": records}), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

func archivist(s evidence.Store, now time.Time, counts *bytes.Buffer) *evidence.Archivist {
	return &evidence.Archivist{
		Store: s, Home: evidence.Home{Account: "111122223333", Region: "eu-west-1"}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Count: telemetry.NewCounter(counts, "archivist", func() time.Time { return now }),
	}
}

func written(t testing.TB, s *shelf) []evidence.Record {
	t.Helper()
	var all []evidence.Record
	for _, name := range s.names("records/") {
		some, err := evidence.DecodeRecords(s.files[name])
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, s.files[name])
		}
		all = append(all, some...)
	}
	return all
}

// life plays what a ledger goes through, and gives the stream of it.
func life(t *testing.T) *tape {
	t.Helper()
	clock := noon
	w := &tape{Store: ledger.NewMemory(func() time.Time { return clock }), t: t}
	book := ledger.Open(w, func() time.Time { clock = clock.Add(time.Second); return clock })
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f := finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State, Title: "bucket b is public", Detail: "Anyone reads it.",
		Resource: finding.Resource{Kind: "bucket", ID: "b", Account: "111122223333", Region: "eu-west-1"}, Facts: []finding.Fact{{Label: "policy", Value: "*"}},
		Actor: &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", SourceIP: "203.0.113.7"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 8}, Event: &finding.Cause{ID: "e-1", Name: "PutBucketPolicy", Source: "s3.amazonaws.com", Time: noon},
	}
	record := func(f finding.Finding) ledger.Entry {
		view, err := book.View(ctx, f.Resource)
		must(err)
		entry, _, err := view.Record(ctx, f)
		must(err)
		must(view.Announced(ctx, f, entry.Revision))
		return entry
	}
	entry := record(f)
	act := f
	act.Check, act.Once, act.Resource = "trail-stopped", "e-9", finding.Resource{Kind: "trail", ID: "t", Account: "444455556666", Region: "us-east-1"}
	record(act)
	plan := `{"form":1,"remedy":"bucket-block-public","summary":"Block it.","calls":[{"service":"s3","operation":"PutPublicAccessBlock","input":{"Bucket":"b"}}],"changes":["off -> on"],"before":{"on":false},"after":{"on":true},"undoable":true}`
	action, _, err := book.Begin(ctx, ledger.Action{ID: ledger.OrderID(f, entry.Revision), Remedy: "bucket-block-public", Check: f.Check, Finding: f, Revision: 1, Resource: f.Resource, Mode: settings.Ask, Status: ledger.Ordered})
	must(err)
	action.Status, action.Plan, action.Summary, action.Held = ledger.Waiting, []byte(plan), "Block it.", &ledger.Hold{By: "m", At: noon}
	action, err = book.Save(ctx, action)
	must(err)
	action.Held, action.Announced = nil, ledger.Waiting // nothing of evidence
	action, err = book.Save(ctx, action)
	must(err)
	action.Status, action.By, action.Applied, action.Verified = ledger.Applied, "arn:aws:sts::111122223333:assumed-role/Ops/ann", clock, "It is blocked."
	_, err = book.Save(ctx, action)
	must(err)
	f.Exemption = &finding.Exemption{Key: "K", Owner: "ann", Reason: "docs", Until: noon.AddDate(0, 1, 0)}
	record(f)
	put := f
	put.Outcome, put.Exemption, put.Actor, put.Event = finding.Pass, nil, &finding.Actor{Name: "bob", ARN: "arn:aws:iam::111122223333:user/bob", SourceIP: "198.51.100.2"}, &finding.Cause{ID: "e-2", Name: "PutPublicAccessBlock", Source: "s3.amazonaws.com", Time: noon.Add(time.Minute)}
	record(put)
	must(book.Trust(ctx, ledger.Definition{Resource: act.Resource, Body: []byte(`{"TOKEN":"hunter2"}`), By: "ann", How: "proven MFA"}))
	_, err = book.SetStop(ctx, ledger.Stop{On: true, By: "arn:aws:iam::111122223333:user/ann", Reason: "drill"})
	must(err)
	e := ledger.Exemption{Check: "bucket-public", Resource: "docs-*", Owner: "ann", Reason: "r", Until: noon, By: "arn:aws:iam::111122223333:user/ann"}
	must(book.Exempt(ctx, e))
	_, err = book.EndExemption(ctx, e.Setting().Key(), "arn:aws:iam::111122223333:user/bob")
	must(err)
	m := ledger.Mute{Mute: settings.Mute{Check: "bucket-public", Until: clock.Add(time.Hour)}, By: "ann", Reason: "noise"}
	must(book.SetMute(ctx, m))
	m.Until = noon
	must(book.SetMute(ctx, m))
	must(book.SetDeployed(ctx, []byte(`{"Version":1}`)))
	must(book.SetDeployed(ctx, []byte(`{"Version":1,"Mode":"ask"}`)))
	_, err = book.SetMember(ctx, ledger.Member{Account: "444455556666", Name: "prod", State: "ACTIVE", Watched: true, Regions: []string{"eu-west-1"}})
	must(err)
	sweep := ledger.Sweep{ID: "2026-11-20T12:00:00Z", Started: noon, Accounts: 1, Legs: 1}
	leg := ledger.Leg{Sweep: sweep.ID, Account: "444455556666", Region: "eu-west-1"}
	must(book.BeginSweep(ctx, sweep, []ledger.Leg{leg}))
	for step := range 2 {
		_, err = book.Advance(ctx, leg, step+1, func(l *ledger.Leg) {
			l.Resources += 7
			if step == 1 {
				l.Ended, l.Unlisted = clock, []ledger.Unlisted{{Kind: "trail", Why: "access denied"}}
			}
		})
		must(err)
	}
	must(book.AddTally(ctx, "auditor", ledger.Tally{Day: "2026-11-20", Account: "444455556666", Region: "eu-west-1", Checks: map[string]ledger.Count{"bucket-public": {Pass: 9, Fail: 1}}}))
	must(w.Put(ctx, ledger.Item{PK: "Q#from-a-later-version", SK: "1", Body: []byte(`{"token":"hunter2"}`)}))
	return w
}

func TestRecordsOfALife(t *testing.T) {
	t.Parallel()
	w, s := life(t), newShelf()
	var counts bytes.Buffer
	out, err := archivist(s, noon, &counts).Handle(t.Context(), batch(t, w.records))
	if err != nil || len(out.BatchItemFailures) > 0 {
		t.Fatalf("%v %+v", err, out)
	}
	names := s.names("")
	if len(names) != 1 {
		t.Fatalf("one batch made %v", names)
	}
	var told strings.Builder
	for _, r := range written(t, s) {
		fmt.Fprintf(&told, "%s\n", compact(t, r))
	}
	golden(t, "life.jsonl", told.String())
	if strings.Contains(string(s.files[names[0]]), "hunter2") {
		t.Error("evidence holds a secret")
	}
	if !strings.Contains(counts.String(), `"Unread":1`) || !strings.Contains(counts.String(), fmt.Sprintf(`"Archived":%d`, strings.Count(told.String(), "\n"))) {
		t.Errorf("counted %s", counts.String())
	}
}

// A batch that is delivered again on the same day is there already, whatever the time.
func TestDeliveredAgain(t *testing.T) {
	t.Parallel()
	w, s := life(t), newShelf()
	for _, now := range []time.Time{noon, noon.Add(3 * time.Hour), noon.AddDate(0, 0, 1)} {
		if out, err := archivist(s, now, &bytes.Buffer{}).Handle(t.Context(), batch(t, w.records)); err != nil || len(out.BatchItemFailures) > 0 {
			t.Fatalf("%v %+v", err, out)
		}
	}
	names := s.names("records/")
	if len(names) != 2 || names[0][len("records/2026/11/20/"):] != names[1][len("records/2026/11/21/"):] || !bytes.Equal(s.files[names[0]], s.files[names[1]]) {
		t.Errorf("%v", names)
	}
}

func TestWhatCannotBeWrittenIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	w, s := life(t), newShelf()
	s.fail = func(string, string) error { return errCrash }
	quiet := map[string]any{"eventID": "q", "eventName": "INSERT", "dynamodb": map[string]any{"SequenceNumber": "1", "Keys": map[string]any{"pk": map[string]any{"S": "P"}, "sk": map[string]any{"S": "1"}}}}
	out, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), batch(t, slices.Concat([]map[string]any{quiet}, w.records)))
	if err != nil || len(out.BatchItemFailures) != 1 || out.BatchItemFailures[0].ItemIdentifier != "1002" { // the first only lists a finding
		t.Errorf("%v %+v", err, out)
	}
	delete(w.records[1]["dynamodb"].(map[string]any), "SequenceNumber")
	if _, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), batch(t, w.records)); !errors.Is(err, errCrash) {
		t.Errorf("without a sequence number: %v", err)
	}
	s.fail = nil
	if out, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), batch(t, []any{quiet})); err != nil || len(out.BatchItemFailures) > 0 || len(s.names("")) > 0 {
		t.Errorf("nothing to record: %v %+v %v", err, out, s.names(""))
	}
}

// What the table forgets because its time is over was told when it was written; what somebody deletes was not.
func TestDeletions(t *testing.T) {
	t.Parallel()
	w := life(t)
	entry := w.records[1]
	gone := map[string]any{"eventID": "gone", "eventName": "REMOVE", "dynamodb": map[string]any{
		"SequenceNumber": "1", "Keys": entry["dynamodb"].(map[string]any)["Keys"], "OldImage": entry["dynamodb"].(map[string]any)["NewImage"],
	}}
	for name, c := range map[string]struct {
		by   any
		want int
	}{
		"somebody":        {nil, 1},
		"time to live":    {map[string]any{"type": "Service", "principalId": "dynamodb.amazonaws.com"}, 0},
		"another service": {map[string]any{"type": "Service", "principalId": "replication.dynamodb.amazonaws.com"}, 1},
	} {
		gone["userIdentity"] = c.by
		s := newShelf()
		if _, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), batch(t, []any{gone})); err != nil {
			t.Fatal(err)
		}
		all := written(t, s)
		if len(all) != c.want || c.want > 0 && (all[0].Kind != "finding" || all[0].After != nil || all[0].Before == nil || all[0].Check != "bucket-public") {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// Plans that hold what may be secret, or much, are told by their hashes.
func TestPlans(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("hunter2 ", 4000) + `"`
	for name, c := range map[string]struct {
		plan string
		open bool
	}{
		"open":    {`{"calls":[{"service":"s3","operation":"X","input":{}}],"before":"hunter2"}`, true},
		"sealed":  {`{"calls":[{"service":"codebuild","operation":"UpdateProject"}],"before":"hunter2","after":"hunter2"}`, false},
		"partly":  {`{"calls":[{"service":"s3","operation":"X","input":{}},{"service":"codebuild","operation":"UpdateProject"}],"before":"hunter2"}`, false},
		"nothing": {`{"calls":[],"before":"hunter2"}`, false},
		"long":    {`{"calls":[{"service":"s3","operation":"X","input":{}}],"before":` + long + `}`, false},
		"another": {`["hunter2"]`, false},
	} {
		body := fmt.Sprintf(`{"id":"1","status":"applied","check":"c","plan":%s}`, c.plan)
		one := map[string]any{"eventID": "e", "dynamodb": map[string]any{"SequenceNumber": "1", "NewImage": image(ledger.Item{PK: "A#1", SK: "A", Body: []byte(body)}, true)}}
		s := newShelf()
		if _, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), batch(t, []any{one})); err != nil {
			t.Fatal(err)
		}
		if len(written(t, s)) != 1 {
			t.Errorf("%s: %v", name, s.names(""))
		}
		if text := string(s.files[s.names("")[0]]); strings.Contains(text, "hunter2") != c.open || !strings.Contains(text, hash([]byte(c.plan))) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"Records":[{"eventID":"1","dynamodb":{"Keys":{"pk":{"S":"G"},"sk":{"S":"S"}},"NewImage":{"pk":{"S":"G"},"v":{"N":"1"},"body":{"S":"{\"on\":true}"}}}}]}`))
	f.Add([]byte(`{"Records":[{"dynamodb":{"ApproximateCreationDateTime":1e300,"NewImage":{"body":{"L":[{"BS":["eA=="]}]}}}}]}`))
	f.Add([]byte(`{"Records":[{"dynamodb":{"ApproximateCreationDateTime":-1,"Keys":{"pk":{"N":"1"}},"OldImage":{"pk":{"S":"R#x"},"sk":{"S":"F#c"},"v":{"N":"x"},"body":{"B":"/w=="}}}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in events.DynamoDBEvent
		if json.Unmarshal(raw, &in) != nil {
			return
		}
		s := newShelf()
		out, err := archivist(s, noon, &bytes.Buffer{}).Handle(t.Context(), in)
		if err != nil || len(out.BatchItemFailures) > 0 {
			t.Fatalf("%v %+v", err, out)
		}
		if n := len(written(t, s)); n > len(in.Records) {
			t.Errorf("%d records of %d changes", n, len(in.Records))
		}
	})
}
