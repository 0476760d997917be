package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/settings"
	sweeping "github.com/pipewarden/pipewarden/shared/sweeper"
)

// Statement allows a function actions on resources. Names in braces are filled in by the stack.
type Statement struct {
	Sid       string   `json:"sid"`
	Actions   []string `json:"actions"`
	Resources []string `json:"resources"`
	Reason    string   `json:"reason,omitempty"` // why a wildcard among the resources, or why detection may write
}

// own are the parts of the stack that a function works with.
func own(function string, parts ...Statement) []Statement {
	return append([]Statement{{
		Sid: "WriteLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{"arn:{partition}:logs:{region}:{account}:log-group:" + logGroup(function) + ":*"},
		Reason:    "The name of a log stream is made by Lambda; the log group is this function's own.",
	}}, parts...)
}

// keyActions are what DynamoDB and SNS do with the stack's key in the caller's name
// (Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes"; Amazon SNS Developer Guide, "Key management").
var keyActions = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"}

// pollActions are what an event source mapping takes (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").
var pollActions = []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}

func remember() []Statement {
	return []Statement{
		{Sid: "UseLedger", Actions: ledger.Actions, Resources: []string{"{table}"}},
		{Sid: "UseKey", Actions: keyActions, Resources: []string{"{key}"}},
		{Sid: "TellPeople", Actions: announce.Actions, Resources: []string{"{topic}"}},
	}
}

// auditorPolicy reads what the checks judge, and writes to nothing but its own table, queues and topic.
func auditorPolicy(reads []Statement) []Statement {
	statements := own(auditor, remember()...)
	statements = append(statements,
		Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{looks}"}},
		Statement{Sid: "SendMessages", Actions: queue.Actions, Resources: []string{"{looks}", "{orders}"}},
	)
	return append(statements, reads...)
}

// heartbeatARN is the parameter that heartbeats are written into.
const heartbeatARN = "arn:{partition}:ssm:{region}:{account}:parameter" + heartbeat.Name

// sweeperPolicy lists, sends looks, and makes heartbeats, which takes the only right to write that detection has beyond its own queues,
// table, topic and logs.
func sweeperPolicy(reads []Statement, beats bool) []Statement {
	statements := own(sweeper, Statement{Sid: "SendMessages", Actions: queue.Actions, Resources: []string{"{looks}"}})
	if beats {
		statements = append(statements, Statement{
			Sid: "MakeHeartbeat", Actions: sweeping.BeatActions, Resources: []string{heartbeatARN},
			Reason: "Only a change comes back through CloudTrail and EventBridge; this one is of a parameter of the stack's own, which holds a time.",
		})
	}
	return append(statements, reads...)
}

func remediatorPolicy(reads, grants []Statement) []Statement {
	statements := own(remediator, remember()...)
	statements = append(statements, Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{orders}"}})
	return append(append(statements, reads...), grants...)
}

// listActions are what the sweep takes: of a kind that has several parts only one is listed, and some are known from events alone.
func listActions(checks []*check.Check) []string {
	var actions []string
	for _, source := range engine.New(engine.Engine{Checks: checks}).Sources() {
		if !source.Lists() {
			continue
		}
		actions = append(actions, source.Permissions()...)
	}
	return actions
}

// kindActions are what reading and listing the kinds takes that some check judges, part by part. A kind is judged by many checks.
func kindActions(checks []*check.Check) []string {
	sources := map[string]resource.Source{}
	for _, c := range checks {
		if c.Reads != nil {
			sources[c.Reads.Kind()+"/"+c.Reads.Part()] = c.Reads
		}
	}
	var actions []string
	for _, source := range sources {
		actions = append(actions, source.Permissions()...)
	}
	return actions
}

// auditorReads adds the role's own: whether MFA can be demanded of a session is decided by the role behind it.
func auditorReads(checks []*check.Check) ([]Statement, error) {
	return scoped(append(kindActions(checks), role.Kind.Permissions()...))
}

// remediatorReads are the readings of the remedies that are on, and of the checks that look again when one was applied.
func remediatorReads(checks []*check.Check, on []*remedy.Remedy) ([]Statement, error) {
	var actions []string
	for _, r := range on {
		actions = append(actions, r.Reads...)
		actions = append(actions, kindActions(slices.DeleteFunc(slices.Clone(checks), func(c *check.Check) bool {
			return !slices.Contains(c.Remedies, r.ID)
		}))...)
	}
	return scoped(actions)
}

// grants are the writes of the remedies that may be carried out. One that only proposes brings none.
func grants(on []*remedy.Remedy, s *settings.Settings) []Statement {
	var statements []Statement
	for _, r := range on {
		if mode := s.ModeOf(r.ID); mode != settings.Ask && mode != settings.Apply {
			continue
		}
		byResource := map[string][]string{}
		for _, g := range r.Grants {
			byResource[g.Resource] = append(byResource[g.Resource], g.Action)
		}
		for i, pattern := range slices.Sorted(maps.Keys(byResource)) {
			sid := "Remedy" + camel(r.ID)
			if i > 0 {
				sid += fmt.Sprint(i + 1)
			}
			statements = append(statements, Statement{
				Sid: sid, Actions: sorted(byResource[pattern]), Resources: []string{pattern},
				Reason: "The remedy " + r.ID + " (" + string(s.ModeOf(r.ID)) + ") puts right what the checks find, and which resource that is shows only then.",
			})
		}
	}
	return statements
}

// remediesOn are those that the settings leave on and that a check which is on may call for.
func remediesOn(remedies []*remedy.Remedy, checks []*check.Check, s *settings.Settings) []*remedy.Remedy {
	var on []*remedy.Remedy
	for _, r := range remedies {
		called := slices.ContainsFunc(checks, func(c *check.Check) bool { return slices.Contains(c.Remedies, r.ID) })
		if called && s.ModeOf(r.ID) != settings.Off {
			on = append(on, r)
		}
	}
	return on
}

// scoped gives every action the narrowest resources that IAM lets it have.
func scoped(actions []string) ([]Statement, error) {
	byScope := map[int][]string{}
	var all []error
	for _, action := range sorted(actions) {
		i := slices.IndexFunc(scopes, func(s scope) bool { return slices.Contains(s.actions, action) })
		if i < 0 {
			all = append(all, fmt.Errorf("action %s has no scope: add it to infra/scopes.go", action))
		}
		byScope[i] = append(byScope[i], action)
	}
	var statements []Statement
	for _, i := range slices.Sorted(maps.Keys(byScope)) {
		if i >= 0 {
			statements = append(statements, Statement{Sid: scopes[i].sid, Actions: byScope[i], Resources: scopes[i].resources, Reason: scopes[i].reason})
		}
	}
	return statements, errors.Join(all...)
}

func camel(text string) string {
	var out strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}
