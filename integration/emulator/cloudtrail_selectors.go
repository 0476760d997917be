package emulator

import (
	"context"
	"net/http"
)

// selectors are those that trails were given, by the names of the trails that are at home where this one is. The caller holds a.mu.
func (a *AWS) selectors(x *exchange, trail object) map[string]object {
	here := a.estate(place{x.Account, text(trail, "HomeRegion")})
	if here.trails == nil {
		here.trails = map[string]object{}
	}
	return here.trails
}

// The members in which selectors are sent and kept.
const (
	basicSelectors    = "EventSelectors"
	advancedSelectors = "AdvancedEventSelectors"
	insightSelectors  = "InsightSelectors"
)

// keepSelectors has a trail let through what was sent, instead of what the members held before.
func (a *AWS) keepSelectors(ctx context.Context, x *exchange, in object, members ...string) (*answer, error) {
	trail, err := a.homeTrail(ctx, x, text(in, "TrailName"))
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.selectors(x, trail)
	kept := all[text(trail, "Name")]
	if kept == nil {
		kept = object{}
		all[text(trail, "Name")] = kept
	}
	out := object{"TrailARN": trail["TrailARN"]}
	for _, member := range members {
		delete(kept, member)
		if sent := list(in, member); len(sent) > 0 {
			kept[member], out[member] = sent, sent
		}
	}
	return jsonAnswer(http.StatusOK, out), nil
}

// putEventSelectors takes selectors of one form or the other, which replace those of both (AWS CloudTrail API Reference, "PutEventSelectors").
func putEventSelectors(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	if (len(list(in, basicSelectors)) > 0) == (len(list(in, advancedSelectors)) > 0) {
		return nil, refusal("InvalidEventSelectorsException", "Either event selectors or advanced event selectors have to be sent")
	}
	for _, one := range objects(in, basicSelectors) { // it is told in full, with what was left out
		for member, standard := range newSelector() {
			if one[member] == nil {
				one[member] = standard
			}
		}
	}
	for _, one := range objects(in, advancedSelectors) {
		categories := 0
		for _, field := range objects(one, "FieldSelectors") {
			if text(field, "Field") == "eventCategory" {
				categories++
			}
		}
		if categories != 1 {
			return nil, refusal("InvalidEventSelectorsException", "A selector has one field eventCategory")
		}
	}
	return a.keepSelectors(ctx, x, in, basicSelectors, advancedSelectors)
}

// newSelector is the one that a trail has which was given none: it lets all management events through.
func newSelector() object {
	return object{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []any{}, "ExcludeManagementEventSources": []any{}}
}

// getEventSelectors answers with a new trail's where none were put.
func getEventSelectors(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	out, err := a.keptSelectors(ctx, x, basicSelectors, advancedSelectors)
	if err != nil {
		return nil, err
	}
	if len(list(out, basicSelectors))+len(list(out, advancedSelectors)) == 0 {
		out[basicSelectors] = []any{newSelector()}
	}
	return jsonAnswer(http.StatusOK, out), nil
}

// keptSelectors reads members of what is kept of a trail, from whatever region.
func (a *AWS) keptSelectors(ctx context.Context, x *exchange, members ...string) (object, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	trail, err := a.findTrail(ctx, x, text(in, "TrailName"))
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := a.selectors(x, trail)[text(trail, "Name")]
	out := object{"TrailARN": trail["TrailARN"]}
	for _, member := range members {
		if there := list(kept, member); len(there) > 0 {
			out[member] = there
		}
	}
	return out, nil
}

func putInsightSelectors(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	return a.keepSelectors(ctx, x, in, insightSelectors)
}

// getInsightSelectors refuses where there are none (AWS CloudTrail API Reference, "GetInsightSelectors").
func getInsightSelectors(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	out, err := a.keptSelectors(ctx, x, insightSelectors)
	if err != nil {
		return nil, err
	}
	if len(list(out, insightSelectors)) == 0 {
		return nil, refusal("InsightNotEnabledException", "Insights are not enabled on the trail")
	}
	return jsonAnswer(http.StatusOK, out), nil
}

// describeTrails says of each trail whether selectors of its own were put on it, wherever it is at home: moto says of none.
func describeTrails(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return reply.rewrite(func(out object) {
		for _, trail := range objects(out, "trailList") {
			kept := a.selectors(x, trail)[text(trail, "Name")]
			trail["HasCustomEventSelectors"] = len(list(kept, basicSelectors))+len(list(kept, advancedSelectors)) > 0
			trail["HasInsightSelectors"] = len(list(kept, insightSelectors)) > 0
		}
	})
}
