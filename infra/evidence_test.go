package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/evidence"
)

// keeping are the stacks that keep evidence.
var keeping = []string{"propose", "applies", "central"}

// eachKeeping runs a test on those.
func eachKeeping(t *testing.T, test func(*testing.T, *template)) {
	t.Helper()
	for _, stack := range keeping {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			test(t, load(t, stack))
		})
	}
}

func TestEvidenceIsLocked(t *testing.T) {
	t.Parallel()
	type lock struct {
		mode string
		days int
	}
	locks := map[string]lock{"propose": {"GOVERNANCE", 2192}, "applies": {"COMPLIANCE", 400}, "central": {"GOVERNANCE", 2192}}
	eachKeeping(t, func(t *testing.T, tpl *template) {
		bucket, want := tpl.named(t, "AWS::S3::Bucket", "EvidenceBucket"), locks[tpl.name]
		same(t, bucket, "ObjectLockEnabled", true)
		same(t, bucket, "ObjectLockConfiguration.ObjectLockEnabled", "Enabled")
		same(t, bucket, "ObjectLockConfiguration.Rule.DefaultRetention", map[string]any{"Mode": want.mode, "Days": float64(want.days)})
		same(t, bucket, "VersioningConfiguration.Status", "Enabled")
		same(t, bucket, "PublicAccessBlockConfiguration", map[string]any{
			"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
		})
		same(t, bucket, "OwnershipControls.Rules", []any{map[string]any{"ObjectOwnership": "BucketOwnerEnforced"}})
		// What is locked goes when its lock has ended, and not a manifest: without one, the chain would begin with a gap.
		forgotten := func(id, prefix string) map[string]any {
			return map[string]any{
				"Id": id, "Prefix": prefix, "Status": "Enabled", "ExpirationInDays": float64(want.days), "NoncurrentVersionExpiration": map[string]any{"NoncurrentDays": 1.0},
			}
		}
		same(t, bucket, "LifecycleConfiguration.Rules", []any{forgotten("Records", "records/"), forgotten("Reports", "reports/")})
		if bucket.DeletionPolicy != "Retain" || bucket.Replace != "Retain" {
			t.Errorf("the bucket goes with the stack: %s, %s", bucket.DeletionPolicy, bucket.Replace)
		}
		sealed, _ := bucket.at("BucketEncryption.ServerSideEncryptionConfiguration").([]any)
		if len(sealed) != 1 {
			t.Fatalf("it is sealed by %v", sealed)
		}
		first, _ := sealed[0].(map[string]any)
		rule := part{Properties: first}
		same(t, &rule, "BucketKeyEnabled", true)
		same(t, &rule, "ServerSideEncryptionByDefault.SSEAlgorithm", "aws:kms")
		if got := text(rule.at("ServerSideEncryptionByDefault.KMSMasterKeyID")); got != "${"+tpl.named(t, "AWS::KMS::Key", "Key").id+".Arn}" {
			t.Errorf("it is sealed by %s", got)
		}
	})
}

func TestOnlyTheFunctionsWriteEvidence(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		bucket := "${" + tpl.named(t, "AWS::S3::Bucket", "EvidenceBucket").id + ".Arn}"
		role := func(id string) string { return "${" + tpl.named(t, "AWS::IAM::Role", id+"Role").id + ".Arn}" }
		denied := map[string]string{}
		for _, s := range tpl.named(t, "AWS::S3::BucketPolicy", "EvidenceBucketPolicy").statements(t, "PolicyDocument") {
			if everybody, _ := s.Principal.(map[string]any); s.Effect != "Deny" || everybody["AWS"] != "*" {
				t.Errorf("%s: %s to %v: the roles say what is allowed", s.Sid, s.Effect, s.Principal)
			}
			switch {
			case s.Condition["Bool"] != nil && slices.Equal(s.actions, []string{"s3:*"}):
				denied["by "+text(s.Condition["Bool"]["aws:SecureTransport"])] = strings.Join(s.resources, " ")
			case s.Condition["NumericLessThan"] != nil && slices.Equal(s.actions, []string{"s3:*"}):
				denied["below "+text(s.Condition["NumericLessThan"]["s3:TlsVersion"])] = strings.Join(s.resources, " ")
			default:
				denied[strings.Join(s.actions, " ")+" but "+text(s.Condition["ArnNotEquals"]["aws:PrincipalArn"])] = strings.Join(s.resources, " ")
			}
		}
		for what, want := range map[string]string{
			"by false": bucket + " " + bucket + "/*", "below 1.2": bucket + " " + bucket + "/*",
			"s3:PutObject but " + role("Archivist"): bucket + "/manifests/* " + bucket + "/public-key* " + bucket + "/records/*",
			"s3:PutObject but " + role("Publisher"): bucket + "/reports/*",
		} {
			if denied[what] != want {
				t.Errorf("%s is denied for %q, want %q", what, denied[what], want)
			}
			delete(denied, what)
		}
		if len(denied) > 0 {
			t.Errorf("and %v", denied)
		}
	})
}

