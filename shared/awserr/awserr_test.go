package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/pipewarden/pipewarden/shared/awserr"
)

// class is what an error counts as.
type class struct {
	notFound, denied, organisation, throttled, conflict, passing bool
}

func classify(err error) class {
	return class{
		awserr.IsNotFound(err), awserr.IsDenied(err), awserr.IsForbiddenByOrganisation(err),
		awserr.IsThrottled(err), awserr.IsConflict(err), awserr.IsPassing(err),
	}
}

var (
	notFound  = class{notFound: true}
	denied    = class{denied: true}
	throttled = class{throttled: true, passing: true}
	conflict  = class{conflict: true, passing: true}
	other     = class{}
)

func TestCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]class{
		// what is gone, as each service says it
		"ResourceNotFoundException": notFound, "PipelineNotFoundException": notFound, "TrailNotFoundException": notFound, "NotFoundException": notFound,
		"NoSuchEntity": notFound, "NoSuchEntityException": notFound, "NoSuchBucket": notFound, "NoSuchKey": notFound, "NotFound": notFound,
		"RepositoryDoesNotExistException": notFound, "ApplicationDoesNotExistException": notFound, "QueueDoesNotExist": notFound,
		"AWS.SimpleQueueService.NonExistentQueue": notFound, "InvalidVpcID.NotFound": notFound,
		// a part that was never set: the bucket is there
		"NoSuchBucketPolicy": other, "NoSuchPublicAccessBlockConfiguration": other, "ServerSideEncryptionConfigurationNotFoundError": other,
		"NoSuchWebsiteConfiguration": other, "KMSNotFound": other, "KmsNotFound": other, "KMS.NotFoundException": other,
		// refusals
		"AccessDenied": denied, "AccessDeniedException": denied, "UnauthorizedOperation": denied, "Unauthorized": denied, "AuthorizationError": denied,
		"NotAuthorizedException": denied, "AllAccessDisabled": denied, "KmsAccessDenied": denied, "KMS.AccessDeniedException": denied,
		// somebody else is writing
		"ConflictException": conflict, "OperationAborted": conflict, "OperationAbortedException": conflict, "ConcurrentModificationException": conflict,
		"ConcurrentModification": conflict, "ConcurrentAccess": conflict, "ConditionalRequestConflict": conflict, "ResourceConflictException": conflict,
		// too many calls
		"TooManyRequestsException": throttled, "SlowDown": throttled, "Throttled": throttled, "KmsThrottled": throttled, "KMS.ThrottlingException": throttled,
		// slow
		"RequestTimeout": {passing: true}, "RequestTimeoutException": {passing: true},
		// neither
		"ValidationException": other, "InvalidInputException": other, "DeleteConflict": other, "LimitExceeded": other, "KMSInvalidStateException": other, "": other,
	} {
		err := error(&smithy.GenericAPIError{Code: code, Message: "as the test asked"})
		wrapped := fmt.Errorf("read bucket b: %w", &smithy.OperationError{ServiceID: "S3", OperationName: "GetBucketPolicy", Err: err})
		for form, err := range map[string]error{"plain": err, "wrapped": wrapped, "joined": errors.Join(errors.New("first"), wrapped)} {
			if got := classify(err); got != want {
				t.Errorf("%s, %s: %+v, want %+v", code, form, got, want)
			}
			if awserr.Code(err) != code {
				t.Errorf("%s, %s: code %q", code, form, awserr.Code(err))
			}
			if awserr.Is(err, "Other", code) != (code != "") || awserr.Is(err, "Other") || awserr.Is(err) {
				t.Errorf("%s, %s: Is", code, form)
			}
		}
	}
}

// What the SDK holds for throttling is throttling here too.
func TestThrottlingAsTheSDKHasIt(t *testing.T) {
	t.Parallel()
	for code := range retry.DefaultThrottleErrorCodes {
		if got := classify(&smithy.GenericAPIError{Code: code}); got != throttled {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

func TestErrorsFromElsewhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		want   class
		reason string
	}{
		"none":            {nil, other, "it could not be read"},
		"our own":         {errors.New("AccessDenied"), other, "it could not be read"},
		"deadline":        {fmt.Errorf("read: %w", context.DeadlineExceeded), class{passing: true}, "AWS did not answer"},
		"cancelled":       {context.Canceled, other, "it could not be read"},
		"no such host":    {&net.DNSError{Err: "no such host", Name: "s3.example.com"}, class{passing: true}, "AWS did not answer"},
		"reset":           {&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, class{passing: true}, "AWS did not answer"},
		"broken off":      {fmt.Errorf("read body: %w", io.ErrUnexpectedEOF), class{passing: true}, "AWS did not answer"},
		"the end of file": {io.EOF, other, "it could not be read"},
	} {
		if got := classify(test.err); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
		if got := awserr.Reason(test.err); got != test.reason {
			t.Errorf("%s: reason %q, want %q", name, got, test.reason)
		}
		if code := awserr.Code(test.err); code != "" {
			t.Errorf("%s: code %q", name, code)
		}
	}
}

func TestReasonsByCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"AccessDenied": "access denied", "NoSuchBucket": "it does not exist", "ThrottlingException": "AWS throttled the call",
		"OperationAborted": "AWS did not answer", "KMSInvalidStateException": "AWS answered KMSInvalidStateException", "": "it could not be read",
	} {
		if got := awserr.Reason(&smithy.GenericAPIError{Code: code, Message: "a secret"}); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

// TestPlain keeps what differs with every call out of the text, and in the error.
func TestPlain(t *testing.T) {
	t.Parallel()
	cause := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: arn:aws:sts::111122223333:assumed-role/x/y is not authorized (request 7)"}
	err := awserr.Plain("read status of trail all", cause)
	if err.Error() != "read status of trail all: access denied" || !awserr.IsDenied(err) || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}

// A service that takes nothing from a caller says so in many words; that it is busy, or that a thing is not there, is none of them.
func TestIsTurnedAway(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"AccessDenied": true, "AccessDeniedException": true, "UnauthorizedOperation": true, "AllAccessDisabled": true, "UnrecognizedClientException": true,
		"InvalidClientTokenId": true, "InvalidAccessKeyId": true, "SubscriptionRequiredException": true, "OptInRequired": true, "NotSignedUp": true,
		"ThrottlingException": false, "NoSuchBucket": false, "ValidationException": false, "InternalFailure": false, "": false,
	} {
		if got := awserr.IsTurnedAway(&smithy.GenericAPIError{Code: code}); got != want {
			t.Errorf("%s: %v", code, got)
		}
	}
	if awserr.IsTurnedAway(nil) || awserr.IsTurnedAway(errors.New("AccessDenied")) {
		t.Error("what no service said")
	}
}
