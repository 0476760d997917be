package remedies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	project     = "payments-api"
	projectARN  = "arn:aws:codebuild:" + region + ":" + account + ":project/" + project
	reports     = "payments-api-tests"
	reportsARN  = "arn:aws:codebuild:" + region + ":" + account + ":report-group/" + reports
	customerKey = "arn:aws:kms:" + region + ":" + account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

var aProject = resource.Ref{Kind: "buildproject", ID: project}

func buildScenes() []scene {
	return append([]scene{
		{
			remedy: "build-make-private", check: "build-project-public", about: aProject, only: []string{"ProjectVisibility"},
			make: func(w *world) error {
				if err := w.project(nil); err != nil {
					return err
				}
				return w.visibility(types.ProjectVisibilityTypePublicRead, "arn:aws:iam::"+account+":role/public-read")
			},
			state: (*world).projectState,
			move: func(w *world) error {
				return w.visibility(types.ProjectVisibilityTypePublicRead, "arn:aws:iam::"+account+":role/other")
			},
		},
		plainArtifacts(),
		plainSecondaryArtifacts(),
		noLogs(),
		plainLogs(),
		plainReports(),
	}, webhookScenes()...)
}

// plainArtifacts has a switch to turn in both members, and one artifact that must stay as it is.
func plainArtifacts() scene {
	all := func(off bool) (*types.ProjectArtifacts, []types.ProjectArtifacts) {
		primary := estate.NewProject(project).Artifacts
		primary.Path, primary.NamespaceType, primary.Packaging = aws.String("releases"), types.ArtifactNamespaceBuildId, types.ArtifactPackagingZip
		primary.OverrideArtifactName, primary.BucketOwnerAccess, primary.EncryptionDisabled = aws.Bool(true), types.BucketOwnerAccessFull, &off
		return primary, []types.ProjectArtifacts{
			{Type: types.ArtifactsTypeS3, ArtifactIdentifier: aws.String("site"), Location: aws.String(estate.Builds), Path: aws.String("site"), EncryptionDisabled: &off},
			{Type: types.ArtifactsTypeS3, ArtifactIdentifier: aws.String("docs"), Location: aws.String(estate.Builds), Name: aws.String("docs"), EncryptionDisabled: aws.Bool(false)},
		}
	}
	return scene{
		remedy: "build-encrypt-artifacts", check: "build-artifacts-unencrypted", about: aProject, state: (*world).projectState, only: []string{"Artifacts.EncryptionDisabled", "SecondaryArtifacts.0.EncryptionDisabled"},
		make: func(w *world) error {
			return w.project(func(in *codebuild.CreateProjectInput) { in.Artifacts, in.SecondaryArtifacts = all(true) })
		},
		move: func(w *world) error {
			primary, _ := all(false)
			primary.Name = aws.String("elsewhere.zip")
			return w.update(&codebuild.UpdateProjectInput{Artifacts: primary})
		},
	}
}

// plainSecondaryArtifacts has a primary artifact that takes no switch.
func plainSecondaryArtifacts() scene {
	site := types.ProjectArtifacts{
		Type: types.ArtifactsTypeS3, ArtifactIdentifier: aws.String("site"), Location: aws.String(estate.Builds), Name: aws.String("site"), EncryptionDisabled: aws.Bool(true),
	}
	return scene{
		remedy: "build-encrypt-artifacts", check: "build-artifacts-unencrypted", about: aProject, state: (*world).projectState, only: []string{"Artifacts.EncryptionDisabled", "SecondaryArtifacts.0.EncryptionDisabled"},
		make: func(w *world) error {
			return w.project(func(in *codebuild.CreateProjectInput) {
				in.Artifacts, in.SecondaryArtifacts = &types.ProjectArtifacts{Type: types.ArtifactsTypeNoArtifacts}, []types.ProjectArtifacts{site}
			})
		},
		move: func(w *world) error {
			return w.update(&codebuild.UpdateProjectInput{SecondaryArtifacts: []types.ProjectArtifacts{}})
		},
	}
}

