package emulator

import (
	"maps"
	"slices"
	"strings"
)

// shown is what CodeBuild makes of the members that were sent before it shows them.
func shown(project object) object {
	for _, member := range []string{"description", "sourceVersion", "vpcConfig", "buildBatchConfig", "secondarySources", "secondarySourceVersions", "secondaryArtifacts", "fileSystemLocations"} {
		if empty(project[member]) {
			delete(project, member)
		}
	}
	for member, none := range map[string]float64{"concurrentBuildLimit": -1, "autoRetryLimit": 0} { // what takes a limit away
		if project[member] == none {
			delete(project, member)
		}
	}
	if artifacts := child(project, "artifacts"); artifacts != nil {
		project["artifacts"] = switched(artifacts)
	}
	if all := objects(project, "secondaryArtifacts"); len(all) > 0 {
		project["secondaryArtifacts"] = each(all, switched)
	}
	if logs := child(project, "logsConfig"); logs != nil {
		project["logsConfig"] = bothHalves(logs)
	}
	return project
}

func empty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case object:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

func each(all []object, change func(object) object) []any {
	out := make([]any, 0, len(all))
	for _, one := range all {
		out = append(out, change(one))
	}
	return out
}

// switched has the switch of the encryption, which answers always show.
func switched(o object) object { return withDefaults(o, object{"encryptionDisabled": false}) }

func withDefaults(o, defaults object) object {
	out := maps.Clone(defaults)
	maps.Copy(out, o)
	return out
}

// bothHalves says of a half that was not sent what holds then: logs go to CloudWatch Logs, and not to S3.
func bothHalves(logs object) object {
	return object{
		"cloudWatchLogs": withDefaults(child(logs, "cloudWatchLogs"), object{"status": "ENABLED"}),
		"s3Logs":         withDefaults(child(logs, "s3Logs"), object{"status": "DISABLED", "encryptionDisabled": false}),
	}
}

// approvers are the roles that may write or more, which CodeBuild takes where a policy names none, by what their names begin with.
var approvers = map[string][]any{
	"GITHUB":    {"GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"},
	"GITLAB":    {"GITLAB_DEVELOPER", "GITLAB_MAINTAINER", "GITLAB_OWNER"},
	"BITBUCKET": {"BITBUCKET_WRITE", "BITBUCKET_ADMIN"},
}

const noApproval = "DISABLED"

// policy is the pull-request policy as it is kept. Roles count only while comments are asked for
// (AWS CodeBuild API Reference, "PullRequestBuildPolicy").
func (r *request) policy(sent object, source string) (object, error) {
	asked := text(sent, "requiresCommentApproval")
	switch {
	case !slices.Contains([]string{noApproval, "ALL_PULL_REQUESTS", "FORK_PULL_REQUESTS"}, asked):
		return nil, refusal(invalidInput, "Invalid pull request build policy: requiresCommentApproval is %q", asked)
	case asked == noApproval:
		return object{"requiresCommentApproval": asked}, nil
	case len(list(sent, "approverRoles")) > 0:
		return sent, nil
	}
	provider, _, _ := strings.Cut(source, "_")
	return withDefaults(sent, object{"approverRoles": approvers[provider]}), nil
}

// filters have the switch that turns a pattern around, which answers always show.
func filters(groups []any) []any {
	out := make([]any, 0, len(groups))
	for _, group := range groups {
		out = append(out, each(objects(object{"group": group}, "group"), func(filter object) object {
			return withDefaults(filter, object{"excludeMatchedPattern": false})
		}))
	}
	return out
}
