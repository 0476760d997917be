package remediator

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// PrincipalActions lists the IAM actions of Principal.
var PrincipalActions = []string{"iam:GetRole", "iam:GetUser"}

// Principal gives the unique id that IAM has for a user, or for the role of a session: AIDA… or AROA…, never used twice
// (AWS IAM User Guide, "IAM identifiers"). The root user's is the number of the account.
func Principal(ctx context.Context, cfg aws.Config, of string) (string, error) {
	parsed, err := arn.Parse(of)
	if err != nil {
		return "", fmt.Errorf("principal %q: %w", of, err)
	}
	kind, rest, _ := strings.Cut(parsed.Resource, "/")
	client := iam.NewFromConfig(cfg)
	switch kind {
	case "root":
		return parsed.AccountID, nil
	case "user":
		name := rest[strings.LastIndexByte(rest, '/')+1:]
		out, err := client.GetUser(ctx, &iam.GetUserInput{UserName: &name})
		if err != nil {
			return "", fmt.Errorf("get user %s: %w", name, err)
		}
		if aws.ToString(out.User.Arn) != of { // the path is part of the name that settings allow, and anything could stand there
			return "", fmt.Errorf("principal %q is not what IAM calls user %s", of, name)
		}
		return aws.ToString(out.User.UserId), nil
	case "assumed-role":
		name, _, _ := strings.Cut(rest, "/")
		out, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if err != nil {
			return "", fmt.Errorf("get role %s: %w", name, err)
		}
		return aws.ToString(out.Role.RoleId), nil
	}
	return "", fmt.Errorf("principal %q is neither a user nor the session of a role", of)
}
