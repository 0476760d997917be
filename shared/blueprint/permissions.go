package blueprint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
	"github.com/pipewarden/pipewarden/shared/queue"
	remediating "github.com/pipewarden/pipewarden/shared/remediator"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/settings"
	sweeping "github.com/pipewarden/pipewarden/shared/sweeper"
)

// Statement allows a function actions on resources. Names in braces are filled in by the stack.
type Statement struct {
	Sid       string   `json:"sid"`
	Actions   []string `json:"actions"`
	Resources []string `json:"resources"`
	PassedTo  []string `json:"passedTo,omitempty"` // of iam:PassRole: the services that a role may be given to
	Of        string   `json:"of,omitempty"`       // the organisation that the resources must be of
	Reason    string   `json:"reason,omitempty"`   // why a wildcard among the resources, or why detection may write
}

// Conditions are under which the statement holds: by operator and key, the values of which one must be met; nil: always
// (AWS IAM User Guide, "AWS global condition context keys", and "Available keys for IAM").
func (s Statement) Conditions() map[string]map[string][]string {
	keys := map[string][]string{}
	if len(s.PassedTo) > 0 {
		keys["iam:PassedToService"] = s.PassedTo
	}
	if s.Of != "" {
		keys["aws:ResourceOrgID"] = []string{s.Of}
	}
	if len(keys) == 0 {
		return nil
	}
	return map[string]map[string][]string{"StringEquals": keys}
}

// own are the parts of the stack that a function works with.
func own(function string, parts ...Statement) []Statement {
	return append([]Statement{{
		Sid: "WriteLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []string{"arn:{partition}:logs:{region}:{account}:log-group:" + LogGroup(function) + ":*"},
		Reason:    "The name of a log stream is made by Lambda; the log group is this function's own.",
	}}, parts...)
}

// keyActions are what DynamoDB and SNS do with the stack's key in the caller's name
// (Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes"; Amazon SNS Developer Guide, "Key management").
var keyActions = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"}

// pollActions are what an event source mapping takes (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").
var pollActions = []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}

// book is what the ledger takes.
func book() []Statement {
	return []Statement{
		{Sid: "UseLedger", Actions: ledger.Actions, Resources: []string{"{table}"}},
		{Sid: "UseKey", Actions: keyActions, Resources: []string{"{key}"}},
	}
}

// remember is that, and telling people what is in it.
func remember() []Statement {
	return append(book(), Statement{Sid: "TellPeople", Actions: announce.Actions, Resources: []string{"{topic}"}})
}

// auditorPolicy reads what the checks judge, and writes to nothing but its own table, queues and topic.
func auditorPolicy(reads []Statement, s *settings.Settings) []Statement {
	statements := own(Auditor, remember()...)
	statements = append(statements,
		Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{looks}"}},
		Statement{Sid: "SendMessages", Actions: queue.Actions, Resources: exported(s, "{looks}", "{orders}")},
	)
	return append(statements, reads...)
}

// heartbeatARN is the parameter that heartbeats are written into.
const heartbeatARN = "arn:{partition}:ssm:{region}:{account}:parameter" + heartbeat.Name

// sweeperPolicy keeps the register of accounts, sends messages, and makes heartbeats, which takes the only right to write that detection has
// beyond its own queues, table, topic and logs.
func sweeperPolicy(reads []Statement, beats bool) []Statement {
	statements := own(Sweeper, book()...)
	statements = append(statements, Statement{Sid: "SendMessages", Actions: queue.Actions, Resources: []string{"{looks}"}})
	if beats {
		statements = append(statements, Statement{
			Sid: "MakeHeartbeat", Actions: sweeping.BeatActions, Resources: []string{heartbeatARN},
			Reason: "Only a change comes back through CloudTrail and EventBridge; this one is of a parameter of the stack's own, which holds a time.",
		})
	}
	return append(statements, reads...)
}

func remediatorPolicy(reads, grants []Statement, s *settings.Settings) []Statement {
	statements := own(Remediator, remember()...)
	statements = append(statements,
		Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{orders}"}},
		Statement{Sid: "SendMessages", Actions: queue.Actions, Resources: exported(s, "{orders}")},
	)
	return append(append(statements, reads...), grants...)
}

// auditorReads adds to what the checks read the role's own, because whether MFA can be demanded of a session is decided by the role behind it,
// and the tags of what may be put right: they tell the stack that manages a resource, and rules may ask for them. Where overrides or exemptions
// ask for tags, those of all that is judged by them are read as well.
func (c Catalogue) auditorReads(s *settings.Settings) ([]Statement, error) {
	actions := slices.Concat(kindActions(c.Checks), role.Kind.Permissions(), tagActions(c.Remedies))
	// An act may be filed under a resource of any kind.
	every := slices.ContainsFunc(c.Checks, func(one *check.Check) bool { return one.Reads == nil && s.AsksTags(one.ID) })
	for _, one := range c.Checks {
		if one.Reads != nil && (every || s.AsksTags(one.ID)) {
			actions = append(actions, one.Reads.TagPermissions()...)
		}
	}
	return scoped(actions)
}

