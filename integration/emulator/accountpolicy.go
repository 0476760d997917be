package emulator

// accountPolicyOperations are those of CloudWatch Logs on policies of the whole account, which moto does not have.
func accountPolicyOperations() map[string]owned {
	return map[string]owned{
		"logs.PutAccountPolicy": putAccountPolicy, "logs.DescribeAccountPolicies": describeAccountPolicies, "logs.DeleteAccountPolicy": deleteAccountPolicy,
	}
}

func accountPolicyKey(r *request) string { return r.text("policyType") + "/" + r.text("policyName") }

func putAccountPolicy(r *request) (object, error) {
	if r.text("policyName") == "" || r.text("policyType") == "" || r.text("policyDocument") == "" {
		return nil, refusal("InvalidParameterException", "A policy has a name, a type and a document")
	}
	kept := object{
		"policyName": r.text("policyName"), "policyType": r.text("policyType"), "policyDocument": r.text("policyDocument"),
		"scope": "ALL", "accountId": r.at.account, "lastUpdatedTime": int64(r.now * 1000),
	}
	if criteria := r.text("selectionCriteria"); criteria != "" {
		kept["selectionCriteria"] = criteria
	}
	r.here.accountPolicies[accountPolicyKey(r)] = kept
	return object{"accountPolicy": kept}, nil
}

func describeAccountPolicies(r *request) (object, error) {
	all := []object{}
	for _, key := range sortedKeys(r.here.accountPolicies) {
		kept := r.here.accountPolicies[key]
		if kept["policyType"] == r.text("policyType") && (r.text("policyName") == "" || kept["policyName"] == r.text("policyName")) {
			all = append(all, kept)
		}
	}
	return object{"accountPolicies": all}, nil
}

func deleteAccountPolicy(r *request) (object, error) {
	if r.here.accountPolicies[accountPolicyKey(r)] == nil {
		return nil, refusal(notFound, "There is no policy %s", r.text("policyName"))
	}
	delete(r.here.accountPolicies, accountPolicyKey(r))
	return nil, nil
}
