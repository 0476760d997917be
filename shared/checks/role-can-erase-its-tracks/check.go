// Package rolecaneraseitstracks tells of roles of pipelines and builds that can remove what would tell of their misuse.
package rolecaneraseitstracks

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Check fails a role that may delete the logs of its own builds, stop the audit trail, or edit this auditor.
var Check = &check.Check{
	ID: "role-can-erase-its-tracks", Severity: finding.High,
	Reads: role.Rights, Run: run,
	Controls: slices.Concat(
		controls.LeastPrivilege,
		controls.NIST(controls.Own, "AU-9", "AU-9(4)", "AU-10"),
		controls.SOC2(controls.Own, "CC7.2"),
		controls.HIPAA(controls.Own, "164.312(b)"),
		controls.OWASP("CICD-SEC-10"),
	),
}

func run(p *check.Pass) {
	s := check.State[role.Permissions](p)
	may, missing := s.Granted()
	switch {
	case s.OfAWS():
		p.Skip("AWS made the role for a service of its own and keeps it.")
	case may != nil && may.Administrator():
		p.Skip("The role may do everything, which role-administrator tells.")
	case may != nil && len(erases(p, may)) > 0:
		fail(p, s, erases(p, may))
	case missing != nil:
		p.Unknown("what "+role.Called(p.Ref, p.Past.Used)+" may do", missing)
	default:
		p.OK()
	}
}

// trace is one thing that would tell, and the calls by which it is removed.
type trace struct {
	what  string
	calls []string
}

// erases lists what the role may remove.
func erases(p *check.Pass, may *privilege.Permissions) []trace {
	var out []trace
	for _, t := range []trace{
		{"delete the logs of its own builds", allowed(onLogs, func(call string) bool { return onGroups(may, call, groups(p)) })},
		{"stop or blind the audit trail", allowed(onTrail, may.Somewhere)},
		{"disable or edit this auditor", ownParts(may, p.Own)},
	} {
		if len(t.calls) > 0 {
			out = append(out, t)
		}
	}
	return out
}

var (
	onLogs  = []string{"logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy"}
	onTrail = []string{"cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail", "cloudtrail:PutEventSelectors"}
)

func allowed(calls []string, may func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return !may(call) })
}

// groups are the log groups that the role's builds write to by default. A star stands for the names that are not known, so that
// only policies on all of them fit.
func groups(p *check.Pass) []string {
	const prefix = "/aws/codebuild/"
	var out []string
	for _, u := range p.Past.Used {
		if u.User.Kind == buildproject.Kind.Name && !slices.Contains(out, prefix+u.User.ID) {
			out = append(out, prefix+u.User.ID)
		}
	}
	if len(p.Past.Used) == 0 && !p.Past.Complete {
		return []string{prefix + "*"}
	}
	return out
}

// onGroups asks for a log group by both forms in which policies name one, by itself and with what is in it
// (Amazon CloudWatch Logs User Guide, "CloudWatch Logs resources and operations").
func onGroups(may *privilege.Permissions, call string, groups []string) bool {
	return slices.ContainsFunc(groups, func(group string) bool {
		return may.On(call, "log-group:"+group) || may.On(call, "log-group:"+group+":log-stream:*")
	})
}

// parts are the calls that disable or edit a part of the auditor, and what stands before its name in an ARN.
var parts = []struct {
	before string
	calls  []string
}{
	{"rule/", []string{"events:DisableRule", "events:DeleteRule", "events:RemoveTargets", "events:PutRule"}},
	{"function:", []string{"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction", "lambda:PutFunctionConcurrency"}},
	{"", []string{"sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:SetQueueAttributes", "sns:DeleteTopic", "sns:SetTopicAttributes"}},
	{"table/", []string{"dynamodb:DeleteTable", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
	{"schedule/default/", []string{"scheduler:DeleteSchedule", "scheduler:UpdateSchedule"}},
	{"alarm:", []string{"cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions"}},
	{"role/", []string{"iam:PutRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"}},
	{"log-group:/aws/lambda/", []string{"logs:DeleteLogGroup", "logs:DeleteLogStream"}},
}

// ownParts lists the calls that the role may make on what has one of the auditor's names.
func ownParts(may *privilege.Permissions, own check.Own) []string {
	var out []string
	for _, part := range parts {
		for _, call := range part.calls {
			if !slices.Contains(out, call) && slices.ContainsFunc(own.Prefixes, func(prefix string) bool { return prefix != "" && may.On(call, part.before+prefix+"*") }) {
				out = append(out, call)
			}
		}
	}
	return out
}

func fail(p *check.Pass, s role.Permissions, traces []trace) {
	from := s.From(func(may *privilege.Permissions) bool { return len(erases(p, may)) > 0 })
	var what []string
	r := check.Report{ByHand: byHand(p.Ref, traces)}
	for _, t := range traces {
		what = append(what, t.what)
		r.Facts = append(r.Facts, finding.Fact{Label: "May " + t.what, Value: some(t.calls)})
	}
	r.Title = role.Called(p.Ref, p.Past.Used) + " can " + strings.Join(what, ", and ")
	r.Detail = "What runs under it can remove what would tell of it afterwards. It comes from " + role.Names(from) + "." + s.Reserve()
	r.Path = role.Path(p.Ref, p.Past.Used, role.Names(from), traces[0].calls[0])
	p.Fail(r)
}

func some(calls []string) string {
	const most = 4
	if len(calls) <= most {
		return strings.Join(calls, ", ")
	}
	return strings.Join(calls[:most], ", ") + ", …"
}

// byHand denies the calls, which takes nothing from a build that does its work.
func byHand(ref resource.Ref, traces []trace) string {
	var calls []string
	for _, t := range traces {
		calls = append(calls, t.calls...)
	}
	slices.Sort(calls)
	return role.DenyCommand(ref, "keep-traces", slices.Compact(calls))
}
