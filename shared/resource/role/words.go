package role

import (
	"errors"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Called names the role by what it is to those who use it: "role ci (service role of payments-api)".
func Called(ref resource.Ref, used []resource.Use) string {
	return "role " + ref.ID + resource.UsedBy(used)
}

// Path is the chain from what uses the role to what is wrong with it.
func Path(ref resource.Ref, used []resource.Use, by ...string) []string {
	var path []string
	if first, some := resource.First(used); some {
		path = append(path, first.User.Kind+" "+first.User.ID)
	}
	return append(append(path, "role "+ref.ID), by...)
}

// Reserve is what a judgement has to leave open that rests on policies which are not all known; "" when they are.
func (s Permissions) Reserve() string {
	switch err := s.Missing(); {
	case err == nil:
		return ""
	case errors.Is(err, resource.ErrNotTold):
		return " Only the event was seen: it holds unless another policy of the role denies it, or a permissions boundary leaves less."
	}
	return " Not all of its policies could be read; it holds unless one of those denies it."
}

// From lists the policies that something comes from: those by which alone it would hold, and those without which it would not.
func (s Permissions) From(holds func(*privilege.Permissions) bool) []Policy {
	var out []Policy
	for i, p := range s.Policies {
		alone, without := s, s
		alone.Policies = []Policy{p}
		without.Policies = slices.Delete(slices.Clone(s.Policies), i, i+1)
		if gives(alone, holds) || !gives(without, holds) {
			out = append(out, p)
		}
	}
	return out
}

func gives(of Permissions, holds func(*privilege.Permissions) bool) bool {
	may, _ := of.Granted()
	return may != nil && holds(may)
}

// Names lists policies for a sentence: "policies AdministratorAccess and ci".
func Names(list []Policy) string {
	names := make([]string, 0, len(list))
	for _, p := range list {
		names = append(names, p.Name)
	}
	switch n := len(names); n {
	case 0:
		return "policies together"
	case 1:
		return "policy " + names[0]
	default:
		return "policies " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// TakeAwayCommands are the commands that take policies from the role, one to a line. They are none when a name could be more than a name: people
// paste commands, and names come out of events as well.
func TakeAwayCommands(ref resource.Ref, list []Policy) string {
	if !plain(ref.ID) {
		return ""
	}
	lines := []string{"# first give it a policy with what it needs, or its builds break"}
	for _, p := range list {
		switch {
		case p.ARN == "" && plain(p.Name):
			lines = append(lines, "aws iam delete-role-policy --role-name "+ref.ID+" --policy-name "+p.Name)
		case strings.HasPrefix(p.ARN, "arn:") && strings.Trim(p.ARN, letters+":/") == "":
			lines = append(lines, "aws iam detach-role-policy --role-name "+ref.ID+" --policy-arn "+p.ARN)
		default:
			return ""
		}
	}
	if len(lines) == 1 {
		return ""
	}
	return strings.Join(lines, "\n")
}

// ShowTrustCommand is the command that shows whom the role admits, and how to change that.
func ShowTrustCommand(ref resource.Ref) string {
	if !plain(ref.ID) {
		return ""
	}
	return "aws iam get-role --role-name " + ref.ID + " --query Role.AssumeRolePolicyDocument > trust.json\n" +
		"# edit trust.json\n" +
		"aws iam update-assume-role-policy --role-name " + ref.ID + " --policy-document file://trust.json"
}

// plain says that a text is the name of a role or policy and cannot be anything else in a command
// (IAM User Guide, "IAM and AWS STS quotas", name requirements).
func plain(text string) bool {
	return text != "" && text[0] != '-' && strings.Trim(text, letters) == ""
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"

// DenyCommand is the command that denies the role some calls on every resource, by an inline policy of that name.
func DenyCommand(ref resource.Ref, policy string, calls []string) string {
	if !plain(ref.ID) || len(calls) == 0 {
		return ""
	}
	return "aws iam put-role-policy --role-name " + ref.ID + " --policy-name " + policy +
		` --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["` + strings.Join(calls, `","`) + `"],"Resource":"*"}]}'`
}

// ShowUseCommand is the command that has IAM tell what the role used; "" for what is no role's ARN.
func ShowUseCommand(ref resource.Ref, arn string) string {
	if !strings.HasPrefix(arn, "arn:") || strings.Trim(arn, letters+":/") != "" || nameOf(arn) != ref.ID {
		return ""
	}
	return "JOB=$(aws iam generate-service-last-accessed-details --arn " + arn + " --query JobId --output text)\n" +
		"aws iam get-service-last-accessed-details --job-id $JOB"
}