// noLogs has both destinations off, and still names them.
func noLogs() scene {
	config := func(cloud types.LogsConfigStatusType, stream string) *types.LogsConfig {
		return &types.LogsConfig{
			CloudWatchLogs: &types.CloudWatchLogsConfig{Status: cloud, GroupName: aws.String("builds"), StreamName: &stream},
			S3Logs:         &types.S3LogsConfig{Status: types.LogsConfigStatusTypeDisabled, Location: aws.String(estate.Builds + "/logs"), EncryptionDisabled: aws.Bool(true)},
		}
	}
	return scene{
		remedy: "build-enable-logs", check: "build-logging-off", about: aProject, state: (*world).projectState, only: []string{"CloudWatchLogs.Status"},
		make: func(w *world) error {
			return w.project(func(in *codebuild.CreateProjectInput) {
				in.LogsConfig = config(types.LogsConfigStatusTypeDisabled, project)
			})
		},
		move: func(w *world) error {
			return w.update(&codebuild.UpdateProjectInput{LogsConfig: config(types.LogsConfigStatusTypeEnabled, "elsewhere")})
		},
	}
}

// plainLogs has a destination beside the one whose switch is turned.
func plainLogs() scene {
	config := func(off bool, place string) *types.LogsConfig {
		return &types.LogsConfig{
			CloudWatchLogs: &types.CloudWatchLogsConfig{Status: types.LogsConfigStatusTypeEnabled, GroupName: aws.String("builds"), StreamName: aws.String(project)},
			S3Logs: &types.S3LogsConfig{
				Status: types.LogsConfigStatusTypeEnabled, Location: aws.String(estate.Builds + place), EncryptionDisabled: &off, BucketOwnerAccess: types.BucketOwnerAccessReadOnly,
			},
		}
	}
	return scene{
		remedy: "build-encrypt-logs", check: "build-logs-unencrypted", about: aProject, state: (*world).projectState, only: []string{"S3Logs.EncryptionDisabled"},
		make: func(w *world) error {
			return w.project(func(in *codebuild.CreateProjectInput) { in.LogsConfig = config(true, "/logs") })
		},
		move: func(w *world) error {
			return w.update(&codebuild.UpdateProjectInput{LogsConfig: config(true, "/elsewhere")})
		},
	}
}

func plainReports() scene {
	config := func(path string) *types.ReportExportConfig {
		return &types.ReportExportConfig{ExportConfigType: types.ReportExportConfigTypeS3, S3Destination: &types.S3ReportExportConfig{
			Bucket: aws.String(estate.Builds), BucketOwner: aws.String(account), Path: &path, Packaging: types.ReportPackagingTypeZip,
			EncryptionKey: aws.String(customerKey), EncryptionDisabled: aws.Bool(true),
		}}
	}
	return scene{
		remedy: "report-group-encrypt", check: "report-group-unencrypted", about: resource.Ref{Kind: "reportgroup", ID: reports}, only: []string{"S3Destination.EncryptionDisabled"},
		make: func(w *world) error {
			_, err := w.builds().CreateReportGroup(w, &codebuild.CreateReportGroupInput{
				Name: aws.String(reports), Type: types.ReportTypeTest, ExportConfig: config("tests"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}},
			})
			return err
		},
		state: func(w *world) (any, error) {
			out, err := w.builds().BatchGetReportGroups(w, &codebuild.BatchGetReportGroupsInput{ReportGroupArns: []string{reportsARN}})
			if err != nil {
				return nil, err
			}
			for i := range out.ReportGroups {
				out.ReportGroups[i].LastModified = nil
			}
			return out.ReportGroups, nil
		},
		move: func(w *world) error {
			_, err := w.builds().UpdateReportGroup(w, &codebuild.UpdateReportGroupInput{Arn: aws.String(reportsARN), ExportConfig: config("elsewhere")})
			return err
		},
	}
}

func (w *world) builds() *codebuild.Client { return codebuild.NewFromConfig(w.cfg) }

// project makes a build project with which nothing is wrong but what is changed of it.
func (w *world) project(change func(*codebuild.CreateProjectInput)) error {
	in := estate.NewProject(project)
	if change != nil {
		change(in)
	}
	_, err := w.builds().CreateProject(w, in)
	return err
}

func (w *world) update(in *codebuild.UpdateProjectInput) error {
	in.Name = aws.String(project)
	_, err := w.builds().UpdateProject(w, in)
	return err
}

func (w *world) visibility(v types.ProjectVisibilityType, role string) error {
	_, err := w.builds().UpdateProjectVisibility(w, &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: aws.String(projectARN), ProjectVisibility: v, ResourceAccessRole: &role,
	})
	return err
}

// projectState is a project without the time of its last change.
func (w *world) projectState() (any, error) {
	out, err := w.builds().BatchGetProjects(w, &codebuild.BatchGetProjectsInput{Names: []string{project}})
	if err != nil {
		return nil, err
	}
	for i := range out.Projects {
		out.Projects[i].LastModified = nil
	}
	return out.Projects, nil
}
