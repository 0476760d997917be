package emulator

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func buildOperations() map[string]owned {
	return map[string]owned{
		"codebuild.StartBuild": startBuild, "codebuild.StartBuildBatch": startBuildBatch, "codebuild.StopBuild": stopBuild,
		"codebuild.BatchGetBuilds": batchGetBuilds, "codebuild.BatchGetBuildBatches": batchGetBuildBatches,
		"codebuild.ListBuildsForProject": listBuildsForProject, "codebuild.BatchDeleteBuilds": batchDeleteBuilds,
	}
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never returns an error
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// inherited are the project's members that a build shows as its own.
var inherited = []string{
	"artifacts", "cache", "encryptionKey", "environment", "fileSystemLocations", "queuedTimeoutInMinutes", "secondaryArtifacts",
	"secondarySourceVersions", "secondarySources", "serviceRole", "source", "sourceVersion", "timeoutInMinutes", "vpcConfig",
}

// overrides say which member of a build an override of StartBuild replaces.
var overrides = map[string][]string{
	"artifactsOverride": {"artifacts"}, "buildspecOverride": {"source", "buildspec"}, "cacheOverride": {"cache"},
	"certificateOverride": {"environment", "certificate"}, "computeTypeOverride": {"environment", "computeType"},
	"encryptionKeyOverride": {"encryptionKey"}, "environmentTypeOverride": {"environment", "type"}, "fleetOverride": {"environment", "fleet"},
	"gitCloneDepthOverride": {"source", "gitCloneDepth"}, "imageOverride": {"environment", "image"},
	"imagePullCredentialsTypeOverride": {"environment", "imagePullCredentialsType"}, "insecureSslOverride": {"source", "insecureSsl"},
	"privilegedModeOverride": {"environment", "privilegedMode"}, "queuedTimeoutInMinutesOverride": {"queuedTimeoutInMinutes"},
	"registryCredentialOverride": {"environment", "registryCredential"}, "secondaryArtifactsOverride": {"secondaryArtifacts"},
	"secondarySourcesOverride": {"secondarySources"}, "secondarySourcesVersionOverride": {"secondarySourceVersions"},
	"serviceRoleOverride": {"serviceRole"}, "sourceAuthOverride": {"source", "auth"}, "sourceLocationOverride": {"source", "location"},
	"sourceTypeOverride": {"source", "type"}, "sourceVersion": {"sourceVersion"}, "timeoutInMinutesOverride": {"timeoutInMinutes"},
}

func startBuild(r *request) (object, error) {
	build, err := r.build("build")
	if err != nil {
		return nil, err
	}
	number := r.here.buildCount[text(build, "projectName")] + 1
	r.here.buildCount[text(build, "projectName")] = number
	maps.Copy(build, object{"buildNumber": number, "buildStatus": "IN_PROGRESS", "buildComplete": false})
	r.here.builds[text(build, "id")] = build
	return object{"build": build}, nil
}

func startBuildBatch(r *request) (object, error) {
	batch, err := r.build("build-batch")
	if err != nil {
		return nil, err
	}
	maps.Copy(batch, object{"buildBatchStatus": "IN_PROGRESS", "complete": false})
	r.here.batches[text(batch, "id")] = batch
	return object{"buildBatch": batch}, nil
}

// build makes a run of the project with the overrides in force. It goes on until StopBuild or FinishBuild.
func (r *request) build(kind string) (object, error) {
	project, err := r.project(r.text("projectName"))
	if err != nil {
		return nil, err
	}
	name, run := text(project, "name"), newID()
	build := object{
		"id": name + ":" + run, "arn": r.at.arn("codebuild", kind+"/"+name+":"+run), "projectName": name, "startTime": r.now,
		"currentPhase": "SUBMITTED", "initiator": lastPart(r.who, ":"),
	}
	for _, member := range inherited {
		if project[member] != nil {
			build[member] = project[member]
		}
	}
	for override, path := range overrides {
		if value := r.in[override]; value != nil {
			replace(build, path, value)
		}
	}
	r.overrideVariables(build)
	logs := child(project, "logsConfig")
	if over := child(r.in, "logsConfigOverride"); over != nil {
		logs = over
	}
	build["logs"] = buildLogs(name, run, logs)
	return build, nil
}

// replace sets the member at path and leaves the project's own objects as they are.
func replace(o object, path []string, value any) {
	if len(path) > 1 {
		inner := maps.Clone(child(o, path[0]))
		if inner == nil {
			inner = object{}
		}
		replace(inner, path[1:], value)
		value = inner
	}
	o[path[0]] = value
}

func (r *request) overrideVariables(build object) {
	over := objects(r.in, "environmentVariablesOverride")
	if len(over) == 0 {
		return
	}
	var all []any
	for _, v := range objects(child(build, "environment"), "environmentVariables") {
		if !slices.ContainsFunc(over, func(o object) bool { return text(o, "name") == text(v, "name") }) {
			all = append(all, v)
		}
	}
	for _, v := range over {
		all = append(all, v)
	}
	replace(build, []string{"environment", "environmentVariables"}, all)
}

func buildLogs(project, run string, config object) object {
	watch := child(config, "cloudWatchLogs")
	out := object{"cloudWatchLogs": watch, "s3Logs": child(config, "s3Logs")}
	if text(watch, "status") != "DISABLED" {
		out["groupName"], out["streamName"] = "/aws/codebuild/"+project, run
		if group := text(watch, "groupName"); group != "" {
			out["groupName"] = group
		}
	}
	return out
}

func (r *request) findBuild(id string) object {
	return r.here.builds[strings.TrimPrefix(id, r.at.arn("codebuild", "build/"))]
}

func stopBuild(r *request) (object, error) {
	build := r.findBuild(r.text("id"))
	if build == nil {
		return nil, refusal(notFound, "Build cannot be found: %s", r.text("id"))
	}
	finish(build, "STOPPED", r.now)
	return object{"build": build}, nil
}

func finish(build object, status string, now float64) {
	if build["buildComplete"] != true {
		maps.Copy(build, object{"buildStatus": status, "buildComplete": true, "endTime": now, "currentPhase": "COMPLETED"})
	}
}

// FinishBuild ends a build that StartBuild began, with a status such as SUCCEEDED or FAILED. It says whether there was such a build.
func (a *AWS) FinishBuild(account, region, id, status string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	build := a.estate(place{account, region}).builds[id]
	if build != nil {
		finish(build, status, float64(a.now().UnixMilli())/1000)
	}
	return build != nil
}

func batchGetBuilds(r *request) (object, error) {
	found, lost := seen(texts(r.in, "ids"), r.findBuild)
	return object{"builds": found, "buildsNotFound": lost}, nil
}

func batchGetBuildBatches(r *request) (object, error) {
	found, lost := seen(texts(r.in, "ids"), func(id string) object { return r.here.batches[id] })
	return object{"buildBatches": found, "buildBatchesNotFound": lost}, nil
}

// listBuildsForProject lists the newest first, unless asked otherwise.
func listBuildsForProject(r *request) (object, error) {
	project, err := r.project(r.text("projectName"))
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for id, build := range r.here.builds {
		if build["projectName"] == project["name"] {
			ids = append(ids, id)
		}
	}
	number := func(id string) int { n, _ := r.here.builds[id]["buildNumber"].(int); return n }
	slices.SortFunc(ids, func(a, b string) int { return number(b) - number(a) })
	if r.text("sortOrder") == "ASCENDING" {
		slices.Reverse(ids)
	}
	return page(r.in, ids, perCall, "ids", invalidInput)
}

func batchDeleteBuilds(r *request) (object, error) {
	deleted, kept := []string{}, []object{}
	for _, id := range texts(r.in, "ids") {
		build := r.findBuild(id)
		if build == nil {
			kept = append(kept, object{"id": id, "statusCode": "BUILD_NOT_FOUND"})
			continue
		}
		delete(r.here.builds, text(build, "id"))
		deleted = append(deleted, text(build, "arn"))
	}
	return object{"buildsDeleted": deleted, "buildsNotDeleted": kept}, nil
}
