package account

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// judge says whether selectors let management events pass that change something, and of which services they leave them out.
// A trail has basic or advanced selectors, never both (AWS CloudTrail API Reference, "PutEventSelectors").
func judge(out *cloudtrail.GetEventSelectorsOutput) (resource.Fact[bool], []string) {
	switch {
	case len(out.AdvancedEventSelectors) > 0:
		return advanced(out.AdvancedEventSelectors)
	case len(out.EventSelectors) > 0:
		return basic(out.EventSelectors)
	}
	// A trail without selectors of its own logs all management events (same page).
	return resource.Known(true), nil
}

func basic(selectors []types.EventSelector) (resource.Fact[bool], []string) {
	for _, s := range selectors {
		// Both members have defaults: management events are included, and ReadWriteType is All.
		if (s.IncludeManagementEvents == nil || *s.IncludeManagementEvents) && s.ReadWriteType != types.ReadWriteTypeReadOnly {
			return resource.Known(true), s.ExcludeManagementEventSources
		}
	}
	return resource.Known(false), nil
}

// advanced looks for one selector that lets all of them pass. One that narrows them further may still let the ones through
// that matter, alone or with another, so it counts neither as yes nor as no.
func advanced(selectors []types.AdvancedEventSelector) (resource.Fact[bool], []string) {
	verdict := resource.Known(false)
	for _, s := range selectors {
		writes, excludes, narrowing := management(s.FieldSelectors)
		switch {
		case writes && narrowing == "":
			return resource.Known(true), excludes
		case writes:
			verdict = resource.Unlearned[bool](fmt.Errorf("its selectors let only some management events pass, by %s", narrowing))
		}
	}
	return verdict, nil
}

// management says whether one selector is about management events that change something, which services it leaves out,
// and by which field it narrows them otherwise (AWS CloudTrail API Reference, "AdvancedFieldSelector").
func management(fields []types.AdvancedFieldSelector) (writes bool, excludes []string, narrowing string) {
	category := false
	writes = true
	for _, f := range fields {
		switch field := aws.ToString(f.Field); {
		case field == "eventCategory":
			category = category || slices.Contains(f.Equals, "Management")
		case field == "readOnly":
			writes = writes && slices.Contains(f.Equals, "false")
		case field == "eventSource" && onlyNotEquals(f):
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

var errSilent = errors.New("the answer does not say")
