package reportgroupunencrypted

import (
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
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

// TestRemedy holds what a failure says of putting it right, and that nothing is offered that would shut out the bucket's owner.
func TestRemedy(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "reportgroup", ID: "unit", Account: "111122223333", Region: "eu-west-1"}
	for name, one := range map[string]struct {
		owner, key string
		fits       bool
	}{
		"own bucket": {"", "", true}, "own bucket by its account": {ref.Account, "", true},
		"another account's": {"444455556666", "", false}, "another account's, under a key": {"444455556666", "alias/reports", true},
	} {
		f := checktest.Failure(t, Check, ref, reportgroup.State{Export: resource.Known(reportgroup.Export{
			Type: reportgroup.S3, Bucket: "reports", BucketOwner: one.owner, EncryptionKey: one.key, EncryptionDisabled: resource.Known(true),
		})})
		if (f.Remedy == "report-group-encrypt") != one.fits || strings.HasSuffix(f.Would, "Can be undone.") != one.fits || (len(f.Template) == 1) != one.fits ||
			strings.Contains(f.Detail, "would keep that account from reading") == one.fits {
			t.Errorf("%s: %+v", name, f)
		}
		if one.fits && f.Template[0] != (finding.Property{Type: "AWS::CodeBuild::ReportGroup", Path: "ExportConfig/S3Destination/EncryptionDisabled", Value: false}) {
			t.Errorf("%s: template %+v", name, f.Template)
		}
	}
}