func TestTheKeyThatSigns(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		key := tpl.named(t, "AWS::KMS::Key", "EvidenceKey")
		same(t, key, "KeySpec", "ECC_NIST_P256")
		same(t, key, "KeyUsage", "SIGN_VERIFY")
		same(t, tpl.named(t, "AWS::KMS::Alias", "EvidenceKeyAlias"), "AliasName", "alias/pipewarden-evidence")
		if key.DeletionPolicy != "Retain" || key.Replace != "Retain" {
			t.Errorf("the key goes with the stack: %s, %s", key.DeletionPolicy, key.Replace)
		}
		var denied []statement
		for _, s := range key.statements(t, "KeyPolicy") {
			if s.Effect == "Deny" {
				denied = append(denied, s)
			}
		}
		if len(denied) != 1 || !slices.Equal(denied[0].actions, []string{"kms:Sign"}) {
			t.Fatalf("the key denies %+v", denied)
		}
		// CloudFormation names a role after the stack and the logical id.
		but, role := text(denied[0].Condition["ArnNotLike"]["aws:PrincipalArn"]), tpl.named(t, "AWS::IAM::Role", "ArchivistRole")
		if but != "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/pipewarden-ArchivistRole*" || role.at("RoleName") != nil || role.at("Path") != nil || !strings.HasPrefix(role.id, "ArchivistRole") {
			t.Errorf("everybody but %s is denied to sign", but)
		}
	})
}

func TestTheArchivistFollowsTheTable(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		table := tpl.named(t, "AWS::DynamoDB::Table", "Table")
		same(t, table, "StreamSpecification.StreamViewType", "NEW_AND_OLD_IMAGES")
		stream := tpl.named(t, "AWS::Lambda::EventSourceMapping", "ArchivistStream")
		for path, want := range map[string]string{
			"EventSourceArn": "${" + table.id + ".StreamArn}", "FunctionName": "${" + tpl.named(t, "AWS::Lambda::Function", "Archivist").id + "}",
			"DestinationConfig.OnFailure.Destination": "${" + tpl.named(t, "AWS::SQS::Queue", "EvidenceDead").id + ".Arn}",
		} {
			if got := text(stream.at(path)); got != want {
				t.Errorf("%s is %s, want %s", path, got, want)
			}
		}
		for path, want := range map[string]any{
			"StartingPosition": "TRIM_HORIZON", "BatchSize": 200, "MaximumBatchingWindowInSeconds": 300, "BisectBatchOnFunctionError": true,
			"FunctionResponseTypes": []any{"ReportBatchItemFailures"}, "MaximumRetryAttempts": -1,
			"MaximumRecordAgeInSeconds": 12 * 3600, // of the 24 hours for which the stream keeps a change
		} {
			same(t, stream, path, want)
		}
		late := tpl.named(t, "AWS::CloudWatch::Alarm", "ArchivistLate")
		same(t, late, "Statistic", "Maximum")
		same(t, late, "Namespace", "AWS/Lambda")
	})
}

// That nothing tries to seal shows only in that nothing is counted. A deployment begins so: what has never been there is no alarm.
func TestADayThatIsNotSealedIsAnAlarm(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		seal := tpl.named(t, "AWS::Scheduler::Schedule", "ArchivistSeal")
		for path, want := range map[string]any{
			"ScheduleExpression": "cron(35 0 * * ? *)", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED", "Target.Input": `{"seal":true}`,
		} {
			same(t, seal, path, want)
		}
		if got := text(seal.at("Target.Arn")); got != "${"+tpl.named(t, "AWS::Lambda::Function", "Archivist").id+".Arn}" {
			t.Errorf("it wakes %s", got)
		}
		alarm := tpl.named(t, "AWS::CloudWatch::Alarm", "EvidenceUnsealed")
		for path, want := range map[string]any{
			"AlarmName": "pipewarden-EvidenceUnsealed", "Namespace": "pipewarden", "MetricName": string(evidence.Sealings), "Statistic": "Sum",
			"Period": 6 * 3600, "EvaluationPeriods": 5, "Threshold": 1, "ComparisonOperator": "LessThanThreshold", "TreatMissingData": "missing",
			"Dimensions": []any{map[string]any{"Name": "function", "Value": "pipewarden-archivist"}},
		} {
			same(t, alarm, path, want)
		}
		topic := []string{"${" + tpl.named(t, "AWS::SNS::Topic", "Topic").id + "}"}
		if !slices.Equal(texts(alarm.at("AlarmActions")), topic) || !slices.Equal(texts(alarm.at("InsufficientDataActions")), topic) {
			t.Errorf("tells %v, and when there is nothing any more %v", alarm.at("AlarmActions"), alarm.at("InsufficientDataActions"))
		}
	})
}

