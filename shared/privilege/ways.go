package privilege

import "slices"

// Where the ways are written down.
const (
	rhino   = "Rhino Security Labs, AWS IAM Privilege Escalation: Methods and Mitigation"
	passing = "IAM User Guide, Grant a user permissions to pass a role to an AWS service; Service Authorization Reference, dependent actions"
)

// ways are the ways to more power that are known. A step that changes what is there already asks for every resource, since to change some of its
// own is what a deployment role is for.
var ways = slices.Concat(byIAM, byBuilds, byPassing, byTakingOver)

func on(r reach, actions ...string) need { return need{actions: actions, reach: r} }

// byIAM change permissions themselves.
var byIAM = []way{
	{needs: []need{on(everyOrMe, "iam:CreatePolicyVersion")}, gives: "rewrites a policy, also one of its own", source: rhino},
	{needs: []need{on(everyOrMe, "iam:SetDefaultPolicyVersion")}, gives: "brings an older, wider version of a policy back", source: rhino},
	{needs: []need{on(everyOrMe, "iam:AttachRolePolicy")}, gives: "attaches any policy to a role, AdministratorAccess among them", source: rhino},
	{needs: []need{on(everyOrMe, "iam:PutRolePolicy")}, gives: "writes any policy into a role", source: rhino},
	{needs: []need{on(every, "iam:UpdateAssumeRolePolicy")}, gives: "lets itself, or anyone, into any role", source: rhino},
	{needs: []need{on(everyOrMe, "iam:DeleteRolePermissionsBoundary")}, gives: "takes the permissions boundary off a role", source: passing},
	{needs: []need{on(every, "iam:AttachUserPolicy")}, gives: "attaches any policy to a user", source: rhino},
	{needs: []need{on(every, "iam:AttachGroupPolicy")}, gives: "attaches any policy to a group", source: rhino},
	{needs: []need{on(every, "iam:PutUserPolicy")}, gives: "writes any policy into a user", source: rhino},
	{needs: []need{on(every, "iam:PutGroupPolicy")}, gives: "writes any policy into a group", source: rhino},
	{needs: []need{on(every, "iam:AddUserToGroup")}, gives: "puts a user into any group, an administrators' one among them", source: rhino},
	{needs: []need{on(every, "iam:CreateAccessKey")}, gives: "makes an access key of any user", source: rhino},
	{needs: []need{on(every, "iam:CreateLoginProfile", "iam:UpdateLoginProfile")}, gives: "sets the console password of any user", source: rhino},
	{needs: []need{on(every, "iam:DeleteUserPermissionsBoundary")}, gives: "takes the permissions boundary off any user", source: passing},
	{needs: []need{on(every, "iam:UpdateSAMLProvider")}, gives: "signs in as any role that trusts a SAML provider", source: passing},
	{needs: []need{on(every, "sts:AssumeRole")}, gives: "becomes any role that trusts the account", source: rhino},
}

const (
	codebuild      = "codebuild.amazonaws.com"
	codepipeline   = "codepipeline.amazonaws.com"
	cloudformation = "cloudformation.amazonaws.com"
)

// byBuilds pass a role to what builds and deploys.
var byBuilds = []way{
	{codebuild, []need{on(some, "codebuild:CreateProject"), on(some, "codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:CreateWebhook")}, "runs its commands in a new project under any build role", passing},
	{codebuild, []need{on(some, "codebuild:UpdateProject")}, "has an existing project run its commands under any build role", passing},
	{codebuild, []need{on(some, "codebuild:StartBuild", "codebuild:StartBuildBatch")}, "overrides buildspec and role of one run, without a change of the project", passing},
	{codepipeline, []need{on(some, "codepipeline:CreatePipeline")}, "has a new pipeline act under any pipeline role", passing},
	{codepipeline, []need{on(some, "codepipeline:UpdatePipeline")}, "has an existing pipeline act under any pipeline role", passing},
	{cloudformation, []need{on(some, "cloudformation:CreateStack")}, "creates whatever any CloudFormation role may, roles and policies among it", rhino},
	{cloudformation, []need{on(some, "cloudformation:UpdateStack")}, "changes whatever any CloudFormation role may, roles and policies among it", rhino},
	{cloudformation, []need{on(some, "cloudformation:CreateChangeSet"), on(some, "cloudformation:ExecuteChangeSet")}, "creates and changes whatever any CloudFormation role may", rhino},
	{cloudformation, []need{on(some, "cloudformation:CreateStackSet", "cloudformation:UpdateStackSet"), on(some, "cloudformation:CreateStackInstances", "cloudformation:UpdateStackSet")}, "rolls out whatever any stack set role may", passing},
}

