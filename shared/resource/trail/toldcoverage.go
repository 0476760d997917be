package trail

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	updateTrail  = "UpdateTrail"
	putSelectors = "PutEventSelectors"
)

// toldCoverage builds the coverage as far as a call changed it: what it asked for, not what the answer repeats of the trail as it was anyway.
// A new trail takes nothing away, so CreateTrail tells nothing.
func toldCoverage(e *event.Event) (Coverage, bool) {
	about := refs(e)
	if len(about) == 0 || !e.Succeeded() {
		return Coverage{}, false
	}
	c := Coverage{Name: about[0].ID, HomeRegion: about[0].Region}
	asked := e.Request()
	for _, arn := range []string{asked.String("name"), asked.String("trailName"), e.Response().String("trailARN")} {
		if _, _, id := parse(arn); id == c.Name {
			c.ARN = arn
		}
	}
	switch e.Name() {
	case updateTrail:
		for member, fact := range map[string]*resource.Fact[bool]{
			"isMultiRegionTrail": &c.MultiRegion, "enableLogFileValidation": &c.Validation, "includeGlobalServiceEvents": &c.GlobalEvents,
		} {
			if value, ok := asked.Bool(member); ok {
				*fact = resource.Known(value)
			}
		}
	case putSelectors:
		sent := sentSelectors(asked)
		if len(sent.EventSelectors)+len(sent.AdvancedEventSelectors) == 0 {
			return Coverage{}, false
		}
		c.Management = ManagementOf(sent)
	default:
		return Coverage{}, false
	}
	return c, true
}

// sentSelectors is a request as the API would give it back.
func sentSelectors(asked event.Fields) *cloudtrail.GetEventSelectorsOutput {
	out := &cloudtrail.GetEventSelectorsOutput{}
	for _, s := range asked.Objects("eventSelectors") {
		one := types.EventSelector{
			ReadWriteType: types.ReadWriteType(s.String("readWriteType")), ExcludeManagementEventSources: s.Strings("excludeManagementEventSources"),
		}
		if include, ok := s.Bool("includeManagementEvents"); ok {
			one.IncludeManagementEvents = aws.Bool(include)
		}
		out.EventSelectors = append(out.EventSelectors, one)
	}
	for _, s := range asked.Objects("advancedEventSelectors") {
		var one types.AdvancedEventSelector
		for _, f := range s.Objects("fieldSelectors") {
			one.FieldSelectors = append(one.FieldSelectors, types.AdvancedFieldSelector{
				Field: aws.String(f.String("field")), Equals: f.Strings("equals"), NotEquals: f.Strings("notEquals"),
				StartsWith: f.Strings("startsWith"), NotStartsWith: f.Strings("notStartsWith"), EndsWith: f.Strings("endsWith"), NotEndsWith: f.Strings("notEndsWith"),
			})
		}
		out.AdvancedEventSelectors = append(out.AdvancedEventSelectors, one)
	}
	return out
}
