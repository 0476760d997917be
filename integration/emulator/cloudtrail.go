package emulator

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// trailMends are what moto gets wrong of CloudTrail: it lets a trail be changed from every region and made twice, keeps the tags of one that was
// deleted for the next of its name, and mixes selectors of both forms. Selectors the front keeps itself.
func trailMends() map[string]mended {
	return map[string]mended{
		"cloudtrail.CreateTrail": createTrail, "cloudtrail.UpdateTrail": updateTrail, "cloudtrail.DeleteTrail": deleteTrail,
		"cloudtrail.StartLogging": startOrStop, "cloudtrail.StopLogging": startOrStop, "cloudtrail.DescribeTrails": describeTrails,
		"cloudtrail.PutEventSelectors": putEventSelectors, "cloudtrail.GetEventSelectors": getEventSelectors,
		"cloudtrail.PutInsightSelectors": putInsightSelectors, "cloudtrail.GetInsightSelectors": getInsightSelectors,
	}
}

// ask has moto answer another operation for the same caller.
func (a *AWS) ask(ctx context.Context, x *exchange, operation string, in object) (object, error) {
	other, err := x.againTarget(operation, in)
	if err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, other)
	if err != nil {
		return nil, err
	}
	out := object{}
	if len(reply.body) > 0 {
		if err := json.Unmarshal(reply.body, &out); err != nil {
			return nil, broken(err)
		}
	}
	if reply.status != http.StatusOK {
		return nil, &problem{status: reply.status, code: lastPart(text(out, "__type"), "#"), message: text(out, "message")}
	}
	return out, nil
}

// findTrail is the trail of that name or ARN among those that are seen in the region of the call: the one that is at home there, if there is.
func (a *AWS) findTrail(ctx context.Context, x *exchange, called string) (object, error) {
	out, err := a.ask(ctx, x, "DescribeTrails", object{"includeShadowTrails": true})
	if err != nil {
		return nil, err
	}
	var shadow object
	for _, trail := range objects(out, "trailList") {
		switch {
		case text(trail, "Name") != called && text(trail, "TrailARN") != called:
		case text(trail, "HomeRegion") == x.Region:
			return trail, nil
		default:
			shadow = trail
		}
	}
	if shadow == nil {
		return nil, refusal("TrailNotFoundException", "Unknown trail: %s for the user: %s", called, x.Account)
	}
	return shadow, nil
}

// homeTrail is a trail that may be changed by the call: in its home region alone (AWS CloudTrail API Reference, "UpdateTrail" and others).
func (a *AWS) homeTrail(ctx context.Context, x *exchange, called string) (object, error) {
	trail, err := a.findTrail(ctx, x, called)
	if err == nil && text(trail, "HomeRegion") != x.Region {
		return nil, refusal("InvalidHomeRegionException", "Trail %s is at home in %s", called, text(trail, "HomeRegion"))
	}
	return trail, err
}

// passTrail lets moto answer a call on a trail, which it knows by name alone.
func (a *AWS) passTrail(ctx context.Context, x *exchange, in, trail object) (*answer, error) {
	in["Name"] = text(trail, "Name")
	if topic := text(in, "SnsTopicName"); topic != "" {
		in["SnsTopicName"] = lastPart(topic, ":")
	}
	other, err := x.againTarget(x.Operation, in)
	if err != nil {
		return nil, err
	}
	return a.pass(ctx, other)
}

// onTrail answers a call by which a trail is changed.
func (a *AWS) onTrail(ctx context.Context, x *exchange, check func(in, trail object) error) (reply *answer, trail object, err error) {
	in, err := x.in()
	if err != nil {
		return nil, nil, err
	}
	if trail, err = a.homeTrail(ctx, x, text(in, "Name")); err != nil {
		return nil, nil, err
	}
	if check != nil {
		if err := check(in, trail); err != nil {
			return nil, nil, err
		}
	}
	reply, err = a.passTrail(ctx, x, in, trail)
	return reply, trail, err
}

func startOrStop(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, _, err := a.onTrail(ctx, x, nil)
	return reply, err
}

func createTrail(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	for _, tag := range objects(in, "TagsList") {
		if strings.HasPrefix(strings.ToLower(text(tag, "Key")), "aws:") {
			return nil, refusal("InvalidTagParameterException", "Tag keys cannot start with aws:")
		}
	}
	if there, err := a.findTrail(ctx, x, text(in, "Name")); err == nil && text(there, "HomeRegion") == x.Region {
		return nil, refusal("TrailAlreadyExistsException", "Trail %s already exists for customer: %s", text(in, "Name"), x.Account)
	}
	return a.passTrail(ctx, x, in, object{"Name": in["Name"]})
}

func updateTrail(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, _, err := a.onTrail(ctx, x, func(in, trail object) error {
		is := func(name string) bool {
			v, sent := in[name].(bool)
			if !sent {
				v, _ = trail[name].(bool)
			}
			return v
		}
		if is("IsMultiRegionTrail") && !is("IncludeGlobalServiceEvents") {
			return refusal("InvalidParameterCombinationException", "Multi-Region trail must include global service events.")
		}
		return nil
	})
	return reply, err
}

// deleteTrail takes away what lay beside the trail.
func deleteTrail(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, trail, err := a.onTrail(ctx, x, nil)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	delete(a.selectors(x, trail), text(trail, "Name"))
	a.mu.Unlock()
	tags, err := a.ask(ctx, x, "ListTags", object{"ResourceIdList": []any{trail["TrailARN"]}})
	if err != nil {
		return nil, err
	}
	for _, one := range objects(tags, "ResourceTagList") {
		if len(list(one, "TagsList")) > 0 {
			_, err = a.ask(ctx, x, "RemoveTags", object{"ResourceId": trail["TrailARN"], "TagsList": one["TagsList"]})
		}
	}
	return reply, err
}
