package delivery

import "strings"

// logGroup is the kind under which CloudWatch log groups are filed.
const logGroup = "loggroup"

// defaults are the names that log groups get where nobody chooses another one
// (CodeBuild User Guide, "View build details"; CodePipeline User Guide, "Commands action reference";
// CloudTrail User Guide, "Sending events to CloudWatch Logs"; Control Tower User Guide, "Logging").
var defaults = [...]struct{ prefix, of string }{
	{"/aws/codebuild/", "builds"},
	{"/aws/codepipeline/", "a pipeline"},
	{"aws-cloudtrail-logs-", "a trail"},
	{"CloudTrail/DefaultLogGroup", "a trail"},
	{"aws-controltower/CloudTrailLogs", "a trail"},
}

// LogsOf is what writes to a log group, by the group's name: builds, a pipeline, a trail; "" where the name does not tell.
func LogsOf(group string) string {
	for _, d := range defaults {
		if strings.HasPrefix(group, d.prefix) {
			return d.of
		}
	}
	return ""
}
