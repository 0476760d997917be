package blueprint

// scope is the resources on which reading actions are allowed, and why they hold a wildcard
// (AWS Service Authorization Reference: which actions take which resource types).
type scope struct {
	sid       string
	resources []string
	reason    string
	actions   []string
}

// scopes says for every action that a kind or a remedy reads with where it is allowed. Regions are left open where a trail,
// an artifact store or a key of another region belongs to what is judged here.
var scopes = []scope{
	{
		"ReadProjects",
		[]string{"arn:{partition}:codebuild:*:{account}:project/*"},
		"Every project of the account is judged, whatever its name.",
		[]string{"codebuild:BatchGetBuilds", "codebuild:BatchGetProjects", "codebuild:ListBuildsForProject"},
	},
	{
		"ReadReportGroups",
		[]string{"arn:{partition}:codebuild:*:{account}:report-group/*"},
		"Every report group of the account is judged, whatever its name.",
		[]string{"codebuild:BatchGetReportGroups"},
	},
	{
		"ReadSharing",
		[]string{"arn:{partition}:codebuild:*:{account}:project/*", "arn:{partition}:codebuild:*:{account}:report-group/*"},
		"Any project or report group of the account may be shared.",
		[]string{"codebuild:GetResourcePolicy"},
	},
	{
		"ReadDeployments",
		[]string{"arn:{partition}:codedeploy:*:{account}:deploymentgroup:*/*", "arn:{partition}:codedeploy:*:{account}:application:*"},
		"Which applications and groups pipelines deploy to shows only when the pipelines are read.",
		[]string{"codedeploy:BatchGetDeploymentGroups", "codedeploy:GetDeploymentGroup", "codedeploy:ListDeploymentGroups", "codedeploy:ListTagsForResource"},
	},
	{
		"ReadImages",
		[]string{"arn:{partition}:ecr:*:{account}:repository/*"},
		"Which repositories pipelines deploy from shows only when the pipelines are read.",
		[]string{"ecr:DescribeRepositories", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"},
	},
	{
		"ReadPackages",
		[]string{"arn:{partition}:codeartifact:*:{account}:domain/*", "arn:{partition}:codeartifact:*:{account}:repository/*/*"},
		"Every domain of the account is judged, and who may use it and its repositories.",
		[]string{"codeartifact:DescribeDomain", "codeartifact:GetDomainPermissionsPolicy", "codeartifact:GetRepositoryPermissionsPolicy"},
	},
	{
		"ReadLogGroups",
		[]string{"arn:{partition}:logs:*:{account}:log-group:*"},
		"Which log groups builds, pipelines and trails write to shows only when those are read.",
		[]string{"logs:DescribeLogGroups", "logs:DescribeSubscriptionFilters", "logs:GetDataProtectionPolicy", "logs:ListTagsForResource"},
	},
	{
		"ReadBuildLogs",
		[]string{"arn:{partition}:logs:*:{account}:log-group:*:log-stream:*"},
		"A build writes to the group that its project names. Only the streams of builds that ended are read, and of them nothing is kept but where a secret stands.",
		[]string{"logs:GetLogEvents"},
	},
	{
		"ReadArtifacts",
		[]string{"arn:{partition}:s3:::*/*"},
		"Which buckets hold artifacts shows only in events. HeadObject takes the right to read; the check that asks for it is off as delivered.",
		[]string{"s3:GetObject"},
	},
	{
		"ReadPipelines",
		[]string{"arn:{partition}:codepipeline:*:{account}:*"},
		"Every pipeline of the account is judged, whatever its name; the ARN of a pipeline has no resource type.",
		[]string{"codepipeline:GetPipeline", "codepipeline:GetPipelineState", "codepipeline:ListPipelineExecutions", "codepipeline:ListTagsForResource"},
	},
	{
		"ReadBuckets",
		[]string{"arn:{partition}:s3:::*"},
		"The ARN of a bucket has neither account nor region; which buckets pipelines and trails use shows only when those are read.",
		[]string{
			"s3:GetBucketAcl", "s3:GetBucketLogging", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus",
			"s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration",
			"s3:GetLifecycleConfiguration",
		},
	},
	{
		"ReadRoles",
		[]string{"arn:{partition}:iam::{account}:role/*"},
		"Any role of the account may be behind a session or run a pipeline.",
		[]string{
			"iam:GenerateServiceLastAccessedDetails", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
		},
	},
	{
		"ReadUsers",
		[]string{"arn:{partition}:iam::{account}:user/*"},
		"Any user of the account may be named as an approver, or be the one who changed a pipeline or project without MFA.",
		[]string{"iam:GetUser", "iam:GetUserPolicy", "iam:ListUserPolicies"},
	},
	{
		"ReadPolicies",
		[]string{"arn:{partition}:iam::{account}:policy/*", "arn:{partition}:iam::aws:policy/*"},
		"Any policy of the account, or of AWS, may be attached to a role that a pipeline runs under.",
		[]string{"iam:GetPolicy", "iam:GetPolicyVersion"},
	},
	{
		"ReadKeys",
		[]string{"arn:{partition}:kms:*:*:key/*"},
		"Pipelines seal artifacts with keys of other accounts as well; there the key's own policy decides too.",
		[]string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"},
	},
	{
		"ReadTrails",
		[]string{"arn:{partition}:cloudtrail:*:*:trail/*"},
		"The trail of an organisation belongs to its management account.",
		[]string{"cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"},
	},
	{
		"ReadOwnRules",
		[]string{"arn:{partition}:events:{region}:{account}:rule/pipewarden-*"},
		"Only the rules of this deployment are put back, and how many there are follows from the checks that are on.",
		[]string{"events:DescribeRule", "events:ListTargetsByRule"},
	},
	{
		"ListRules",
		[]string{"arn:{partition}:events:*:{account}:rule/*"},
		"IAM asks for this permission on all rules, whatever name they are to begin with. Each region is looked at that is watched.",
		[]string{"events:ListRules"},
	},
	{
		"ReadHeartbeat",
		[]string{heartbeatARN},
		"Only the parameter that heartbeats are written into, to see whether they are.",
		[]string{"ssm:GetParameter"},
	},
	{
		readOrganisation,
		[]string{"arn:{partition}:organizations::*:account/*/{account}", "arn:{partition}:organizations::*:ou/*/*"},
		"The organisation, and the units in it, belong to its management account.",
		[]string{"organizations:ListParents"},
	},
	{
		"ListAccount",
		[]string{"*"},
		"These actions list, or describe the account as a whole: IAM gives them no resource type to be narrowed to.",
		[]string{
			"cloudtrail:DescribeTrails", "cloudtrail:ListTrails",
			"codeartifact:ListDomains", "codeartifact:ListRepositories",
			"codebuild:ListProjects", "codebuild:ListReportGroups", "codebuild:ListSourceCredentials",
			"codedeploy:ListApplications", "codepipeline:ListPipelines", "ecr:GetRegistryScanningConfiguration",
			"iam:GetAccountAuthorizationDetails", "iam:GetServiceLastAccessedDetails", "iam:ListRoles", "kms:ListKeys",
			"logs:DescribeAccountPolicies", "logs:DescribeDestinations", "logs:DescribeResourcePolicies",
			"s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets", "sts:GetCallerIdentity",
		},
	},
}

// readOrganisation is the scope of what a function asks about the place of its own account.
const readOrganisation = "ReadOrganisation"

// organizationScopes are those of the central account of an organisation: it asks about every account of it
// (Service Authorization Reference, "AWS Organizations").
var organizationScopes = []scope{
	{
		"FindAccount",
		[]string{"arn:{partition}:organizations::*:account/{organization}/*"},
		"The organisation belongs to its management account; which accounts there are shows only when they are asked for.",
		[]string{"organizations:DescribeAccount"},
	},
	{
		"WalkUnits",
		[]string{"arn:{partition}:organizations::*:ou/{organization}/*", "arn:{partition}:organizations::*:root/{organization}/*"},
		"The organisation belongs to its management account; its units show only when it is walked.",
		[]string{"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"},
	},
	{
		"WalkOrganisation",
		[]string{"*"},
		"These actions describe the organisation as a whole: IAM gives them no resource type to be narrowed to.",
		[]string{"organizations:DescribeOrganization", "organizations:ListRoots"},
	},
}
