package pipelineselfapproved

import (
	"encoding/json"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
)

const approved = "Approved"

// Topics of what is remembered of a pipeline.
const (
	topicStarted  = "started"  // who started a run; the key is the run, or nobodys
	topicChanged  = "changed"  // who made the last change of the definition
	topicWaiting  = "waiting"  // which run waits for an approval; the key is the approval
	topicApproved = "approved" // who approved a run, last at that approval; the key is both
)

// nobodys is the key of the last run that a machine started: many do, and none of them can be an approver's own.
const nobodys = "nobody's"

const day = 24 * time.Hour

// How long each is of use. An approval waits for seven days, of which a run may have several (AWS CodePipeline User Guide, "Quotas").
const (
	keepRun      = 15 * day
	keepWaiting  = 8 * day
	keepChange   = 365 * day
	keepApproved = 365 * day
)

// person is who did something, as far as that tells people apart. Nobody's is the zero person.
type person struct {
	ID     string `json:"id,omitempty"`     // ARN of the user or the role's session; of Identity Center the account and name, whatever the permission set
	Source string `json:"source,omitempty"` // source identity, which role chains keep
}

// The rows of the identity table in which nobody acted: services on their own, and the auditor itself.
const lastOfNobody = 3

func personOf(v identity.Verdict) person {
	if v.Row <= lastOfNobody || v.Actor.Type == "" {
		return person{}
	}
	who := person{ID: v.Actor.ARN, Source: v.Actor.SourceIdentity}
	if v.Actor.Via == "Identity Center session" && v.Actor.Session != "" {
		who.ID = "Identity Center " + v.Actor.Session
	}
	return who
}

// same says by what two are the same person; "" when nothing shows it.
func (p person) same(other person) string {
	switch {
	case p.ID != "" && p.ID == other.ID:
		return "user or session (" + p.ID + ")"
	case p.Source != "" && p.Source == other.Source:
		return "source identity (" + p.Source + ")"
	}
	return ""
}

// deed is a note that tells of a person.
type deed struct {
	person person
	at     time.Time
	key    string
}

func deedOf(n check.Note) deed {
	d := deed{at: n.At, key: n.Key}
	if json.Unmarshal([]byte(n.Text), &d.person) != nil {
		d.person = person{}
	}
	return d
}

func notes(e *event.Event, by identity.Verdict) []check.Note {
	ref := delivery.About(e)
	if ref.Kind != pipeline.Kind.Name || e.FromCloudTrail() && !e.Succeeded() {
		return nil
	}
	who, err := json.Marshal(personOf(by))
	if err != nil {
		return nil
	}
	n := noteOf(e, string(who))
	if n.Topic == "" || n.Key == "" || n.Text == "" {
		return nil
	}
	if n.Topic == topicStarted && !by.Human() {
		n.Key, n.Text = nobodys, "{}"
	}
	n.About, n.At = ref, e.Time
	return []check.Note{n}
}

// noteOf is what an event tells, and who did it where that is asked for later.
func noteOf(e *event.Event, who string) check.Note {
	switch e.Name() {
	case start:
		return check.Note{Topic: topicStarted, Key: e.Response().String("pipelineExecutionId"), Text: who, Keep: keepRun}
	case update, create:
		return check.Note{Topic: topicChanged, Key: "definition", Text: who, Keep: keepChange}
	case approve:
		if e.Request().String("result", "status") != approved {
			return check.Note{}
		}
		return check.Note{Topic: topicApproved, Key: place(e.Request(), "stageName", "actionName") + " " + who, Text: who, Keep: keepApproved}
	}
	return check.Note{Topic: topicWaiting, Key: place(e.Detail, "stage", "action"), Text: e.Detail.String("execution-id"), Keep: keepWaiting}
}

// place names an approval. Names of stages and actions hold no slash (AWS CodePipeline API Reference, "ActionDeclaration").
func place(f event.Fields, stage, action string) string {
	return f.String(stage) + "/" + f.String(action)
}

// startOf is who started the run that was approved, and how to call that run; known is false when it cannot be told which run that was.
// Offline nothing tells which run waits: there it is the last one that was started and not approved there since.
func startOf(p *check.Pass) (started deed, run string, known bool) {
	at := place(p.Event.Request(), "stageName", "actionName")
	waiting := waitingAt(p, at)
	for _, n := range p.Past.Topic(topicStarted) {
		if !n.At.After(p.Event.Time) && (waiting == "" || n.Key == waiting) {
			started, known = deedOf(n), true
		}
	}
	switch {
	case waiting != "" && delivery.Word(waiting):
		return started, " " + waiting, true
	case waiting != "":
		return started, "", true
	case p.Past.Complete || approvedSince(p, at, started.at):
		return deed{}, "", false
	}
	return started, ", as the last one before,", known
}

// waitingAt is the run that waited at an approval; "" when no event told of one.
func waitingAt(p *check.Pass, at string) (run string) {
	for _, n := range p.Past.Topic(topicWaiting) {
		if n.Key == at && !n.At.After(p.Event.Time) {
			run = n.Text
		}
	}
	return run
}

func approvedSince(p *check.Pass, at string, since time.Time) bool {
	for _, n := range p.Past.Topic(topicApproved) {
		if len(n.Key) > len(at) && n.Key[:len(at)+1] == at+" " && n.At.After(since) && n.At.Before(p.Event.Time) {
			return true
		}
	}
	return false
}

// lastChange is who changed the definition last, and whether somebody else approved a run of it since.
func lastChange(p *check.Pass) (changed deed, reviewed bool) {
	note, found := p.Past.Last(topicChanged, p.Event.Time)
	if !found {
		return deed{}, false
	}
	changed = deedOf(note)
	for _, n := range p.Past.Topic(topicApproved) {
		other := deedOf(n)
		if n.At.After(changed.at) && n.At.Before(p.Event.Time) && other.person != (person{}) && other.person.same(changed.person) == "" {
			return changed, true
		}
	}
	return changed, false
}
