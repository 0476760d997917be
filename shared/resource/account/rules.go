package account

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// RulePrefix is what the names of the auditor's own rules begin with, here and in every member.
const RulePrefix = "pipewarden-"

// Rules is the facet of an account and region that tells by which rules events are brought to the auditor. No event wakes it: where there is
// no rule, none comes.
var Rules = &resource.Kind[Bringers]{
	Name: name, Facet: "rules",
	Read:    readRules,
	List:    list,
	Actions: []string{"events:ListRules"},
}

// Bringers are the auditor's own rules on the default bus of a region. An account as a whole has none.
type Bringers struct {
	Rules resource.Fact[[]Bringer] `json:"rules,omitzero"`
}

// Bringer is one rule.
type Bringer struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"` // for all events, or for all but those that only read
}

// readRules is one call for a hundred rules (Amazon EventBridge API Reference, "ListRules").
func readRules(ctx context.Context, cfg aws.Config, ref resource.Ref) (Bringers, error) {
	if Whole(ref) {
		return Bringers{}, nil
	}
	cfg.Region = ref.Region
	found := []Bringer{}
	client, in := eventbridge.NewFromConfig(cfg), &eventbridge.ListRulesInput{NamePrefix: aws.String(RulePrefix)}
	for {
		page, err := client.ListRules(ctx, in)
		if err != nil {
			why := fmt.Sprintf("list the rules %s* of %s", RulePrefix, ref.Region)
			return Bringers{Rules: resource.Unlearned[[]Bringer](awserr.Plain(why, err))}, nil
		}
		for _, rule := range page.Rules {
			found = append(found, Bringer{Name: aws.ToString(rule.Name), Enabled: rule.State != types.RuleStateDisabled})
		}
		if aws.ToString(page.NextToken) == "" {
			return Bringers{Rules: resource.Known(found)}, nil
		}
		in.NextToken = page.NextToken
	}
}
