package events_test

import (
	"strings"
	"testing"
)

// catalogue names every CloudTrail event that the auditor is to know, by service; a name that ends in * is a prefix.
const catalogue = `
codepipeline: CreatePipeline UpdatePipeline DeletePipeline StartPipelineExecution DisableStageTransition EnableStageTransition PutApprovalResult OverrideStageCondition RollbackStage RetryStageExecution StopPipelineExecution PutWebhook DeleteWebhook RegisterWebhookWithThirdParty DeregisterWebhookWithThirdParty CreateCustomActionType UpdateActionType DeleteCustomActionType PutActionRevision
codebuild: CreateProject UpdateProject DeleteProject UpdateProjectVisibility StartBuild StartBuildBatch RetryBuild CreateWebhook UpdateWebhook DeleteWebhook ImportSourceCredentials DeleteSourceCredentials PutResourcePolicy DeleteResourcePolicy CreateReportGroup UpdateReportGroup DeleteReportGroup BatchDeleteBuilds DeleteBuildBatch DeleteReport StartSandbox StartCommandExecution
codecommit: DeleteBranch DeleteRepository PutRepositoryTriggers UpdateRepositoryEncryptionKey UpdateDefaultBranch OverridePullRequestApprovalRules DeletePullRequestApprovalRule UpdatePullRequestApprovalRuleContent DeleteApprovalRuleTemplate UpdateApprovalRuleTemplate*
codedeploy: CreateDeploymentGroup UpdateDeploymentGroup DeleteDeploymentGroup CreateDeployment StopDeployment DeleteApplication
codeartifact: PutDomainPermissionsPolicy PutRepositoryPermissionsPolicy DeleteDomainPermissionsPolicy DeleteRepositoryPermissionsPolicy AssociateExternalConnection PutPackageOriginConfiguration CreateDomain DeleteRepository
codeconnections: CreateConnection DeleteConnection CreateHost UpdateHost DeleteHost
codestar-connections: CreateConnection DeleteConnection CreateHost UpdateHost DeleteHost
codestar-notifications: DeleteNotificationRule UpdateNotificationRule Unsubscribe
ecr: SetRepositoryPolicy DeleteRepositoryPolicy PutRegistryPolicy PutImageTagMutability PutImageScanningConfiguration PutRegistryScanningConfiguration CreateRepository DeleteRepository BatchDeleteImage PutImage
ecr-public: CreateRepository PutImage SetRepositoryPolicy
s3: PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutBucketPublicAccessBlock PutPublicAccessBlock DeleteBucketPublicAccessBlock DeletePublicAccessBlock PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock PutBucketEncryption DeleteBucketEncryption PutBucketOwnershipControls DeleteBucketOwnershipControls PutBucketWebsite PutBucketCors PutBucketReplication PutBucketLogging PutBucketVersioning PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketNotification DeleteBucket CreateBucket PutObjectLockConfiguration CreateAccessPoint PutAccessPointPolicy DeleteAccessPointPolicy PutObject PutObjectAcl
logs: DeleteLogGroup DeleteLogStream PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey PutResourcePolicy DeleteResourcePolicy PutSubscriptionFilter DeleteSubscriptionFilter PutAccountPolicy DeleteAccountPolicy PutDestination PutDestinationPolicy PutDeliveryDestinationPolicy DeleteDataProtectionPolicy PutDataProtectionPolicy PutLogGroupDeletionProtection PutBearerTokenAuthentication
cloudtrail: StopLogging DeleteTrail UpdateTrail PutEventSelectors PutInsightSelectors StartLogging CreateTrail DeleteEventDataStore StopEventDataStoreIngestion UpdateEventDataStore PutResourcePolicy DeregisterOrganizationDelegatedAdmin PutEventConfiguration
kms: DisableKey ScheduleKeyDeletion CancelKeyDeletion PutKeyPolicy DisableKeyRotation CreateGrant RevokeGrant DeleteAlias UpdateAlias DeleteImportedKeyMaterial
iam: PutRolePolicy DeleteRolePolicy AttachRolePolicy DetachRolePolicy UpdateAssumeRolePolicy PutRolePermissionsBoundary DeleteRolePermissionsBoundary CreateRole DeleteRole UpdateRole CreatePolicyVersion SetDefaultPolicyVersion DeletePolicyVersion CreateUser CreateAccessKey CreateLoginProfile UpdateLoginProfile AttachUserPolicy PutUserPolicy DeleteUserPolicy AddUserToGroup DeactivateMFADevice DeleteVirtualMFADevice EnableMFADevice ResyncMFADevice CreateSAMLProvider UpdateSAMLProvider CreateOpenIDConnectProvider AddClientIDToOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint
events: DisableRule DeleteRule RemoveTargets PutRule PutTargets PutPermission RemovePermission DeleteEventBus UpdateEventBus DeleteArchive
scheduler: UpdateSchedule DeleteSchedule
sns: DeleteTopic Unsubscribe SetTopicAttributes SetSubscriptionAttributes AddPermission RemovePermission Subscribe
lambda: UpdateFunctionCode20150331v2 UpdateFunctionConfiguration20150331v2 DeleteFunction20150331 CreateFunction20150331 AddPermission20150331v2 RemovePermission20150331v2 PutFunctionConcurrency*
config: StopConfigurationRecorder DeleteConfigurationRecorder DeleteDeliveryChannel DeleteConfigRule PutConfigurationRecorder
securityhub: DisableSecurityHub BatchDisableStandards
guardduty: DeleteDetector UpdateDetector
organizations: LeaveOrganization DetachPolicy DeletePolicy UpdatePolicy DisablePolicyType DisableAWSServiceAccess DeregisterDelegatedAdministrator CloseAccount MoveAccount RemoveAccountFromOrganization
secretsmanager: DeleteSecret PutResourcePolicy DeleteResourcePolicy UpdateSecret CancelRotateSecret
sts: AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity GetFederationToken GetSessionToken AssumeRoot
cloudformation: CreateStack UpdateStack ExecuteChangeSet DeleteStack DeleteStackSet DeleteStackInstances UpdateTerminationProtection SetStackPolicy
signin: ConsoleLogin SwitchRole PasswordRecoveryRequested
monitoring: DeleteAlarms DisableAlarmActions PutDashboard
`

