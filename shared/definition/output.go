package definition

import "strings"

func (l *list) secondaryArtifacts(was, is object) {
	before, after := keyed(was.objects("secondaryArtifacts"), "artifactIdentifier"), keyed(is.objects("secondaryArtifacts"), "artifactIdentifier")
	for _, id := range both(before, after) {
		where, of := "secondary artifacts "+said(id), " of secondary artifacts "+said(id)
		switch {
		case before[id] == nil:
			to := after[id].text("location")
			l.add(Difference{Kind: Artifacts, Where: where, After: said(to), Sentence: where + " were added: " + orNone(to)})
		case after[id] == nil:
			l.add(Difference{Kind: Artifacts, Where: where, Before: said(before[id].text("location")), Sentence: where + " were removed"})
		default:
			l.artifacts(where, of, before[id], after[id])
		}
	}
}

// artifacts leaves out what CodeBuild sets by itself when a request does not (AWS CodeBuild API Reference, "ProjectArtifacts").
func (l *list) artifacts(where, of string, was, is object) {
	l.value(Artifacts, where, "artifact type"+of, was.text("type"), is.text("type"))
	l.value(Artifacts, where, "artifact bucket"+of, was.text("location"), is.text("location"))
	l.value(Artifacts, where, "path of artifacts"+of, was.text("path"), is.text("path"))
	l.toggle(Artifacts, where, "encryption of artifacts"+of, !was.flag("encryptionDisabled"), !is.flag("encryptionDisabled"))
	l.value(Artifacts, where, "access of the bucket's owner to artifacts"+of, was.text("bucketOwnerAccess"), is.text("bucketOwnerAccess"))
}

// key compares what artifacts come under.
func (l *list) key(was, is object) {
	l.value(Artifacts, "artifacts", "encryption key", sealing(was.text("encryptionKey")), sealing(is.text("encryptionKey")))
}

// sealing is the key that artifacts come under. Where none is named, that is the managed key for S3 (AWS CodeBuild API Reference, "Project";
// AWS CodePipeline User Guide, "Configure server-side encryption for artifacts stored in Amazon S3").
func sealing(key string) string {
	const managed = "alias/aws/s3"
	if key == "" || strings.HasSuffix(key, ":"+managed) {
		return managed
	}
	return key
}

// logs compares where logs go. CodeBuild writes to CloudWatch Logs when nothing is said of it (AWS CodeBuild API Reference, "LogsConfig").
func (l *list) logs(was, is object) {
	had, has := was.object("cloudWatchLogs"), is.object("cloudWatchLogs")
	on := func(o object, otherwise string) bool { return orElse(o.text("status"), otherwise) == "ENABLED" }
	l.toggle(Logs, "logs", "writing to CloudWatch Logs", on(had, "ENABLED"), on(has, "ENABLED"))
	if on(had, "ENABLED") && on(has, "ENABLED") {
		l.value(Logs, "logs", "log group", had.text("groupName"), has.text("groupName"))
	}
	had, has = was.object("s3Logs"), is.object("s3Logs")
	l.toggle(Logs, "logs", "copying of logs to S3", on(had, "DISABLED"), on(has, "DISABLED"))
	if on(had, "DISABLED") && on(has, "DISABLED") {
		l.value(Logs, "logs", "place of logs in S3", had.text("location"), has.text("location"))
		l.toggle(Logs, "logs", "encryption of logs in S3", !had.flag("encryptionDisabled"), !has.flag("encryptionDisabled"))
	}
}

// webhook compares what starts builds. Its secret and its address are never looked at.
func (l *list) webhook(was, is object) {
	had, has := was.object("webhook"), is.object("webhook")
	switch {
	case had == nil && has == nil:
	case had == nil:
		l.add(Difference{Kind: Trigger, Where: "webhook", Sentence: "a webhook was added"})
	case has == nil:
		l.add(Difference{Kind: Trigger, Where: "webhook", Sentence: "the webhook was removed"})
	default:
		if before, after := canonical(had["filterGroups"]), canonical(has["filterGroups"]); before != after {
			l.add(Difference{Kind: Trigger, Where: "webhook", Sentence: "the filters of the webhook changed", mark: mark(after)})
		}
		l.value(Trigger, "webhook", "branch filter of the webhook", had.text("branchFilter"), has.text("branchFilter"))
		l.value(Trigger, "webhook", "approval of pull requests' builds",
			had.object("pullRequestBuildPolicy").text("requiresCommentApproval"), has.object("pullRequestBuildPolicy").text("requiresCommentApproval"))
	}
}

func (l *list) network(was, is object) {
	l.value(Environment, "network", "network", was.text("vpcId"), is.text("vpcId"))
	for _, m := range []struct{ member, what string }{{"subnets", "subnets"}, {"securityGroupIds", "security groups"}} {
		if had, has := names(was.texts(m.member)), names(is.texts(m.member)); had != has {
			l.add(Difference{Kind: Environment, Where: "network", Before: had, After: has, Sentence: m.what + ": " + orElse(had, "none") + " -> " + orElse(has, "none")})
		}
	}
}

func (l *list) cache(was, is object) {
	l.value(Settings, "cache", "cache type", orElse(was.text("type"), "NO_CACHE"), orElse(is.text("type"), "NO_CACHE"))
	l.value(Settings, "cache", "place of the cache", was.text("location"), is.text("location"))
}
