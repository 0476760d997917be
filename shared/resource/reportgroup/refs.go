package reportgroup

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the report group of a call on one.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	named := []string{e.Request().String("arn"), e.Request().String("resourceArn"), e.Response().String("reportGroup", "arn")}
	if e.Name() == "CreateReportGroup" {
		named = append(named, e.Request().String("name"), e.Response().String("reportGroup", "name"))
	}
	for _, one := range named {
		ref := resource.Ref{Kind: name, ID: one, Account: e.Account, Region: e.Region}
		if strings.HasPrefix(one, "arn:") {
			ref = ofARN(one)
		}
		if isName(ref.ID) && ref.Sound() {
			return []resource.Ref{ref}
		}
	}
	return nil
}

// ofARN reads an ARN, which knows account and region better than an event does. Its ID is "" for what is no report group.
func ofARN(arn string) resource.Ref {
	const fields = 6 // arn:PARTITION:codebuild:REGION:ACCOUNT:report-group/NAME
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[2] != "codebuild" || !strings.HasPrefix(parts[5], within) {
		return resource.Ref{}
	}
	return resource.Ref{Kind: name, ID: strings.TrimPrefix(parts[5], within), Account: parts[4], Region: parts[3]}
}

// isName keeps out what cannot be a report group (AWS CodeBuild API Reference, "CreateReportGroup").
func isName(text string) bool {
	return len(text) >= 2 && len(text) <= 128 && text[0] != '-' && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// told takes the export from what the caller sent, else from the answer. An update that sends none keeps the one there is.
func told(e *event.Event) (State, bool) {
	about := refs(e)
	if len(about) == 0 || !e.Succeeded() || e.Name() != "CreateReportGroup" && e.Name() != "UpdateReportGroup" {
		return State{}, false
	}
	s := State{Name: about[0].ID}
	for _, from := range []event.Fields{e.Response().Object("reportGroup"), e.Request()} {
		if config := from.Object("exportConfig"); config != nil {
			s.Export = resource.Known(exportTold(config, e.Name() == "UpdateReportGroup"))
		}
	}
	return s, s.Export.Err() == nil
}

// exportTold takes a switch that a new group was not sent for off; whether an update keeps it then is not documented.
func exportTold(config event.Fields, update bool) Export {
	bucket := config.Object("s3Destination")
	out := Export{
		Type: config.String("exportConfigType"), Bucket: bucket.String("bucket"), BucketOwner: bucket.String("bucketOwner"), Path: bucket.String("path"),
		EncryptionKey: bucket.String("encryptionKey"),
	}
	if off, sent := bucket.Bool("encryptionDisabled"); sent || !update {
		out.EncryptionDisabled = resource.Known(off)
	}
	return out
}
