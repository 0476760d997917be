// Package awserr sorts AWS errors by their code.
package awserr

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Code is the service's error code ("AccessDeniedException"); "" when the error did not come from a service.
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Is says whether the error carries one of those codes.
func Is(err error, codes ...string) bool {
	code := Code(err)
	return code != "" && slices.Contains(codes, code)
}

// IsNotFound says that the thing asked for does not exist. A missing key that a queue or topic is sealed with is another matter.
func IsNotFound(err error) bool {
	code := Code(err)
	missing := strings.TrimSuffix(code, "Exception")
	return (strings.HasSuffix(missing, "NotFound") || strings.HasSuffix(missing, "DoesNotExist") ||
		slices.Contains([]string{"NoSuchBucket", "NoSuchEntity", "NoSuchKey", "AWS.SimpleQueueService.NonExistentQueue"}, missing)) &&
		!strings.EqualFold(missing, "KMSNotFound") && !strings.HasPrefix(missing, "KMS.")
}

// IsDenied says that the caller may not.
func IsDenied(err error) bool {
	code := Code(err)
	return strings.Contains(code, "AccessDenied") || strings.HasPrefix(code, "Unauthorized") ||
		slices.Contains([]string{"AuthorizationError", "NotAuthorizedException", "AllAccessDisabled"}, code) ||
		status(err) == 403 && !IsThrottled(err)
}

// IsTurnedAway says that the service takes nothing from the caller: it may not, or its credentials, or the account they are of, are not good
// any more.
func IsTurnedAway(err error) bool {
	return IsDenied(err) ||
		Is(err, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SubscriptionRequiredException", "OptInRequired", "NotSignedUp")
}

// IsForbiddenByOrganisation says that a service or resource control policy refuses the call: asking again will not help.
func IsForbiddenByOrganisation(err error) bool {
	if !IsDenied(err) {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "service control policy") || strings.Contains(text, "resource control policy")
}

// IsThrottled says that the service asks for fewer calls, by the codes that the SDK's own retries go by and those of SNS and SQS.
func IsThrottled(err error) bool {
	return Is(err, "Throttling", "ThrottlingException", "ThrottledException", "Throttled", "TooManyRequestsException", "RequestLimitExceeded",
		"SlowDown", "LimitExceededException", "ProvisionedThroughputExceededException", "RequestThrottled", "RequestThrottledException",
		"BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete", "TransactionInProgressException",
		"KMSThrottling", "KmsThrottled", "KMS.ThrottlingException") ||
		status(err) == 429
}

// IsConflict says that somebody else is writing at this moment.
func IsConflict(err error) bool {
	return Is(err, "ConflictException", "OperationAborted", "OperationAbortedException", "ConcurrentModificationException", "ConcurrentModification",
		"ConcurrentAccess", "ConditionalRequestConflict", "ResourceConflictException")
}

// IsPassing says that the same call may succeed later: throttling, a fault of the service, no connection, or one that broke off.
func IsPassing(err error) bool {
	var network net.Error
	return IsThrottled(err) || IsConflict(err) || status(err) >= 500 || Is(err, "RequestTimeout", "RequestTimeoutException") ||
		errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Reason says in a few words why a reading was not to be had.
func Reason(err error) string {
	switch {
	case IsForbiddenByOrganisation(err):
		return "an organisation policy forbids the call"
	case IsThrottled(err):
		return "AWS throttled the call"
	case IsDenied(err):
		return "access denied"
	case IsNotFound(err):
		return "it does not exist"
	case IsPassing(err):
		return "AWS did not answer"
	}
	if code := Code(err); code != "" {
		return "AWS answered " + code
	}
	return "it could not be read"
}

func status(err error) int {
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// Plain is an error whose text is the same each time: what could not be done, and Reason. It is for what gets into findings, where the
// request ids and ARNs of an AWS answer tell nobody anything. The error itself stays to be asked.
func Plain(what string, err error) error { return &plain{what, err} }

type plain struct {
	what string
	err  error
}

func (p *plain) Error() string { return p.what + ": " + Reason(p.err) }
func (p *plain) Unwrap() error { return p.err }