// serviceEvents names the detail types of events that services send themselves.
const serviceEvents = `
CodePipeline Pipeline Execution State Change
CodePipeline Stage Execution State Change
CodePipeline Action Execution State Change
CodeBuild Build State Change
CodeBuild Build Phase Change
ECR Image Action
ECR Image Scan
ECR Scan Resource Change
Inspector2 Scan
Inspector2 Finding
Config Rules Compliance Change
Security Hub Findings - Imported
Security Hub Findings - Custom Action
Findings Imported V2
AWS API Call via CloudTrail
AWS Service Event via CloudTrail
AWS Console Action via CloudTrail
AWS Console Sign In via CloudTrail
AWS Console Signin via CloudTrail
AWS Insight via CloudTrail
`

func TestEveryEventHasASample(t *testing.T) {
	t.Parallel()
	calls, kinds := map[string]bool{}, map[string]bool{}
	for _, r := range samples(t) {
		if r.DetailType != "" {
			calls[strings.TrimSuffix(r.EventSource, ".amazonaws.com")+" "+r.EventName] = true
			kinds[r.DetailType] = true
		}
	}
	for line := range strings.Lines(strings.TrimSpace(catalogue)) {
		service, names, _ := strings.Cut(line, ":")
		for _, name := range strings.Fields(names) {
			if !has(calls, service+" "+name) {
				t.Errorf("no sample of %s %s", service, name)
			}
		}
	}
	for kind := range strings.Lines(strings.TrimSpace(serviceEvents)) {
		if !kinds[strings.TrimSpace(kind)] {
			t.Errorf("no sample of %s", kind)
		}
	}
}

func has(set map[string]bool, name string) bool {
	prefix, open := strings.CutSuffix(name, "*")
	for known := range set {
		if known == name || open && strings.HasPrefix(known, prefix) {
			return true
		}
	}
	return false
}
