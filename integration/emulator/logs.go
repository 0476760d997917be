package emulator

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// logMends are the calls on a log group that moto lacks, or keeps only in part: data protection, and subscriptions. The front keeps both.
func logMends() map[string]mended {
	return map[string]mended{
		"logs.PutDataProtectionPolicy": onLogGroup(putMasking), "logs.GetDataProtectionPolicy": onLogGroup(getMasking), "logs.DeleteDataProtectionPolicy": onLogGroup(deleteMasking),
		"logs.PutSubscriptionFilter": onLogGroup(putSubscription), "logs.DescribeSubscriptionFilters": onLogGroup(describeSubscriptions),
		"logs.DeleteSubscriptionFilter": onLogGroup(deleteSubscription),
	}
}

// onLogGroup answers a call on a log group, which moto has to have. The name comes with the request as logGroupName.
func onLogGroup(operation owned) mended {
	return func(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
		in, err := x.in()
		if err != nil {
			return nil, err
		}
		name := logGroupName(in)
		if id := text(in, "logGroupIdentifier"); id != "" {
			if name = logGroupName(object{"resourceIdentifier": id}); name == "" {
				name = id
			}
		}
		out, err := a.ask(ctx, x, "DescribeLogGroups", object{"logGroupNamePrefix": name})
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(objects(out, "logGroups"), func(group object) bool { return text(group, "logGroupName") == name }) {
			return nil, refusal(notFound, "The specified log group does not exist.")
		}
		in["logGroupName"] = name
		asked, err := x.againTarget(x.Operation, in)
		if err != nil {
			return nil, err
		}
		return a.own(asked, operation)
	}
}

const invalid = "InvalidParameterException"

// putMasking takes a policy with one statement that finds and one that masks the same, as text of a bounded length
// (CloudWatch Logs API Reference, "PutDataProtectionPolicy").
func putMasking(r *request) (object, error) {
	const longest = 30720
	document := object{}
	if json.Unmarshal([]byte(r.text("policyDocument")), &document) != nil || utf8.RuneCountInString(r.text("policyDocument")) > longest {
		return nil, refusal(invalid, "The policy is no JSON, or too long")
	}
	var finds, masks []string
	for _, statement := range objects(document, "Statement") {
		operation := child(statement, "Operation")
		switch {
		case operation["Audit"] != nil && finds == nil:
			finds = texts(statement, "DataIdentifier")
		case child(operation, "Deidentify")["MaskConfig"] != nil && masks == nil:
			masks = texts(statement, "DataIdentifier")
		default:
			return nil, refusal(invalid, "A statement neither finds nor masks")
		}
	}
	slices.Sort(finds)
	slices.Sort(masks)
	if len(finds) == 0 || !slices.Equal(finds, masks) {
		return nil, refusal(invalid, "The statements have to name the same data identifiers")
	}
	if r.here.maskings == nil {
		r.here.maskings = map[string]object{}
	}
	kept := object{"logGroupIdentifier": r.text("logGroupIdentifier"), "policyDocument": r.text("policyDocument"), "lastUpdatedTime": int64(r.now * 1000)}
	r.here.maskings[r.text("logGroupName")] = kept
	return kept, nil
}

func getMasking(r *request) (object, error) {
	if kept := r.here.maskings[r.text("logGroupName")]; kept != nil {
		return kept, nil
	}
	return object{"logGroupIdentifier": r.text("logGroupIdentifier")}, nil
}

func deleteMasking(r *request) (object, error) {
	if r.here.maskings[r.text("logGroupName")] == nil {
		return nil, refusal(notFound, "There is no data protection policy.")
	}
	delete(r.here.maskings, r.text("logGroupName"))
	return nil, nil
}

// putSubscription replaces the subscription of that name as a whole. A group has two at most (CloudWatch Logs API Reference,
// "PutSubscriptionFilter").
func putSubscription(r *request) (object, error) {
	const most = 2
	all, name := r.here.subscriptions[r.text("logGroupName")], r.text("filterName")
	_, patterned := r.in["filterPattern"].(string)
	switch {
	case name == "" || !patterned || !strings.HasPrefix(r.text("destinationArn"), "arn:"):
		return nil, refusal(invalid, "A subscription has a name, a pattern, which may be empty, and a destination")
	case all[name] == nil && len(all) == most:
		return nil, refusal("LimitExceededException", "Resource limit exceeded.")
	}
	if all == nil {
		if r.here.subscriptions == nil {
			r.here.subscriptions = map[string]object{}
		}
		all = object{}
		r.here.subscriptions[r.text("logGroupName")] = all
	}
	kept := object{"distribution": "ByLogStream", "creationTime": int64(r.now * 1000)}
	for _, member := range []string{
		"filterName", "logGroupName", "filterPattern", "destinationArn", "roleArn", "distribution", "applyOnTransformedLogs", "emitSystemFields", "fieldSelectionCriteria",
	} {
		if sent := r.in[member]; sent != nil {
			kept[member] = sent
		}
	}
	all[name] = kept
	return nil, nil
}

func describeSubscriptions(r *request) (object, error) {
	all := r.here.subscriptions[r.text("logGroupName")]
	filters := make([]any, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		filters = append(filters, all[name])
	}
	return object{"subscriptionFilters": filters}, nil
}

func deleteSubscription(r *request) (object, error) {
	all := r.here.subscriptions[r.text("logGroupName")]
	if all[r.text("filterName")] == nil {
		return nil, refusal(notFound, "The specified subscription filter does not exist.")
	}
	delete(all, r.text("filterName"))
	return nil, nil
}
