package queue

import (
	"encoding/json"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// Look asks the auditor to judge resources as they are now.
type Look struct {
	Refs  []resource.Ref `json:"look"`
	Cause *event.Event   `json:"cause,omitempty"` // what led there; nil for a sweep
}

// Order asks the remediator to do something about a finding.
type Order struct {
	ID      string          `json:"order"`
	Remedy  string          `json:"remedy"`
	Mode    settings.Mode   `json:"mode"`
	Finding finding.Finding `json:"finding"`
}

// ParseLook reads a look; ok is false when the message is something else.
func ParseLook(body string) (look Look, ok bool) {
	err := json.Unmarshal([]byte(body), &look)
	return look, err == nil && len(look.Refs) > 0
}

// Trimmed is an event without what the caller sent and got back: who, what and when stay, and nothing that may be long or secret.
func Trimmed(e *event.Event) *event.Event {
	if e == nil {
		return nil
	}
	trimmed := *e
	trimmed.Detail = event.Fields{}
	for name, value := range e.Detail {
		if name != "requestParameters" && name != "responseElements" && name != "additionalEventData" && name != "serviceEventDetails" {
			trimmed.Detail[name] = value
		}
	}
	return &trimmed
}
