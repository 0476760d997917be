package definition

import (
	"encoding/json"
	"strings"
)

// origins are the members of a source action's configuration that say where the source comes from
// (AWS CodePipeline User Guide, "Action structure reference").
var origins = map[string]string{
	"FullRepositoryId": "repository", "Repo": "repository", "RepositoryName": "repository", "Owner": "owner",
	"BranchName": "branch", "Branch": "branch", "ConnectionArn": "connection",
	"S3Bucket": "bucket", "S3ObjectKey": "object", "ImageTag": "image tag", "RegistryId": "registry",
}

// shown are the other members whose values are names, and may be shown.
var shown = map[string]bool{
	"ProjectName": true, "ApplicationName": true, "DeploymentGroupName": true, "StackName": true, "ActionMode": true, "ChangeSetName": true,
	"RoleArn": true, "FunctionName": true, "ClusterName": true, "ServiceName": true, "BucketName": true, "Extract": true, "PrimarySource": true,
	"PollForSourceChanges": true, "DetectChanges": true, "OutputArtifactFormat": true, "Capabilities": true, "NotificationArn": true,
}

// actions matches actions by stage and name, then by name and category, sources then by what they fetch: what moved is told by its stages.
func (l *list) actions(was, is []action) {
	pairs, taken := map[int]int{}, map[int]bool{}
	for _, key := range []func(action) string{place, func(a action) string { return a.category + "\x00" + a.name }, fetches} {
		pairUp(was, is, key, pairs, taken)
	}
	for i, a := range was {
		if j, found := pairs[i]; found {
			l.action(a, is[j])
		} else if a.category != "Approval" {
			l.actionAlone(a, "removed")
		}
	}
	for j, a := range is {
		if !taken[j] && a.category != "Approval" {
			l.actionAlone(a, "added")
		}
	}
}

// pairUp finds for the actions that have no counterpart yet the first one of the same key.
func pairUp(was, is []action, key func(action) string, pairs map[int]int, taken map[int]bool) {
	free := map[string][]int{}
	for j, a := range is {
		if k := key(a); !taken[j] && k != "" {
			free[k] = append(free[k], j)
		}
	}
	for i, a := range was {
		k := key(a)
		if _, done := pairs[i]; !done && len(free[k]) > 0 {
			pairs[i], taken[free[k][0]] = free[k][0], true
			free[k] = free[k][1:]
		}
	}
}

// fetches is what a source action fetches, by which it is known when it is renamed; "" for any other action.
func fetches(a action) string {
	if a.category != "Source" {
		return ""
	}
	return provider(a) + canonical(map[string]any(a.raw.object("configuration")))
}

// actionAlone tells of an action that only one of the definitions has. Approvals have words of their own.
func (l *list) actionAlone(a action, verb string) {
	kind, what := Action, "action "
	if a.category == "Source" {
		kind, what = Source, "source action "
	}
	d := Difference{Kind: kind, Where: a.where(), Sentence: what + said(a.name) + " of stage " + said(a.stage) + " was " + verb}
	from := origin(a)
	switch {
	case kind == Source && verb == "added":
		d.After, d.Sentence = from, d.Sentence+": "+orElse(from, "its source is not told")
	case kind == Source:
		d.Before = from
	case verb == "added":
		d.After, d.Sentence = said(provider(a)), d.Sentence+": "+orNone(provider(a))
	default:
		d.Before = said(provider(a))
	}
	l.add(d)
}

// origin is where a source action takes its source from.
func origin(a action) string {
	c := a.raw.object("configuration")
	var parts []string
	for _, member := range []string{"Owner", "Repo", "FullRepositoryId", "RepositoryName", "Branch", "BranchName", "S3Bucket", "S3ObjectKey", "ImageTag"} {
		if text := c.text(member); text != "" {
			parts = append(parts, origins[member]+" "+said(text))
		}
	}
	return strings.Join(parts, ", ")
}

func provider(a action) string {
	t := a.raw.object("actionTypeId")
	return strings.Trim(t.text("category")+" by "+t.text("owner")+" "+t.text("provider"), " ")
}

func (l *list) action(was, is action) {
	where, name := is.where(), " of action "+said(is.name)
	if was.stage != is.stage && is.category != "Approval" {
		l.value(Action, where, "stage"+name, was.stage, is.stage)
	}
	if is.category != "Approval" {
		l.value(Action, where, "name of action "+said(was.name), was.name, is.name)
	}
	l.provider(was, is)
	l.value(Action, where, "version of provider"+name, was.raw.object("actionTypeId").text("version"), is.raw.object("actionTypeId").text("version"))
	l.value(Role, where, "role"+name, was.raw.text("roleArn"), is.raw.text("roleArn"))
	l.value(Action, where, "region"+name, was.raw.text("region"), is.raw.text("region"))
	if was.order != is.order {
		l.value(Action, where, "run order"+name, orElse(was.raw.text("runOrder"), "1"), orElse(is.raw.text("runOrder"), "1"))
	}
	l.configuration(was, is)
	l.commands(was, is)
	before, after := keyed(was.raw.objects("environmentVariables"), "name"), keyed(is.raw.objects("environmentVariables"), "name")
	for _, v := range both(before, after) {
		l.variable("variable "+said(v)+name, before[v], after[v], where)
	}
	for _, m := range []struct{ member, what string }{{"inputArtifacts", "input artifacts"}, {"outputArtifacts", "output artifacts"}} {
		had, has := artifactNames(was.raw, m.member), artifactNames(is.raw, m.member)
		if had != has {
			l.add(Difference{Kind: Action, Where: where, Before: had, After: has, Sentence: m.what + name + ": " + orElse(had, "none") + " -> " + orElse(has, "none")})
		}
	}
}

