package trail

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Management is what selectors let through of the management events that change something.
type Management struct {
	Writes   resource.Fact[bool] `json:"writes,omitzero"`    // unlearned where each selector for them narrows them further: alone or with another it may let those through that matter
	Excludes []string            `json:"excludes,omitempty"` // services that no selector lets through
	Narrowed []string            `json:"narrowed,omitempty"` // the field by which each selector for them narrows them, where all do
}

// ManagementOf judges a trail's selectors. A trail has basic or advanced ones, never both; one that has none logs all management events
// (AWS CloudTrail API Reference, "PutEventSelectors").
func ManagementOf(out *cloudtrail.GetEventSelectorsOutput) Management {
	switch {
	case len(out.AdvancedEventSelectors) > 0:
		return advanced(out.AdvancedEventSelectors)
	case len(out.EventSelectors) > 0:
		return basic(out.EventSelectors)
	}
	return Management{Writes: resource.Known(true)}
}

// passing is one selector that lets the management events of all services through but some.
type passing struct{ excludes []string }

// together takes what several let through: a service is left out only when all leave it out.
func together(all []passing) Management {
	m := Management{Writes: resource.Known(true), Excludes: slices.Clone(all[0].excludes)}
	for _, p := range all[1:] {
		m.Excludes = slices.DeleteFunc(m.Excludes, func(service string) bool { return !slices.Contains(p.excludes, service) })
	}
	return m
}

func basic(selectors []types.EventSelector) Management {
	var all []passing
	for _, s := range selectors {
		// Both members have defaults: management events are included, and ReadWriteType is All.
		if (s.IncludeManagementEvents == nil || *s.IncludeManagementEvents) && s.ReadWriteType != types.ReadWriteTypeReadOnly {
			all = append(all, passing{s.ExcludeManagementEventSources})
		}
	}
	if len(all) == 0 {
		return Management{Writes: resource.Known(false)}
	}
	return together(all)
}

func advanced(selectors []types.AdvancedEventSelector) Management {
	var all []passing
	var narrowed []string
	for _, s := range selectors {
		switch writes, excludes, narrowing := management(s.FieldSelectors); {
		case writes && narrowing == "":
			all = append(all, passing{excludes})
		case writes:
			narrowed = append(narrowed, narrowing)
		}
	}
	switch {
	case len(all) > 0:
		return together(all)
	case len(narrowed) > 0:
		why := fmt.Errorf("its selectors let only some management events pass, by %s", narrowed[len(narrowed)-1])
		return Management{Writes: resource.Unlearned[bool](why), Narrowed: narrowed}
	}
	return Management{Writes: resource.Known(false)}
}

// The fields by which every advanced selector may be told what it is for (AWS CloudTrail API Reference, "AdvancedFieldSelector").
const (
	byCategory = "eventCategory"
	byReadOnly = "readOnly"
	bySource   = "eventSource"
	byType     = "resources.type"
	byARN      = "resources.ARN"
)

// management says whether one selector is about management events that change something, which services it leaves out,
// and by which field it narrows them otherwise.
func management(fields []types.AdvancedFieldSelector) (writes bool, excludes []string, narrowing string) {
	category := false
	writes = true
	for _, f := range fields {
		switch field := aws.ToString(f.Field); {
		case field == byCategory:
			category = category || slices.Contains(f.Equals, "Management")
		case field == byReadOnly:
			writes = writes && slices.Contains(f.Equals, "false")
		case field == bySource && onlyNotEquals(f):
			excludes = append(excludes, f.NotEquals...)
		default:
			narrowing = field
		}
	}
	return category && writes, excludes, narrowing
}

func onlyNotEquals(f types.AdvancedFieldSelector) bool {
	return len(f.Equals)+len(f.StartsWith)+len(f.EndsWith)+len(f.NotStartsWith)+len(f.NotEndsWith) == 0
}
