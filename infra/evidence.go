package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/publisher"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// vault is where evidence is, and what signs it; nil where the settings keep none.
type vault struct {
	bucket awss3.Bucket
	key    awskms.Key
}

// keep makes the bucket and the key. Both outlive the stack: the bucket cannot be emptied before its time, and the key is what tells evidence
// from forgeries.
func (s *stack) keep() {
	if !s.Settings.Evidence.Keep {
		return
	}
	s.vault.key = awskms.NewKey(s.Stack, jsii.String("EvidenceKey"), &awskms.KeyProps{
		Alias: jsii.String("alias/pipewarden-evidence"), Description: jsii.String("Signs what pipewarden sealed. Its private half never leaves KMS."),
		KeySpec: awskms.KeySpec_ECC_NIST_P256, KeyUsage: awskms.KeyUsage_SIGN_VERIFY, RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	days := awscdk.Duration_Days(jsii.Number(float64(s.Settings.Evidence.RetentionDays)))
	lock := awss3.ObjectLockRetention_Governance(days)
	if s.Settings.Evidence.Lock == settings.Compliance {
		lock = awss3.ObjectLockRetention_Compliance(days)
	}
	s.vault.bucket = awss3.NewBucket(s.Stack, jsii.String("EvidenceBucket"), &awss3.BucketProps{
		ObjectLockEnabled: jsii.Bool(true), ObjectLockDefaultRetention: lock, Versioned: jsii.Bool(true),
		Encryption: awss3.BucketEncryption_KMS, EncryptionKey: s.key, BucketKeyEnabled: jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		EnforceSSL: jsii.Bool(true), MinimumTLSVersion: jsii.Number(1.2), RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		// Manifests stay, and the keys they are checked with: a few kilobytes a day, so that the chain has no gap at its beginning.
		LifecycleRules: &[]*awss3.LifecycleRule{s.forget("Records", evidence.RecordsPrefix, days), s.forget("Reports", publisher.Prefix, days)},
	})
	cdknag.NagSuppressions_AddResourceSuppressions(s.vault.bucket, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-S1"), Reason: jsii.String("Nobody can change unseen what lies here, and CloudTrail tells who writes; a log of access would need a bucket of its own, which would have none."),
	}}, jsii.Bool(false))
}

// forget removes what lies below a prefix when its lock has ended. In a bucket with versions that takes two steps: what expires is hidden first,
// and removed a day later (Amazon S3 User Guide, "Lifecycle configuration elements").
func (s *stack) forget(id, prefix string, after awscdk.Duration) *awss3.LifecycleRule {
	return &awss3.LifecycleRule{
		Id: &id, Prefix: &prefix, Expiration: after, NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(1)),
	}
}

// guard lets the functions alone write evidence, and have it signed. Others who may do anything in the account have to change the policies of the
// bucket and of the key first, which is told.
func (s *stack) guard() {
	s.writtenBy(blueprint.Archivist, evidence.Prefixes)
	s.writtenBy(blueprint.Publisher, []string{publisher.Prefix})
	// By its name: the role's policy names the key, and CloudFormation makes neither of the two before the other.
	s.vault.key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("OnlyTheArchivistSigns"), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings(signing), Resources: jsii.Strings("*"),
		Conditions: &map[string]any{"ArnNotLike": map[string]any{
			"aws:PrincipalArn": s.fill("arn:{partition}:iam::{account}:role/" + deployment.Stack + "-" + blueprint.Camel(blueprint.Archivist) + "Role*"),
		}},
	}), jsii.Bool(false))
}

// signing is the one right that makes evidence out of anything (AWS KMS Developer Guide, "AWS KMS permissions").
const signing = "kms:Sign"

// writtenBy denies everybody but one function to write below some prefixes; where the settings do not take the function, everybody.
func (s *stack) writtenBy(function string, prefixes []string) {
	objects := make([]*string, 0, len(prefixes))
	for _, prefix := range prefixes {
		objects = append(objects, s.vault.bucket.ArnForObjects(jsii.String(prefix+"*")))
	}
	statement := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("OnlyThe" + blueprint.Camel(function) + "Writes"), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings(evidence.WriteActions...), Resources: &objects,
	})
	if role := s.roles[function]; role != nil {
		statement.AddCondition(jsii.String("ArnNotEquals"), map[string]any{"aws:PrincipalArn": role.RoleArn()})
	}
	s.vault.bucket.AddToResourcePolicy(statement)
}

const (
	// A quiet account's ledger changes now and then: what comes within this time is one object.
	archiveWindow = 300 // seconds, the most that Lambda waits
	archiveBatch  = 200 // changes; of the largest ones, six megabytes are what Lambda gives at a time
	// The stream forgets after a day. What cannot be written by then is given up, with half a day left to read the stream by hand. Until then it is
	// tried again, however often: a bucket or a key that cannot be reached is back within hours.
	archiveHours = 12
)

// archive makes what writes evidence: each change of the table comes to the archivist by its stream.
func (s *stack) archive(place map[string]*string) {
	if s.vault.bucket == nil {
		return
	}
	s.guard()
	f := s.function(blueprint.Archivist, size{seconds: 300, megabytes: 256}, with(place, map[string]*string{
		"PIPEWARDEN_EVIDENCE": s.vault.bucket.BucketName(), "PIPEWARDEN_EVIDENCE_KEY": s.vault.key.KeyId(),
	}))
	awslambda.NewCfnEventSourceMapping(s.Stack, jsii.String("ArchivistStream"), &awslambda.CfnEventSourceMappingProps{
		FunctionName: f.FunctionName(), EventSourceArn: s.table.TableStreamArn(), StartingPosition: jsii.String("TRIM_HORIZON"),
		BatchSize: jsii.Number(archiveBatch), MaximumBatchingWindowInSeconds: jsii.Number(archiveWindow), FunctionResponseTypes: jsii.Strings("ReportBatchItemFailures"),
		BisectBatchOnFunctionError: jsii.Bool(true), MaximumRetryAttempts: jsii.Number(-1), MaximumRecordAgeInSeconds: jsii.Number(archiveHours * 3600),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: s.queues.evidenceDead.QueueArn()},
		},
	})
	s.scheduleAt("ArchivistSeal", "Seals the day that is over.", "cron(35 0 * * ? *)", "UTC", s.target(f, s.waker("ArchivistScheduler", f), `{"seal":true}`))
}

// publish makes what writes reports of weeks and months that are over, a while after their last day was sealed.
func (s *stack) publish(book map[string]*string) {
	if s.roles[blueprint.Publisher] == nil {
		return
	}
	// A report of 100,000 findings takes half of this memory, and the share of a core that comes with it.
	f := s.function(blueprint.Publisher, size{seconds: 300, megabytes: 1024}, with(book, map[string]*string{
		"PIPEWARDEN_TOPIC": s.topic.TopicArn(), "PIPEWARDEN_EVIDENCE": s.vault.bucket.BucketName(),
	}))
	role := s.waker("PublisherScheduler", f)
	if s.Settings.Reports.Weekly {
		s.scheduleAt("PublisherWeekly", "Writes the report of the week that is over.", "cron(5 1 ? * MON *)", "UTC", s.target(f, role, `{"report":"weekly"}`))
	}
	if s.Settings.Reports.Monthly {
		s.scheduleAt("PublisherMonthly", "Writes the report of the month that is over.", "cron(20 1 1 * ? *)", "UTC", s.target(f, role, `{"report":"monthly"}`))
	}
}
