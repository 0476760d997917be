package definition

import (
	"fmt"
	"maps"
	"strings"
)

// overrides are the members of a request that take the place of a project's for one build, and where those lie
// (AWS CodeBuild API Reference, "StartBuild" and "StartBuildBatch").
var overrides = map[string][]string{
	"sourceTypeOverride": {"source", "type"}, "sourceLocationOverride": {"source", "location"}, "sourceAuthOverride": {"source", "auth"},
	"insecureSslOverride": {"source", "insecureSsl"}, "gitSubmodulesConfigOverride": {"source", "gitSubmodulesConfig"},
	"sourceVersion": {"sourceVersion"}, "secondarySourcesOverride": {"secondarySources"}, "secondarySourcesVersionOverride": {"secondarySourceVersions"},
	"artifactsOverride": {"artifacts"}, "secondaryArtifactsOverride": {"secondaryArtifacts"}, "encryptionKeyOverride": {"encryptionKey"},
	"environmentTypeOverride": {"environment", "type"}, "imageOverride": {"environment", "image"}, "computeTypeOverride": {"environment", "computeType"},
	"certificateOverride": {"environment", "certificate"}, "privilegedModeOverride": {"environment", "privilegedMode"},
	"registryCredentialOverride":       {"environment", "registryCredential"},
	"imagePullCredentialsTypeOverride": {"environment", "imagePullCredentialsType"}, "fleetOverride": {"environment", "fleet"},
	"serviceRoleOverride": {"serviceRole"}, "buildBatchConfigOverride": {"buildBatchConfig"}, "cacheOverride": {"cache"},
	"timeoutInMinutesOverride": {"timeoutInMinutes"}, "buildTimeoutInMinutesOverride": {"timeoutInMinutes"}, "queuedTimeoutInMinutesOverride": {"queuedTimeoutInMinutes"},
}

// Run tells in which settings a build that was requested so differs from its project. Of a project that is not known (nil) it tells
// what was requested in its place. The error is ErrMalformed or ErrTooLarge.
func Run(project, request []byte) ([]Difference, error) {
	was, known := object{"name": "?"}, project != nil
	if known {
		var err error
		if was, err = parse(project); err == nil && !was.has("name") {
			err = ErrMalformed
		}
		if err != nil {
			return nil, fmt.Errorf("read the project: %w", err)
		}
	}
	asked, err := parse(request)
	if err != nil {
		return nil, fmt.Errorf("read what was requested: %w", err)
	}
	is := overridden(was, asked)
	var l list
	l.runs(was.object("source").text("buildspec"), asked)
	l.all = append(l.all, projects(was, is, nil)...)
	if !known {
		for i := range l.all {
			l.all[i].Sentence = strings.Replace(l.all[i].Sentence, "none -> ", "", 1)
		}
	}
	return l.all, nil
}

// runs tells of a buildspec in place of the project's.
func (l *list) runs(had string, asked object) {
	has := asked.text("buildspecOverride")
	if has == "" || has == had || masked(has) || masked(had) {
		return
	}
	d := Difference{Kind: Buildspec, Where: "source", mark: mark(has)}
	if inline(has) {
		d.Sentence = "the buildspec is one that the request itself held (it is not shown)"
		l.add(d)
		return
	}
	if !inline(had) {
		d.Before = said(had)
	}
	d.After = said(has)
	d.Sentence = "the buildspec is " + d.After
	l.add(d)
}

// overridden is the project with what was asked for in the place of its own. Of two logs that may be set, one that was not named stays.
func overridden(was, asked object) object {
	is := copied(was)
	for member, path := range overrides {
		if !asked.has(member) {
			continue
		}
		if len(path) == 1 {
			is[path[0]] = asked[member]
			continue
		}
		inner := copied(is.object(path[0]))
		inner[path[1]] = asked[member]
		is[path[0]] = map[string]any(inner)
	}
	if logs := asked.object("logsConfigOverride"); logs != nil {
		merged := copied(is.object("logsConfig"))
		maps.Copy(merged, logs)
		is["logsConfig"] = map[string]any(merged)
	}
	if variables := asked.objects("environmentVariablesOverride"); len(variables) > 0 {
		environment := copied(is.object("environment"))
		all := keyed(environment.objects("environmentVariables"), "name")
		maps.Copy(all, keyed(variables, "name"))
		list := make([]any, 0, len(all))
		for _, v := range all {
			list = append(list, map[string]any(v))
		}
		environment["environmentVariables"] = list
		is["environment"] = map[string]any(environment)
	}
	return is
}

func copied(o object) object {
	out := object{}
	maps.Copy(out, o)
	return out
}
