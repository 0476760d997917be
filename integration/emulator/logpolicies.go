package emulator

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// logPolicyOperations are those of CloudWatch Logs on resource policies. moto knows none of a log group's own, nor their revisions.
func logPolicyOperations() map[string]owned {
	return map[string]owned{
		"logs.PutResourcePolicy": putLogPolicy, "logs.DescribeResourcePolicies": describeLogPolicies, "logs.DeleteResourcePolicy": deleteLogPolicy,
	}
}

// logPolicy finds the policy of the log group that a call names, or that of the account of that name.
func logPolicy(r *request) (key string, kept object) {
	key = "account/" + r.text("policyName")
	if arn := r.text("resourceArn"); arn != "" {
		key = "resource/" + strings.TrimSuffix(arn, ":*")
	}
	return key, r.here.logPolicies[key]
}

// revised refuses a call that does not name the revision which it means to replace. Only policies of log groups have revisions
// (CloudWatch Logs API Reference, "PutResourcePolicy" and "DeleteResourcePolicy").
func revised(r *request, kept object) error {
	if r.text("resourceArn") != "" && r.text("expectedRevisionId") != text(kept, "revisionId") {
		return refusal("OperationAbortedException", "The policy has another revision")
	}
	return nil
}

// putLogPolicy takes ten policies of the account, and one of each log group.
func putLogPolicy(r *request) (object, error) {
	const most, longest = 10, 5120
	key, kept := logPolicy(r)
	document := object{}
	if json.Unmarshal([]byte(r.text("policyDocument")), &document) != nil || len(r.text("policyDocument")) > longest || r.text("policyName")+r.text("resourceArn") == "" {
		return nil, refusal(invalid, "A policy has a name or a log group, and a document of a bounded length")
	}
	if err := revised(r, kept); err != nil {
		return nil, err
	}
	if kept == nil && r.text("resourceArn") == "" && len(inScope(r.here.logPolicies, "ACCOUNT")) == most {
		return nil, refusal("LimitExceededException", "Resource limit exceeded.")
	}
	if r.here.logPolicies == nil {
		r.here.logPolicies = map[string]object{}
	}
	next := object{"policyDocument": r.text("policyDocument"), "policyScope": "ACCOUNT", "lastUpdatedTime": int64(r.now * 1000)}
	out := object{"resourcePolicy": next}
	if name := r.text("policyName"); name != "" {
		next["policyName"] = name
	}
	if arn := r.text("resourceArn"); arn != "" {
		next["policyScope"], next["resourceArn"], next["revisionId"] = "RESOURCE", arn, newID()
		out["revisionId"] = next["revisionId"]
	}
	r.here.logPolicies[key] = next
	return out, nil
}

func inScope(all map[string]object, scope string) []any {
	found := []any{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if all[key]["policyScope"] == scope {
			found = append(found, all[key])
		}
	}
	return found
}

func describeLogPolicies(r *request) (object, error) {
	scope := "ACCOUNT"
	if asked := r.text("policyScope"); asked != "" {
		scope = asked
	}
	found := inScope(r.here.logPolicies, scope)
	if r.text("resourceArn") != "" {
		found = []any{}
		if _, kept := logPolicy(r); kept != nil {
			found = append(found, kept)
		}
	}
	return object{"resourcePolicies": found}, nil
}

func deleteLogPolicy(r *request) (object, error) {
	key, kept := logPolicy(r)
	if kept == nil {
		return nil, refusal(notFound, "Policy with name [%s] does not exist", r.text("policyName"))
	}
	if err := revised(r, kept); err != nil {
		return nil, err
	}
	delete(r.here.logPolicies, key)
	return nil, nil
}
