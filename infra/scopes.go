package main

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
		[]string{"codebuild:BatchGetProjects"},
	},
	{
		"ReadPipelines",
		[]string{"arn:{partition}:codepipeline:*:{account}:*"},
		"Every pipeline of the account is judged, whatever its name; the ARN of a pipeline has no resource type.",
		[]string{"codepipeline:GetPipeline", "codepipeline:GetPipelineState", "codepipeline:ListTagsForResource"},
	},
	{
		"ReadBuckets",
		[]string{"arn:{partition}:s3:::*"},
		"The ARN of a bucket has neither account nor region; which buckets pipelines and trails use shows only when those are read.",
		[]string{
			"s3:GetBucketAcl", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus",
			"s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetEncryptionConfiguration",
		},
	},
	{
		"ReadRoles",
		[]string{"arn:{partition}:iam::{account}:role/*"},
		"Any role of the account may be behind a session or run a pipeline.",
		[]string{"iam:GetRole"},
	},
	{
		"ReadKeys",
		[]string{"arn:{partition}:kms:*:*:key/*"},
		"Pipelines seal artifacts with keys of other accounts as well; there the key's own policy decides too.",
		[]string{"kms:DescribeKey"},
	},
	{
		"ReadTrails",
		[]string{"arn:{partition}:cloudtrail:*:*:trail/*"},
		"The trail of an organisation belongs to its management account.",
		[]string{"cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"},
	},
	{
		"ReadHeartbeat",
		[]string{heartbeatARN},
		"Only the parameter that heartbeats are written into, to see whether they are.",
		[]string{"ssm:GetParameter"},
	},
	{
		"ListAccount",
		[]string{"*"},
		"These actions list, or describe the account as a whole: IAM gives them no resource type to be narrowed to.",
		[]string{
			"cloudtrail:DescribeTrails", "cloudtrail:ListTrails", "codebuild:ListProjects", "codepipeline:ListPipelines",
			"iam:ListRoles", "s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets",
		},
	},
}
