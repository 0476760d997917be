package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestReadOrganization(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		id, units, regions, home string
		want                     *Organization
		wrong                    []string
	}{
		"an account that stands alone": {},
		"a unit, and regions": {
			"o-exampleorgid", "ou-ab12-cd34ef56", "eu-west-1,eu-central-1", "eu-west-1",
			&Organization{ID: "o-exampleorgid", Units: []string{"ou-ab12-cd34ef56"}, Regions: []string{"eu-west-1", "eu-central-1"}}, nil,
		},
		"the root; what stands there twice; spaces": {
			" o-exampleorgid ", "r-ab12, r-ab12,", "eu-west-1, eu-west-1", "",
			&Organization{ID: "o-exampleorgid", Units: []string{"r-ab12"}, Regions: []string{"eu-west-1"}}, nil,
		},
		"GovCloud": {
			"o-exampleorgid", "r-ab12", "us-gov-east-1", "", &Organization{ID: "o-exampleorgid", Units: []string{"r-ab12"}, Regions: []string{"us-gov-east-1"}}, nil,
		},
		"all that is wrong at once": {
			"example", "ou-web,r-AB", "europe,eu-west-1,cn-north-1", "eu-central-1", nil,
			[]string{
				`PIPEWARDEN_ORGANIZATION (ORG=) is "example", no organisation's id`, "aws organizations describe-organization", `names "ou-web", neither a unit`,
				`names "r-AB", neither a unit`, `names "europe", no region`, "different partitions", "lacks eu-central-1, where the central stack is deployed",
			},
		},
		"an organisation alone": {"o-exampleorgid", "", "", "", nil, []string{"PIPEWARDEN_UNITS (OUS=) is empty", "aws organizations list-roots", "PIPEWARDEN_REGIONS (REGIONS=) is empty"}},
		"units without one":     {"", "r-ab12", "eu-west-1", "", nil, []string{`PIPEWARDEN_ORGANIZATION (ORG=) is ""`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"PIPEWARDEN_ORGANIZATION": one.id, "PIPEWARDEN_UNITS": one.units, "PIPEWARDEN_REGIONS": one.regions, "CDK_DEFAULT_REGION": one.home}
			got, err := readOrganization(func(name string) string { return env[name] })
			if len(one.wrong) == 0 {
				if err != nil || !reflect.DeepEqual(got, one.want) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err == nil || got != nil {
				t.Fatalf("got %+v", got)
			}
			for _, part := range one.wrong {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("it does not say %q: %v", part, err)
				}
			}
		})
	}
}

func TestEverywhere(t *testing.T) {
	t.Parallel()
	for regions, want := range map[string]string{
		"eu-west-1": "eu-west-1,us-east-1", "us-east-1,eu-west-1": "us-east-1,eu-west-1", "us-gov-east-1": "us-gov-east-1,us-gov-west-1", "cn-northwest-1": "cn-northwest-1,cn-north-1",
	} {
		o := &Organization{Regions: list(regions)}
		if got := strings.Join(o.everywhere(), ","); got != want {
			t.Errorf("%s: rules in %s", regions, got)
		}
		if strings.Join(o.Regions, ",") != regions {
			t.Errorf("the regions that are watched became %v", o.Regions)
		}
	}
}
