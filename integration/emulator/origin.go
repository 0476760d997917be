package emulator

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// origin is where an event came from and what it is called. moto delivers no account, and over another bus makes a new event of it. So the front
// sends it along inside the detail, and puts it back where a message is received. No event can bring one of its own: the last one counts.
type origin struct {
	Account   string   `json:"account"`
	Region    string   `json:"region"`
	ID        string   `json:"id"`
	Time      string   `json:"time"`
	Resources []string `json:"resources"`
}

const (
	originMember = "emulator:origin"
	originMark   = `"` + originMember + `":`
)

// marked is the detail of an event with its origin at the end. What is no object is left to moto.
func (o origin) marked(detail string) string {
	open, isObject := strings.CutSuffix(strings.TrimRight(detail, " \t\r\n"), "}")
	raw, err := json.Marshal(o)
	if !isObject || err != nil {
		return detail
	}
	comma := ","
	if strings.TrimSpace(open) == "{" {
		comma = ""
	}
	return open + comma + originMark + string(raw) + "}"
}

// unmarked is a text that was delivered, without origins. A whole event gets its own back. Any other text stays as it is.
func unmarked(body string) string {
	if !strings.Contains(body, originMark) {
		return body
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return body
	}
	if event, ok := v.(object); ok && event["source"] != nil && event["detail-type"] != nil {
		if o, ok := originOf(child(event, "detail")); ok {
			event["account"], event["region"], event["id"], event["time"], event["resources"] = o.Account, o.Region, o.ID, o.Time, o.Resources
		}
	}
	unmark(v)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(v) != nil {
		return body
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func originOf(detail object) (o origin, ok bool) {
	raw, err := json.Marshal(detail[originMember])
	return o, err == nil && json.Unmarshal(raw, &o) == nil && o.Account != ""
}

// unmark takes the origin out wherever a template of a target put the detail.
func unmark(v any) {
	switch v := v.(type) {
	case object:
		delete(v, originMember)
		for inner := range maps.Values(v) {
			unmark(inner)
		}
	case []any:
		for inner := range slices.Values(v) {
			unmark(inner)
		}
	}
}

// stamp marks entries of PutEvents that come from there, and gives the ids of the events.
func (a *AWS) stamp(at place, entries []object) []string {
	ids := make([]string, len(entries))
	for i, entry := range entries {
		o := origin{Account: at.account, Region: at.region, ID: newID(), Time: a.now().UTC().Format(time.RFC3339), Resources: texts(entry, "Resources")}
		if given, ok := entry["Time"].(float64); ok {
			o.Time = time.UnixMilli(int64(given * 1000)).UTC().Format(time.RFC3339)
		}
		if o.Resources == nil {
			o.Resources = []string{}
		}
		if detail := text(entry, "Detail"); detail != "" {
			entry["Detail"] = o.marked(detail)
		}
		ids[i] = o.ID
	}
	return ids
}

// receiveMessage tells who sent messages, and of events where they came from.
func receiveMessage(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK || x.sign != "json" {
		return reply, err
	}
	return reply.rewrite(func(out object) {
		a.sending.RLock()
		defer a.sending.RUnlock()
		for _, received := range objects(out, "Messages") {
			attributes, told := received["Attributes"].(object)
			if id := a.senders[text(received, "MessageId")]; told && id != "" {
				attributes["SenderId"] = id
			}
			body := unmarked(text(received, "Body"))
			if body != text(received, "Body") {
				sum := md5.Sum([]byte(body)) // which clients check
				received["Body"], received["MD5OfBody"] = body, hex.EncodeToString(sum[:])
			}
		}
	})
}
