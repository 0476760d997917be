package accountblockpublicoff

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[account.State](t, Check)
}

func TestReport(t *testing.T) {
	t.Parallel()
	p := &check.Pass{
		Check: Check, Ref: resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333"}, Basis: finding.State,
		State: account.State{Block: resource.Known(bucket.Flags{BlockPublicAcls: true})},
	}
	Check.Run(p)
	f := p.Results()[0]
	if !strings.Contains(f.ByHand, "aws s3control put-public-access-block --account-id 111122223333 --public-access-block-configuration BlockPublicAcls=true,") {
		t.Errorf("by hand: %s", f.ByHand)
	}
	if len(f.Facts) != 1 || f.Facts[0].Value != "IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets" {
		t.Errorf("facts: %+v", f.Facts)
	}
	if f.Resource.Kind != "account" || f.Resource.Region != "" {
		t.Errorf("the finding must not wander with the region of a call: %+v", f.Resource)
	}
	if f.Remedy != "account-block-public" || !strings.HasSuffix(f.Would, "Can be undone.") || f.Template != nil {
		t.Errorf("remedy %q, would %q, template %+v", f.Remedy, f.Would, f.Template)
	}
	if strings.Contains(f.Detail, "Only the event was seen") {
		t.Errorf("the state was read: %s", f.Detail)
	}
}
