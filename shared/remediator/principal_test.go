package remediator_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/remediator"
)

func TestPrincipal(t *testing.T) {
	t.Parallel()
	f := awstest.New(t)
	about := ""
	f.On("iam.GetUser", func(in any) (any, error) {
		asked, _ := in.(*iam.GetUserInput)
		return &iam.GetUserOutput{User: &iamtypes.User{UserId: aws.String("AIDA-" + *asked.UserName), Arn: &about}}, nil
	})
	f.On("iam.GetRole", func(in any) (any, error) {
		asked, _ := in.(*iam.GetRoleInput)
		return &iam.GetRoleOutput{Role: &iamtypes.Role{RoleId: aws.String("AROA-" + *asked.RoleName)}}, nil
	})
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:user/staff/ana":           "AIDA-ana",
		"arn:aws:iam::111122223333:user/ana":                 "AIDA-ana",
		"arn:aws:sts::111122223333:assumed-role/Admin/ana@x": "AROA-Admin",
		"arn:aws:iam::111122223333:root":                     "111122223333",
	} {
		about = arn
		if got, err := remediator.Principal(t.Context(), f.Config(), arn); err != nil || got != want {
			t.Errorf("%s: %s, %v", arn, got, err)
		}
	}
	f.ExpectActions(remediator.PrincipalActions)
	for arn, want := range map[string]string{
		"ana": "arn", "": "arn", "arn:aws:sts::111122223333:federated-user/ana": "neither a user nor the session of a role",
		"arn:aws:iam::111122223333:role/Admin": "neither a user",
	} {
		if got, err := remediator.Principal(t.Context(), f.Config(), arn); got != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", arn, got, err)
		}
	}
}

func TestAPrincipalThatCannotBeReadIsNobody(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("iam.GetUser", awstest.Error("NoSuchEntity")).On("iam.GetRole", awstest.Error("AccessDenied"))
	for _, arn := range []string{"arn:aws:iam::111122223333:user/ana", "arn:aws:sts::111122223333:assumed-role/Admin/ana"} {
		if got, err := remediator.Principal(t.Context(), f.Config(), arn); got != "" || err == nil {
			t.Errorf("%s: %q, %v", arn, got, err)
		}
	}
}

// A user's ARN is believed only as IAM has it: the path before the name is what settings may name.
func TestAPathThatTheUserDoesNotHave(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("iam.GetUser", &iam.GetUserOutput{User: &iamtypes.User{UserId: aws.String("AIDA-eve"), Arn: aws.String("arn:aws:iam::111122223333:user/eve")}})
	if got, err := remediator.Principal(t.Context(), f.Config(), "arn:aws:iam::111122223333:user/admins/eve"); got != "" || err == nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := remediator.Principal(t.Context(), f.Config(), "arn:aws:iam::111122223333:user/eve"); got != "AIDA-eve" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
