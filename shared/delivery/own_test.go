package delivery_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const ownKey = "1234abcd-12ab-34cd-56ef-1234567890ab"

func ours() check.Own {
	return check.Own{Prefixes: []string{"pipewarden-", "/pipewarden/", "alias/pipewarden", ownKey}}
}

func passOf(t *testing.T, sample string, change map[string]any) *check.Pass {
	t.Helper()
	e := checktest.Sample(t, sample, change)
	return &check.Pass{Event: e, Actor: identity.Judge(check.Caller(e), identity.Rules{}), Own: ours()}
}

func TestOnAuditor(t *testing.T) {
	t.Parallel()
	stack := map[string]any{"requestParameters.stackName": "pipewarden"}
	for _, one := range []struct {
		sample   string
		change   map[string]any
		kind, id string // "": not the auditor's
	}{
		{"events/DisableRule.json", nil, "events", "pipewarden-codebuild"},
		{"events/DisableRule-other-rule.json", nil, "", ""},
		{"events/DisableRule.json", map[string]any{"errorCode": "AccessDenied"}, "", ""},
		{"events/PutRule-cloudformation.json", nil, "", ""},
		{"events/RemoveTargets.json", nil, "events", "pipewarden-codebuild"},
		{"events/DeleteEventBus.json", nil, "events", "pipewarden"},
		{"events/RemovePermission.json", nil, "events", "pipewarden"},
		{"events/EnableRule.json", nil, "", ""},
		{"sqs/PurgeQueue.json", nil, "sqs", "pipewarden-audit"},
		{"sqs/RemovePermission.json", nil, "sqs", "pipewarden-LooksED09BA39-1A2B3C4D5E6F"},
		{"sqs/DeleteQueue-other-queue.json", nil, "", ""},
		{"lambda/UpdateFunctionCode20150331v2.json", nil, "lambda", "pipewarden-auditor"},
		{"lambda/UpdateFunctionCode20150331v2.json", map[string]any{"requestParameters.dryRun": true}, "", ""},
		{"lambda/UpdateFunctionCode20150331v2-other-function.json", nil, "", ""},
		{"lambda/UpdateFunctionConfiguration20150331v2-cloudformation.json", nil, "", ""},
		{"lambda/UpdateEventSourceMapping20150331.json", nil, "lambda", "pipewarden-auditor"},
		{"lambda/UpdateEventSourceMapping20150331-other-function.json", nil, "", ""},
		{"sns/Unsubscribe.json", nil, "sns", "pipewarden-findings"},
		{"dynamodb/UpdateTable.json", nil, "dynamodb", "pipewarden-ledger"},
		{"dynamodb/UpdateContinuousBackups.json", nil, "dynamodb", "pipewarden-TableCD117FA1-1A2B3C4D5E6F"},
		{"scheduler/UpdateSchedule.json", nil, "scheduler", "pipewarden-sweep"},
		{"monitoring/DeleteAlarms.json", nil, "monitoring", "pipewarden-heartbeat"},
		{"monitoring/DeleteAlarms.json", map[string]any{"requestParameters.alarmNames": []any{"web-errors", "pipewarden-LooksLate"}}, "monitoring", "pipewarden-LooksLate"},
		{"iam/PutRolePolicy.json", nil, "", ""},
		{"iam/PutRolePolicy.json", map[string]any{"requestParameters.roleName": "pipewarden-AuditorRoleB9C8BBB2-1A2B3C4D5E6F"}, "role", "pipewarden-AuditorRoleB9C8BBB2-1A2B3C4D5E6F"},
		{"logs/PutRetentionPolicy.json", map[string]any{"requestParameters.logGroupName": "/pipewarden/auditor"}, "loggroup", "/pipewarden/auditor"},
		{"logs/PutRetentionPolicy.json", nil, "", ""},
		{"ssm/DeleteParameters.json", nil, "ssm", "/pipewarden/heartbeat"},
		{"ssm/DeleteParameter-other-parameter.json", nil, "", ""},
		{"ssm/PutParameter-heartbeat.json", nil, "", ""},
		{"kms/DisableKey.json", map[string]any{"requestParameters.keyId": "arn:aws:kms:eu-west-1:111122223333:key/" + ownKey}, "key", ownKey},
		{"s3/PutBucketPolicy.json", map[string]any{"requestParameters.bucketName": "pipewarden-evidencebucketfba44255-1a2b3c4d5e6f"}, "bucket", "pipewarden-evidencebucketfba44255-1a2b3c4d5e6f"},
		{"s3/PutObjectLockConfiguration.json", map[string]any{"requestParameters.bucketName": "pipewarden-evidencebucketfba44255-1a2b3c4d5e6f"}, "bucket", "pipewarden-evidencebucketfba44255-1a2b3c4d5e6f"},
		{"s3/PutBucketPolicy.json", nil, "", ""},
		{"kms/DisableKey.json", map[string]any{"requestParameters.keyId": "99999999-12ab-34cd-56ef-1234567890ab"}, "", ""},
		{"kms/UpdateAlias.json", map[string]any{"requestParameters.aliasName": "alias/pipewarden"}, "kms", "alias/pipewarden"},
		{"cloudformation/DeleteStack.json", nil, "cloudformation", "pipewarden"},
		{"cloudformation/DeleteStack.json", map[string]any{"requestParameters.stackName": "web-prod"}, "", ""},
		{"cloudformation/DeleteStack.json", map[string]any{"requestParameters.stackName": "pipewardens"}, "", ""},
		{"cloudformation/DeleteStackSet.json", nil, "cloudformation", "pipewarden-roles"},
		{"cloudformation/UpdateTerminationProtection.json", nil, "cloudformation", "pipewarden"},
		{"cloudformation/UpdateTerminationProtection-on.json", nil, "", ""},
		{"cloudformation/UpdateStack.json", stack, "", ""},
		{"cloudformation/ExecuteChangeSet.json", stack, "", ""},
		{"cloudformation/CreateStack.json", stack, "", ""},
		{"cloudtrail/StopLogging-request-null.json", nil, "", ""},
	} {
		part, tampered := delivery.OnAuditor(passOf(t, one.sample, one.change))
		if tampered != (one.kind != "") || part.Kind != one.kind || part.ID != one.id {
			t.Errorf("%s with %v: %+v, %v; want %s %s", one.sample, one.change, part, tampered, one.kind, one.id)
		}
		if tampered && (part.Account != "111122223333" || (part.Region == "") != (one.kind == "role")) {
			t.Errorf("%s: %+v", one.sample, part)
		}
	}
}

