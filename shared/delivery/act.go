package delivery

import (
	"strings"
	"unicode"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/pipeline"
	"github.com/pipewarden/pipewarden/shared/resource/role"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// kinds name what a call was done to where they can; each knows its own service only.
var kinds = [...]resource.Source{pipeline.Kind, buildproject.Kind, bucket.Kind, key.Kind, role.Kind, trail.Kind}

// named are the members of a request that name what no kind knows, by service, the most telling first.
var named = map[string][]string{
	"codepipeline":           {"webhook.name", "webhookName", "name", "provider", "actionType.id.provider"},
	"codebuild":              {"name", "resourceArn", "arn", "sandboxId", "id", "ids", "serverType"},
	"codecommit":             {"repositoryName", "approvalRuleTemplateName", "oldApprovalRuleTemplateName", "pullRequestId"},
	"codedeploy":             {"applicationName", "deploymentId"},
	"codeartifact":           {"domain"},
	"codeconnections":        {"connectionName", "name", "connectionArn", "hostArn"},
	"codestar-connections":   {"connectionName", "name", "connectionArn", "hostArn"},
	"codestar-notifications": {"arn"},
	"ecr":                    {"repositoryName"},
	"ecr-public":             {"repositoryName"},
	"s3":                     {"bucket"},
	"kms":                    {"aliasName"},
	"logs":                   {"logGroupName", "logGroupIdentifier", "resourceIdentifier", "destinationName", "deliveryDestinationName", "policyName"},
	"cloudtrail":             {"eventDataStore", "resourceArn"},
	"iam":                    {"userName", "policyArn", "serialNumber", "openIDConnectProviderArn", "sAMLProviderArn", "name", "url"},
	"events":                 {"rule", "name", "eventBusName", "archiveName"},
	"sns":                    {"topicArn", "subscriptionArn"},
	"lambda":                 {"functionName"},
	"cloudformation":         {"stackName", "stackSetName"},
	"sqs":                    {"queueUrl"},
	"dynamodb":               {"tableName", "resourceArn"},
	"scheduler":              {"name"},
	"monitoring":             {"alarmNames", "alarmName"},
	"ssm":                    {"name", "names"},
}

// About is what a call was done to. Where no kind of resource knows it, Kind is the service and ID what the request names;
// a call that names nothing was done to the account.
func About(e *event.Event) resource.Ref {
	for _, kind := range kinds {
		if refs := kind.About(e); len(refs) > 0 {
			return refs[0]
		}
	}
	service := Service(e)
	for _, path := range named[service] {
		for _, text := range e.Request().Strings(strings.Split(path, ".")...) {
			if id := called(path, text); id != "" {
				return resource.Ref{Kind: kindOf(service, path), ID: id, Account: e.Account, Region: regionOf(service, e)}
			}
		}
	}
	return resource.Ref{Kind: "account", ID: e.Account, Account: e.Account, Region: e.Region}
}

// called is the name that a member of a request gives.
func called(member, text string) string {
	if member == "queueUrl" { // it ends in the queue's name
		text = text[strings.LastIndexByte(text, '/')+1:]
	}
	return short(text)
}

func kindOf(service, path string) string {
	switch path {
	case "logGroupName", "logGroupIdentifier", "resourceIdentifier":
		return logGroup
	}
	return service
}

// Service is the first label of the event source: codepipeline, s3, iam.
func Service(e *event.Event) string { return strings.TrimSuffix(e.Service(), domain) }

func regionOf(service string, e *event.Event) string {
	if service == "iam" {
		return ""
	}
	return e.Region
}

// short is the name in an ARN, or the text itself. What is too long to be a name, or could move a cursor, names nothing.
func short(text string) string {
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		text = parts[5]
		switch parts[2] {
		case "sns": // topic, or topic:subscription
			text, _, _ = strings.Cut(text, ":")
		case "logs": // log-group:name, log-group:name:*, query-result:*
			if text = strings.TrimSuffix(text[strings.IndexByte(text, ':')+1:], ":*"); text == "*" {
				return ""
			}
		case "cloudformation": // stack/name/id
			_, text, _ = strings.Cut(text, "/")
			text, _, _ = strings.Cut(text, "/")
		default: // type/name or type:name
			text = text[strings.IndexAny(text, "/:")+1:]
		}
	}
	if len(text) > 512 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return text
}

// Call names the call and its service: UpdatePipeline (codepipeline).
func Call(e *event.Event) string { return e.Name() + " (" + Service(e) + ")" }

// Done is one sentence: who called what, when.
func Done(e *event.Event, who string) string {
	return e.Name() + " was called by " + who + " at " + e.Time.Format("2006-01-02 15:04:05") + " UTC."
}

// Key is what kind of access key signed the call, and of a long-term one as much as tells it from the user's other key
// (IAM User Guide, "IAM identifiers"); "" when the record does not show one.
func Key(e *event.Event) string {
	id := e.Identity().String("accessKeyId")
	switch {
	case strings.HasPrefix(id, "AKIA") && len(id) >= 16:
		return "access key AKIA…" + strings.ToValidUTF8(id[len(id)-4:], "?")
	case strings.HasPrefix(id, "AKIA"):
		return "access key"
	case strings.HasPrefix(id, "ASIA"):
		return "temporary key of a session"
	}
	return ""
}

// Word says that a text may stand in a command as it is: people paste commands, and what a request names is the caller's choice.
func Word(text string) bool {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@:/-"
	// The AWS CLI takes the content of a file, or of a page, for a value that is an address (AWS CLI User Guide, "Loading a parameter from a file").
	return text != "" && text[0] != '-' && strings.Trim(text, safe) == "" && !strings.Contains(text, "://")
}

// In is the option of the AWS CLI that names a region; "" for what cannot be one, since people paste commands.
func In(region string) string {
	if region == "" || strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return " --region " + region
}
