package reportgroup

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const unit = "payments-api-unit"

func of(id string) resource.Ref {
	return resource.Ref{Kind: "reportgroup", ID: id, Account: "111122223333", Region: "eu-west-1"}
}

// batch answers of all names but those that begin with gone.
func batch(input any) (any, error) {
	out := &codebuild.BatchGetReportGroupsOutput{}
	for _, arn := range input.(*codebuild.BatchGetReportGroupsInput).ReportGroupArns {
		id := arn[strings.LastIndexByte(arn, '/')+1:]
		if strings.HasPrefix(id, "gone") {
			out.ReportGroupsNotFound = append(out.ReportGroupsNotFound, arn)
			continue
		}
		out.ReportGroups = append(out.ReportGroups, types.ReportGroup{
			Arn: aws.String(arn), Name: aws.String(id), ExportConfig: &types.ReportExportConfig{ExportConfigType: types.ReportExportConfigTypeS3, S3Destination: &types.S3ReportExportConfig{
				Bucket: aws.String("reports"), Path: aws.String("raw"), EncryptionDisabled: aws.Bool(true), BucketOwner: aws.String("444455556666"), EncryptionKey: aws.String("alias/reports"),
			}},
		})
	}
	return out, nil
}

func TestRead(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.BatchGetReportGroups", batch)
	s, err := Kind.Read(t.Context(), fake.Config(), of(unit))
	want := State{Name: unit, ARN: "arn:aws:codebuild:eu-west-1:111122223333:report-group/" + unit, Export: resource.Known(Export{
		Type: S3, Bucket: "reports", BucketOwner: "444455556666", Path: "raw", EncryptionKey: "alias/reports", EncryptionDisabled: resource.Known(true),
	})}
	if err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, %v", s, err)
	}
	for label, one := range map[string]struct {
		answer any
		is     func(error) bool
	}{
		"gone": {func(any) (any, error) {
			return &codebuild.BatchGetReportGroupsOutput{ReportGroupsNotFound: []string{want.ARN}}, nil
		}, awserr.IsNotFound},
		"neither":   {&codebuild.BatchGetReportGroupsOutput{}, func(err error) bool { return err != nil && !awserr.IsNotFound(err) }},
		"denied":    {awstest.Error("AccessDeniedException"), awserr.IsDenied},
		"throttled": {awstest.Error("ThrottlingException"), awserr.IsThrottled},
	} {
		if _, err := Kind.Read(t.Context(), awstest.New(t).On("codebuild.BatchGetReportGroups", one.answer).Config(), of(unit)); !one.is(err) || !strings.Contains(err.Error(), "read report group "+unit) {
			t.Errorf("%s: %v", label, err)
		}
	}
	plain := awstest.New(t).On("codebuild.BatchGetReportGroups", &codebuild.BatchGetReportGroupsOutput{ReportGroups: []types.ReportGroup{{Arn: aws.String(want.ARN)}}})
	if s, err := Kind.Read(t.Context(), plain.Config(), of(unit)); err != nil || s.Export.Err() != nil {
		t.Errorf("without an export: %+v, %v", s, err)
	}
}

func TestAbroad(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]string{"": "", "111122223333": "", "444455556666": "444455556666"} {
		if got := (Export{BucketOwner: owner}).Abroad(of(unit)); got != want {
			t.Errorf("owner %q: %q, want %q", owner, got, want)
		}
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	refs := []resource.Ref{of("gone-1"), of("group-1")}
	for i := range 149 {
		refs = append(refs, of(fmt.Sprintf("group-%d", i)))
	}
	fake := awstest.New(t).On("codebuild.BatchGetReportGroups", batch)
	got, err := Kind.ReadMany(t.Context(), fake.Config(), refs)
	if _, there := got[of("gone-1")]; err != nil || len(got) != 149 || there || len(fake.Calls()) != 2 {
		t.Errorf("%d read with %d calls, %v", len(got), len(fake.Calls()), err)
	}
}

