package logpolicy

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the policy that a call changed.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	q := e.Request()
	ref := resource.Ref{Kind: name, Account: e.Account, Region: e.Region}
	switch e.Name() {
	case "PutResourcePolicy", "DeleteResourcePolicy":
		if q.Has("resourceArn") {
			return ofGroup(q.String("resourceArn"))
		}
		ref.ID = ofAccount + q.String("policyName")
	case "PutDestination", "PutDestinationPolicy":
		ref.ID = ofDestination + q.String("destinationName")
	}
	if _, called, _ := strings.Cut(ref.ID, ":"); !isName(called) || !ref.Sound() {
		return nil
	}
	return []resource.Ref{ref}
}

// ofGroup means the policy of a log group by its ARN, which knows account and region better than the event does.
func ofGroup(arn string) []resource.Ref {
	ref := resource.Ref{Kind: name, ID: strings.TrimSuffix(arn, ":*")}
	if _, ok := Group(ref); !ok {
		return nil
	}
	parts := strings.Split(arn, ":")
	ref.Region, ref.Account = parts[3], parts[4]
	if !ref.Sound() || ref.Account == "" {
		return nil
	}
	return []resource.Ref{ref}
}

// told reads the document that was sent. What PutDestination sends says nothing of who may subscribe.
func told(e *event.Event) (State, bool) {
	if len(refs(e)) == 0 || !e.Succeeded() {
		return State{}, false
	}
	member := map[string]string{"PutResourcePolicy": "policyDocument", "PutDestinationPolicy": "accessPolicy"}[e.Name()]
	switch {
	case member == "":
		return State{}, false
	case !e.Request().Has(member):
		return State{}, true
	}
	return State{Policy: parsed(e.Request().JSON(member))}, true
}

func parsed(document []byte) resource.Fact[Policy] {
	d, err := policy.Parse(document)
	if err != nil {
		return resource.Unlearned[Policy](err)
	}
	return resource.Known(Policy{d})
}
