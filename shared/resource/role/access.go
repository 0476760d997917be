package role

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Access is what a role used of what it may use. No event tells that, so that only the sweep reads it: each role once a week, by a job of IAM that
// is started and then asked for (IAM User Guide, "Refining permissions in AWS using last accessed information"). That a role is gone takes one
// call to see, and ends what was said of it.
var Access = &resource.Kind[Accessed]{
	Name: name, Facet: "access",
	Changed: []event.Selector{event.Calls(service, "DeleteRole")},
	Refs:    refs,
	Read:    readAccess,
	List:    list,
	Actions: []string{"iam:GenerateServiceLastAccessedDetails", "iam:GetRole", "iam:GetServiceLastAccessedDetails", "iam:ListRoles"},
	Global:  true,
	Scoped:  true,
	UsedAs:  usedAs,
	Spread:  7,
}

// Accessed is the services that a role may use, with the last time that it did.
type Accessed struct {
	ARN      string                   `json:"arn,omitempty"`
	Name     string                   `json:"name"`
	Path     string                   `json:"path,omitempty"`
	Made     time.Time                `json:"created,omitzero"`
	LastUsed time.Time                `json:"lastUsed,omitzero"` // of the role, whatever it did; zero: not within the last 400 days
	Services resource.Fact[[]Service] `json:"services,omitzero"`
}

// Service is one service that a role may use.
type Service struct {
	Namespace string    `json:"namespace"` // what its actions begin with: "s3"
	LastUsed  time.Time `json:"lastUsed,omitzero"`
}

// OfAWS is as State has it.
func (a Accessed) OfAWS() bool { return ofAWS(a.Path) }

var (
	errNotReady = errors.New("IAM had not put together in time which services were used")
	errNoJob    = errors.New("IAM could not put together which services were used")
)

// The waits between two questions whether the job is done. It takes a second or two; the sweep has others to read.
const (
	firstWait = 250 * time.Millisecond
	longest   = 2 * time.Second
	questions = 5
)

func readAccess(ctx context.Context, cfg aws.Config, ref resource.Ref) (Accessed, error) {
	found, err := get(ctx, cfg, ref)
	if err != nil {
		return Accessed{}, err
	}
	a := Accessed{
		ARN: aws.ToString(found.Arn), Name: ref.ID, Path: aws.ToString(found.Path),
		Made: aws.ToTime(found.CreateDate), LastUsed: lastUsed(found.RoleLastUsed),
	}
	if a.OfAWS() {
		a.Services = resource.Known([]Service{})
		return a, nil // nobody could take anything from it
	}
	services, err := servicesOf(resource.Fresh(ctx), iam.NewFromConfig(cfg), a.ARN)
	if err != nil {
		a.Services = resource.Unlearned[[]Service](err)
		return a, nil
	}
	a.Services = resource.Known(services)
	return a, nil
}

func servicesOf(ctx context.Context, client *iam.Client, arn string) ([]Service, error) {
	const doing = "ask which services were used"
	job, err := client.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{
		Arn: aws.String(arn), Granularity: types.AccessAdvisorUsageGranularityTypeServiceLevel,
	})
	if err != nil {
		return nil, awserr.Plain(doing, err)
	}
	wait := firstWait
	for range questions {
		if err := sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		wait = min(2*wait, longest)
		page, err := client.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: job.JobId})
		switch {
		case err != nil:
			return nil, awserr.Plain(doing, err)
		case page.JobStatus == types.JobStatusTypeFailed:
			return nil, errNoJob
		case page.JobStatus == types.JobStatusTypeCompleted:
			return restOf(ctx, client, job.JobId, page)
		}
	}
	return nil, errNotReady
}

// restOf goes on through the pages of a job that is done.
func restOf(ctx context.Context, client *iam.Client, job *string, page *iam.GetServiceLastAccessedDetailsOutput) ([]Service, error) {
	const mostPages = 20 // of 100 services, several times as many as there are
	services := []Service{}
	for range mostPages {
		for _, s := range page.ServicesLastAccessed {
			services = append(services, Service{Namespace: aws.ToString(s.ServiceNamespace), LastUsed: aws.ToTime(s.LastAuthenticated)})
		}
		if !page.IsTruncated {
			return services, nil
		}
		var err error
		page, err = client.GetServiceLastAccessedDetails(ctx, &iam.GetServiceLastAccessedDetailsInput{JobId: job, Marker: page.Marker})
		if err != nil {
			return nil, awserr.Plain("go on asking which services were used", err)
		}
	}
	return nil, errors.New("there is no end to the services that were used")
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