// provider compares who an action is of. A source that another provider brings is told with where it comes from: their members have different
// names for the same, so that one by one they would all be told as gone and come.
func (l *list) provider(was, is action) {
	where, name := is.where(), " of action "+said(is.name)
	switch {
	case otherSource(was, is):
		from, to := fetched(was), fetched(is)
		l.add(Difference{Kind: Source, Where: where, Before: from, After: to, Sentence: "source" + name + ": " + from + " -> " + to})
	case was.category == "Source" || is.category == "Source":
		l.value(Source, where, "provider"+name, provider(was), provider(is))
	default:
		l.value(Action, where, "provider"+name, provider(was), provider(is))
	}
}

// otherSource says that both are sources, of different providers.
func otherSource(was, is action) bool {
	return was.category == "Source" && is.category == "Source" && provider(was) != provider(is)
}

// fetched is where a source action takes its source from, and by which provider: "repository a/b, branch main (AWS CodeCommit)".
func fetched(a action) string {
	t := a.raw.object("actionTypeId")
	return orElse(origin(a), "a place that is not told") + " (" + strings.TrimSpace(said(t.text("owner"))+" "+said(t.text("provider"))) + ")"
}

func artifactNames(a object, member string) string {
	var all []string
	for _, one := range a.objects(member) {
		all = append(all, one.text("name"))
	}
	return names(all)
}

func (l *list) configuration(was, is action) {
	before, after := was.raw.object("configuration"), is.raw.object("configuration")
	where, name := is.where(), " of action "+said(is.name)
	for _, member := range both(before, after) {
		had, has := scalar(before[member]), scalar(after[member])
		label, comesFrom := origins[member]
		switch {
		case had == has, comesFrom && otherSource(was, is):
		case comesFrom && is.category == "Source":
			l.value(Source, where, "source "+label+name, had, has)
		case member == "EnvironmentVariables":
			l.variablesText(name, where, had, has)
		case shown[member]:
			l.value(roleOr(member), where, said(member)+name, had, has)
		default:
			l.hidden(Action, where, "configuration "+said(member)+name, had, has)
		}
	}
}

// roleOr is the kind of a member that may be shown: CloudFormation's actions name the role that deploys in their configuration.
func roleOr(member string) Kind {
	if member == "RoleArn" {
		return Role
	}
	return Action
}

// scalar is a member of a configuration, of which the API makes a text, as a text.
func scalar(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return canonical(v)
}

// variablesText compares the variables of a CodeBuild action, which are a list written as JSON within a text
// (AWS CodePipeline User Guide, "AWS CodeBuild build and test action reference").
func (l *list) variablesText(name, where, had, has string) {
	var before, after []object
	if json.Unmarshal([]byte(orElse(had, "[]")), &before) != nil || json.Unmarshal([]byte(orElse(has, "[]")), &after) != nil {
		l.hidden(Variables, where, "the variables"+name, had, has)
		return
	}
	was, is := keyed(before, "name"), keyed(after, "name")
	for _, v := range both(was, is) {
		l.variable("variable "+said(v)+name, was[v], is[v], where)
	}
}

// variable tells of one variable that was added, removed or changed. Its value is never shown.
func (l *list) variable(label string, was, is object, where string) {
	d := Difference{Kind: Variables, Where: where}
	kind := func(o object) string { return orElse(o.text("type"), "PLAINTEXT") }
	value := func(o object) string { return orElse(o.text("value"), o.text("defaultValue")) }
	switch {
	case was == nil:
		d.Sentence = label + " was added (its value is not shown)"
	case is == nil:
		d.Sentence = label + " was removed"
	case kind(was) != kind(is):
		d.Before, d.After = said(kind(was)), said(kind(is))
		d.Sentence = label + ": " + d.Before + " -> " + d.After
	case value(was) != value(is) && !masked(value(was)) && !masked(value(is)):
		d.Sentence = "the value of " + label + " changed (it is not shown)"
	default:
		return
	}
	l.add(d)
}

// commands compares what an action of the Commands provider runs.
func (l *list) commands(was, is action) {
	had, has := was.raw.texts("commands"), is.raw.texts("commands")
	if change := listChange(had, has); change != "" {
		l.add(Difference{Kind: Buildspec, Where: is.where(), Sentence: "commands of action " + said(is.name) + ": " + change, mark: mark(strings.Join(has, "\n"))})
	}
}