// sweeperReads are what the sweep takes: where the account lies in its organisation, where the settings ask for that. What there is to look at,
// the auditor lists.
func (c Catalogue) sweeperReads(s *settings.Settings) ([]Statement, error) {
	if !s.AsksUnits() {
		return nil, nil
	}
	return scoped(organization.Actions)
}

// remediatorReads are the readings of the remedies, and of the checks that look again when one was applied; and who decided, where the settings
// say who may.
func (c Catalogue) remediatorReads(s *settings.Settings) ([]Statement, error) {
	actions := tagActions(c.Remedies)
	for _, r := range c.Remedies {
		actions = append(actions, r.Reads...)
		actions = append(actions, kindActions(slices.DeleteFunc(slices.Clone(c.Checks), func(c *check.Check) bool {
			return !slices.Contains(c.Remedies, r.ID)
		}))...)
	}
	if len(s.Approvals.Approvers) > 0 || s.Slack.Buttons() {
		actions = append(actions, remediating.PrincipalActions...)
	}
	return scoped(actions)
}

// kindActions are what reading and listing the kinds takes that some check judges, part by part. A kind is judged by many checks.
func kindActions(checks []*check.Check) []string {
	var actions []string
	for _, c := range checks {
		if c.Reads != nil {
			actions = append(actions, c.Reads.Permissions()...)
		}
	}
	return actions
}

func tagActions(remedies []*remedy.Remedy) []string {
	var actions []string
	for _, r := range remedies {
		for _, source := range r.On {
			actions = append(actions, source.TagPermissions()...)
		}
		if r.Target != nil {
			actions = append(actions, r.Target.TagPermissions()...)
		}
	}
	return actions
}

// on are the remedies that the settings leave on and that one of the checks may call for.
func (c Catalogue) on(s *settings.Settings) []*remedy.Remedy {
	var on []*remedy.Remedy
	for _, r := range c.Remedies {
		called := slices.ContainsFunc(c.Checks, func(c *check.Check) bool { return slices.Contains(c.Remedies, r.ID) })
		if called && s.Boldest(r.ID) != settings.Off {
			on = append(on, r)
		}
	}
	return on
}

// grants are the writes of the remedies that may be carried out. One that only proposes brings none. What several remedies may do to the same
// resources is one statement: with one for each remedy, the policy would grow longer than IAM takes.
func grants(on []*remedy.Remedy, s *settings.Settings) []Statement {
	by := map[string]Statement{}
	for _, r := range on {
		mode := s.Boldest(r.ID)
		if mode != settings.Ask && mode != settings.Apply {
			continue
		}
		for _, g := range r.Grants {
			key := g.Resource + " " + strings.Join(g.PassedTo, " ")
			one := by[key]
			one.Actions, one.Resources, one.PassedTo = sorted(append(one.Actions, g.Action)), []string{g.Resource}, g.PassedTo
			if user := r.ID + " (" + string(mode) + ")"; !strings.HasSuffix(one.Reason, user) {
				one.Reason = strings.TrimPrefix(one.Reason+", "+user, ", ")
			}
			by[key] = one
		}
	}
	statements, named := make([]Statement, 0, len(by)), map[string]int{}
	for _, key := range slices.Sorted(maps.Keys(by)) {
		one := by[key]
		service, _, _ := strings.Cut(one.Actions[0], ":")
		one.Sid = "Remedy" + Camel(service)
		if named[service]++; named[service] > 1 {
			one.Sid += strconv.Itoa(named[service])
		}
		one.Reason = "For " + one.Reason + ": which resource has to be put right shows only when a check finds it."
		statements = append(statements, one)
	}
	return statements
}

// scoped gives every action the narrowest resources that IAM lets it have.
func scoped(actions []string) ([]Statement, error) { return scopedBy(scopes, actions) }

func scopedBy(scopes []scope, actions []string) ([]Statement, error) {
	byScope := map[int][]string{}
	var all []error
	for _, action := range sorted(actions) {
		i := slices.IndexFunc(scopes, func(s scope) bool { return slices.Contains(s.actions, action) })
		if i < 0 {
			all = append(all, fmt.Errorf("action %s has no scope: add it to shared/blueprint/scopes.go", action))
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

// Camel writes the words of a name together, each with a capital: how logical IDs and statements are called.
func Camel(text string) string {
	var out strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// reading are the beginnings of names that change nothing. GenerateServiceLastAccessedDetails starts a report on what a role used, which IAM
// counts as reading too (Service Authorization Reference, "AWS Identity and Access Management").
var reading = []string{"Get", "List", "Describe", "BatchGet", "GenerateServiceLastAccessedDetails"}

// Reads says that an IAM action changes nothing.
func Reads(action string) bool {
	_, name, _ := strings.Cut(action, ":")
	return slices.ContainsFunc(reading, func(verb string) bool { return strings.HasPrefix(name, verb) })
}
