// Package delivery lists the calls that change how software is delivered, and words them as acts.
package delivery

import (
	"slices"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
)

// Group is a set of calls that are judged alike.
type Group string

// The groups. Job workers and pushes to private image repositories are in none: they are machines, many times a day.
const (
	Pipelines  Group = "pipelines"  // CodePipeline
	Builds     Group = "builds"     // CodeBuild's projects and what belongs to them
	Runs       Group = "runs"       // builds started and images published: routine, and yet not for root
	Tools      Group = "tools"      // sources, packages, images, deployments, and what tells people of them
	Guardrails Group = "guardrails" // what pipelines depend on, and what watches them
)

// Unused says that what an act was done to matters to delivery only where something uses it, and that nothing does.
// Without an inventory nothing is unused. The pass is that of a check with Target About.
func Unused(p *check.Pass) bool {
	return p.Past.Complete && len(p.Past.Used) == 0 && NeedsUse(p.Event) && (p.Ref.Kind != logGroup || LogsOf(p.Ref.ID) == "")
}

// NeedsUse says whether a call matters to delivery only where something in scope uses what it was done to: whoever edits a bucket,
// a role or a function that ships nothing is none of our business. What is done to the audit trail always matters.
func NeedsUse(e *event.Event) bool {
	return Service(e) != "cloudtrail" && slices.ContainsFunc(guardrails, func(s event.Selector) bool { return s.Matches(e) })
}

var guardrails = Calls(Guardrails)

// calls are the calls of one group on one service. A name that ends in * is a prefix.
type calls struct {
	service string // the first label of the event source
	group   Group
	names   []string
}

// Calls selects the successful calls of those groups, of all groups when none is named.
func Calls(groups ...Group) []event.Selector {
	var selectors []event.Selector
	for _, c := range catalogue {
		if len(groups) == 0 || slices.Contains(groups, c.group) {
			selectors = append(selectors, event.Calls(c.service+domain, c.names...))
		}
	}
	return selectors
}

const domain = ".amazonaws.com"

