package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/checks"
)

// plant is one thing that is wrong with an estate, and what the sweep must say of it. Whoever adds a check plants something for it here.
type plant struct {
	kind, id string
	checks   string // that must find it, separated by spaces
	make     func(context.Context, *estate) error
	also     func() []string // "kind id check" of what is known only after it was made; nil: nothing
}

// finds lists what must be found, as "kind id check".
func (p plant) finds() []string {
	var lines []string
	for _, id := range strings.Fields(p.checks) {
		lines = append(lines, p.kind+" "+p.id+" "+id)
	}
	if p.also != nil {
		lines = append(lines, p.also()...)
	}
	return lines
}

// unplanted are the checks of a state for which nothing is planted, and why a sweep could not find it.
var unplanted = map[string]string{
	"account-unreachable":         "the sweep is of the auditor's own account, which it is in; integration/organization shuts one",
	"auditor-rules-missing":       "the rules are there as they are deployed; integration/organization takes them away",
	"artifact-object-unencrypted": "off as delivered",
	"bucket-default-encryption":   "as delivered requireCustomerKey is false",
	"build-customer-key":          "as delivered requireCustomerKey is false",
	"build-log-secret":            "no sweep lists builds: it hears of each when it ends",
	"build-outside-network":       "as delivered requireVpc is false",
	"build-run-overridden":        "compares the project with a build that is being started",
	"build-source-provider":       "as delivered every source is allowed",
	"change-outside-iac":          "judges who makes a change",
	"log-group-customer-key":      "as delivered requireCustomerKey is false",
	"package-domain-customer-key": "as delivered requireCustomerKey is false",
	"trail-unencrypted":           "as delivered requireCustomerKey is false",
}

// TestPlantedForEveryCheck holds that each check of a state has a plant, or a reason why not.
func TestPlantedForEveryCheck(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, p := range planted(nil) {
		for _, line := range p.finds() {
			found[line[strings.LastIndexByte(line, ' ')+1:]] = true
		}
	}
	for _, c := range checks.All() {
		why, excused := unplanted[c.ID]
		switch {
		case found[c.ID] && excused:
			t.Errorf("%s has a plant, and unplanted says that it cannot have one: %s", c.ID, why)
		case c.Reads == nil && excused:
			t.Errorf("%s judges events alone: nothing is to be planted for it, and unplanted need not say why", c.ID)
		case c.Reads != nil && !found[c.ID] && why == "":
			t.Errorf("nothing is planted that %s finds: plant it, or say in unplanted why no sweep finds it", c.ID)
		}
	}
	for id := range unplanted {
		if !slices.ContainsFunc(checks.All(), func(c *check.Check) bool { return c.ID == id }) {
			t.Errorf("unplanted names %s, which is no check", id)
		}
	}
}

// planted is everything that is wrong with the estate. The numbers are such that no plant touches another's resources.
func planted(a *emulator.AWS) []plant {
	return slices.Concat(
		plantedBuckets(), plantedProjects(), plantedBuilds(a), plantedPipelines(), plantedStores(), plantedRoles(a), plantedLogs(a), plantedAccount(),
	)
}

func nothing(context.Context, *estate) error { return nil }

// inTurn makes one thing after another.
func inTurn(steps ...func(context.Context, *estate) error) func(context.Context, *estate) error {
	return func(ctx context.Context, e *estate) error {
		for _, step := range steps {
			if err := step(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}

// byHand is the one pipeline that no stack manages.
const byHand = 37

// stacked marks the pipelines as CloudFormation does what it makes.
func stacked(ctx context.Context, e *estate) error {
	c := codepipeline.NewFromConfig(e.cfg)
	for i := range e.pipelines {
		if i == byHand {
			continue
		}
		if _, err := c.TagResource(ctx, &codepipeline.TagResourceInput{
			ResourceArn: aws.String("arn:aws:codepipeline:" + region + ":" + account + ":" + pipelineName(i)),
			Tags:        []pipetypes.Tag{{Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("delivery")}},
		}); err != nil {
			return fmt.Errorf("tag pipeline %d: %w", i, err)
		}
	}
	return nil
}
