// Package reportgroup reads CodeBuild report groups: where the raw data of test reports is exported to.
package reportgroup

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	name    = "reportgroup"
	service = "codebuild.amazonaws.com"
	within  = "report-group/" // what the name follows in an ARN
)

// S3 is the type of an export to a bucket (AWS CodeBuild API Reference, "ReportExportConfig").
const S3 = "S3"

// Kind is the CodeBuild report group. A Ref's ID is the group's name.
var Kind = &resource.Kind[State]{
	Name:     name,
	Changed:  []event.Selector{event.Calls(service, "CreateReportGroup", "UpdateReportGroup", "DeleteReportGroup")},
	Refs:     refs,
	Read:     read,
	ReadMany: readMany,
	List:     list,
	Told:     told,
	Uses:     uses,
	Tagged:   tagged,
	Actions:  []string{"codebuild:BatchGetReportGroups", "codebuild:ListReportGroups"}, TagActions: []string{"codebuild:BatchGetReportGroups"},
}

// State is one report group.
type State struct {
	Name   string                `json:"name"`
	ARN    string                `json:"arn,omitempty"`
	Export resource.Fact[Export] `json:"exportConfig,omitzero"`
}

// Export is where raw data goes.
type Export struct {
	Type               string              `json:"exportConfigType"` // S3 or NO_EXPORT
	Bucket             string              `json:"bucket,omitempty"`
	BucketOwner        string              `json:"bucketOwner,omitempty"` // account; "": the group's own
	Path               string              `json:"path,omitempty"`
	EncryptionKey      string              `json:"encryptionKey,omitempty"` // "" is the managed key for S3
	EncryptionDisabled resource.Fact[bool] `json:"encryptionDisabled,omitzero"`
}

// Abroad is the account of the bucket, where that is not the group's own; "" where it is.
func (e Export) Abroad(ref resource.Ref) string {
	if e.BucketOwner == ref.Account {
		return ""
	}
	return e.BucketOwner
}

// ARN names a resource of CodeBuild ("report-group/unit", "project/payments-api") in a Ref's account and region.
func ARN(ref resource.Ref, id string) string {
	return strings.Join([]string{"arn", resource.Partition(ref.Region), "codebuild", ref.Region, ref.Account, id}, ":")
}

// uses names the bucket that raw data is exported to.
func uses(ref resource.Ref, s State) []resource.Uses {
	export, known := s.Export.Get()
	if !known || export.Type != S3 || export.Bucket == "" {
		return nil
	}
	owner := export.BucketOwner
	if owner == "" {
		owner = ref.Account
	}
	return []resource.Uses{{Ref: resource.Ref{Kind: "bucket", ID: export.Bucket, Account: owner, Region: ref.Region}, As: "build reports"}}
}
