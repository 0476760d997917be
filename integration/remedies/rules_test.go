package remedies

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	ownRule    = "pipewarden-iam"
	ownPattern = `{"source":["aws.iam"],"detail":{"eventName":["CreateRole","DeleteRole"]}}`
	ownQueue   = "arn:aws:sqs:" + region + ":" + account + ":pipewarden-looks"
	ownDead    = "arn:aws:sqs:" + region + ":" + account + ":pipewarden-undelivered"
)

// ruleScenes are those of pipewarden's own rules.
func ruleScenes() []scene {
	return []scene{
		tamperedRule(func(w *world, c *eventbridge.Client) error {
			_, err := c.DisableRule(w, &eventbridge.DisableRuleInput{Name: aws.String(ownRule)})
			return err
		}),
		tamperedRule(func(w *world, c *eventbridge.Client) error {
			return inTurn(func() error {
				_, err := c.RemoveTargets(w, &eventbridge.RemoveTargetsInput{Rule: aws.String(ownRule), Ids: []string{deployment.TargetID}})
				return err
			}, func() error {
				_, err := c.DeleteRule(w, &eventbridge.DeleteRuleInput{Name: aws.String(ownRule)})
				return err
			})
		}),
		tamperedRule(func(w *world, c *eventbridge.Client) error {
			return inTurn(func() error {
				_, err := c.PutRule(w, &eventbridge.PutRuleInput{Name: aws.String(ownRule), EventPattern: aws.String(`{"source":["aws.ec2"]}`), State: types.RuleStateDisabled})
				return err
			}, func() error {
				_, err := c.PutTargets(w, &eventbridge.PutTargetsInput{Rule: aws.String(ownRule), Targets: []types.Target{
					{Id: aws.String(deployment.TargetID), Arn: aws.String("arn:aws:sqs:" + region + ":" + partner + ":drop"), Input: aws.String("{}")},
				}})
				return err
			})
		}),
	}
}

// tamperedRule is a rule as it was deployed, and changed past its deployment. It is deployed without a description and a retry policy of its own:
// the one does not come back with a rule that is gone, and the other is what EventBridge does in any case.
func tamperedRule(change func(*world, *eventbridge.Client) error) scene {
	return scene{
		remedy: "auditor-rules-restore", check: "auditor-tampered", about: resource.Ref{Kind: "events", ID: ownRule}, oneWay: true,
		make: func(w *world) error {
			target := remedy.Target{ID: deployment.TargetID, ARN: ownQueue, DeadLetters: ownDead}
			w.rules = map[string]remedy.Rule{ownRule: {Name: ownRule, Pattern: json.RawMessage(ownPattern), Targets: []remedy.Target{target}}}
			c := eventbridge.NewFromConfig(w.cfg)
			return inTurn(func() error {
				_, err := c.PutRule(w, &eventbridge.PutRuleInput{Name: aws.String(ownRule), EventPattern: aws.String(ownPattern), State: types.RuleStateEnabled})
				return err
			}, func() error {
				_, err := c.PutTargets(w, &eventbridge.PutTargetsInput{Rule: aws.String(ownRule), Targets: []types.Target{
					{Id: &target.ID, Arn: &target.ARN, DeadLetterConfig: &types.DeadLetterConfig{Arn: &target.DeadLetters}},
				}})
				return err
			}, func() (err error) {
				w.right, err = w.ruleState()
				return err
			})
		},
		act: done("auditor-tampered", "auditor-rules-restore", func(w *world, cfg aws.Config) error {
			return change(w, eventbridge.NewFromConfig(cfg))
		}),
		state: (*world).ruleState,
	}
}

// ruleState is the rule and its targets, or that there is none.
func (w *world) ruleState() (any, error) {
	c := eventbridge.NewFromConfig(w.cfg)
	rule, err := c.DescribeRule(w, &eventbridge.DescribeRuleInput{Name: aws.String(ownRule)})
	if awserr.IsNotFound(err) {
		return "none", nil
	}
	if err != nil {
		return nil, err
	}
	targets, err := c.ListTargetsByRule(w, &eventbridge.ListTargetsByRuleInput{Rule: aws.String(ownRule)})
	return map[string]any{"rule": rule, "targets": targets}, err
}