const (
	lambda    = "lambda.amazonaws.com"
	glue      = "glue.amazonaws.com"
	ec2       = "ec2.amazonaws.com"
	ecs       = "ecs-tasks.amazonaws.com"
	sagemaker = "sagemaker.amazonaws.com"
	states    = "states.amazonaws.com"
)

// byPassing pass a role to something else that runs code, or calls AWS, as it is told.
var byPassing = []way{
	{lambda, []need{on(some, "lambda:CreateFunction"), on(some, "lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping", "lambda:CreateFunctionUrlConfig")}, "runs its code in a new function under any function's role", rhino},
	{lambda, []need{on(some, "lambda:UpdateFunctionConfiguration"), on(some, "lambda:UpdateFunctionCode")}, "gives a function its code and any function's role", passing},
	{glue, []need{on(some, "glue:CreateDevEndpoint")}, "opens a shell under any Glue role", rhino},
	{glue, []need{on(some, "glue:CreateJob", "glue:UpdateJob"), on(some, "glue:StartJobRun", "glue:CreateTrigger")}, "runs its script under any Glue role", rhino},
	{glue, []need{on(some, "glue:CreateSession"), on(some, "glue:RunStatement")}, "runs its statements under any Glue role", passing},
	{ec2, []need{on(some, "ec2:RunInstances", "ec2:RequestSpotInstances")}, "starts an instance with any instance profile", rhino},
	{ec2, []need{on(some, "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation")}, "gives an instance any instance profile", passing},
	{ec2, []need{on(some, "elasticmapreduce:RunJobFlow")}, "starts a cluster with any instance profile", passing},
	{ecs, []need{on(some, "ecs:RegisterTaskDefinition"), on(some, "ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService")}, "runs its container under any task role", passing},
	{ecs, []need{on(some, "batch:RegisterJobDefinition"), on(some, "batch:SubmitJob")}, "runs its container as a job under any task role", passing},
	{"tasks.apprunner.amazonaws.com", []need{on(some, "apprunner:CreateService")}, "runs its container under any App Runner role", passing},
	{"datapipeline.amazonaws.com", []need{on(some, "datapipeline:CreatePipeline"), on(some, "datapipeline:PutPipelineDefinition"), on(some, "datapipeline:ActivatePipeline")}, "runs its commands under any Data Pipeline role", rhino},
	{sagemaker, []need{on(some, "sagemaker:CreateNotebookInstance"), on(some, "sagemaker:CreatePresignedNotebookInstanceUrl")}, "opens a notebook under any SageMaker role", rhino},
	{sagemaker, []need{on(some, "sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob")}, "runs its container under any SageMaker role", passing},
	{states, []need{on(some, "states:CreateStateMachine"), on(some, "states:StartExecution", "states:StartSyncExecution")}, "calls AWS under any state machine's role", passing},
	{states, []need{on(some, "states:UpdateStateMachine")}, "has a state machine call AWS under any state machine's role", passing},
	{"scheduler.amazonaws.com", []need{on(some, "scheduler:CreateSchedule", "scheduler:UpdateSchedule")}, "has a schedule call AWS under any scheduler role", passing},
	{"ssm.amazonaws.com", []need{on(some, "ssm:StartAutomationExecution")}, "has an automation call AWS under any automation role", passing},
}

// byTakingOver put code into what runs under a role of its own.
var byTakingOver = []way{
	{needs: []need{on(every, "lambda:UpdateFunctionCode")}, gives: "puts its code into any function, and so acts under that function's role", source: rhino},
	{needs: []need{on(every, "codebuild:UpdateProject")}, gives: "puts its commands into any project, and so acts under that project's role", source: passing},
	{needs: []need{on(every, "glue:UpdateDevEndpoint")}, gives: "puts its key into any Glue endpoint", source: rhino},
	{needs: []need{on(every, "ssm:SendCommand")}, gives: "runs its commands on any managed instance, under that instance's role", source: passing},
	{needs: []need{on(every, "ssm:StartSession")}, gives: "opens a shell on any managed instance, under that instance's role", source: passing},
	{needs: []need{on(every, "sagemaker:CreatePresignedNotebookInstanceUrl")}, gives: "opens any notebook, under that notebook's role", source: passing},
}
