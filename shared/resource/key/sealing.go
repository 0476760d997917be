package key

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/policy"
)

// Unfit says in a sentence why S3 and CloudWatch Logs cannot seal anything under a key, which is given by its ARN; "" when they can. S3 takes
// any text for a key and fails at the next upload, so that somebody has to look before (S3 API Reference, "PutBucketEncryption"). It is one
// DescribeKey; awserr.IsDenied where that may not be asked.
func Unfit(ctx context.Context, cfg aws.Config, arn string) (string, error) {
	n, ok := parse(arn)
	if !ok || n.arn == "" {
		return "The settings name " + arn + " as a key, which is the ARN of none.", nil
	}
	m, err := describe(ctx, client(cfg, n.region), arn)
	switch {
	case awserr.IsNotFound(err):
		return "The key " + arn + " does not exist.", nil
	case err != nil:
		return "", err
	case string(m.KeyManager) != Customer:
		return "The key " + arn + " is managed by AWS.", nil
	case m.KeySpec != types.KeySpecSymmetricDefault || m.KeyUsage != types.KeyUsageTypeEncryptDecrypt:
		return "The key " + arn + " is no symmetric key for encryption.", nil
	case m.KeyState != types.KeyStateEnabled:
		return fmt.Sprintf("The key %s cannot be used: KMS calls its state %s.", arn, m.KeyState), nil
	}
	return "", nil
}

// forLogs are the actions that CloudWatch Logs takes to seal a log group (CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs
// using AWS Key Management Service").
var forLogs = [...]string{"kms:encrypt", "kms:decrypt", "kms:reencryptfrom", "kms:reencryptto", "kms:generatedatakey", "kms:describekey"}

// AdmitsLogs says whether the policy shows that CloudWatch Logs may seal the log group of that ARN, which has no :* at its end. Conditions other than
// on the group are taken for unmet, and what a Deny takes away is left to the service, which tries the key before it takes it.
func (s AdmissionState) AdmitsLogs(group string) bool {
	document, known := s.Policy.Get()
	const fields = 6
	parts := strings.SplitN(group, ":", fields)
	if !known || document.Document == nil || len(parts) != fields {
		return false
	}
	var admitted []string
	for i := range document.Statements {
		if one := &document.Statements[i]; one.Effect == "Allow" && logsIsIn(one.Principal, parts[3]) && meets(one.Condition, group) {
			admitted = append(admitted, one.Action...)
		}
	}
	return !slices.ContainsFunc(forLogs[:], func(action string) bool {
		return !slices.ContainsFunc(admitted, func(pattern string) bool { return policy.Fits(strings.ToLower(pattern), action) })
	})
}

// Names says whether a statement of the policy names a service, as "cloudtrail.amazonaws.com", and allows it an action. Under which conditions is
// not looked at: whoever made the statement had the service in mind.
func (s AdmissionState) Names(service, action string) bool {
	document, _ := s.Policy.Get()
	return document.Document != nil && slices.ContainsFunc(document.Statements, func(one policy.Statement) bool {
		return one.Effect == "Allow" && (one.Principal.Any || slices.Contains(one.Principal.Service, service) || slices.Contains(one.Principal.Service, "*")) &&
			slices.ContainsFunc(one.Action, func(pattern string) bool { return policy.Fits(strings.ToLower(pattern), strings.ToLower(action)) })
	})
}

// logsIsIn says whether a statement names CloudWatch Logs of that region.
func logsIsIn(who policy.Principals, region string) bool {
	return who.Any || slices.ContainsFunc(who.Service, func(name string) bool {
		return name == "*" || strings.TrimSuffix(name, ".cn") == "logs."+region+".amazonaws.com"
	})
}

// logContext is the key of the encryption context in which CloudWatch Logs names the group (the same page).
const logContext = "kms:encryptioncontext:aws:logs:arn"

// meets says whether a log group meets all conditions for certain.
func meets(conditions policy.Conditions, group string) bool {
	for operator, keys := range conditions {
		compare := policy.Fits
		switch strings.TrimSuffix(strings.ToLower(operator), "ifexists") {
		case "arnequals", "arnlike", "stringlike":
		case "stringequals":
			compare = func(value, text string) bool { return value == text }
		default:
			return false
		}
		for name, values := range keys {
			if strings.ToLower(name) != logContext || !slices.ContainsFunc(values, func(value string) bool { return compare(value, group) }) {
				return false
			}
		}
	}
	return true
}
