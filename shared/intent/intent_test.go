package intent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/intent"
	"github.com/pipewarden/pipewarden/shared/remedies"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const account = "111122223333"

func now() time.Time { return time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC) }

func start() intent.Intent {
	return intent.Intent{
		Action: "01K3F7Q2", Remedy: "trail-start", Actions: []string{"cloudtrail:StartLogging"},
		Resources: []resource.Ref{{Kind: "trail", ID: "management-events", Account: account, Region: "eu-west-1"}},
	}
}

func TestNote(t *testing.T) {
	t.Parallel()
	first, err := start().Note(account, now())
	if err != nil {
		t.Fatal(err)
	}
	if first.About != intent.Memory(account) || first.Topic != intent.Topic || !first.At.Equal(now()) || first.Keep < 14*24*time.Hour {
		t.Errorf("%+v", first)
	}
	got, ok := intent.Parse(first)
	if diff := cmp.Diff(start(), got); !ok || diff != "" {
		t.Errorf("read back: %v %s", ok, diff)
	}
	// A second try does not replace the first: the event of either may come.
	if second, err := start().Note(account, now().Add(time.Second)); err != nil || second.Key == first.Key || !strings.HasPrefix(second.Key, "01K3F7Q2#") {
		t.Errorf("%v %q and %q", err, first.Key, second.Key)
	}
}

func TestTimely(t *testing.T) {
	t.Parallel()
	for offset, want := range map[time.Duration]bool{
		0: true, 40 * time.Second: true, intent.After: true, intent.After + time.Second: false, time.Hour: false,
		-intent.Before: true, -intent.Before - time.Second: false,
	} {
		if got := intent.Timely(now(), now().Add(offset)); got != want {
			t.Errorf("%s: %v", offset, got)
		}
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		action, service, name string
		want                  bool
	}{
		{"cloudtrail:StartLogging", "cloudtrail", "StartLogging", true},
		{"cloudtrail:StartLogging", "cloudtrail", "StopLogging", false},
		{"codebuild:UpdateProject", "codepipeline", "UpdateProject", false},
		{"codebuild:UpdateProject", "codebuild", "UpdateProjectVisibility", false},
		{"s3:PutBucketPublicAccessBlock", "s3", "PutBucketPublicAccessBlock", true},
		{"s3:PutBucketPublicAccessBlock", "s3", "DeleteBucketPublicAccessBlock", true},
		{"s3:PutBucketPublicAccessBlock", "s3", "DeletePublicAccessBlock", true},
		{"s3:PutBucketPublicAccessBlock", "s3", "PutAccountPublicAccessBlock", false},
		{"s3:PutEncryptionConfiguration", "s3", "PutBucketEncryption", true},
		{"s3:PutBucketPolicy", "s3", "PutBucketPolicy", true},
		{"s3:PutBucketPolicy", "s3", "DeleteBucketPolicy", false},
		{"x:PutEncryptionConfiguration", "x", "PutBucketEncryption", false},
		{"cloudwatch:PutMetricAlarm", "monitoring", "PutMetricAlarm", true},
		{"nothing", "", "", false},
	} {
		if got := (intent.Intent{Actions: []string{"x:Other", one.action}}).Calls(one.service, one.name); got != one.want {
			t.Errorf("%s allows %s of %s: %v", one.action, one.name, one.service, got)
		}
	}
}

func TestTouches(t *testing.T) {
	t.Parallel()
	two := start()
	two.Resources = append(two.Resources, resource.Ref{Kind: "bucket", ID: "logs"})
	for _, one := range []struct {
		kind, id string
		want     bool
	}{
		{"trail", "management-events", true},
		{"trail", "other", false},
		{"bucket", "logs", true},
		{"bucket", "artifacts", false},
		{"account", account, true}, // the event does not tell on what
		{"key", "any", true},
	} {
		if got := two.Touches(resource.Ref{Kind: one.kind, ID: one.id}); got != one.want {
			t.Errorf("%s %s: %v", one.kind, one.id, got)
		}
	}
}

// unheard are what a remedy may do that no event need tell of.
var unheard = map[string]string{
	"iam:PassRole":                        "no call: the one that passes the role is heard",
	"codeconnections:PassConnection":      "no call: the one that passes the connection is heard",
	"codestar-connections:PassConnection": "no call: the one that passes the connection is heard",
	"kms:EnableKey":                       "whoever makes a key usable takes nothing away",
	"kms:EnableKeyRotation":               "whoever has a key rotated takes nothing away",
	"events:EnableRule":                   "whoever switches a rule on takes nothing away",
	"cloudtrail:AddTags":                  "a trail's tags decide nothing about what it records",
}

// Every write of every remedy is heard, or a stolen role could make it and nobody would hold it against the records.
func TestEveryGrantIsHeard(t *testing.T) {
	t.Parallel()
	for _, r := range remedies.All() {
		for _, g := range r.Grants {
			one := intent.Intent{Actions: []string{g.Action}}
			heard := false
			for _, s := range append(delivery.Calls(), delivery.OwnCalls()...) {
				for _, name := range s.Detail["eventName"] {
					heard = heard || one.Calls(strings.TrimSuffix(s.Detail["eventSource"][0], ".amazonaws.com"), strings.TrimSuffix(name, "*"))
				}
			}
			if _, harmless := unheard[g.Action]; harmless == heard {
				t.Errorf("%s of %s is either no call that is listened for (see package delivery, or name it in package intent as CloudTrail spells it), or stands in unheard for nothing", g.Action, r.ID)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	note, err := start().Note(account, now())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(intent.Topic, note.Text)
	f.Add(intent.Topic, `{"action":1}`)
	f.Add("other", note.Text)
	f.Fuzz(func(t *testing.T, topic, text string) {
		i, ok := intent.Parse(check.Note{Topic: topic, Text: text})
		if ok != (i.Action != "") {
			t.Errorf("%v: %+v", ok, i)
		}
		i.Calls("s3", "PutBucketPolicy")
		i.Touches(resource.Ref{Kind: "bucket", ID: "x"})
	})
}
