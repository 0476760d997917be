package emulator

import (
	"context"
	"encoding/xml"
	"net/http"
	"time"
)

// lastAccessMends are IAM's jobs on what a role used last, which moto does not have.
func lastAccessMends() map[string]mended {
	return map[string]mended{
		"iam.GenerateServiceLastAccessedDetails": generateLastAccess, "iam.GetServiceLastAccessedDetails": getLastAccess,
	}
}

// Accessed says when a role used services last that it is granted, by their IAM prefixes. The zero time: never.
func (a *AWS) Accessed(roleARN string, at time.Time, services ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, service := range services {
		a.accessed[roleARN] = append(a.accessed[roleARN], access{service, at.UTC()})
	}
}

type access struct {
	service string
	at      time.Time
}

func generateLastAccess(_ context.Context, a *AWS, x *exchange) (*answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := newID()
	a.jobs[id] = formField(x.body, "Arn")
	type result struct{ JobId string }
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"GenerateServiceLastAccessedDetailsResponse"`
		Result  result   `xml:"GenerateServiceLastAccessedDetailsResult"`
	}{Result: result{id}}), nil
}

func getLastAccess(_ context.Context, a *AWS, x *exchange) (*answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	role, known := a.jobs[formField(x.body, "JobId")]
	if !known {
		return nil, &problem{status: http.StatusNotFound, code: "NoSuchEntity", message: "there is no such job"}
	}
	type member struct {
		ServiceName, ServiceNamespace string
		LastAuthenticated             string `xml:",omitempty"`
	}
	type result struct {
		JobStatus, JobCreationDate, JobCompletionDate string
		IsTruncated                                   bool
		Members                                       []member `xml:"ServicesLastAccessed>member"`
	}
	now := a.now().UTC().Format(time.RFC3339)
	out := result{JobStatus: "COMPLETED", JobCreationDate: now, JobCompletionDate: now}
	for _, one := range a.accessed[role] {
		used := member{ServiceName: one.service, ServiceNamespace: one.service}
		if !one.at.IsZero() {
			used.LastAuthenticated = one.at.Format(time.RFC3339)
		}
		out.Members = append(out.Members, used)
	}
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"GetServiceLastAccessedDetailsResponse"`
		Result  result   `xml:"GetServiceLastAccessedDetailsResult"`
	}{Result: out}), nil
}
