package loggroup

import (
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the log group of a call on one.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	q := e.Request()
	for _, given := range []string{q.String("logGroupName"), q.String("logGroupIdentifier"), q.String("resourceIdentifier")} {
		if ref, ok := refOf(e, given); ok {
			return []resource.Ref{ref}
		}
	}
	return nil
}

// refOf reads a name or an ARN, which knows account and region better than the event does.
func refOf(e *event.Event, given string) (resource.Ref, bool) {
	ref := resource.Ref{Kind: name, ID: given, Account: e.Account, Region: e.Region}
	if strings.HasPrefix(given, "arn:") {
		const fields = 7 // arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME, and :* after it in policies
		parts := strings.SplitN(given, ":", fields)
		if len(parts) != fields || parts[2] != "logs" || parts[5] != "log-group" {
			return resource.Ref{}, false
		}
		ref.Region, ref.Account, ref.ID = parts[3], parts[4], strings.TrimSuffix(parts[6], ":*")
	}
	return ref, isName(ref.ID) && ref.Sound()
}

// told builds the state from what a call set.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	if len(about) == 0 || !e.Succeeded() {
		return State{}, false
	}
	s := State{Name: about[0].ID}
	switch e.Name() {
	case "PutRetentionPolicy":
		days, err := strconv.Atoi(e.Request().String("retentionInDays"))
		if err != nil || days <= 0 {
			return State{}, false
		}
		s.Retention = resource.Known(days)
	case "DeleteRetentionPolicy":
		s.Retention = resource.Known(0)
	case "AssociateKmsKey":
		key := e.Request().String("kmsKeyId")
		if key == "" {
			return State{}, false
		}
		s.KeyID = resource.Known(key)
	case "DisassociateKmsKey":
		s.KeyID = resource.Known("")
	default:
		return State{}, false
	}
	return s, true
}
