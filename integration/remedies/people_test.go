package remedies

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	buildtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func peopleScenes() []scene {
	aBuild := func(w *world) error { return w.project(nil) }
	return []scene{
		mfaless("build-change-without-mfa", aProject, aBuild, func(w *world, cfg aws.Config) error {
			_, err := codebuild.NewFromConfig(cfg).UpdateProject(w, &codebuild.UpdateProjectInput{Name: aws.String(project), Description: aws.String("changed")})
			return err
		}),
		mfaless("build-change-without-mfa", resource.Ref{Kind: "codebuild"}, aBuild, func(w *world, cfg aws.Config) error {
			_, err := codebuild.NewFromConfig(cfg).ImportSourceCredentials(w, &codebuild.ImportSourceCredentialsInput{
				AuthType: buildtypes.AuthTypePersonalAccessToken, ServerType: buildtypes.ServerTypeGithub, Token: aws.String("not-a-token"),
			})
			return err
		}),
		mfaless("pipeline-change-without-mfa", aPipeline, func(w *world) error {
			w.set.Modes = append(w.set.Modes, settings.Rule{Remedy: "pipeline-hold", Mode: settings.Off}) // which would come first
			return w.pipeline(w.cfg)
		}, func(w *world, cfg aws.Config) error { return w.updatePipeline(cfg, declaration()) }),
		backdoored(`{"AWS":["arn:aws:iam::` + account + `:role/Admin","` + partner + `"]}`),
		backdoored(`"*"`),
	}
}