func TestReportsAreWrittenWhenTheirDaysAreSealed(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		same(t, tpl.named(t, "AWS::Lambda::Function", "Publisher"), "Timeout", 300)
		weekly := tpl.named(t, "AWS::Scheduler::Schedule", "PublisherWeekly")
		same(t, weekly, "ScheduleExpression", "cron(5 1 ? * MON *)")
		same(t, weekly, "ScheduleExpressionTimezone", "UTC")
		same(t, weekly, "Target.Input", `{"report":"weekly"}`)
		if tpl.name == "applies" {
			for id := range tpl.Resources {
				if strings.HasPrefix(id, "PublisherMonthly") {
					t.Errorf("nobody asked for %s", id)
				}
			}
			return
		}
		monthly := tpl.named(t, "AWS::Scheduler::Schedule", "PublisherMonthly")
		same(t, monthly, "ScheduleExpression", "cron(20 1 1 * ? *)")
		same(t, monthly, "ScheduleExpressionTimezone", "UTC")
		same(t, monthly, "Target.Input", `{"report":"monthly"}`)
	})
}

func TestNoEvidenceIsKeptWhereNobodyWantsIt(t *testing.T) {
	t.Parallel()
	tpl := load(t, "chats")
	for id, p := range tpl.Resources {
		if strings.HasPrefix(id, "Evidence") || strings.HasPrefix(id, "Archivist") || strings.HasPrefix(id, "Publisher") || strings.HasPrefix(p.Type, "AWS::S3::") {
			t.Errorf("nobody asked for %s", id)
		}
	}
	if got := tpl.named(t, "AWS::DynamoDB::Table", "Table").at("StreamSpecification"); got != nil {
		t.Errorf("the table has a stream that nobody reads: %v", got)
	}
	for name := range tpl.Outputs {
		if strings.HasPrefix(name, "Evidence") {
			t.Errorf("there is an output %s", name)
		}
	}
}

func TestWhereEvidenceLiesIsTold(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		for name, want := range map[string]string{
			"EvidenceBucketName": "${" + tpl.named(t, "AWS::S3::Bucket", "EvidenceBucket").id + "}",
			"EvidenceKeyArn":     "${" + tpl.named(t, "AWS::KMS::Key", "EvidenceKey").id + ".Arn}",
		} {
			if got := text(tpl.Outputs[name].Value); got != want {
				t.Errorf("output %s is %s, want %s", name, got, want)
			}
		}
	})
}

// What was written may not be taken away by who writes it, and reports are no evidence.
func TestTheFunctionsDoNoMoreToEvidenceThanTheyMust(t *testing.T) {
	t.Parallel()
	eachKeeping(t, func(t *testing.T, tpl *template) {
		bucket := "${" + tpl.named(t, "AWS::S3::Bucket", "EvidenceBucket").id + ".Arn}"
		key := "${" + tpl.named(t, "AWS::KMS::Key", "EvidenceKey").id + ".Arn}"
		for function, want := range map[string][]string{
			"Archivist": {
				"kms:GetPublicKey " + key, "kms:Sign " + key, "s3:GetObject " + bucket + "/manifests/*", "s3:GetObject " + bucket + "/public-key*",
				"s3:GetObject " + bucket + "/records/*", "s3:ListBucket " + bucket, "s3:PutObject " + bucket + "/manifests/*",
				"s3:PutObject " + bucket + "/public-key*", "s3:PutObject " + bucket + "/records/*",
			},
			"Publisher": {"s3:PutObject " + bucket + "/reports/*"},
		} {
			var got []string
			for _, s := range tpl.named(t, "AWS::IAM::Role", function+"Role").allowed(t) {
				for _, action := range s.actions {
					for _, resource := range s.resources {
						if strings.HasPrefix(resource, bucket) || resource == key {
							got = append(got, action+" "+resource)
						}
					}
				}
			}
			if !slices.Equal(sorted(got), want) {
				t.Errorf("the %s may\n%s\nwant\n%s", function, strings.Join(sorted(got), "\n"), strings.Join(want, "\n"))
			}
		}
	})
	for _, stack := range stacks {
		for _, role := range load(t, stack).all(t, "AWS::IAM::Role") {
			for _, s := range role.allowed(t) {
				if (slices.Contains(s.actions, "kms:Sign") || slices.Contains(s.actions, "dynamodb:GetRecords")) && !strings.HasPrefix(role.id, "ArchivistRole") {
					t.Errorf("%s may %v", role.id, s.actions)
				}
			}
		}
	}
}
