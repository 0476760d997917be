package deliverychangedenied

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	kind  = "principal" // of the Ref under which refusals are remembered
	topic = "denied"
	keep  = 2 * time.Hour // events may come late
)

// lastOwn is the last of the rows of the identity table in which a service acts on its own, or the auditor itself.
const lastOwn = 3

// longest is how much of a name is remembered (AWS General Reference: the longest ARN).
const longest = 2048

// attempt is one call that was refused.
type attempt struct {
	Event string   `json:"event"`
	Call  string   `json:"call"`            // UpdateProject (codebuild)
	Sure  bool     `json:"sure,omitempty"`  // it was made on a pipeline, a project or a trail
	Names []string `json:"names,omitempty"` // what it was made on, where the name decides

	at time.Time
}

// principal is the caller, by ARN; where the record does not show one, the account.
func principal(e *event.Event) resource.Ref {
	arn := e.Identity().String("arn")
	if arn == "" || len(arn) > longest || strings.ContainsFunc(arn, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return resource.Ref{Kind: "account", ID: e.Account, Account: e.Account, Region: e.Region}
	}
	return resource.Ref{Kind: kind, ID: arn, Account: e.Identity().String("accountId")}
}

func attemptOf(e *event.Event) attempt {
	a := attempt{Event: e.ID, Call: delivery.Call(e), at: e.Time}
	if a.Sure = slices.ContainsFunc(sure, func(s event.Selector) bool {
		return slices.Contains(s.Detail["eventSource"], e.Service()) && slices.Contains(s.Detail["eventName"], e.Name())
	}); !a.Sure {
		a.Names = names(e)
	}
	return a
}

// members are those of requests that name what the auditor may be made of.
var members = []string{
	"rule", "name", "eventBusName", "queueUrl", "functionName", "topicArn", "subscriptionArn", "tableName", "resourceArn", "alarmName", "alarmNames", "roleName",
	"logGroupName", "logGroupIdentifier", "resourceIdentifier", "names", "aliasName", "keyId", "targetKeyId", "stackName", "stackSetName",
}

// mostNames are remembered of one call.
const mostNames = 10

// names are what a call was made on. Of a refused call the record often lacks the request, and the error names the resource.
func names(e *event.Event) []string {
	var all []string
	add := func(name string) {
		if name != "" && len(name) <= longest && len(all) < mostNames && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, member := range members {
		for _, name := range e.Request().Strings(member) {
			add(name)
		}
	}
	if _, after, found := strings.Cut(e.Detail.String("errorMessage"), " on resource: "); found {
		arn, _, _ := strings.Cut(after, " ")
		add(arn)
	}
	return all
}

// concerns says whether the call was made on a part of delivery. The stack and the bus of the auditor are called what all its other names begin with.
func (a attempt) concerns(own check.Own) bool {
	return a.Sure || slices.ContainsFunc(a.Names, func(name string) bool { return own.Is(name) || own.Is(name+"-") })
}

func notes(e *event.Event, by identity.Verdict) []check.Note {
	about, a := principal(e), attemptOf(e)
	if about.Kind != kind || by.Row <= lastOwn || !a.Sure && len(a.Names) == 0 {
		return nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return []check.Note{{About: about, Topic: topic, Key: slot(e.ID), Text: string(text), At: e.Time, Keep: keep}}
}

// slot is one of 256 places for a caller's refusals: a loop that is refused all day takes no more.
func slot(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:1])
}

// refusals are those that lie within an hour of one another, the current one among them, the oldest first. Each event counts once,
// however often it is delivered.
func refusals(p *check.Pass, current attempt) []attempt {
	all := []attempt{current}
	for _, n := range p.Past.Topic(topic) {
		var a attempt
		if json.Unmarshal([]byte(n.Text), &a) != nil || !a.concerns(p.Own) || slices.ContainsFunc(all, func(b attempt) bool { return a.Event == b.Event }) {
			continue
		}
		a.at = n.At
		if between := current.at.Sub(n.At); between < within && between > -within {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b attempt) int { return a.at.Compare(b.at) })
	return longestSpan(all, current.Event)
}

// longestSpan is the most refusals of one hour that the event is among.
func longestSpan(all []attempt, event string) []attempt {
	best := all[:1]
	for first := range all {
		last := first
		for last+1 < len(all) && all[last+1].at.Sub(all[first].at) < within {
			last++
		}
		if span := all[first : last+1]; len(span) >= len(best) && slices.ContainsFunc(span, func(a attempt) bool { return a.Event == event }) {
			best = span
		}
	}
	return best
}
