package remedies

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	stored "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	audit        = "management-events"
	auditBucket  = "audit-" + account
	auditTopic   = "audit"
	otherRegion  = "us-east-1" // where a trail may be at home
	seenCategory = "eventCategory"
)

var aTrail = resource.Ref{Kind: "trail", ID: audit}

func trailScenes() []scene {
	return append([]scene{
		stoppedTrail(region), stoppedTrail(otherRegion),
		deletedTrail(&cloudtrail.PutEventSelectorsInput{EventSelectors: ownBasic}), deletedTrail(&cloudtrail.PutEventSelectorsInput{AdvancedEventSelectors: ownAdvanced}),
		deletedTrail(nil),
		weakenedTrail(nil, nil, true),
		weakenedTrail(&cloudtrail.PutEventSelectorsInput{EventSelectors: ownBasic}, &cloudtrail.PutEventSelectorsInput{AdvancedEventSelectors: onlyObjects}, false),
		weakenedTrail(&cloudtrail.PutEventSelectorsInput{AdvancedEventSelectors: ownAdvanced}, &cloudtrail.PutEventSelectorsInput{EventSelectors: onlyReads}, true),
	}, ruleScenes()...)
}

// Selectors that let all changes pass, and such as let none.
var (
	objects = types.DataResource{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::" + store + "/"}}

	ownBasic = []types.EventSelector{
		{ReadWriteType: types.ReadWriteTypeWriteOnly, IncludeManagementEvents: aws.Bool(true)},
		{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(false), DataResources: []types.DataResource{objects}},
	}
	onlyReads   = []types.EventSelector{{ReadWriteType: types.ReadWriteTypeReadOnly, IncludeManagementEvents: aws.Bool(true)}}
	ownAdvanced = []types.AdvancedEventSelector{fields("changes", seenCategory, "Management", "readOnly", "false"), onlyObjects[0]}
	onlyObjects = []types.AdvancedEventSelector{fields("objects", seenCategory, "Data", "resources.type", "AWS::S3::Object")}
)

func fields(name string, pairs ...string) types.AdvancedEventSelector {
	one := types.AdvancedEventSelector{Name: &name}
	for pair := range slices.Chunk(pairs, 2) {
		one.FieldSelectors = append(one.FieldSelectors, types.AdvancedFieldSelector{Field: &pair[0], Equals: pair[1:]})
	}
	return one
}

// stoppedTrail is at home there, and seen here.
func stoppedTrail(home string) scene {
	return scene{
		remedy: "trail-start", check: "trail-stopped", about: aTrail, oneWay: true,
		make: func(w *world) error {
			cfg := w.cfg.Copy()
			cfg.Region = home
			return inTurn(func() error { return w.trail(cfg, nil) }, func() error {
				_, err := cloudtrail.NewFromConfig(cfg).StopLogging(w, &cloudtrail.StopLoggingInput{Name: aws.String(audit)})
				return err
			})
		},
		state: (*world).trailState,
	}
}

// deletedTrail is one that a person is known to have left behind, and somebody else deletes: tags and all are as they were once it is made again.
// As it cannot be told of a trail that is gone whether a stack manages it, the settings have to allow for that.
func deletedTrail(selectors *cloudtrail.PutEventSelectorsInput) scene {
	return scene{
		remedy: "trail-recreate", check: "trail-deleted", about: aTrail, oneWay: true,
		make: func(w *world) error {
			w.set.RemediateStackResources = true
			return w.trust(func(cfg aws.Config) error { return w.trail(cfg, selectors) }, (*world).trailState)
		},
		act: done("trail-deleted", "trail-recreate", func(w *world, cfg aws.Config) error {
			_, err := cloudtrail.NewFromConfig(cfg).DeleteTrail(w, &cloudtrail.DeleteTrailInput{Name: aws.String(audit)})
			return err
		}),
		state: (*world).trailState,
	}
}

// weakenedTrail covered all with these selectors, and is cut down by those, and to one region without digests.
func weakenedTrail(were, are *cloudtrail.PutEventSelectorsInput, cut bool) scene {
	return scene{
		remedy: "trail-restore", check: "trail-weakened", about: aTrail,
		make: func(w *world) error {
			return inTurn(func() error {
				return w.trust(func(cfg aws.Config) error { return w.trail(cfg, were) }, (*world).trailState)
			}, func() error { return w.selectors(w.cfg, are) }, func() error {
				if !cut {
					return nil
				}
				return w.updateTrail(&cloudtrail.UpdateTrailInput{
					IsMultiRegionTrail: aws.Bool(false), IncludeGlobalServiceEvents: aws.Bool(false), EnableLogFileValidation: aws.Bool(false),
				})
			})
		},
		state: (*world).trailState,
		move: func(w *world) error {
			if are == nil {
				return w.updateTrail(&cloudtrail.UpdateTrailInput{EnableLogFileValidation: aws.Bool(false)})
			}
			return w.selectors(w.cfg, &cloudtrail.PutEventSelectorsInput{EventSelectors: ownBasic[:1]})
		},
	}
}

func (w *world) updateTrail(in *cloudtrail.UpdateTrailInput) error {
	in.Name = aws.String(audit)
	_, err := cloudtrail.NewFromConfig(w.cfg).UpdateTrail(w, in)
	return err
}

func (w *world) selectors(cfg aws.Config, in *cloudtrail.PutEventSelectorsInput) error {
	if in == nil {
		return nil
	}
	in.TrailName = aws.String(audit)
	_, err := cloudtrail.NewFromConfig(cfg).PutEventSelectors(w, in)
	return err
}

// trail makes a trail that covers everything, with all that a trail can have, and starts it.
func (w *world) trail(cfg aws.Config, selectors *cloudtrail.PutEventSelectorsInput) error {
	c := cloudtrail.NewFromConfig(cfg)
	return inTurn(func() error {
		_, err := s3.NewFromConfig(w.cfg).CreateBucket(w, &s3.CreateBucketInput{
			Bucket: aws.String(auditBucket), CreateBucketConfiguration: &stored.CreateBucketConfiguration{LocationConstraint: region},
		})
		return err
	}, func() error {
		_, err := sns.NewFromConfig(cfg).CreateTopic(w, &sns.CreateTopicInput{Name: aws.String(auditTopic)})
		return err
	}, func() error {
		_, err := c.CreateTrail(w, &cloudtrail.CreateTrailInput{
			Name: aws.String(audit), S3BucketName: aws.String(auditBucket), S3KeyPrefix: aws.String("all"), SnsTopicName: aws.String(auditTopic),
			IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
			CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:" + cfg.Region + ":" + account + ":log-group:audit:*"), CloudWatchLogsRoleArn: aws.String("arn:aws:iam::" + account + ":role/audit"),
			KmsKeyId: aws.String(customerKey), TagsList: []types.Tag{{Key: aws.String("team"), Value: aws.String("audit")}},
		})
		return err
	}, func() error { return w.selectors(cfg, selectors) }, func() error {
		_, err := c.PutInsightSelectors(w, &cloudtrail.PutInsightSelectorsInput{
			TrailName: aws.String(audit), InsightSelectors: []types.InsightSelector{{InsightType: types.InsightTypeApiCallRateInsight}, {InsightType: types.InsightTypeApiErrorRateInsight}},
		})
		return err
	}, func() error {
		_, err := c.StartLogging(w, &cloudtrail.StartLoggingInput{Name: aws.String(audit)})
		return err
	})
}

// trailState is all that there is of trails, wherever they are at home, without times.
func (w *world) trailState() (any, error) {
	all, err := cloudtrail.NewFromConfig(w.cfg).DescribeTrails(w, &cloudtrail.DescribeTrailsInput{})
	if err != nil {
		return nil, err
	}
	state := map[string]any{}
	for _, t := range all.TrailList {
		cfg := w.cfg.Copy()
		cfg.Region = aws.ToString(t.HomeRegion)
		beside, err := w.besideTrail(cloudtrail.NewFromConfig(cfg), t)
		if err != nil {
			return nil, err
		}
		beside["trail"] = t
		state[aws.ToString(t.TrailARN)] = beside
	}
	return state, nil
}

// besideTrail is what the description does not have.
func (w *world) besideTrail(c *cloudtrail.Client, t types.Trail) (map[string]any, error) {
	status, err := c.GetTrailStatus(w, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
	if err != nil {
		return nil, err
	}
	selectors, err := c.GetEventSelectors(w, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
	if err != nil {
		return nil, err
	}
	insights, err := c.GetInsightSelectors(w, &cloudtrail.GetInsightSelectorsInput{TrailName: t.TrailARN})
	if err != nil && awserr.Code(err) != "InsightNotEnabledException" {
		return nil, err
	}
	tags, err := c.ListTags(w, &cloudtrail.ListTagsInput{ResourceIdList: []string{aws.ToString(t.TrailARN)}})
	if err != nil {
		return nil, err
	}
	state := map[string]any{"isLogging": status.IsLogging, "selectors": selectors, "tags": tags}
	if insights != nil {
		state["insights"] = insights
	}
	return state, nil
}
