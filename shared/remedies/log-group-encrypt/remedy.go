// Package loggroupencrypt gives a log group a key that the settings name.
package loggroupencrypt

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// group is the resource of both writes (Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs").
const group = "arn:{partition}:logs:{region}:{account}:log-group:*"

// Remedy seals what is logged from then on.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "log-group-encrypt", Risk: remedy.Disruptive,
	On:     []resource.Source{loggroup.Kind},
	Reads:  []string{"logs:DescribeLogGroups", key.DescribeAction, "kms:GetKeyPolicy"},
	Grants: []remedy.Grant{{Action: "logs:AssociateKmsKey", Resource: group}, {Action: "logs:DisassociateKmsKey", Resource: group}},
}, remedy.Change[seal]{What: "key of log group", Read: read, Aim: aim, Requests: requests})

// seal is the part of a log group that is touched.
type seal struct {
	KeyID string `json:"kmsKeyId,omitempty"` // "": a key of the service
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *seal) (seal, error) {
	if loggroup.All(ref) {
		return seal{}, &remedy.RefusedError{Why: "Which key seals its logs is a setting of each log group, and the finding is about all of them."}
	}
	s, err := loggroup.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return seal{}, err
	}
	id, known := s.KeyID.Get()
	if !known {
		return seal{}, fmt.Errorf("key of log group %s: %w", ref.ID, s.KeyID.Err())
	}
	return seal{id}, nil
}

func aim(ctx context.Context, cfg aws.Config, c remedy.Case, ref resource.Ref, found seal) (remedy.Aim[seal], error) {
	arn := c.Options.Key(ref.Region)
	switch {
	case found.KeyID != "": // no other key than a customer's can be given to a log group
		return remedy.Aim[seal]{To: found, Summary: "The log group " + ref.ID + " is under " + found.KeyID + "."}, nil
	case arn == "":
		return remedy.Aim[seal]{}, &remedy.RefusedError{Why: "The settings name no key for " + ref.Region + " (options.customerKeys)."}
	}
	switch why, err := key.Unfit(ctx, cfg, arn); {
	case err != nil:
		return remedy.Aim[seal]{}, err
	case why != "":
		return remedy.Aim[seal]{}, &remedy.RefusedError{Why: why}
	}
	switch admission, err := key.Admission.Read(ctx, cfg, resource.Ref{Kind: key.Kind.Name, ID: arn, Region: ref.Region}); {
	case err != nil && !awserr.IsDenied(err):
		return remedy.Aim[seal]{}, err
	case err != nil:
		return remedy.Aim[seal]{}, &remedy.RefusedError{Why: "Whether CloudWatch Logs may use " + arn + " is not known: its policy may not be read."}
	case !admission.AdmitsLogs(loggroup.ARN(ref)):
		return remedy.Aim[seal]{}, &remedy.RefusedError{Why: "The policy of " + arn + " does not show that CloudWatch Logs (logs." + ref.Region + ".amazonaws.com) may encrypt and decrypt with it for " + ref.ID + "."}
	}
	return remedy.Aim[seal]{
		To:      seal{arn},
		Summary: "Encrypt what is logged in " + ref.ID + " from now on under " + arn + ".",
		Breaks:  "While the key is disabled, or CloudWatch Logs is taken out of its policy, nobody can read what was logged under it.",
	}, nil
}

func requests(ref resource.Ref, _, to seal) ([]remedy.Request, error) {
	if to.KeyID == "" {
		in := &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: &ref.ID}
		return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DisassociateKmsKey)}, nil
	}
	in := &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &ref.ID, KmsKeyId: &to.KeyID}
	return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).AssociateKmsKey)}, nil
}