func TestARN(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{"eu-west-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "us-east-1": "aws"} {
		if got := ARN(resource.Ref{Account: "111122223333", Region: region}, "project/web"); got != "arn:"+want+":codebuild:"+region+":111122223333:project/web" {
			t.Errorf("%s: %s", region, got)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("codebuild.ListReportGroups", func(input any) (any, error) {
		arn := "arn:aws:codebuild:eu-west-1:111122223333:report-group/"
		if input.(*codebuild.ListReportGroupsInput).NextToken == nil {
			return &codebuild.ListReportGroupsOutput{ReportGroups: []string{arn + "aa", "nonsense", arn + "bb"}, NextToken: aws.String("next")}, nil
		}
		return &codebuild.ListReportGroupsOutput{ReportGroups: []string{arn + "cc"}}, nil
	}).On("codebuild.BatchGetReportGroups", batch)
	var ids []string
	for ref, err := range Kind.List(t.Context(), fake.Config(), of("")) {
		if err != nil || ref != of(ref.ID) {
			t.Errorf("%+v, %v", ref, err)
		}
		ids = append(ids, ref.ID)
	}
	if !slices.Equal(ids, []string{"aa", "bb", "cc"}) {
		t.Errorf("listed %v", ids)
	}
	for range Kind.List(t.Context(), fake.Config(), of("")) {
		break
	}
	if n := len(fake.Calls()); n != 3 {
		t.Errorf("%d pages, one of them for a consumer that stopped", n)
	}
	if _, err := Kind.Read(t.Context(), fake.Config(), of(unit)); err != nil {
		t.Error(err)
	}
	fake.ExpectActions(Kind.Actions)
	var failed error
	for _, err := range Kind.List(t.Context(), awstest.New(t).On("codebuild.ListReportGroups", awstest.Error("AccessDeniedException")).Config(), of("")) {
		failed = err
	}
	if !awserr.IsDenied(failed) {
		t.Errorf("a refused listing gave %v", failed)
	}
}

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read("codebuild/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"CreateReportGroup", "UpdateReportGroup", "DeleteReportGroup", "PutResourcePolicy-report-group"} {
		if got := Kind.About(sample(t, name)); !slices.Equal(got, []resource.Ref{of(unit)}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, name := range []string{"CreateProject", "PutResourcePolicy", "DeleteReport", "ImportSourceCredentials"} {
		if got := Kind.About(sample(t, name)); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, arn := range []string{"arn:aws:codebuild:eu-west-1:111122223333:report-group/a;id", "arn:aws:codebuild:$(id):111122223333:report-group/aa", "arn:aws", "aa"} {
		e := sample(t, "UpdateReportGroup")
		e.Request()["arn"] = arn
		delete(e.Detail, "responseElements")
		if got := Kind.About(e); got != nil != (arn == "aa") {
			t.Errorf("%s: %+v", arn, got)
		}
	}
	e := sample(t, "CreateReportGroup")
	e.Detail["eventSource"] = "s3.amazonaws.com"
	if got := Kind.About(e); got != nil {
		t.Errorf("of another service: %+v", got)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]bool{"CreateReportGroup": false, "CreateReportGroup-unencrypted": true, "UpdateReportGroup": false, "UpdateReportGroup-unencrypted": true} {
		s, ok := Kind.Told(sample(t, name))
		export, known := s.Export.Get()
		if got, told := export.EncryptionDisabled.Get(); !ok || !known || !told || got != off || export.Type != S3 || export.Bucket != "build-logs-111122223333" || export.Path != "reports" || s.Name != unit {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
		if !Kind.ChangedBy()[0].Matches(sample(t, name)) {
			t.Errorf("%s wakes nobody", name)
		}
	}
	if s, ok := Kind.Told(sample(t, "DeleteReportGroup")); ok {
		t.Errorf("a group that is gone tells %+v", s)
	}
	// A switch that was not sent is off in a new group, and not known in one that was changed.
	for name, known := range map[string]bool{"CreateReportGroup-unencrypted": true, "UpdateReportGroup-unencrypted": false} {
		e := sample(t, name)
		delete(e.Request().Object("exportConfig", "s3Destination"), "encryptionDisabled")
		s, ok := Kind.Told(e)
		export, _ := s.Export.Get()
		if off, told := export.EncryptionDisabled.Get(); !ok || told != known || off {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
	}
	e := sample(t, "UpdateReportGroup")
	delete(e.Request(), "exportConfig")
	if s, ok := Kind.Told(e); ok {
		t.Errorf("an update of something else tells %+v", s)
	}
	e = sample(t, "CreateReportGroup")
	delete(e.Request(), "exportConfig")
	if s, ok := Kind.Told(e); !ok {
		t.Errorf("the answer tells %+v", s)
	}
	e = sample(t, "CreateReportGroup")
	e.Detail["errorCode"] = "AccessDenied"
	if s, ok := Kind.Told(e); ok {
		t.Errorf("a refused call tells %+v", s)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	bucket := func(account string) []resource.Uses {
		return []resource.Uses{{Ref: resource.Ref{Kind: "bucket", ID: "reports", Account: account, Region: "eu-west-1"}, As: "build reports"}}
	}
	for label, one := range map[string]struct {
		export resource.Fact[Export]
		want   []resource.Uses
	}{
		"own bucket":    {resource.Known(Export{Type: S3, Bucket: "reports"}), bucket("111122223333")},
		"other's":       {resource.Known(Export{Type: S3, Bucket: "reports", BucketOwner: "444455556666"}), bucket("444455556666")},
		"no export":     {resource.Known(Export{Type: "NO_EXPORT", Bucket: "reports"}), nil},
		"not known":     {resource.Fact[Export]{}, nil},
		"without a one": {resource.Known(Export{Type: S3}), nil},
	} {
		if got := Kind.LeansOn(of(unit), State{Export: one.export}); !slices.Equal(got, one.want) {
			t.Errorf("%s: %+v", label, got)
		}
	}
}

func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "codebuild/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		about := Kind.About(e)
		for _, ref := range about {
			if !isName(ref.ID) || !ref.Sound() {
				t.Errorf("named %+v", ref)
			}
		}
		if _, ok := Kind.Told(e); ok && len(about) != 1 {
			t.Error("a state of no group")
		}
	})
}
