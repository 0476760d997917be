package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

// plantedBuilds is what is wrong around projects.
func plantedBuilds(a *emulator.AWS) []plant {
	return []plant{
		{kind: "buildproject", id: projectName(43), checks: "build-unused", make: func(context.Context, *estate) error {
			a.Made(projectARN(43), longAgo)
			return nil
		}},
		{kind: "buildpolicy", id: "project/" + projectName(51), checks: "build-shared-abroad", make: func(ctx context.Context, e *estate) error {
			_, err := codebuild.NewFromConfig(e.cfg).PutResourcePolicy(ctx, &codebuild.PutResourcePolicyInput{
				ResourceArn: aws.String(projectARN(51)),
				Policy:      aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + abroad + `:root"},"Action":"codebuild:BatchGetProjects","Resource":"` + projectARN(51) + `"}]}`),
			})
			return err
		}},
		{kind: "sourcecredential", id: "github", checks: "build-source-token", make: func(ctx context.Context, e *estate) error {
			_, err := codebuild.NewFromConfig(e.cfg).ImportSourceCredentials(ctx, &codebuild.ImportSourceCredentialsInput{
				ServerType: buildtypes.ServerTypeGithub, AuthType: buildtypes.AuthTypePersonalAccessToken, Token: aws.String("kT4vQ9xLw2Rb"),
			})
			return err
		}},
		{kind: "reportgroup", id: "unit-tests", checks: "report-group-unencrypted", make: func(ctx context.Context, e *estate) error {
			_, err := codebuild.NewFromConfig(e.cfg).CreateReportGroup(ctx, &codebuild.CreateReportGroupInput{
				Name: aws.String("unit-tests"), Type: buildtypes.ReportTypeTest, ExportConfig: &buildtypes.ReportExportConfig{
					ExportConfigType: buildtypes.ReportExportConfigTypeS3,
					S3Destination:    &buildtypes.S3ReportExportConfig{Bucket: aws.String(bucketName(279)), EncryptionDisabled: aws.Bool(true)},
				},
			})
			return err
		}},
	}
}

// images is a plant of a repository, in whose image the i-th project builds.
func images(i int, id, checks string, tags ecrtypes.ImageTagMutability, scanned bool, policy string) plant {
	return plant{kind: "imagerepository", id: id, checks: checks, make: inTurn(changed(i, func(in *codebuild.UpdateProjectInput) {
		const digest = "@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
		in.Environment.Image = aws.String(account + ".dkr.ecr." + region + ".amazonaws.com/" + id + digest)
	}), func(ctx context.Context, e *estate) error {
		c := ecr.NewFromConfig(e.cfg)
		_, err := c.CreateRepository(ctx, &ecr.CreateRepositoryInput{
			RepositoryName: &id, ImageTagMutability: tags, ImageScanningConfiguration: &ecrtypes.ImageScanningConfiguration{ScanOnPush: scanned},
		})
		if err == nil && policy != "" {
			_, err = c.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: &id, PolicyText: &policy})
		}
		return err
	})}
}

const pullByAll = `{"Version":"2012-10-17","Statement":[{"Sid":"Open","Effect":"Allow","Principal":"*","Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]}]}`

// plantedStores is what builds take images and packages from.
func plantedStores() []plant {
	domain := aws.String("shop")
	return []plant{
		images(49, "builders/moving", "image-tags-mutable", ecrtypes.ImageTagMutabilityMutable, true, ""),
		images(75, "builders/unscanned", "image-scan-off", ecrtypes.ImageTagMutabilityImmutable, false, ""),
		images(77, "builders/open", "image-repository-public", ecrtypes.ImageTagMutabilityImmutable, true, pullByAll),
		{kind: "packagedomain", id: "shop/npm", checks: "package-repository-public", make: func(ctx context.Context, e *estate) error {
			c := codeartifact.NewFromConfig(e.cfg)
			_, err := c.CreateDomain(ctx, &codeartifact.CreateDomainInput{Domain: domain, EncryptionKey: &e.key})
			if err == nil {
				_, err = c.CreateRepository(ctx, &codeartifact.CreateRepositoryInput{Domain: domain, Repository: aws.String("npm")})
			}
			if err == nil {
				_, err = c.PutRepositoryPermissionsPolicy(ctx, &codeartifact.PutRepositoryPermissionsPolicyInput{
					Domain: domain, Repository: aws.String("npm"),
					PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"codeartifact:ReadFromRepository","Resource":"*"}]}`),
				})
			}
			return err
		}},
	}
}
