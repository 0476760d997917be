package emulator

import (
	"maps"
	"strings"
)

func reportOperations() map[string]owned {
	return map[string]owned{
		"codebuild.CreateReportGroup": createReportGroup, "codebuild.UpdateReportGroup": updateReportGroup, "codebuild.DeleteReportGroup": deleteReportGroup,
		"codebuild.BatchGetReportGroups": batchGetReportGroups, "codebuild.ListReportGroups": listReportGroups,
		"codebuild.ListSourceCredentials": listSourceCredentials, "codebuild.ImportSourceCredentials": importSourceCredentials,
		"codebuild.DeleteSourceCredentials": deleteSourceCredentials,
		"codebuild.GetResourcePolicy":       getResourcePolicy, "codebuild.PutResourcePolicy": putResourcePolicy, "codebuild.DeleteResourcePolicy": deleteResourcePolicy,
	}
}

func createReportGroup(r *request) (object, error) {
	name := r.at.arn("codebuild", "report-group/"+r.text("name"))
	if r.text("name") == "" || r.text("type") == "" || r.in["exportConfig"] == nil {
		return nil, refusal(invalidInput, "A report group has a name, a type and an export configuration")
	}
	if r.here.reportGroups[name] != nil {
		return nil, refusal(alreadyExists, "Report group already exists: %s", name)
	}
	group := object{"arn": name, "created": r.now, "lastModified": r.now, "status": "ACTIVE"}
	maps.Copy(group, r.in)
	r.here.reportGroups[name] = exporting(group)
	return object{"reportGroup": group}, nil
}

func updateReportGroup(r *request) (object, error) {
	group := r.here.reportGroups[r.text("arn")]
	if group == nil {
		return nil, refusal(notFound, "Report group cannot be found: %s", r.text("arn"))
	}
	maps.Copy(group, r.in)
	group["lastModified"] = r.now
	return object{"reportGroup": exporting(group)}, nil
}

// exporting has the switch of the export's encryption, which answers always show.
func exporting(group object) object {
	if to := child(child(group, "exportConfig"), "s3Destination"); to != nil {
		group["exportConfig"] = withDefaults(object{"s3Destination": switched(to)}, child(group, "exportConfig"))
	}
	return group
}

func deleteReportGroup(r *request) (object, error) {
	delete(r.here.reportGroups, r.text("arn"))
	return nil, nil
}

func batchGetReportGroups(r *request) (object, error) {
	found, lost := seen(texts(r.in, "reportGroupArns"), func(name string) object { return r.here.reportGroups[name] })
	return object{"reportGroups": found, "reportGroupsNotFound": lost}, nil
}

func listReportGroups(r *request) (object, error) {
	return page(r.in, sortedKeys(r.here.reportGroups), perCall, "reportGroups", invalidInput)
}

func listSourceCredentials(r *request) (object, error) {
	all := []object{}
	for _, name := range sortedKeys(r.here.credentials) {
		all = append(all, r.here.credentials[name])
	}
	return object{"sourceCredentialsInfos": all}, nil
}

// importSourceCredentials keeps everything but the token, which no operation shows either.
func importSourceCredentials(r *request) (object, error) {
	name := r.at.arn("codebuild", "token/"+strings.ToLower(r.text("serverType")))
	if r.text("serverType") == "" || r.text("authType") == "" || r.text("token") == "" {
		return nil, refusal(invalidInput, "Source credentials have a server type, an authentication type and a token")
	}
	if r.here.credentials[name] != nil && r.in["shouldOverwrite"] == false {
		return nil, refusal(alreadyExists, "Source credentials already exist: %s", name)
	}
	r.here.credentials[name] = object{"arn": name, "serverType": r.in["serverType"], "authType": r.in["authType"]}
	return object{"arn": name}, nil
}

func deleteSourceCredentials(r *request) (object, error) {
	if r.here.credentials[r.text("arn")] == nil {
		return nil, refusal(notFound, "Source credentials cannot be found: %s", r.text("arn"))
	}
	delete(r.here.credentials, r.text("arn"))
	return object{"arn": r.text("arn")}, nil
}

func getResourcePolicy(r *request) (object, error) {
	kept := r.here.policies[r.text("resourceArn")]
	if kept == nil {
		return nil, refusal(notFound, "Resource policy cannot be found: %s", r.text("resourceArn"))
	}
	return kept, nil
}

func putResourcePolicy(r *request) (object, error) {
	name := r.text("resourceArn")
	if r.findProject(name) == nil && r.here.reportGroups[name] == nil {
		return nil, refusal(notFound, "Resource cannot be found: %s", name)
	}
	r.here.policies[name] = object{"policy": r.text("policy")}
	return object{"resourceArn": name}, nil
}

func deleteResourcePolicy(r *request) (object, error) {
	delete(r.here.policies, r.text("resourceArn"))
	return nil, nil
}
