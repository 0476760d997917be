package key

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const putPolicy = "PutKeyPolicy"

// onlyPolicy is the name of the one policy that a key has (API Reference, GetKeyPolicy).
const onlyPolicy = "default"

// Admission is whom a key's policy lets use it. Grants are not part of it.
var Admission = &resource.Kind[AdmissionState]{
	Name: kind, Facet: "policy",
	Changed: []event.Selector{event.Calls(service, putPolicy)},
	Refs:    refs,
	Read:    readAdmission,
	List:    list,
	Told:    toldAdmission,
	Actions: []string{"kms:GetKeyPolicy", "kms:ListKeys"},
	Scoped:  true,
}

// AdmissionState is a key's policy.
type AdmissionState struct {
	Policy resource.Fact[Policy] `json:"policy"` // unlearned when its text cannot be read
}

// Policy is a policy as JSON itself.
type Policy struct{ *policy.Document }

// MarshalJSON writes the document, or null.
func (p Policy) MarshalJSON() ([]byte, error) {
	if p.Document == nil {
		return []byte("null"), nil
	}
	return p.Document.JSON(), nil
}

// UnmarshalJSON reads a document.
func (p *Policy) UnmarshalJSON(raw []byte) error {
	document, err := policy.Parse(raw)
	p.Document = document
	return err
}

func readAdmission(ctx context.Context, cfg aws.Config, ref resource.Ref) (AdmissionState, error) {
	out, err := client(cfg, ref.Region).GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &ref.ID, PolicyName: aws.String(onlyPolicy)})
	if err != nil {
		return AdmissionState{}, fmt.Errorf("read policy of key %s: %w", ref.ID, err)
	}
	return AdmissionState{Policy: parsed(aws.ToString(out.Policy))}, nil
}

func toldAdmission(e *event.Event) (AdmissionState, bool) {
	_, ok := subject(e)
	raw := e.Request().JSON("policy")
	if !ok || e.Name() != putPolicy || !e.Succeeded() || raw == nil {
		return AdmissionState{}, false
	}
	return AdmissionState{Policy: parsed(string(raw))}, true
}

func parsed(text string) resource.Fact[Policy] {
	document, err := policy.Parse([]byte(text))
	if err != nil {
		return resource.Unlearned[Policy](err)
	}
	return resource.Known(Policy{document})
}
