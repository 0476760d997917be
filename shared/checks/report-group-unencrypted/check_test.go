package reportgroupunencrypted

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/reportgroup"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[reportgroup.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	s := reportgroup.State{Export: resource.Known(reportgroup.Export{Type: reportgroup.S3, Bucket: "reports", EncryptionDisabled: resource.Known(true)})}
	ref := resource.Ref{Kind: "reportgroup", ID: "unit", Account: "111122223333", Region: "cn-north-1"}
	const arn = "arn:aws-cn:codebuild:cn-north-1:111122223333:report-group/unit"
	f := checktest.Failure(t, Check, ref, s)
	if want := "aws codebuild update-report-group --region cn-north-1 --arn " + arn + ` --export-config "$(aws codebuild batch-get-report-groups --region cn-north-1 --report-group-arns ` + arn; !strings.HasPrefix(f.ByHand, want) {
		t.Errorf("by hand %s", f.ByHand)
	}
	ref.ID = "a;id"
	if f := checktest.Failure(t, Check, ref, s); f.ByHand != "" {
		t.Errorf("by hand %s", f.ByHand)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "reportgroup", ID: "unit", Account: "111122223333", Region: "eu-west-1"}
	for path, facts := range map[string]int{"": 1, "unit": 2} {
		s := reportgroup.State{Export: resource.Known(reportgroup.Export{Type: reportgroup.S3, Bucket: "reports", Path: path, EncryptionDisabled: resource.Known(true)})}
		f := checktest.Failure(t, Check, ref, s)
		if len(f.Facts) != facts || path != "" && f.Facts[1].Value != path {
			t.Errorf("%q: %+v", path, f.Facts)
		}
	}
}
