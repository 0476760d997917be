package buildproject

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Edit is the AWS CLI command that changes one member of a project, source or environment, by a filter of jq. The member is read
// where the command runs and sent as a whole, because what is sent replaces the former structure, and the values of variables are not kept here.
func Edit(ref resource.Ref, member, filter string) string {
	at := " --region " + ref.Region
	return "aws codebuild update-project" + at + " --name " + ref.ID + " --" + member +
		` "$(aws codebuild batch-get-projects` + at + " --names " + ref.ID + " --query 'projects[0]." + member + "' --output json | jq -c " + Quote(filter) + `)"`
}

// Filters is the AWS CLI command that gives the webhook these filter groups, which replace the former ones as a whole.
func Filters(ref resource.Ref, groups []Group) string {
	command := "aws codebuild update-webhook --region " + ref.Region + " --project-name " + ref.ID
	raw, err := json.Marshal(groups)
	if err != nil || len(groups) == 0 {
		return command
	}
	return command + " --filter-groups " + Quote(string(raw))
}

// Quote writes a text so that a shell takes it as it is.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Consent is the command that has pull requests wait for a comment of somebody who may write to the repository. It sends the filter groups
// along as they are: what an update does with groups that are left out is not documented.
func Consent(ref resource.Ref, hook Webhook) string {
	policy, roles := hook.Consenting()
	groups, _ := hook.Groups.Get()
	command := Filters(ref, groups) + " --pull-request-build-policy requiresCommentApproval=" + policy
	if len(roles) > 0 {
		command += ",approverRoles=" + strings.Join(roles, ",")
	}
	return command
}

// Consenting is what has pull requests wait: the policy that is on, else the one for all pull requests; and who may comment without those who
// only read, in whose place the role comes that may write. No roles: CodeBuild's default, which is whoever may write.
func (w Webhook) Consenting() (approval string, roles []string) {
	approval, _ = w.Approval.Get()
	if approval == ApprovalOff || approval == "" {
		approval = ApprovalAll
	}
	readers := w.Readers()
	roles = slices.DeleteFunc(slices.Clone(w.ApproverRoles), func(role string) bool { return slices.Contains(readers, role) })
	if len(readers) > 0 && len(roles) == 0 {
		provider, _, _ := strings.Cut(readers[0], "_")
		roles = []string{map[string]string{"GITLAB": "GITLAB_DEVELOPER"}[provider]}
		if roles[0] == "" {
			roles[0] = provider + "_WRITE"
		}
	}
	return approval, roles
}
