package announce

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var prod = Sender{Account: "111122223333", AccountName: "prod"}

func overview() Overview {
	o := Overview{
		Since: now.Add(-24 * time.Hour), Swept: now.Add(-3 * time.Hour), Heard: now.Add(-20 * time.Minute),
		Ails:  []string{"2 messages could not be read since yesterday: pipewarden kept lists them"},
		Waits: []Decision{{Order: "01K3F7Q2", Summary: "Make payments-api private.", Until: now.Add(40 * time.Hour)}, {Order: "01K3F7Q3", Summary: "Start logging of the trail management-events."}},
		Ends: []settings.Exemption{{
			Check: "build-project-public", Resource: "docs-*", Owner: "carol", Until: settings.Date{Time: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)},
		}},
		Ended: []Ended{{Finding: trailByRoot(), By: Self, At: now.Add(-time.Hour)}, {Finding: sweepBucket(), At: now.Add(-2 * time.Hour)}, {Finding: logging(), By: "alice", At: now.Add(-3 * time.Hour)}},
	}
	for i := range 14 {
		f := one("bucket-public", i, finding.Severities()[i%4], "").Items[0].Finding
		o.Open = append(o.Open, Standing{Finding: f, First: now.Add(-time.Duration(i*i) * 6 * time.Hour)})
	}
	o.Open = append(o.Open, Standing{Finding: public(), First: now.Add(-2 * time.Hour)}, Standing{Finding: secret(), First: now.Add(-400 * 24 * time.Hour)})
	return o
}

func TestDigest(t *testing.T) {
	t.Parallel()
	m, worth, err := DigestOf(overview(), prod, now)
	if err != nil || !worth {
		t.Fatal(worth, err)
	}
	soundText(t, m)
	golden(t, "digest", m)
	var d Document
	if err := json.Unmarshal([]byte(m.JSON), &d); err != nil || d.Kind != Digest || d.Severity != finding.Critical || len(d.Sections) != 8 || m.Attributes["kind"] != "digest" {
		t.Errorf("%v: %s", err, m.JSON)
	}
}

func TestDigestOfNothing(t *testing.T) {
	t.Parallel()
	m, worth, err := DigestOf(Overview{Swept: now.Add(-time.Hour), Heard: now.Add(-time.Minute)}, prod, now)
	if err != nil || worth || strings.Count(m.Text, "\n") != 1 {
		t.Errorf("%v, %v: %q", worth, err, m.Text)
	}
	golden(t, "digest-nothing", m)
}

// What is wrong with pipewarden itself is worth a digest, also where nothing else is.
func TestDigestOfIllness(t *testing.T) {
	t.Parallel()
	m, worth, err := DigestOf(Overview{Ails: []string{"nothing was looked at for 14 hours"}}, prod, now)
	if err != nil || !worth || !strings.Contains(m.Subject, "not well") {
		t.Errorf("%v, %v: %s", worth, err, m.Subject)
	}
}

// A digest of anything stays readable, and says how much it leaves out.
func TestHostileDigest(t *testing.T) {
	t.Parallel()
	o := Overview{}
	for i := range 300 {
		f := hostile()
		f.Resource.ID = fmt.Sprint(i)
		o.Open = append(o.Open, Standing{Finding: f, First: now.Add(time.Hour)})
		o.Ended = append(o.Ended, Ended{Finding: f, By: "\x1b[31mred\n\u202e"})
		o.Waits = append(o.Waits, Decision{Order: "rm -rf", Summary: "a\nb"})
		o.Ails = append(o.Ails, "\x00bad\n")
	}
	m, _, err := DigestOf(o, Sender{Account: "\n", AccountName: "\u202e"}, now)
	if err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	if !strings.Contains(m.Text, "and 290 more") || len(m.Subject) > maxSubject || !printable(m.Subject) {
		t.Errorf("%s\n%s", m.Subject, m.Text)
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	m, err := Tell(Trouble, finding.High, "Slack cannot be told: the secret pipewarden/slack does not exist", []Section{
		{Lines: []string{"Slack gets no messages: the secret pipewarden/slack does not exist."}},
		{Heading: "What to do", Lines: []string{"  Make it:", "    aws secretsmanager create-secret --name pipewarden/slack --secret-string file://slack.json"}},
	}, prod)
	if err != nil {
		t.Fatal(err)
	}
	soundText(t, m)
	golden(t, "trouble", m)
}
