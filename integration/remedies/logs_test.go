package remedies

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	logs    = "/aws/codebuild/" + project
	logsARN = "arn:aws:logs:" + region + ":" + account + ":log-group:" + logs
)

var aLogGroup = resource.Ref{Kind: "loggroup", ID: logs}

func logScenes() []scene {
	return append([]scene{
		unsealedLogs(),
		shortLived(0, 3653), shortLived(4000, 30),
		spilled(""), spilled(someMasking),
		streamedAbroad(),
	}, logPolicyScenes()...)
}

// unsealedLogs is a group without a key, while the settings name one that CloudWatch Logs may use.
func unsealedLogs() scene {
	return scene{
		remedy: "log-group-encrypt", check: "log-group-customer-key", about: aLogGroup,
		make: func(w *world) error {
			return inTurn(w.logGroup, w.customerKey, func() error { return w.admitLogs(w.keys[0]) })
		},
		state: (*world).logGroupState,
		move: func(w *world) error {
			_, err := w.cloudwatch().AssociateKmsKey(w, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String(logs), KmsKeyId: aws.String(customerKey)})
			return err
		},
	}
}

// shortLived is a group that keeps its logs for a week, where so many days are asked for; 0: as many as the settings ask for by themselves.
func shortLived(asked int, moved int32) scene {
	keep := func(w *world, days int32) error {
		_, err := w.cloudwatch().PutRetentionPolicy(w, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(logs), RetentionInDays: &days})
		return err
	}
	return scene{
		remedy: "log-group-retain", check: "log-group-retention", about: aLogGroup,
		make: func(w *world) error {
			if asked > 0 {
				w.set.Options.RetentionDays = asked
			}
			return inTurn(w.logGroup, func() error { return keep(w, 7) })
		},
		state: (*world).logGroupState,
		move:  func(w *world) error { return keep(w, moved) },
	}
}

// someMasking is a policy that masks something else, in an order of its own.
const someMasking = `{"Version":"2021-06-01","Name":"people","Statement":[` +
	`{"Sid":"a","Operation":{"Audit":{"FindingsDestination":{}}},"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress","Staff"]},` +
	`{"Sid":"m","Operation":{"Deidentify":{"MaskConfig":{}}},"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress","Staff"]}],` +
	`"Configuration":{"CustomDataIdentifier":[{"Name":"Staff","Regex":"staff-[0-9]{6}"}]}}`

// spilled is a build that printed a token into a group with this policy of data protection; "" for none. What a build logged stays logged, so
// that the finding is about what it did.
func spilled(masking string) scene {
	var ref resource.Ref
	put := func(w *world, document string) error {
		_, err := w.cloudwatch().PutDataProtectionPolicy(w, &cloudwatchlogs.PutDataProtectionPolicyInput{LogGroupIdentifier: aws.String(logs), PolicyDocument: &document})
		return err
	}
	return scene{
		remedy: "log-group-mask", check: "build-log-secret", about: resource.Ref{Kind: "build"},
		make: func(w *world) error {
			return inTurn(w.logGroup, func() error { return w.project(nil) }, func() (err error) {
				ref, err = w.build("deploying with ghp_" + "n4Kf0sYb2Qw9Zt7LxVu3Rj8Hc5Mp6DgAe1Xy")
				return err
			}, func() error {
				if masking == "" {
					return nil
				}
				return put(w, masking)
			})
		},
		act: func(w *world) (finding.Finding, error) {
			all, err := w.engine().Batch(nil).Again(w, "build-log-secret", ref)
			if err != nil || len(all) != 1 || all[0].Outcome != finding.Fail || all[0].Remedy != "log-group-mask" || all[0].Once == "" {
				return finding.Finding{}, fmt.Errorf("it says %+v, %w", all, err)
			}
			return all[0], nil
		},
		state: (*world).logGroupState,
		move:  func(w *world) error { return put(w, someMasking[:len(someMasking)-1]+`,"Description":"somebody's"}`) },
	}
}

