package trailbucketexpires

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.LifecycleState](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if unmet := Check.Needs(check.Options{}); !strings.Contains(unmet, "options.retentionDays") {
		t.Errorf("without the option: %q", unmet)
	}
	if unmet := Check.Needs(check.Options{RetentionDays: 1}); unmet != "" {
		t.Errorf("with the option: %q", unmet)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	p := &check.Pass{
		Check: Check, Ref: buckettest.Ref, Basis: finding.State, Options: check.Options{RetentionDays: 365},
		State: bucket.LifecycleState{Expiries: []bucket.Expiry{{Days: 1}, {Rule: "a\nb", Days: 364}, {Rule: "fine", Days: 365}}},
	}
	Check.Run(p)
	f := p.Results()[0]
	if !strings.HasPrefix(f.Detail, `Rule without a name deletes files 1 day after they were written; the settings ask for 365. Rule "a\nb" deletes files 364 days`) || strings.Contains(f.Detail, "fine") {
		t.Errorf("detail: %s", f.Detail)
	}
	const at = " --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1"
	if !strings.HasPrefix(f.ByHand, "aws s3api get-bucket-lifecycle-configuration"+at) || !strings.Contains(f.ByHand, "\naws s3api put-bucket-lifecycle-configuration"+at) {
		t.Errorf("by hand: %s", f.ByHand)
	}
}
