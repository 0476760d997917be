package telling

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// watch writes down everything that leaves a system, step by step.
type watch struct {
	t       *testing.T
	system  *estate.System
	slack   *estate.Slack
	bus     *estate.Listener
	hub     *securityhub.Client
	lines   []string
	stands  map[string]string // in Security Hub, by finding
	threads map[string]string // what began a thread, by its stamp
	posts   []estate.Post     // all that came
}

// step writes down what a step led to.
func (w *watch) step(title string) {
	w.t.Helper()
	must(w.t, w.system.Settle(w.t.Context()))
	w.lines = append(w.lines, "", "== "+title)
	w.mails()
	w.slackPosts()
	w.hubFindings()
	w.busEvents()
}

// note writes down lines of one channel. What happens at the same time has no order.
func (w *watch) note(channel string, lines []string, ordered bool) {
	if !ordered {
		slices.Sort(lines)
	}
	for _, line := range lines {
		w.lines = append(w.lines, fmt.Sprintf("%-6s %s", channel, line))
	}
}

func (w *watch) mails() {
	w.t.Helper()
	all, err := w.system.Mails(w.t.Context())
	must(w.t, err)
	var lines []string
	for _, m := range all {
		if strings.Contains(m.Attributes["channels"], `"email"`) || m.Attributes["channels"] == "" {
			lines = append(lines, fmt.Sprintf("%s [%s, %d findings]", m.Subject, m.Document.Kind, len(m.Document.Findings)+m.Document.LeftOut))
		}
		leaks(w.t, "the e-mail "+m.Subject, m.Text)
	}
	w.note("email", lines, false)
}

func (w *watch) slackPosts() {
	w.t.Helper()
	var lines []string
	for _, p := range w.slack.Posts() {
		title, _, _ := strings.Cut(p.Text, "\n")
		var buttons []string
		for _, action := range []string{"approve", "reject", "undo", "exempt", "explain"} {
			if _, ok := p.Button(action); ok {
				buttons = append(buttons, action)
			}
		}
		if p.Thread == "" {
			w.threads[p.Stamp] = title
		} else {
			title = "below \"" + w.threads[p.Thread] + "\": " + title
		}
		lines = append(lines, title+" ["+strings.Join(buttons, " ")+"]")
		w.posts = append(w.posts, p)
		leaks(w.t, "the post "+title, string(p.Blocks)+p.Text)
	}
	w.note("slack", lines, false)
	lines = nil
	for _, p := range w.slack.Answers() {
		how := "answer"
		switch {
		case p.Ephemeral:
			how = "to whoever pressed"
		case p.Replaces:
			how = "in place of the message"
		}
		lines = append(lines, how+": "+strings.SplitN(p.Text+last(p.Blocks), "\n", 2)[0])
		leaks(w.t, "an answer", string(p.Blocks)+p.Text)
	}
	w.note("answer", lines, true)
}

// last is the text of the last block of a message, which says who decided; without times.
func last(blocks json.RawMessage) string {
	var all []struct{ Elements []struct{ Text any } }
	if json.Unmarshal(blocks, &all) != nil || len(all) == 0 {
		return ""
	}
	var out []string
	for _, e := range all[len(all)-1].Elements {
		if text, ok := e.Text.(string); ok {
			out = append(out, text)
		}
	}
	return " | " + strings.Join(out, " ")
}

// hubFindings writes down what changed in Security Hub.
func (w *watch) hubFindings() {
	w.t.Helper()
	out, err := w.hub.GetFindings(w.t.Context(), &securityhub.GetFindingsInput{MaxResults: aws.Int32(100)})
	must(w.t, err)
	var lines []string
	for _, f := range out.Findings {
		state := fmt.Sprintf("%s %s %s: %s", f.Workflow.Status, f.RecordState, f.Severity.Label, aws.ToString(f.Title))
		if f.Compliance != nil {
			state = string(f.Compliance.Status) + " " + state
		}
		if w.stands[aws.ToString(f.Id)] != state {
			lines = append(lines, state)
		}
		w.stands[aws.ToString(f.Id)] = state
		leaks(w.t, "the finding in Security Hub "+aws.ToString(f.Title), fmt.Sprint(f))
	}
	w.note("hub", lines, false)
}