// catalogue holds the names as CloudTrail spells them. S3 is spelled in two ways, Lambda with dates.
// What concerns MFA devices is left out: setting one up is what is asked for, and taking one away is told by mfa-device-removed, whoever did it.
var catalogue = [...]calls{
	{"codepipeline", Pipelines, []string{
		"CreatePipeline", "UpdatePipeline", "DeletePipeline", "StartPipelineExecution", "StopPipelineExecution",
		"DisableStageTransition", "EnableStageTransition", "PutApprovalResult", "OverrideStageCondition", "RollbackStage", "RetryStageExecution",
		"PutWebhook", "DeleteWebhook", "RegisterWebhookWithThirdParty", "DeregisterWebhookWithThirdParty",
		"CreateCustomActionType", "UpdateActionType", "DeleteCustomActionType",
	}},
	{"codebuild", Builds, []string{
		"CreateProject", "UpdateProject", "DeleteProject", "UpdateProjectVisibility", "CreateWebhook", "UpdateWebhook", "DeleteWebhook",
		"ImportSourceCredentials", "DeleteSourceCredentials", "PutResourcePolicy", "DeleteResourcePolicy",
		"CreateReportGroup", "UpdateReportGroup", "DeleteReportGroup", "BatchDeleteBuilds", "DeleteBuildBatch", "DeleteReport",
		"StartSandbox", "StartCommandExecution",
	}},
	{"codebuild", Runs, []string{"StartBuild", "StartBuildBatch", "RetryBuild", "RetryBuildBatch"}},
	{"codecommit", Tools, []string{
		"DeleteBranch", "DeleteRepository", "PutRepositoryTriggers", "UpdateRepositoryEncryptionKey", "UpdateDefaultBranch",
		"OverridePullRequestApprovalRules", "DeletePullRequestApprovalRule", "UpdatePullRequestApprovalRuleContent",
		"DeleteApprovalRuleTemplate", "UpdateApprovalRuleTemplateContent", "UpdateApprovalRuleTemplateName",
	}},
	{"codedeploy", Tools, []string{
		"CreateDeploymentGroup", "UpdateDeploymentGroup", "DeleteDeploymentGroup", "CreateDeployment", "StopDeployment", "DeleteApplication",
	}},
	{"codeartifact", Tools, []string{
		"PutDomainPermissionsPolicy", "DeleteDomainPermissionsPolicy", "PutRepositoryPermissionsPolicy", "DeleteRepositoryPermissionsPolicy",
		"AssociateExternalConnection", "PutPackageOriginConfiguration", "CreateDomain", "DeleteRepository",
	}},
	{"codeconnections", Tools, connections},
	{"codestar-connections", Tools, connections},
	{"codestar-notifications", Tools, []string{"DeleteNotificationRule", "UpdateNotificationRule", "Unsubscribe"}},
	{"ecr", Tools, []string{
		"SetRepositoryPolicy", "DeleteRepositoryPolicy", "PutRegistryPolicy", "PutImageTagMutability", "PutImageScanningConfiguration",
		"PutRegistryScanningConfiguration", "CreateRepository", "DeleteRepository", "BatchDeleteImage",
	}},
	{"ecr-public", Tools, []string{"CreateRepository", "SetRepositoryPolicy"}},
	{"ecr-public", Runs, []string{"PutImage"}},
	{"s3", Guardrails, []string{
		"CreateBucket", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl",
		"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock",
		"PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock", "PutBucketEncryption", "DeleteBucketEncryption",
		"PutBucketOwnershipControls", "DeleteBucketOwnershipControls", "PutBucketWebsite", "PutBucketCors", "PutBucketReplication",
		"PutBucketLogging", "PutBucketVersioning", "PutBucketLifecycle", "PutBucketLifecycleConfiguration", "PutBucketNotification",
		"PutObjectLockConfiguration", "CreateAccessPoint", "PutAccessPointPolicy", "DeleteAccessPointPolicy",
	}},
	{"kms", Guardrails, []string{
		"DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "PutKeyPolicy", "DisableKeyRotation", "CreateGrant", "RevokeGrant",
		"DeleteAlias", "UpdateAlias", "DeleteImportedKeyMaterial",
	}},
	{"logs", Guardrails, []string{
		"DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy", "AssociateKmsKey", "DisassociateKmsKey",
		"PutResourcePolicy", "DeleteResourcePolicy", "PutSubscriptionFilter", "DeleteSubscriptionFilter", "PutAccountPolicy", "DeleteAccountPolicy",
		"PutDestination", "PutDestinationPolicy", "PutDeliveryDestinationPolicy", "PutDataProtectionPolicy", "DeleteDataProtectionPolicy",
		"PutLogGroupDeletionProtection", "PutBearerTokenAuthentication",
	}},
	{"cloudtrail", Guardrails, []string{
		"CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors", "PutInsightSelectors",
		"DeleteEventDataStore", "StopEventDataStoreIngestion", "UpdateEventDataStore", "PutResourcePolicy",
		"DeregisterOrganizationDelegatedAdmin", "PutEventConfiguration",
	}},
	{"iam", Guardrails, []string{
		"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary",
		"DeleteRolePermissionsBoundary", "CreateRole", "DeleteRole", "UpdateRole", "CreatePolicyVersion", "SetDefaultPolicyVersion",
		"DeletePolicyVersion", "CreateUser", "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "AttachUserPolicy", "PutUserPolicy",
		"DeleteUserPolicy", "AddUserToGroup", "CreateSAMLProvider", "UpdateSAMLProvider",
		"CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
	}},
	{"events", Guardrails, []string{
		"DisableRule", "DeleteRule", "RemoveTargets", "PutRule", "PutTargets", "PutPermission", "RemovePermission", "DeleteEventBus",
		"UpdateEventBus", "DeleteArchive",
	}},
	{"sns", Guardrails, []string{
		"DeleteTopic", "Unsubscribe", "SetTopicAttributes", "SetSubscriptionAttributes", "AddPermission", "RemovePermission", "Subscribe",
	}},
	{"lambda", Guardrails, []string{
		"UpdateFunctionCode*", "UpdateFunctionConfiguration*", "DeleteFunction*", "CreateFunction*", "AddPermission*", "RemovePermission*",
		"PutFunctionConcurrency*",
	}},
	{"cloudformation", Guardrails, []string{
		"CreateStack", "UpdateStack", "ExecuteChangeSet", "DeleteStack", "DeleteStackSet", "DeleteStackInstances",
		"UpdateTerminationProtection", "SetStackPolicy",
	}},
}

// connections live under two service names: one API, renamed.
var connections = []string{"CreateConnection", "DeleteConnection", "CreateHost", "UpdateHost", "DeleteHost"}
