package lambdahost

import (
	"context"
	"encoding/json"
	"fmt"
)

// StackSet is one of a template, as whoever plays CloudFormation StackSets needs it. It rolls nothing out by itself.
type StackSet struct {
	Name       string
	Template   string
	Parameters map[string]string
	Units      []string // organisational units, or the root
	Regions    []string
}

// stackSetProperties are those that count here (AWS CloudFormation User Guide, "AWS::CloudFormation::StackSet").
type stackSetProperties struct {
	StackSetName, PermissionModel, TemplateBody string
	Parameters                                  []struct{ ParameterKey, ParameterValue string }
	StackInstancesGroup                         []struct {
		DeploymentTargets struct{ OrganizationalUnitIds []string }
		Regions           []string
	}
}

// makeStackSet keeps the StackSet with the stack. Like CloudFormation it takes a template of 51,200 bytes at most, and for units of an organisation
// none with a transform or a nested stack.
func makeStackSet(_ context.Context, d *deployment, id string, p object) (Attributes, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("write properties: %w", err)
	}
	var in stackSetProperties
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("read properties: %w", err)
	}
	if in.StackSetName == "" || in.PermissionModel != "SERVICE_MANAGED" {
		return nil, fmt.Errorf("the StackSet %q is %q: only named ones that the service manages are played here", in.StackSetName, in.PermissionModel)
	}
	if err := fitsStackSets(in.TemplateBody); err != nil {
		return nil, fmt.Errorf("template of %s: %w", in.StackSetName, err)
	}
	given := map[string]string{}
	for _, one := range in.Parameters {
		given[one.ParameterKey] = one.ParameterValue
	}
	for _, group := range in.StackInstancesGroup {
		d.StackSets = append(d.StackSets, StackSet{
			Name: in.StackSetName, Template: in.TemplateBody, Parameters: given,
			Units: group.DeploymentTargets.OrganizationalUnitIds, Regions: group.Regions,
		})
	}
	whole := in.StackSetName + ":00000000-0000-4000-8000-000000000001"
	return Attributes{"Ref": whole, "StackSetId": whole}, nil
}

// longestBody is how many bytes a template may have that stands in a request itself (AWS CloudFormation User Guide, "Understand CloudFormation quotas").
const longestBody = 51_200

func fitsStackSets(body string) error {
	if len(body) > longestBody {
		return fmt.Errorf("it has %d bytes, more than %d", len(body), longestBody)
	}
	t, err := parseTemplate([]byte(body))
	if err != nil {
		return err
	}
	if t.Transform != nil {
		return fmt.Errorf("it has a transform, which service-managed StackSets refuse")
	}
	if nested := t.of("AWS::CloudFormation::Stack"); len(nested) > 0 {
		return fmt.Errorf("it has the nested stack %s, which service-managed StackSets refuse", nested[0])
	}
	return nil
}