func (w *watch) busEvents() {
	w.t.Helper()
	all, err := w.bus.Heard(w.t.Context())
	must(w.t, err)
	var lines []string
	for _, body := range all {
		var e struct {
			Kind   string `json:"detail-type"`
			Detail struct {
				Activity string `json:"activity_name"`
				Status   string
				Severity string
				Info     struct{ Title string } `json:"finding_info"`
			}
		}
		must(w.t, json.Unmarshal([]byte(body), &e))
		lines = append(lines, fmt.Sprintf("%s: %s %s %s: %s", e.Kind, e.Detail.Activity, e.Detail.Status, e.Detail.Severity, e.Detail.Info.Title))
		leaks(w.t, "an event", body)
	}
	slices.Sort(lines)
	w.note("bus", slices.Compact(lines), false) // the same state may go out twice: it is no news
}

// planted is a secret that the story finds. Nothing that leaves may hold it.
const planted = "xk9QzR4mW2vL8tY6nB3cF7hJ1dS5gK0pU2aE"

func leaks(t *testing.T, where, text string) {
	t.Helper()
	if strings.Contains(text, planted) {
		t.Errorf("%s holds the secret that was found", where)
	}
}

// message finds the last post whose first line holds a text.
func (w *watch) message(text string) estate.Post {
	w.t.Helper()
	for _, p := range slices.Backward(w.posts) {
		if title, _, _ := strings.Cut(p.Text, "\n"); strings.Contains(title, text) {
			return p
		}
	}
	w.t.Fatalf("no post says %q", text)
	return estate.Post{}
}

// press has somebody press a button of a message, and gives the status of the answer.
func (w *watch) press(user string, p estate.Post, action string) int {
	w.t.Helper()
	value, ok := p.Button(action)
	if !ok {
		w.t.Fatalf("%q has no button %s", p.Text, action)
	}
	request, err := w.slack.Press(user, p, action, value, time.Now())
	must(w.t, err)
	return w.send(request)
}

// send hands a request to the responder, as Lambda would.
func (w *watch) send(request []byte) int {
	w.t.Helper()
	raw, err := w.system.Invoke(w.t.Context(), "responder", request)
	must(w.t, err)
	var answer struct{ StatusCode int }
	must(w.t, json.Unmarshal(raw, &answer))
	return answer.StatusCode
}

// pass lets time pass for what the ledger remembers of a resource's findings, and for the news that waits.
func (w *watch) pass(d time.Duration, of ...finding.Resource) {
	w.t.Helper()
	store := ledger.NewDynamoDB(w.system.Config(), w.system.TableName, time.Now)
	partitions := map[string]string{"M": ""}
	for _, r := range of {
		partitions["R#"+r.Key()] = "F#"
	}
	for _, channel := range []string{"email", "slack"} { // whose messages of this hour are those of another one then
		for item, err := range store.Query(w.t.Context(), "B#channel "+channel, "") {
			must(w.t, err)
			must(w.t, store.Delete(w.t.Context(), item.PK, item.SK))
		}
	}
	for partition, prefix := range partitions {
		for item, err := range store.Query(w.t.Context(), partition, prefix) {
			must(w.t, err)
			var body map[string]any
			must(w.t, json.Unmarshal(item.Body, &body))
			for _, member := range []string{"first", "since", "at", "until"} {
				if text, ok := body[member].(string); ok {
					at, err := time.Parse(time.RFC3339, text)
					must(w.t, err)
					body[member] = at.Add(-d)
				}
			}
			item.Body, err = json.Marshal(body)
			must(w.t, err)
			must(w.t, store.Put(w.t.Context(), item))
		}
	}
}