// build runs the project, which logs a line.
func (w *world) build(line string) (resource.Ref, error) {
	out, err := w.builds().StartBuild(w, &codebuild.StartBuildInput{ProjectName: aws.String(project)})
	if err != nil {
		return resource.Ref{}, err
	}
	at := out.Build.Logs
	if aws.ToString(at.GroupName) != logs {
		return resource.Ref{}, fmt.Errorf("the build logs to %s", aws.ToString(at.GroupName))
	}
	w.FinishBuild(account, region, aws.ToString(out.Build.Id), "SUCCEEDED")
	return resource.Ref{Kind: "build", ID: aws.ToString(out.Build.Id), Account: account, Region: region}, inTurn(func() error {
		_, err := w.cloudwatch().CreateLogStream(w, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: at.GroupName, LogStreamName: at.StreamName})
		return err
	}, func() error {
		_, err := w.cloudwatch().PutLogEvents(w, &cloudwatchlogs.PutLogEventsInput{
			LogGroupName: at.GroupName, LogStreamName: at.StreamName, LogEvents: []types.InputLogEvent{{Message: &line, Timestamp: aws.Int64(w.now.UnixMilli())}},
		})
		return err
	})
}

// streamedAbroad is a group with two subscriptions, one of which sends to an account that nobody declared.
func streamedAbroad() scene {
	put := func(w *world, in *cloudwatchlogs.PutSubscriptionFilterInput) error {
		in.LogGroupName = aws.String(logs)
		_, err := w.cloudwatch().PutSubscriptionFilter(w, in)
		return err
	}
	destination := func(of, name string) *string {
		return aws.String("arn:aws:logs:" + region + ":" + of + ":destination:" + name)
	}
	return scene{
		remedy: "log-group-unsubscribe", check: "log-group-streams-abroad", about: aLogGroup,
		make: func(w *world) error {
			return inTurn(w.logGroup, func() error {
				return put(w, &cloudwatchlogs.PutSubscriptionFilterInput{
					FilterName: aws.String("out"), FilterPattern: aws.String(""), DestinationArn: destination(partner, "central"), RoleArn: aws.String("arn:aws:iam::" + account + ":role/out"),
					Distribution: types.DistributionRandom, ApplyOnTransformedLogs: true, EmitSystemFields: []string{"@aws.account"}, FieldSelectionCriteria: aws.String(`@aws.region = "eu-west-1"`),
				})
			}, func() error {
				return put(w, &cloudwatchlogs.PutSubscriptionFilterInput{FilterName: aws.String("own"), FilterPattern: aws.String("ERROR"), DestinationArn: destination(account, "own")})
			})
		},
		state: (*world).logGroupState,
		move: func(w *world) error {
			return put(w, &cloudwatchlogs.PutSubscriptionFilterInput{FilterName: aws.String("out"), FilterPattern: aws.String(""), DestinationArn: destination(account, "own")})
		},
	}
}

func (w *world) cloudwatch() *cloudwatchlogs.Client { return cloudwatchlogs.NewFromConfig(w.cfg) }

func (w *world) logGroup() error {
	_, err := w.cloudwatch().CreateLogGroup(w, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(logs), Tags: map[string]string{"team": "payments"}})
	return err
}

// admitLogs lets CloudWatch Logs use a key.
func (w *world) admitLogs(key string) error {
	_, err := kms.NewFromConfig(w.cfg).PutKeyPolicy(w, &kms.PutKeyPolicyInput{KeyId: &key, Policy: aws.String(`{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"logs.` + region + `.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],` +
		`"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:` + region + `:` + account + `:*"}}}]}`)})
	return err
}

// logGroupState is all that there is of the group but what was logged, without times.
func (w *world) logGroupState() (any, error) {
	c := w.cloudwatch()
	groups, err := c.DescribeLogGroups(w, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(logs)})
	if err != nil {
		return nil, err
	}
	filters, err := c.DescribeSubscriptionFilters(w, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: aws.String(logs)})
	if err != nil {
		return nil, err
	}
	for i := range filters.SubscriptionFilters {
		filters.SubscriptionFilters[i].CreationTime = nil
	}
	masking, err := c.GetDataProtectionPolicy(w, &cloudwatchlogs.GetDataProtectionPolicyInput{LogGroupIdentifier: aws.String(logs)})
	if err != nil {
		return nil, err
	}
	tags, err := c.ListTagsForResource(w, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(logsARN)})
	return map[string]any{"groups": groups, "subscriptions": filters, "masking": masking.PolicyDocument, "tags": tags}, err
}
