package asff

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
)

// text is a text of one line that fits; nil when nothing of it can be seen, which Security Hub would refuse.
func text(s string, most int) *string {
	s = strings.TrimSpace(cut(strings.TrimSpace(report.Plain(s)), most))
	if s == "" {
		return nil
	}
	return aws.String(s)
}

// cut keeps the beginning. What ASFF counts are characters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// description is what was seen, and why it matters.
func description(f finding.Finding) string {
	if both := strings.TrimSpace(stopped(f.Detail) + " " + stopped(f.Why)); both != "" {
		return both
	}
	return stopped("Nothing more is known than: " + f.Title)
}

func stopped(s string) string {
	if s = strings.TrimSpace(s); s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// recommendation is what the remedy would do, where to read on, and the command that does it if it fits whole: a part of a command must not be
// run. It comes last, so that nothing that follows is taken for its end.
func recommendation(f finding.Finding) string {
	const most = 512
	told := "Details: pipewarden finding " + f.ID() + "."
	if f.Would != "" {
		told = cut(stopped(report.Plain(f.Would)), 240) + " " + told
	}
	if command := " By hand: " + report.Plain(f.ByHand); f.ByHand != "" && utf8.RuneCountInString(told+command) <= most {
		told += command
	}
	return told
}

// note says who exempted a finding, where the deployment was told so.
func note(r Remembered) *types.Note {
	if !r.Open || r.Finding.Exemption == nil || r.Theirs {
		return nil
	}
	return &types.Note{Text: aws.String(Note(r.Finding.Exemption)), UpdatedBy: aws.String(Name), UpdatedAt: stamp(updated(r.Entry))}
}

// Note words an exemption, in at most 512 characters.
func Note(e *finding.Exemption) string {
	reason := strings.TrimSpace(report.Plain(e.Reason))
	if reason == "" {
		reason = "no reason is given"
	}
	return cut("Exempted by "+cut(report.Plain(e.Owner), 128)+" until "+e.Until.UTC().Format(time.DateOnly)+": "+reason, 512)
}

// kinds are the types of resources that Security Hub knows (AWS Security Hub User Guide, "Resources ASFF object"); "Other" are all the rest.
var kinds = map[string]string{
	"bucket": "AwsS3Bucket", "object": "AwsS3Object", "buildproject": "AwsCodeBuildProject", "role": "AwsIamRole", "user": "AwsIamUser", "key": "AwsKmsKey",
	"trail": "AwsCloudTrailTrail", "imagerepository": "AwsEcrRepository", "account": "AwsAccount",
}

func resource(r finding.Resource, partition string) types.Resource {
	kind, id := kinds[r.Kind], r.ARN(partition)
	switch {
	case r.Kind == "account":
		id = "AWS::::Account:" + r.Account // as Security Hub itself names one
	case id == "":
		id = r.Key()
	}
	if kind == "" {
		kind = "Other"
	}
	return types.Resource{Type: aws.String(kind), Id: text(id, 512), Partition: types.Partition(partition), Region: text(r.Region, 16)}
}

// How much of a finding goes into its product fields: 50 of them may be, of 128 characters each and values of 2,048
// (AWS Security Hub API Reference, AwsSecurityFinding).
const (
	mostFacts    = 20
	longestLabel = 100
	longestValue = 512
)

// fields are what ASFF has no place for.
func fields(r Remembered, from Source) map[string]string {
	f := r.Finding
	all := map[string]string{}
	put := func(name, value string) {
		if value := text(value, longestValue); value != nil {
			all[Name+"/"+name] = *value
		}
	}
	put("check", f.Check)
	put("id", f.ID())
	put("account", f.Resource.Account)
	put("region", f.Resource.Region)
	put("kind", f.Resource.Kind)
	put("resource", f.Resource.ID)
	put("outcome", string(f.Outcome))
	put("basis", string(f.Basis))
	put("remedy", f.Remedy)
	put("revision", strconv.Itoa(r.Revision))
	put("transition", string(r.Transition))
	put("version", from.Version)
	if f.Actor != nil {
		put("actor", f.Actor.Name)
		put("actor-arn", f.Actor.ARN)
		put("source", f.Actor.SourceIP)
	}
	if f.MFA != nil {
		put("mfa", strings.TrimSuffix(f.MFA.Verdict+": "+f.MFA.Reason, ": "))
	}
	if f.Event != nil {
		put("event", strings.TrimSpace(f.Event.Name+" "+f.Event.ID))
	}
	if r.Open && f.Exemption != nil && !r.Theirs {
		put(strings.TrimPrefix(Exempted, Name+"/"), f.Exemption.Key+" until "+f.Exemption.Until.UTC().Format(time.DateOnly))
	}
	for _, fact := range f.Facts[:min(len(f.Facts), mostFacts)] {
		if label := text(fact.Label, longestLabel); label != nil {
			put("fact/"+*label, fact.Value)
		}
	}
	return all
}
