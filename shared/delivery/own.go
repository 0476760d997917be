package delivery

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// tampering holds the calls by which the auditor can be disabled, deleted or edited, as CloudTrail spells them. What makes it safe again
// is left out, and so is what every deployment calls on the stack.
var tampering = [...]struct {
	service string
	names   []string
}{
	{"events", []string{
		"DisableRule", "DeleteRule", "RemoveTargets", "PutRule", "PutTargets", "PutPermission", "RemovePermission", "DeleteEventBus", "UpdateEventBus",
	}},
	{"sqs", []string{"DeleteQueue", "PurgeQueue", "SetQueueAttributes", "AddPermission", "RemovePermission"}},
	{"lambda", []string{
		"UpdateFunctionCode*", "UpdateFunctionConfiguration*", "DeleteFunction*", "AddPermission*", "RemovePermission*", "PutFunctionConcurrency*",
		"UpdateEventSourceMapping*", "DeleteEventSourceMapping*",
	}},
	{"sns", []string{"DeleteTopic", "Unsubscribe", "SetTopicAttributes", "SetSubscriptionAttributes", "AddPermission", "RemovePermission"}},
	{"dynamodb", []string{"DeleteTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups", "PutResourcePolicy"}},
	{"scheduler", []string{"UpdateSchedule", "DeleteSchedule"}},
	{"monitoring", []string{"DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm"}},
	{"iam", []string{
		"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary",
		"DeleteRolePermissionsBoundary", "DeleteRole", "UpdateRole",
	}},
	{"logs", []string{"DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "AssociateKmsKey", "DisassociateKmsKey", "PutSubscriptionFilter"}},
	{"ssm", []string{"DeleteParameter", "DeleteParameters"}},
	{"kms", []string{"DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation", "DeleteAlias", "UpdateAlias"}},
	{"s3", []string{
		"DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy", "PutObjectLockConfiguration", "PutBucketVersioning",
		"PutBucketLifecycle", "PutBucketLifecycleConfiguration", "PutBucketEncryption", "DeleteBucketEncryption", "PutBucketPublicAccessBlock",
		"DeleteBucketPublicAccessBlock", "PutBucketReplication",
	}},
	{"cloudformation", []string{"DeleteStack", "DeleteStackSet", "DeleteStackInstances", "UpdateTerminationProtection", "SetStackPolicy"}},
}

// OwnCalls selects the successful calls by which the auditor can be disabled, deleted or edited, on whatever they were made.
func OwnCalls() []event.Selector {
	selectors := make([]event.Selector, 0, len(tampering))
	for _, t := range tampering {
		selectors = append(selectors, event.Calls(t.service+domain, t.names...))
	}
	return selectors
}

var ownCalls = OwnCalls()

// ownNames are the members of requests that name parts of the auditor, by service. A call names one part, or a list of them.
var ownNames = map[string][]string{
	"events": {"rule", "name", "eventBusName"}, "sqs": {"queueUrl"}, "lambda": {"functionName"}, "sns": {"topicArn", "subscriptionArn"},
	"dynamodb": {"tableName", "resourceArn"}, "scheduler": {"name"}, "monitoring": {"alarmNames", "alarmName"}, "iam": {"roleName"},
	"logs": {"logGroupName", "logGroupIdentifier", "resourceIdentifier"}, "ssm": {"name", "names"}, "kms": {"aliasName", "keyId", "targetKeyId"},
	"s3":             {"bucketName"},
	"cloudformation": {"stackName", "stackSetName"},
}

// The rows of the identity table for callers that are no tampering: AWS itself, and our own remediator, whose changes are held
// against its records.
var ours = []int{1, 2, 3}

// deployer is the service through which the auditor is deployed: what it calls, it was asked for by a change of the stack.
const deployer = "cloudformation" + domain

// OnAuditor says that an act disabled, deleted or edited a part of this auditor, and which. Such an act is told by auditor-tampered,
// whoever did it and with or without MFA, and by no other check.
func OnAuditor(p *check.Pass) (part resource.Ref, tampered bool) {
	e := p.Event
	switch {
	case e == nil || len(p.Own.Prefixes) == 0 || !e.Succeeded() || !slices.ContainsFunc(ownCalls, func(s event.Selector) bool { return s.Matches(e) }):
		return resource.Ref{}, false
	case slices.Contains(ours, p.Actor.Row) || strings.TrimSuffix(p.Actor.Actor.InvokedBy, ".cn") == deployer || harmless(e):
		return resource.Ref{}, false
	}
	return ownPart(p.Own, e)
}

// harmless says that a call changed nothing, or switched protection on.
func harmless(e *event.Event) bool {
	dry, _ := e.Request().Bool("dryRun")
	protects, _ := e.Request().Bool("enableTerminationProtection")
	return dry || protects
}

// ownPart is the first of the auditor's parts that a request names.
func ownPart(own check.Own, e *event.Event) (resource.Ref, bool) {
	service := Service(e)
	for _, member := range ownNames[service] {
		for _, text := range e.Request().Strings(member) {
			if ref, ours := ownAs(own, e, called(member, text), text); ours {
				return ref, true
			}
		}
	}
	// An event source mapping is named by an id; the answer says whose it is.
	function := e.Response().String("functionArn")
	if service != "lambda" || function == "" {
		return resource.Ref{}, false
	}
	return ownAs(own, e, short(function), function)
}

// ownAs is a part of the auditor by its name, if it is one. The stack and the bus are called what all other names begin with.
func ownAs(own check.Own, e *event.Event, id, text string) (resource.Ref, bool) {
	if id == "" || !own.Is(text) && !own.Is(text+"-") {
		return resource.Ref{}, false
	}
	if about := About(e); about.ID == id {
		return about, true
	}
	service := Service(e)
	return resource.Ref{Kind: service, ID: id, Account: e.Account, Region: regionOf(service, e)}, true
}
