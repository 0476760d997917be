package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Statements of policies of CloudWatch Logs.
const (
	anyService = `{"Sid":"Any","Effect":"Allow","Principal":{"Service":"*"},"Action":["logs:PutLogEvents","logs:CreateLogStream"],"Resource":"*"}`
	route53    = `{"Sid":"DNS","Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"` + logsARN + `:*",` +
		`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:route53:::hostedzone/Z1"}}}`
)

// logPolicyScenes are those of the two kinds of such policies: the account's, and a log group's own, of which each version has a number.
func logPolicyScenes() []scene {
	return []scene{
		openLogPolicy("policy:any-service", func(cloudwatchlogs.PutResourcePolicyInput) cloudwatchlogs.PutResourcePolicyInput {
			return cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("any-service")}
		}),
		openLogPolicy(logsARN, func(in cloudwatchlogs.PutResourcePolicyInput) cloudwatchlogs.PutResourcePolicyInput {
			in.ResourceArn = aws.String(logsARN)
			return in
		}),
	}
}

func openLogPolicy(id string, of func(cloudwatchlogs.PutResourcePolicyInput) cloudwatchlogs.PutResourcePolicyInput) scene {
	put := func(w *world, statements string) error {
		now, err := w.cloudwatch().DescribeResourcePolicies(w, &cloudwatchlogs.DescribeResourcePoliciesInput{PolicyScope: types.PolicyScopeResource})
		if err != nil {
			return err
		}
		var was cloudwatchlogs.PutResourcePolicyInput
		for _, p := range now.ResourcePolicies {
			was.ExpectedRevisionId = p.RevisionId
		}
		in := of(was)
		in.PolicyDocument = aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
		_, err = w.cloudwatch().PutResourcePolicy(w, &in)
		return err
	}
	return scene{
		remedy: "log-policy-narrow", check: "log-policy-open-to-writes", about: resource.Ref{Kind: "logpolicy", ID: id},
		make: func(w *world) error {
			return inTurn(w.logGroup, func() error { return put(w, route53+","+anyService) })
		},
		state: (*world).logPolicies,
		move:  func(w *world) error { return put(w, route53) },
	}
}

// logPolicies are all policies, without times and the numbers of versions.
func (w *world) logPolicies() (any, error) {
	var all []types.ResourcePolicy
	for _, scope := range []types.PolicyScope{types.PolicyScopeAccount, types.PolicyScopeResource} {
		out, err := w.cloudwatch().DescribeResourcePolicies(w, &cloudwatchlogs.DescribeResourcePoliciesInput{PolicyScope: scope})
		if err != nil {
			return nil, err
		}
		for _, p := range out.ResourcePolicies {
			p.LastUpdatedTime, p.RevisionId = nil, nil
			all = append(all, p)
		}
	}
	return all, nil
}
