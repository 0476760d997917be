// Package awserr sorts AWS errors by their code.
package awserr

import (
	"context"
	"errors"
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

// IsNotFound says that the thing asked for does not exist.
func IsNotFound(err error) bool {
	code := Code(err)
	return strings.HasSuffix(code, "NotFoundException") || strings.HasSuffix(code, "NotFound") ||
		slices.Contains([]string{"NoSuchBucket", "NoSuchEntity", "NoSuchEntityException", "NoSuchKey"}, code)
}

// IsDenied says that the caller may not.
func IsDenied(err error) bool {
	code := Code(err)
	return strings.HasPrefix(code, "AccessDenied") || strings.HasPrefix(code, "Unauthorized") ||
		slices.Contains([]string{"AuthorizationError", "NotAuthorizedException", "AllAccessDisabled"}, code) ||
		status(err) == 403 && code != "ThrottlingException" && !IsThrottled(err)
}

// IsForbiddenByOrganisation says that a service or resource control policy refuses the call: asking again will not help.
func IsForbiddenByOrganisation(err error) bool {
	if !IsDenied(err) {
		return false
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "service control policy") || strings.Contains(text, "resource control policy")
}

// IsThrottled says that the service asks for fewer calls.
func IsThrottled(err error) bool {
	return Is(err, "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
		"SlowDown", "LimitExceededException", "ProvisionedThroughputExceededException", "RequestThrottled", "RequestThrottledException") ||
		status(err) == 429
}

// IsConflict says that somebody else is writing at this moment.
func IsConflict(err error) bool {
	return Is(err, "ConflictException", "OperationAborted", "ConcurrentModificationException", "ConcurrentModification", "ResourceConflictException")
}

// IsPassing says that the same call may succeed later: throttling, a fault of the service, or no connection.
func IsPassing(err error) bool {
	var network net.Error
	return IsThrottled(err) || IsConflict(err) || status(err) >= 500 || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded)
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