// Who deploys the auditor, and AWS itself, may change it; nobody else, whatever they prove.
func TestOnAuditorByWhom(t *testing.T) {
	t.Parallel()
	role := func(arn, invokedBy string) map[string]any {
		id := map[string]any{
			"type": "AssumedRole", "accountId": "111122223333",
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "Role", "arn": arn, "accountId": "111122223333"}},
		}
		if invokedBy != "" {
			id["invokedBy"] = invokedBy
		}
		return id
	}
	const remediator = "arn:aws:iam::111122223333:role/pipewarden-RemediatorRoleA36235BE-1A2B3C4D5E6F"
	for name, one := range map[string]struct {
		who  map[string]any
		want bool
	}{
		"a person":                 {nil, true},
		"a role":                   {role("arn:aws:iam::111122223333:role/Admin", ""), true},
		"with MFA":                 {map[string]any{"type": "IAMUser", "userName": "alice", "sessionContext": map[string]any{"attributes": map[string]any{"mfaAuthenticated": "true"}}}, true},
		"root":                     {map[string]any{"type": "Root"}, true},
		"CloudFormation":           {role("arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", "cloudformation.amazonaws.com"), false},
		"CloudFormation for alice": {map[string]any{"type": "IAMUser", "userName": "alice", "invokedBy": "cloudformation.amazonaws.com"}, false},
		"in China":                 {role("arn:aws-cn:iam::111122223333:role/deploy", "cloudformation.amazonaws.com.cn"), false},
		"another service for them": {role("arn:aws:iam::111122223333:role/Admin", "ssm.amazonaws.com"), true},
		"the CDK's role by itself": {role("arn:aws:iam::111122223333:role/cdk-hnb659fds-deploy-role-111122223333-eu-west-1", ""), true},
		"a service":                {map[string]any{"type": "AWSService", "invokedBy": "dynamodb.amazonaws.com"}, false},
		"a service-linked role":    {role("arn:aws:iam::111122223333:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling", ""), false},
		"ourselves":                {role(remediator, ""), false},
		"under a name like ours":   {role("arn:aws:iam::111122223333:role/pipewarden-RemediatorRole", ""), true},
		"nobody":                   {map[string]any{}, true},
	} {
		p := passOf(t, "events/DisableRule.json", nil)
		if one.who != nil {
			p.Event.Detail["userIdentity"] = one.who
		}
		p.Actor = identity.Judge(check.Caller(p.Event), identity.Rules{Self: []string{remediator}})
		if _, got := delivery.OnAuditor(p); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	nobodys := passOf(t, "events/DisableRule.json", nil)
	nobodys.Own = check.Own{}
	if part, got := delivery.OnAuditor(nobodys); got || part != (resource.Ref{}) {
		t.Error("where nothing is known to be ours, something was")
	}
	if _, got := delivery.OnAuditor(&check.Pass{Own: ours()}); got {
		t.Error("without an event there is an act")
	}
}

// EventBridge takes patterns of 2,048 characters, and a call that is misspelled is never heard.
func TestOwnCalls(t *testing.T) {
	t.Parallel()
	for _, s := range delivery.OwnCalls() {
		if raw, err := json.Marshal(s.Pattern()); err != nil || len(raw) > 2048 {
			t.Errorf("the pattern for %v has %d characters, %v", s.Detail["eventSource"], len(raw), err)
		}
		for _, name := range s.Detail["eventName"] {
			one := s
			one.Detail = map[string][]string{"eventSource": s.Detail["eventSource"], "eventName": {name}, "errorCode": nil}
			heard := 0
			for _, raw := range events.All() {
				if e, err := event.Decode(raw); err == nil && one.Matches(e) {
					heard++
				}
			}
			if heard == 0 {
				t.Errorf("no sample of %s %s", strings.Join(s.Detail["eventSource"], " "), name)
			}
		}
	}
}

// FuzzOnAuditor holds that whatever a record says, a part of the auditor has a name of bounded length.
func FuzzOnAuditor(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "sqs/") || strings.HasPrefix(name, "lambda/") || strings.HasPrefix(name, "monitoring/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		part, tampered := delivery.OnAuditor(&check.Pass{Event: e, Own: ours()})
		if tampered != (part.ID != "") || len(part.ID) > 512 {
			t.Errorf("%v: %+v", tampered, part)
		}
	})
}
