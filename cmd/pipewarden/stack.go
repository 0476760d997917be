package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// stackName is what make deploy calls the stack.
const stackName = "pipewarden"

// deployed is what a stack says of itself.
type deployed struct {
	table, topic, orders string
	accountName          string
}

// lookUp reads the outputs of the deployed stack, so that the command in a message works as it stands there.
func lookUp(ctx context.Context, cfg aws.Config) (deployed, error) {
	out, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil {
		why := awserr.Reason(err)
		if awserr.Is(err, "ValidationError") { // what CloudFormation answers for a stack that is not there
			why = "it does not exist"
		}
		return deployed{}, fmt.Errorf("the stack %s in %s could not be read: %s", stackName, cfg.Region, why)
	}
	var d deployed
	for _, stack := range out.Stacks {
		for _, o := range stack.Outputs {
			switch aws.ToString(o.OutputKey) {
			case "TableName":
				d.table = aws.ToString(o.OutputValue)
			case "TopicArn":
				d.topic = aws.ToString(o.OutputValue)
			case "OrdersUrl":
				d.orders = aws.ToString(o.OutputValue)
			}
		}
		for _, p := range stack.Parameters {
			if aws.ToString(p.ParameterKey) == "AccountName" {
				d.accountName = aws.ToString(p.ParameterValue)
			}
		}
	}
	if d.table == "" {
		return d, fmt.Errorf("the stack %s in %s has no output TableName", stackName, cfg.Region)
	}
	return d, nil
}
