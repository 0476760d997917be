package role_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// jobOf is a job that is done when it was asked for that many times, and has two pages.
func jobOf(t *testing.T, after int) *awstest.Fake {
	t.Helper()
	asked := 0
	return awstest.New(t).On("iam.GetRole", answer(adminARN, "/", byService)).
		On("iam.GenerateServiceLastAccessedDetails", &iam.GenerateServiceLastAccessedDetailsOutput{JobId: aws.String("job-1")}).
		On("iam.GetServiceLastAccessedDetails", func(in any) (any, error) {
			asked++
			switch q := in.(*iam.GetServiceLastAccessedDetailsInput); {
			case asked < after:
				return &iam.GetServiceLastAccessedDetailsOutput{JobStatus: types.JobStatusTypeInProgress}, nil
			case q.Marker == nil:
				return &iam.GetServiceLastAccessedDetailsOutput{
					JobStatus: types.JobStatusTypeCompleted, IsTruncated: true, Marker: aws.String("2"),
					ServicesLastAccessed: []types.ServiceLastAccessed{{ServiceNamespace: aws.String("s3"), LastAuthenticated: &yesterday}},
				}, nil
			}
			return &iam.GetServiceLastAccessedDetailsOutput{ServicesLastAccessed: []types.ServiceLastAccessed{{ServiceNamespace: aws.String("sqs")}}}, nil
		})
}

func TestReadAccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := role.Access.Read(t.Context(), jobOf(t, 3).Config(), admin())
		services, ok := a.Services.Get()
		if err != nil || !ok || len(services) != 2 || services[0].Namespace != "s3" || !services[0].LastUsed.Equal(yesterday) || !services[1].LastUsed.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestAccessThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		change func(*awstest.Fake)
		after  int
		why    string
	}{
		"slow": {func(*awstest.Fake) {}, 1000, "had not put together in time"},
		"failed": {func(f *awstest.Fake) {
			f.On("iam.GetServiceLastAccessedDetails", &iam.GetServiceLastAccessedDetailsOutput{JobStatus: types.JobStatusTypeFailed})
		}, 0, "could not put together"},
		"not started":    {func(f *awstest.Fake) { f.On("iam.GenerateServiceLastAccessedDetails", awstest.Error("AccessDenied")) }, 0, "access denied"},
		"not to be read": {func(f *awstest.Fake) { f.On("iam.GetServiceLastAccessedDetails", awstest.Error("Throttling")) }, 0, "throttled"},
		"endless": {func(f *awstest.Fake) {
			f.On("iam.GetServiceLastAccessedDetails", &iam.GetServiceLastAccessedDetailsOutput{JobStatus: types.JobStatusTypeCompleted, IsTruncated: true, Marker: aws.String("2")})
		}, 0, "no end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake := jobOf(t, one.after)
				one.change(fake)
				a, err := role.Access.Read(t.Context(), fake.Config(), admin())
				if err != nil || a.Services.Err() == nil || !strings.Contains(a.Services.Err().Error(), one.why) {
					t.Errorf("%+v, %v", a, err)
				}
			})
		})
	}
}

// A job that is not done when the time is up is no reading, and leaves nothing behind.
func TestAccessStopsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		a, err := role.Access.Read(ctx, jobOf(t, 0).Config(), admin())
		if err != nil || a.Services.Err() == nil {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestAccessOfWhatAWSKeeps(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("iam.GetRole", answer("arn:aws:iam::111122223333:role/aws-service-role/x/y", "/aws-service-role/x/", byService))
	a, err := role.Access.Read(t.Context(), fake.Config(), admin())
	if err != nil || a.Services.Err() != nil || !a.OfAWS() {
		t.Errorf("%+v, %v", a, err)
	}
	fake = awstest.New(t).On("iam.GetRole", awstest.Error("NoSuchEntity"))
	if _, err := role.Access.Read(t.Context(), fake.Config(), admin()); !awserr.IsNotFound(err) {
		t.Errorf("gone: %v", err)
	}
}

func TestAccessActions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := jobOf(t, 0).On("iam.ListRoles", pages)
		if _, err := role.Access.Read(t.Context(), fake.Config(), admin()); err != nil {
			t.Fatal(err)
		}
		for range role.Access.List(t.Context(), fake.Config(), admin()) {
			continue
		}
		fake.ExpectActions(role.Access.Actions)
	})
}
