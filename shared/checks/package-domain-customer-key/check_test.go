package packagedomaincustomerkey

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
	"github.com/pipewarden/pipewarden/shared/resource/packagedomain"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[packagedomain.State](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if Check.Needs(check.Options{RequireCustomerKey: true}) != "" || Check.Needs(check.Options{}) == "" {
		t.Error("it has something to say where the settings ask for a customer's key, and nowhere else")
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "packagedomain", ID: "packages", Account: "111122223333", Region: "eu-west-1"}
	got := checktest.Failure(t, Check, ref, packagedomain.State{Name: "packages", Manager: resource.Known(key.AWS), Key: "x;id"})
	if want := "# a new domain, KEY_ARN being your key: its repositories, policies and packages have to be moved there\n" +
		"aws codeartifact create-domain --domain NEW_NAME --encryption-key KEY_ARN --region eu-west-1"; got.ByHand != want {
		t.Errorf("got  %s\nwant %s", got.ByHand, want)
	}
	if len(got.Facts) != 1 {
		t.Errorf("what is no ARN is shown: %+v", got.Facts)
	}
}
