package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/blueprint"
)

// Organization is what a central stack watches: the accounts in some units of an organisation, in some regions.
type Organization struct {
	ID      string
	Units   []string // organisational units, or the root
	Regions []string // the home region among them
}

// The identifiers as AWS forms them (AWS Organizations API Reference, "Organization", "OrganizationalUnit" and "Root";
// AWS General Reference, "AWS service endpoints").
var (
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	unitID         = regexp.MustCompile(`^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$`)
	regionName     = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$`)
)

// readOrganization reads from the environment where a central stack watches; nil: the account stands alone. All that is wrong is told at once.
func readOrganization(env func(string) string) (*Organization, error) {
	o := &Organization{ID: strings.TrimSpace(env("PIPEWARDEN_ORGANIZATION")), Units: list(env("PIPEWARDEN_UNITS")), Regions: list(env("PIPEWARDEN_REGIONS"))}
	if o.ID == "" && len(o.Units) == 0 && len(o.Regions) == 0 {
		return nil, nil
	}
	wrong := o.wrong()
	if home := env("CDK_DEFAULT_REGION"); home != "" && len(o.Regions) > 0 && !slices.Contains(o.Regions, home) {
		wrong = append(wrong, fmt.Errorf("PIPEWARDEN_REGIONS (REGIONS=) lacks %s, where the central stack is deployed: add it, or deploy with AWS_REGION set to one of %s",
			home, strings.Join(o.Regions, ", ")))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("the organisation to watch cannot be used:\n%w", err)
	}
	return o, nil
}

func (o *Organization) wrong() []error {
	var wrong []error
	if !organizationID.MatchString(o.ID) {
		wrong = append(wrong, fmt.Errorf("PIPEWARDEN_ORGANIZATION (ORG=) is %.60q, no organisation's id like o-exampleorgid; "+
			"it is told by: aws organizations describe-organization --query Organization.Id --output text", o.ID))
	}
	if len(o.Units) == 0 {
		wrong = append(wrong, errors.New("PIPEWARDEN_UNITS (OUS=) is empty: name the units whose accounts are to be watched, or the root for all of them; "+
			"it is told by: aws organizations list-roots --query Roots[].Id --output text"))
	}
	for _, unit := range o.Units {
		if !unitID.MatchString(unit) {
			wrong = append(wrong, fmt.Errorf("PIPEWARDEN_UNITS (OUS=) names %.60q, neither a unit like ou-ab12-cd34ef56 nor a root like r-ab12; "+
				"they are listed by: aws organizations list-organizational-units-for-parent --parent-id r-...", unit))
		}
	}
	if len(o.Regions) == 0 {
		wrong = append(wrong, errors.New("PIPEWARDEN_REGIONS (REGIONS=) is empty: name the regions that are to be watched, the one of the central stack among them"))
	}
	for _, region := range o.Regions {
		switch {
		case !regionName.MatchString(region):
			wrong = append(wrong, fmt.Errorf("PIPEWARDEN_REGIONS (REGIONS=) names %.60q, no region like eu-west-1", region))
		case blueprint.GlobalRegionOf(region) != blueprint.GlobalRegionOf(o.Regions[0]):
			wrong = append(wrong, fmt.Errorf("PIPEWARDEN_REGIONS (REGIONS=) names %s and %s, which belong to different partitions of AWS: an organisation lies in one", o.Regions[0], region))
		}
	}
	return wrong
}

// everywhere are the regions in which members have rules: those that are watched, and the one where global services are heard.
func (o *Organization) everywhere() []string {
	all := slices.Clone(o.Regions)
	if global := o.global(); !slices.Contains(all, global) {
		all = append(all, global)
	}
	return all
}

// global is where the calls of global services are heard.
func (o *Organization) global() string { return blueprint.GlobalRegionOf(o.Regions[0]) }

// list splits a list at its commas, and leaves out what stands there twice.
func list(text string) []string {
	var all []string
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}
