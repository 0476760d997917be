package pipeline

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Providers of actions that name a bucket, an image repository, a build project or a deployment group, with the members that do
// (AWS CodePipeline User Guide, "Action structure reference": Amazon S3 source, Amazon ECR source, ECRBuildAndPublish, InspectorScan, CodeBuild,
// CodeDeploy, CodeDeployToECS).
const (
	fromBucket = "S3" // also the provider of an action that deploys to a bucket
	fromImages = "ECR"
	toImages   = "ECRBuildAndPublish"
	scansImage = "InspectorScan"
	toGroup    = "CodeDeploy"
	toECSGroup = "CodeDeployToECS"
	toProject  = "CodeBuild" // builds and tests

	bucketOf     = "S3Bucket"          // of fromBucket
	repositoryOf = "RepositoryName"    // of fromImages
	publishedTo  = "ECRRepositoryName" // of toImages and scansImage
	registryOf   = "RegistryType"      // of toImages: private, when it is not said, or public
	projectOf    = "ProjectName"       // of toProject
)

// reach takes over which bucket, repository, project or deployment group the action's configuration names. A name that a variable completes is none yet.
func (a *Action) reach(configuration func(member string) string) {
	switch a.Provider {
	case fromBucket:
		if a.Fetches() {
			a.SourceBucket = literal(configuration(bucketOf))
		}
	case fromImages:
		a.Images = literal(configuration(repositoryOf))
	case toImages, scansImage:
		if !strings.EqualFold(configuration(registryOf), "public") {
			a.Images = literal(configuration(publishedTo))
		}
	case toProject:
		a.Project = literal(configuration(projectOf))
	case toGroup, toECSGroup:
		if of, group := literal(configuration("ApplicationName")), literal(configuration("DeploymentGroupName")); of != "" && group != "" {
			a.Group = of + "/" + group
		}
	}
}

// literal is a name as it stands; "" for one that holds a variable (#{...}).
func literal(name string) string {
	if strings.Contains(name, "#{") {
		return ""
	}
	return name
}

// reached is what the action reaches, in its own region and in the account of its role.
func (a Action) reached(from resource.Ref, kind, id string) resource.Ref {
	in := resource.Ref{Kind: kind, ID: id, Account: from.Account, Region: a.In(from.Region)}
	if a.RoleARN != "" {
		in.Account = roleRef(from.Account, a.RoleARN).Account
	}
	return in
}

// imagesAs is what the repository is to the pipeline.
func (a Action) imagesAs() string {
	if a.Provider == fromImages {
		return "image source"
	}
	return "image store"
}
