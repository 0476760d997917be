package trail

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the trail of a CloudTrail call, which says "name" or "trailName", each with a name or an ARN.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	for _, given := range []string{e.Request().String("name"), e.Request().String("trailName"), e.Response().String("trailARN")} {
		ref := resource.Ref{Kind: name, ID: given, Account: e.Account, Region: e.Region}
		if region, _, id := parse(given); id != "" {
			ref.ID, ref.Region = id, region
		}
		if isName(ref.ID) {
			return []resource.Ref{ref}
		}
	}
	return nil
}

// isName keeps out what cannot be a trail: names are 3 to 128 letters, digits and . _ - (AWS CloudTrail API Reference, "CreateTrail").
func isName(text string) bool {
	return len(text) >= 3 && len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

// told builds the state from what a call set. Whether a trail that was created or updated logs, such a call does not tell.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	if len(about) == 0 || !e.Succeeded() {
		return State{}, false
	}
	s := State{Name: about[0].ID, HomeRegion: about[0].Region}
	for _, arn := range []string{e.Request().String("name"), e.Response().String("trailARN")} {
		if _, _, id := parse(arn); id == s.Name {
			s.ARN = arn
		}
	}
	switch e.Name() {
	case "StopLogging":
		s.Logging, s.Stopped = resource.Known(false), e.Time
	case "StartLogging":
		s.Logging, s.Started = resource.Known(true), e.Time
	case "CreateTrail", "UpdateTrail":
		s.set(e)
	default:
		return State{}, false
	}
	return s, true
}

// set takes what was asked for and, beyond it, what the answer says of the whole trail.
func (s *State) set(e *event.Event) {
	asked, answered := e.Request(), e.Response()
	flag := func(field *resource.Fact[bool], inRequest, inResponse string) {
		if value, ok := asked.Bool(inRequest); ok {
			*field = resource.Known(value)
		} else if value, ok := answered.Bool(inResponse); ok {
			*field = resource.Known(value)
		}
	}
	flag(&s.MultiRegion, "isMultiRegionTrail", "isMultiRegionTrail")
	flag(&s.Organization, "isOrganizationTrail", "isOrganizationTrail")
	flag(&s.Validation, "enableLogFileValidation", "logFileValidationEnabled")
	flag(&s.GlobalEvents, "includeGlobalServiceEvents", "includeGlobalServiceEvents")
	// A new trail has no key and no log group unless it was asked for (AWS CloudTrail API Reference, "CreateTrail");
	// an update leaves what it does not name as it was.
	whole := e.Name() == "CreateTrail" && asked.Has("s3BucketName")
	text := func(field *resource.Fact[string], member string) {
		switch {
		case asked.Has(member):
			*field = resource.Known(asked.String(member))
		case answered.Has(member) || whole:
			*field = resource.Known(answered.String(member))
		}
	}
	text(&s.Bucket, "s3BucketName")
	text(&s.KeyID, "kmsKeyId")
	text(&s.LogGroup, "cloudWatchLogsLogGroupArn")
}
