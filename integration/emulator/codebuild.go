package emulator

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	invalidInput  = "InvalidInputException"
	alreadyExists = "ResourceAlreadyExistsException"
	notFound      = "ResourceNotFoundException"
	perCall       = 100 // names per BatchGet call, and names per page
)

func projectOperations() map[string]owned {
	return map[string]owned{
		"codebuild.CreateProject": createProject, "codebuild.UpdateProject": updateProject, "codebuild.DeleteProject": deleteProject,
		"codebuild.BatchGetProjects": batchGetProjects, "codebuild.ListProjects": listProjects,
		"codebuild.UpdateProjectVisibility": updateProjectVisibility,
		"codebuild.CreateWebhook":           createHook, "codebuild.UpdateWebhook": updateHook, "codebuild.DeleteWebhook": deleteHook,
	}
}

var projectName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9\-_]{1,149}$`)

// projectDefaults are what BatchGetProjects shows of a project for which they were not given.
func projectDefaults(at place) object {
	return object{
		"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, "cache": object{"type": "NO_CACHE"}, "badge": object{"badgeEnabled": false},
		"tags": []any{}, "encryptionKey": at.arn("kms", "alias/aws/s3"), "projectVisibility": "PRIVATE",
	}
}

func createProject(r *request) (object, error) {
	name := r.text("name")
	if !projectName.MatchString(name) {
		return nil, refusal(invalidInput, "Invalid project name: %q", name)
	}
	for _, member := range []string{"source", "artifacts", "environment", "serviceRole"} {
		if r.in[member] == nil {
			return nil, refusal(invalidInput, "Project %s is required", member)
		}
	}
	if r.here.projects[name] != nil {
		return nil, refusal(alreadyExists, "Project already exists: %s", r.at.arn("codebuild", "project/"+name))
	}
	project := projectDefaults(r.at)
	maps.Copy(project, object{"name": name, "arn": r.at.arn("codebuild", "project/"+name), "created": r.now})
	return r.setProject(project)
}

// updateProject replaces whole top-level members that were sent and keeps the others.
func updateProject(r *request) (object, error) {
	project, err := r.project(r.text("name"))
	if err != nil {
		return nil, err
	}
	return r.setProject(maps.Clone(project))
}

func (r *request) setProject(project object) (object, error) {
	for _, artifacts := range append(objects(r.in, "secondaryArtifacts"), child(r.in, "artifacts")) {
		if off, _ := artifacts["encryptionDisabled"].(bool); off && text(artifacts, "type") != "S3" {
			return nil, refusal(invalidInput, "Invalid artifacts: encryptionDisabled can be set only for artifacts of type S3")
		}
	}
	for member, value := range r.in {
		switch member {
		case "name": // known, and sent as an ARN by some
		case "badgeEnabled":
			project["badge"] = object{"badgeEnabled": value}
		default:
			project[member] = value
		}
	}
	project["lastModified"] = r.now
	r.here.projects[text(project, "name")] = shown(project)
	return object{"project": project}, nil
}

// project finds one by name or ARN.
func (r *request) project(name string) (object, error) {
	if project := r.findProject(name); project != nil {
		return project, nil
	}
	if !strings.HasPrefix(name, "arn:") {
		name = r.at.arn("codebuild", "project/"+name)
	}
	return nil, refusal(notFound, "Project cannot be found: %s", name)
}

func (r *request) findProject(name string) object {
	if short, ok := strings.CutPrefix(name, r.at.arn("codebuild", "project/")); ok {
		name = short
	}
	return r.here.projects[name]
}

func deleteProject(r *request) (object, error) {
	delete(r.here.projects, lastPart(r.text("name"), "/"))
	return nil, nil
}

func batchGetProjects(r *request) (object, error) {
	names := texts(r.in, "names")
	if len(names) == 0 || len(names) > perCall {
		return nil, refusal(invalidInput, "Number of names must be between 1 and %d", perCall)
	}
	found, lost := seen(names, r.findProject)
	return object{"projects": found, "projectsNotFound": lost}, nil
}

func listProjects(r *request) (object, error) {
	names := sortedKeys(r.here.projects)
	if member := map[string]string{"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}[r.text("sortBy")]; member != "" {
		slices.SortStableFunc(names, func(a, b string) int {
			x, _ := r.here.projects[a][member].(float64)
			y, _ := r.here.projects[b][member].(float64)
			return cmp.Compare(x, y)
		})
	}
	if r.text("sortOrder") == "DESCENDING" {
		slices.Reverse(names)
	}
	return page(r.in, names, perCall, "projects", invalidInput)
}

func updateProjectVisibility(r *request) (object, error) {
	name, visibility := r.text("projectArn"), r.text("projectVisibility")
	if !strings.HasPrefix(name, "arn:") || visibility != "PRIVATE" && visibility != "PUBLIC_READ" {
		return nil, refusal(invalidInput, "Invalid project ARN or visibility: %q, %q", name, visibility)
	}
	project, err := r.project(name)
	if err != nil {
		return nil, err
	}
	project["projectVisibility"] = visibility
	if role := r.text("resourceAccessRole"); role != "" {
		project["resourceAccessRole"] = role
	}
	if project["publicProjectAlias"] == nil {
		project["publicProjectAlias"] = newID()
	}
	return object{"projectArn": name, "projectVisibility": visibility, "publicProjectAlias": project["publicProjectAlias"]}, nil
}

func createHook(r *request) (object, error) {
	project, err := r.project(r.text("projectName"))
	if err != nil {
		return nil, err
	}
	if project["webhook"] != nil {
		return nil, refusal(alreadyExists, "Webhook already exists for project: %s", text(project, "name"))
	}
	id := newID()
	return r.hook(project, object{
		"url":        "https://api.github.com/hooks/" + id,
		"payloadUrl": "https://codebuild." + r.at.region + ".amazonaws.com/webhooks?t=" + id,
		"status":     "ACTIVE", "lastModifiedSecret": r.now,
	})
}

// hook gives the project the webhook with what was sent: each member as a whole.
func (r *request) hook(project, hook object) (object, error) {
	for member, value := range r.in {
		switch member {
		case "projectName":
		case "rotateSecret":
			if value == true {
				hook["lastModifiedSecret"] = r.now
			}
		case "filterGroups":
			hook[member] = filters(list(r.in, member))
		case "pullRequestBuildPolicy":
			policy, err := r.policy(child(r.in, member), text(child(project, "source"), "type"))
			if err != nil {
				return nil, err
			}
			hook[member] = policy
		default:
			hook[member] = value
		}
	}
	project["webhook"] = hook
	return object{"webhook": hook}, nil
}

func (r *request) hooked() (project object, err error) {
	if project, err = r.project(r.text("projectName")); err != nil {
		return nil, err
	}
	if project["webhook"] == nil {
		return nil, refusal(notFound, "No webhook found for project: %s", text(project, "name"))
	}
	return project, nil
}

// updateHook replaces the filter groups as a whole when they are sent.
func updateHook(r *request) (object, error) {
	project, err := r.hooked()
	if err != nil {
		return nil, err
	}
	return r.hook(project, maps.Clone(child(project, "webhook")))
}

func deleteHook(r *request) (object, error) {
	project, err := r.hooked()
	if err != nil {
		return nil, err
	}
	delete(project, "webhook")
	return nil, nil
}
