package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

var (
	seen   = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	since  = time.Date(2026, 11, 19, 20, 40, 14, 120_000_000, time.UTC)
	judged = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
)

func event(t *testing.T, f finding.Finding, s Standing) (string, map[string]any) {
	t.Helper()
	s.First, s.Since, s.Last = seen, since, judged
	class, raw, err := OCSFEvent(f, s, judge)
	if err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return class, e
}

// Whatever a finding holds and wherever it stands, its event is as the published schema has it.
func TestRememberedEventsAreAsTheirSchemaHasThem(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for _, f := range everything() {
		for _, at := range []Standing{{Open: true, Revision: 1}, {Open: true, Revision: 4}, {Revision: 2}} {
			class, e := event(t, f, at)
			s.event(t, e)
			if e["class_name"] != class {
				t.Errorf("class %q of an event of %v", class, e["class_name"])
			}
			if info := e["finding_info"].(map[string]any); info["uid"] != f.Key() || info["first_seen_time"] != float64(seen.UnixMilli()) ||
				info["last_seen_time"] != float64(judged.UnixMilli()) || info["modified_time"] != float64(judged.UnixMilli()) {
				t.Errorf("%v", info)
			}
			if e["time"] != float64(since.UnixMilli()) {
				t.Errorf("time %v", e["time"])
			}
		}
	}
}

func TestRememberedEventsTellWhereAFindingStands(t *testing.T) {
	t.Parallel()
	fail := finding.Finding{Outcome: finding.Fail, Severity: finding.High, Title: "a key is public", Detail: "It is.", Would: "Close it."}
	act, exempted, unread := fail, fail, fail
	act.Once, unread.Outcome = "e-1", finding.Unknown
	exempted.Exemption = &finding.Exemption{Owner: "ann", Reason: "open"}
	for name, test := range map[string]struct {
		f    finding.Finding
		at   Standing
		want string // class, activity, status, severity, verdict
		says string
	}{
		"found":              {fail, Standing{Open: true, Revision: 1}, "2003 1 1 4 3", "a key is public. It is."},
		"changed":            {fail, Standing{Open: true, Revision: 2}, "2003 2 1 4 3", "a key is public. It is."},
		"exempted":           {exempted, Standing{Open: true, Revision: 2}, "2003 2 3 4 3", "a key is public. It is."},
		"unread":             {unread, Standing{Open: true, Revision: 1}, "2003 1 1 4 2", "It is."},
		"resolved":           {fail, Standing{Revision: 2}, "2003 3 4 1 1", "No longer so: a key is public."},
		"exempted, resolved": {exempted, Standing{Revision: 3}, "2003 3 4 1 1", "No longer so: a key is public."},
		"act":                {act, Standing{Open: true, Revision: 1}, "2004 1 1 4 <nil>", "a key is public. It is."},
		"no title":           {finding.Finding{Outcome: finding.Unknown}, Standing{Revision: 2}, "2003 3 4 1 1", "Nothing is wrong any more."},
	} {
		_, e := event(t, test.f, test.at)
		var verdict any
		if c, ok := e["compliance"].(map[string]any); ok {
			verdict = c["status_id"]
		}
		got := fmt.Sprint(e["class_uid"], e["activity_id"], e["status_id"], e["severity_id"], verdict)
		if got != test.want || e["message"] != test.says {
			t.Errorf("%s: %s %q, want %s %q", name, got, e["message"], test.want, test.says)
		}
		if closed := !test.at.Open; closed && (e["remediation"] != nil || e["comment"] != nil) {
			t.Errorf("%s: %v %v", name, e["remediation"], e["comment"])
		}
	}
}

// One uid for one standing: a consumer that gets an event twice knows it by it.
func TestRememberedEventsCanBeToldApart(t *testing.T) {
	t.Parallel()
	f := samples()[0]
	uid := func(s Standing) string {
		_, e := event(t, f, s)
		return e["metadata"].(map[string]any)["uid"].(string)
	}
	one, again, other := uid(Standing{Open: true, Revision: 1}), uid(Standing{Open: true, Revision: 1}), uid(Standing{Open: true, Revision: 2})
	if one != again || one == other || !strings.HasPrefix(one, f.Key()+"/") {
		t.Error(one, again, other)
	}
}

// No finding is too large for the bus, and none brings along what moves a cursor. The command is whole, or it is not there.
func TestRememberedEventsFit(t *testing.T) {
	t.Parallel()
	const most = 256 << 10
	long := strings.Repeat("\U0001F600\x1b[2J", 40_000)
	f := finding.Finding{
		Check: long, Outcome: finding.Fail, Title: long, Detail: long, Why: long, Would: long, ByHand: long, Remedy: long, Once: long,
		Resource: finding.Resource{Kind: long, ID: long, Account: long, Region: long},
		Actor:    &finding.Actor{Type: long, Name: long, ARN: long, SourceIP: long}, MFA: &finding.MFA{Verdict: long, Reason: long},
		Event: &finding.Cause{ID: long, Name: long, Source: long}, Exemption: &finding.Exemption{Owner: long, Reason: long},
	}
	_, raw, err := OCSFEvent(f, Standing{Open: true}, judge)
	if err != nil || len(raw) > most || strings.Contains(string(raw), "\\u001b") {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	if f.Title != long || f.Actor.Name != long {
		t.Error("the finding itself was changed")
	}
	f.Would = ""
	if _, raw, err = OCSFEvent(f, Standing{Open: true}, judge); err != nil || strings.Contains(string(raw), "remediation") {
		t.Errorf("a part of a command is told, %v", err)
	}
	f.ByHand = "aws kms put-key-policy"
	if _, raw, err = OCSFEvent(f, Standing{Open: true}, judge); err != nil || !strings.Contains(string(raw), `"desc":"aws kms put-key-policy"`) {
		t.Errorf("no command, %v", err)
	}
}
