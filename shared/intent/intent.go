// Package intent words what the remediator is about to change, so that what is done under its role can be held against it.
package intent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Intent is one use of a remedy, as it is written down before anything is changed or undone.
type Intent struct {
	Action    string         `json:"action"` // the action's ID
	Remedy    string         `json:"remedy"`
	Resources []resource.Ref `json:"resources"` // what is changed, and what the finding is about where that is another
	Actions   []string       `json:"actions"`   // the IAM actions that the remedy is granted: "s3:PutBucketPublicAccessBlock"
}

// Topic is what intents are noted under.
const Topic = "intent"

// Keep is for how long they are known: an event may come weeks late, out of a dead letter queue that somebody works off again.
const Keep = 30 * 24 * time.Hour

// Kind is the kind of Memory's name.
const Kind = "remediator"

// Memory is in whose memory the intents of an account lie.
func Memory(account string) resource.Ref {
	return resource.Ref{Kind: Kind, ID: account, Account: account}
}

// Note writes an intent down. Each try has a note of its own: the event of the first one may come after the second one began.
func (i Intent) Note(account string, at time.Time) (check.Note, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return check.Note{}, fmt.Errorf("encode intent of %s: %w", i.Action, err)
	}
	return check.Note{
		About: Memory(account), Topic: Topic, Key: i.Action + "#" + at.UTC().Format(time.RFC3339Nano), Text: string(text), At: at, Keep: Keep,
	}, nil
}

// Parse reads what Note wrote; ok is false for anything else.
func Parse(n check.Note) (i Intent, ok bool) {
	if n.Topic != Topic || json.Unmarshal([]byte(n.Text), &i) != nil || i.Action == "" {
		return Intent{}, false
	}
	return i, true
}

// How far the time of a call may be from that of its intent: clocks differ, and a function lives for a minute.
const (
	Before = time.Minute
	After  = 5 * time.Minute
)

// Timely says whether a call at that time may be what was written down then.
func Timely(noted, called time.Time) bool {
	return !called.Before(noted.Add(-Before)) && !called.After(noted.Add(After))
}

// Calls says whether a call, as CloudTrail names its service and itself (without a date), is one that the remedy is granted.
func (i Intent) Calls(service, name string) bool {
	return slices.ContainsFunc(i.Actions, func(action string) bool {
		of, op, _ := strings.Cut(action, ":")
		if other, renamed := services[of]; renamed {
			of = other
		}
		names, several := storage[op]
		return of == service && (op == name || of == "s3" && several && slices.Contains(names, name))
	})
}

// services are those that CloudTrail calls otherwise than IAM does (AWS CloudTrail User Guide, "CloudTrail record contents").
var services = map[string]string{"cloudwatch": "monitoring"}

// storage are the calls on S3 that an action of another name allows: putting and deleting alike
// (Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; Amazon S3 User Guide, "Amazon S3 CloudTrail events").
var storage = map[string][]string{
	"PutBucketPublicAccessBlock":  {"PutPublicAccessBlock", "DeleteBucketPublicAccessBlock", "DeletePublicAccessBlock"},
	"PutAccountPublicAccessBlock": {"DeleteAccountPublicAccessBlock"},
	"PutEncryptionConfiguration":  {"PutBucketEncryption", "DeleteBucketEncryption"},
	"PutLifecycleConfiguration":   {"PutBucketLifecycle", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle"},
	"PutReplicationConfiguration": {"PutBucketReplication", "DeleteBucketReplication"},
	"PutBucketOwnershipControls":  {"DeleteBucketOwnershipControls"},
}

// Touches says whether a call on that resource may be what was meant, as far as the event tells on what it was made: one of the same kind
// must be the same. Where the call was made on another kind than any that is written down, its name says nothing against it.
func (i Intent) Touches(on resource.Ref) bool {
	same := slices.DeleteFunc(slices.Clone(i.Resources), func(r resource.Ref) bool { return r.Kind != on.Kind })
	return len(same) == 0 || slices.ContainsFunc(same, func(r resource.Ref) bool { return r.ID == on.ID })
}