// mfaless is something that a user did without MFA to what is made first. The user has policies, and is in a group, which all stay.
func mfaless(check string, about resource.Ref, first func(*world) error, change func(*world, aws.Config) error) scene {
	const remedy, policy = "user-require-mfa", "pipewarden-require-mfa"
	return scene{
		remedy: remedy, check: check, about: about,
		make: func(w *world) error {
			return inTurn(func() error { return first(w) }, w.user, func() error { return w.userPolicy(policy, denyWithoutMFA) }, w.rightAs((*world).userState), func() error {
				_, err := w.iam().DeleteUserPolicy(w, &iam.DeleteUserPolicyInput{UserName: &stranger.User, PolicyName: aws.String(policy)})
				return err
			})
		},
		act:   done(check, remedy, change),
		state: (*world).userState,
		move: func(w *world) error {
			return w.userPolicy(policy, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"codebuild:*","Resource":"*"}]}`)
		},
	}
}

// backdoored is a role that a trusted person left behind, and that somebody opened to these principals.
func backdoored(principals string) scene {
	const check, remedy = "role-backdoored", "role-trust-restore"
	return scene{
		remedy: remedy, check: check, about: resource.Ref{Kind: "role", ID: buildRole},
		make: func(w *world) error {
			return inTurn(w.role, func() error {
				return w.trust(func(cfg aws.Config) error { return w.trusting(cfg, trusted) }, (*world).roleState)
			})
		},
		act: done(check, remedy, func(w *world, cfg aws.Config) error {
			return w.trusting(cfg, strings.ReplaceAll(strings.Replace(trusted, own, principals, 1), "},", "},\n  ")) // undoing gives back the very text
		}),
		state: (*world).roleState,
		move: func(w *world) error {
			return w.trusting(w.cfg, strings.Replace(trusted, own, `{"AWS":"`+account+`"}`, 1))
		},
	}
}

// denyWithoutMFA is what the remedy writes. It leaves open what it takes to set up MFA, and to open a session with it.
const denyWithoutMFA = `{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice",` +
	`"iam:GetMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"],` +
	`"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`

const (
	buildRole = "web-build"

	// own are the principals of the account whom the role admits, in another order than IAM gives them.
	own     = `{"AWS":["arn:aws:iam::` + account + `:user/carol","arn:aws:iam::` + account + `:role/Admin"]}`
	trusted = `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"Builds","Effect":"Allow","Principal":{"Service":"codebuild.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}},` +
		`{"Sid":"People","Effect":"Allow","Principal":` + own + `,"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	reads = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
)

func (w *world) iam() *iam.Client { return iam.NewFromConfig(w.cfg) }

// user makes whoever is a stranger to the scenes.
func (w *world) user() error {
	c, name, tags := w.iam(), &stranger.User, []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}}
	return inTurn(func() error {
		_, err := c.CreateUser(w, &iam.CreateUserInput{UserName: name, Path: aws.String("/people/"), Tags: tags})
		return err
	}, func() error {
		_, err := c.CreateGroup(w, &iam.CreateGroupInput{GroupName: aws.String("developers")})
		return err
	}, func() error {
		_, err := c.AddUserToGroup(w, &iam.AddUserToGroupInput{GroupName: aws.String("developers"), UserName: name})
		return err
	}, func() error {
		_, err := c.CreateAccessKey(w, &iam.CreateAccessKeyInput{UserName: name})
		return err
	}, func() error {
		_, err := c.CreateLoginProfile(w, &iam.CreateLoginProfileInput{UserName: name, Password: aws.String("not-a-password-1A")})
		return err
	}, func() error { return w.userPolicy("reads", reads) })
}

func (w *world) userPolicy(name, document string) error {
	_, err := w.iam().PutUserPolicy(w, &iam.PutUserPolicyInput{UserName: &stranger.User, PolicyName: &name, PolicyDocument: &document})
	return err
}

func (w *world) role() error {
	c := w.iam()
	return inTurn(func() error {
		_, err := c.CreateRole(w, &iam.CreateRoleInput{
			RoleName: aws.String(buildRole), Path: aws.String("/service-role/"), AssumeRolePolicyDocument: aws.String(trusted), Description: aws.String("builds of web"),
			MaxSessionDuration: aws.Int32(7200), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
		})
		return err
	}, func() error {
		_, err := c.PutRolePolicy(w, &iam.PutRolePolicyInput{RoleName: aws.String(buildRole), PolicyName: aws.String("reads"), PolicyDocument: aws.String(reads)})
		return err
	})
}

func (w *world) trusting(cfg aws.Config, document string) error {
	_, err := iam.NewFromConfig(cfg).UpdateAssumeRolePolicy(w, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(buildRole), PolicyDocument: &document})
	return err
}

// userState is all that IAM tells of the user, without the times at which things were made and used.
func (w *world) userState() (any, error) {
	c, name := w.iam(), &stranger.User
	about, err := c.GetUser(w, &iam.GetUserInput{UserName: name})
	if err != nil {
		return nil, err
	}
	about.User.CreateDate, about.User.PasswordLastUsed = nil, nil
	written, err := c.ListUserPolicies(w, &iam.ListUserPoliciesInput{UserName: name})
	if err != nil {
		return nil, err
	}
	rest := map[string]func(context.Context) (any, error){
		"attached": asking(c.ListAttachedUserPolicies, &iam.ListAttachedUserPoliciesInput{UserName: name}),
		"devices":  asking(c.ListMFADevices, &iam.ListMFADevicesInput{UserName: name}),
		"groups":   asking(c.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: name}),
		"keys":     asking(c.ListAccessKeys, &iam.ListAccessKeysInput{UserName: name}),
		"login":    asking(c.GetLoginProfile, &iam.GetLoginProfileInput{UserName: name}),
		"tags":     asking(c.ListUserTags, &iam.ListUserTagsInput{UserName: name}),
	}
	for _, policy := range written.PolicyNames {
		rest["policy "+policy] = asking(c.GetUserPolicy, &iam.GetUserPolicyInput{UserName: name, PolicyName: &policy})
	}
	return w.parts(map[string]any{"user": about}, rest)
}

// roleState is all that IAM tells of the role, without the times at which it was made and used.
func (w *world) roleState() (any, error) {
	c, name := w.iam(), aws.String(buildRole)
	about, err := c.GetRole(w, &iam.GetRoleInput{RoleName: name})
	if err != nil {
		return nil, err
	}
	about.Role.CreateDate, about.Role.RoleLastUsed = nil, nil
	written, err := c.ListRolePolicies(w, &iam.ListRolePoliciesInput{RoleName: name})
	if err != nil {
		return nil, err
	}
	rest := map[string]func(context.Context) (any, error){
		"attached": asking(c.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: name}),
		"profiles": asking(c.ListInstanceProfilesForRole, &iam.ListInstanceProfilesForRoleInput{RoleName: name}),
		"tags":     asking(c.ListRoleTags, &iam.ListRoleTagsInput{RoleName: name}),
	}
	for _, policy := range written.PolicyNames {
		rest["policy "+policy] = asking(c.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: name, PolicyName: &policy})
	}
	return w.parts(map[string]any{"role": about}, rest)
}
