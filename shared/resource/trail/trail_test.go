package trail_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

const (
	account  = "111122223333"
	arn      = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/management-events"
	orgARN   = "arn:aws:cloudtrail:eu-central-1:777788889999:trail/organisation"
	keyARN   = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	groupARN = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"
)

var stopped = time.Date(2026, 11, 20, 3, 43, 26, 0, time.UTC)

func ref() resource.Ref {
	return resource.Ref{Kind: "trail", ID: "management-events", Account: account, Region: "eu-west-1"}
}

func described(arn, name, home string) types.Trail {
	return types.Trail{
		Name: aws.String(name), TrailARN: aws.String(arn), HomeRegion: aws.String(home), S3BucketName: aws.String("trail-archive-111122223333"),
		IsMultiRegionTrail: aws.Bool(true), IsOrganizationTrail: aws.Bool(name == "organisation"), LogFileValidationEnabled: aws.Bool(true),
		IncludeGlobalServiceEvents: aws.Bool(true), KmsKeyId: aws.String(keyARN), CloudWatchLogsLogGroupArn: aws.String(groupARN),
	}
}

func trails(list ...types.Trail) *cloudtrail.DescribeTrailsOutput {
	return &cloudtrail.DescribeTrailsOutput{TrailList: list}
}

func logging(yes bool) *cloudtrail.GetTrailStatusOutput {
	out := &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(yes)}
	if !yes {
		out.StopLoggingTime = aws.Time(stopped)
	}
	return out
}

func read(t *testing.T, ref resource.Ref, describe, status any) (trail.State, *awstest.Fake, error) {
	t.Helper()
	fake := awstest.New(t).On("cloudtrail.DescribeTrails", describe).On("cloudtrail.GetTrailStatus", status)
	s, err := trail.Kind.Read(t.Context(), fake.Config(), ref)
	return s, fake, err
}

func is[T comparable](f resource.Fact[T], want T) bool {
	return f.Is(func(v T) bool { return v == want })
}

func TestRead(t *testing.T) {
	t.Parallel()
	s, fake, err := read(t, ref(), trails(described(orgARN, "organisation", "eu-central-1"), described(arn, "management-events", "eu-west-1")), logging(false))
	if err != nil {
		t.Fatal(err)
	}
	if s.ARN != arn || s.HomeRegion != "eu-west-1" || s.Owner() != account || !s.Stopped.Equal(stopped) || !s.Started.IsZero() {
		t.Errorf("state %+v", s)
	}
	if !is(s.Logging, false) || !is(s.MultiRegion, true) || !is(s.Organization, false) || !is(s.Validation, true) || !is(s.GlobalEvents, true) ||
		!is(s.Bucket, "trail-archive-111122223333") || !is(s.KeyID, keyARN) || !is(s.LogGroup, groupARN) {
		t.Errorf("facts %+v", s)
	}
	if calls := fake.Calls(); len(calls) != 2 {
		t.Errorf("%d calls, 2 are the budget", len(calls))
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again trail.State
	if err := json.Unmarshal(raw, &again); err != nil || !is(again.Logging, false) || !is(again.KeyID, keyARN) || !again.Stopped.Equal(stopped) {
		t.Errorf("through JSON: %+v, %v", again, err)
	}
}

func TestReadAway(t *testing.T) {
	t.Parallel()
	// In a member account, or in another region, the trail answers to its ARN, and its home knows best.
	in := resource.Ref{Kind: "trail", ID: "organisation", Account: account, Region: "eu-west-1"}
	s, fake, err := read(t, in, trails(described(orgARN, "organisation", "eu-central-1")), logging(true))
	if err != nil || s.Owner() != "777788889999" || s.HomeRegion != "eu-central-1" || !is(s.Logging, true) {
		t.Errorf("state %+v, %v", s, err)
	}
	calls := fake.Calls()
	if calls[0].Region != "eu-west-1" || calls[1].Region != "eu-central-1" || *calls[1].Input.(*cloudtrail.GetTrailStatusInput).Name != orgARN {
		t.Errorf("calls %+v", calls)
	}
	// Of two trails with one name, the own one at home here is meant.
	other := described("arn:aws:cloudtrail:us-east-1:111122223333:trail/management-events", "management-events", "us-east-1")
	foreign := described("arn:aws:cloudtrail:eu-west-1:777788889999:trail/management-events", "management-events", "eu-west-1")
	if s, _, err = read(t, ref(), trails(other, foreign, described(arn, "management-events", "eu-west-1")), logging(true)); err != nil || s.ARN != arn {
		t.Errorf("of three of that name %s was read, %v", s.ARN, err)
	}
}

func TestReadInParts(t *testing.T) {
	t.Parallel()
	all := trails(described(arn, "management-events", "eu-west-1"))
	for _, code := range []string{"AccessDeniedException", "ThrottlingException", "TrailNotFoundException"} {
		s, _, err := read(t, ref(), all, awstest.Error(code))
		// The text gets into findings: it says no more than why.
		said := "read status of trail management-events: " + awserr.Reason(awstest.Error(code))
		if err != nil || awserr.Code(s.Logging.Err()) != code || s.Logging.Err().Error() != said || !is(s.MultiRegion, true) {
			t.Errorf("status %s: %+v, %v", code, s, err)
		}
	}
	for _, code := range []string{"AccessDeniedException", "ThrottlingException"} {
		s, _, err := read(t, ref(), awstest.Error(code), logging(false))
		if err != nil || !is(s.Logging, false) || awserr.Code(s.MultiRegion.Err()) != code || awserr.Code(s.Bucket.Err()) != code || s.HomeRegion != "eu-west-1" {
			t.Errorf("description %s: %+v, %v", code, s, err)
		}
		if _, _, err = read(t, ref(), awstest.Error(code), awstest.Error(code)); awserr.Code(err) != code {
			t.Errorf("both %s: %v", code, err)
		}
	}
	if s, _, err := read(t, ref(), all, &cloudtrail.GetTrailStatusOutput{}); err != nil || s.Logging.Err() == nil {
		t.Errorf("a status that says nothing: %+v, %v", s, err)
	}
	if s, _, err := read(t, ref(), trails(types.Trail{Name: aws.String("management-events"), TrailARN: aws.String(arn)}), logging(true)); err != nil || s.MultiRegion.Err() == nil || s.HomeRegion != "eu-west-1" {
		t.Errorf("a description that says nothing: %+v, %v", s, err)
	}
	fake := awstest.New(t).On("cloudtrail.DescribeTrails", trails(described(orgARN, "organisation", "eu-central-1")))
	if _, err := trail.Kind.Read(t.Context(), fake.Config(), ref()); !awserr.IsNotFound(err) {
		t.Errorf("a trail that is gone: %v", err)
	}
}

func listed(in any) (any, error) {
	info := func(arn, name, home string) types.TrailInfo {
		return types.TrailInfo{Name: aws.String(name), TrailARN: aws.String(arn), HomeRegion: aws.String(home)}
	}
	if in.(*cloudtrail.ListTrailsInput).NextToken == nil {
		return &cloudtrail.ListTrailsOutput{NextToken: aws.String("2"), Trails: []types.TrailInfo{
			info(arn, "management-events", "eu-west-1"),
			info("arn:aws:cloudtrail:us-east-1:111122223333:trail/elsewhere", "elsewhere", "us-east-1"),
		}}, nil
	}
	return &cloudtrail.ListTrailsOutput{Trails: []types.TrailInfo{
		info("arn:aws:cloudtrail:eu-west-1:777788889999:trail/organisation", "organisation", "eu-west-1"),
		info("arn:aws:cloudtrail:eu-west-1:111122223333:trail/second", "second", "eu-west-1"),
	}}, nil
}

func TestList(t *testing.T) {
	t.Parallel()
	in := resource.Ref{Account: account, Region: "eu-west-1"}
	fake := awstest.New(t).On("cloudtrail.ListTrails", listed)
	var got []string
	for one, err := range trail.Kind.List(t.Context(), fake.Config(), in) {
		if err != nil || one.Kind != "trail" || one.Account != account || one.Region != "eu-west-1" {
			t.Fatalf("%+v, %v", one, err)
		}
		got = append(got, one.ID)
	}
	if diff := cmp.Diff([]string{"management-events", "second"}, got); diff != "" {
		t.Error(diff)
	}
	fake.Forget()
	for range trail.Kind.List(t.Context(), fake.Config(), in) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls for a consumer that stopped at once", n)
	}
	fake.On("cloudtrail.ListTrails", awstest.Error("AccessDenied"))
	for _, err := range trail.Kind.List(t.Context(), fake.Config(), in) {
		if !awserr.IsDenied(err) {
			t.Errorf("denied: %v", err)
		}
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	_, fake, err := read(t, ref(), trails(described(arn, "management-events", "eu-west-1")), logging(true))
	if err != nil {
		t.Fatal(err)
	}
	fake.On("cloudtrail.ListTrails", listed)
	for range trail.Kind.List(t.Context(), fake.Config(), ref()) {
		continue
	}
	fake.ExpectActions(trail.Kind.Actions)
}

func TestRefs(t *testing.T) {
	t.Parallel()
	here := ref()
	for _, one := range []struct {
		sample string
		change map[string]any
		want   *resource.Ref
	}{
		{"cloudtrail/StopLogging.json", nil, &here},
		{"cloudtrail/StopLogging-by-name.json", nil, &here},
		{"cloudtrail/PutEventSelectors.json", nil, &here},
		{"cloudtrail/CreateTrail.json", nil, &here},
		{"cloudtrail/UpdateTrail.json", map[string]any{"requestParameters": nil}, &here},
		{
			"cloudtrail/StopLogging.json",
			map[string]any{"requestParameters.name": "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/t.1"},
			&resource.Ref{Kind: "trail", ID: "t.1", Account: account, Region: "cn-north-1"},
		},
		{"cloudtrail/StopLogging-cross-account.json", nil, &resource.Ref{Kind: "trail", ID: "organisation", Account: account, Region: "eu-west-1"}},
		{"cloudtrail/StopLogging-request-null.json", nil, nil},
		{"cloudtrail/StopLogging.json", map[string]any{"requestParameters.name": "a b\x1b"}, nil},
		{"cloudtrail/DeleteEventDataStore.json", nil, nil},
		{"cloudtrail/PutResourcePolicy.json", nil, nil},
		{"events/DisableRule.json", nil, nil},
	} {
		got := trail.Kind.About(checktest.Sample(t, one.sample, one.change))
		var want []resource.Ref
		if one.want != nil {
			want = []resource.Ref{*one.want}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %v: %s", one.sample, one.change, diff)
		}
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	tell := func(sample string) trail.State {
		s, ok := trail.Kind.Told(checktest.Sample(t, sample, nil))
		if !ok || s.Name != "management-events" || s.HomeRegion != "eu-west-1" {
			t.Errorf("%s told %+v, %v", sample, s, ok)
		}
		return s
	}
	if s := tell("cloudtrail/StopLogging.json"); !is(s.Logging, false) || s.ARN != arn || !s.Stopped.Equal(stopped) || s.MultiRegion.Err() == nil {
		t.Errorf("stopped: %+v", s)
	}
	if s := tell("cloudtrail/StopLogging-by-name.json"); !is(s.Logging, false) || s.ARN != "" {
		t.Errorf("stopped by name: %+v", s)
	}
	if s := tell("cloudtrail/StartLogging.json"); !is(s.Logging, true) || s.Started.IsZero() {
		t.Errorf("started: %+v", s)
	}
	if s := tell("cloudtrail/CreateTrail.json"); s.Logging.Err() == nil || !is(s.MultiRegion, true) || !is(s.Validation, true) || !is(s.Bucket, "trail-archive-111122223333") || !is(s.KeyID, "") || !is(s.LogGroup, "") {
		t.Errorf("created: %+v", s)
	}
	if s := tell("cloudtrail/UpdateTrail.json"); s.KeyID.Err() == nil || s.LogGroup.Err() == nil {
		t.Errorf("an update keeps what it does not name: %+v", s)
	}
	if s, ok := trail.Kind.Told(checktest.Sample(t, "cloudtrail/CreateTrail.json", map[string]any{"requestParameters": nil})); !ok || s.KeyID.Err() == nil {
		t.Errorf("created, and the request is lost: %v %+v", ok, s)
	}
	if s := tell("cloudtrail/UpdateTrail-single-region.json"); s.Logging.Err() == nil || !is(s.MultiRegion, false) || !is(s.GlobalEvents, false) || !is(s.Organization, false) {
		t.Errorf("one region: %+v", s)
	}
	if s := tell("cloudtrail/UpdateTrail-values-text.json"); !is(s.MultiRegion, false) {
		t.Errorf("values as text: %+v", s)
	}
	if s := tell("cloudtrail/UpdateTrail-validation-off.json"); !is(s.Validation, false) || !is(s.MultiRegion, true) {
		t.Errorf("no validation: %+v", s)
	}
	if s := tell("cloudtrail/UpdateTrail-logs-removed.json"); !is(s.LogGroup, "") {
		t.Errorf("no log group: %+v", s)
	}
	for _, silent := range []string{"cloudtrail/StopLogging-denied.json", "cloudtrail/StopLogging-request-null.json", "cloudtrail/DeleteTrail.json", "cloudtrail/PutEventSelectors.json", "events/DisableRule.json"} {
		if s, ok := trail.Kind.Told(checktest.Sample(t, silent, nil)); ok {
			t.Errorf("%s told %+v", silent, s)
		}
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	bucket := resource.Uses{Ref: resource.Ref{Kind: "bucket", ID: "b", Account: account, Region: "eu-west-1"}, As: "trail logs"}
	key := resource.Uses{Ref: resource.Ref{Kind: "key", ID: "1234abcd-12ab-34cd-56ef-1234567890ab", Account: account, Region: "eu-west-1"}, As: "trail key"}
	for _, one := range []struct {
		bucket, key string
		want        []resource.Uses
	}{
		{"b", keyARN, []resource.Uses{bucket, key}},
		{"b", "", []resource.Uses{bucket}},
		{"", "arn:aws:kms:eu-west-1:111122223333:alias/trail", nil},
		{"", "1234abcd-12ab-34cd-56ef-1234567890ab", []resource.Uses{key}},
	} {
		s := trail.State{ARN: arn, HomeRegion: "eu-west-1", Bucket: resource.Known(one.bucket), KeyID: resource.Known(one.key)}
		if diff := cmp.Diff(one.want, trail.Kind.LeansOn(ref(), s)); diff != "" {
			t.Errorf("%q %q: %s", one.bucket, one.key, diff)
		}
	}
	if got := trail.Kind.LeansOn(ref(), trail.State{}); got != nil {
		t.Errorf("nothing known: %+v", got)
	}
	for given, want := range map[string][]resource.Uses{
		"arn:aws:logs:eu-west-1:" + account + ":log-group:audit:*": {{Ref: resource.Ref{Kind: "loggroup", ID: "audit", Account: account, Region: "eu-west-1"}, As: "trail logs"}},
		"": nil, "audit": nil, "arn:aws:logs:eu-west-1:" + account + ":destination:x": nil,
	} {
		if diff := cmp.Diff(want, trail.Kind.LeansOn(ref(), trail.State{LogGroup: resource.Known(given)})); diff != "" {
			t.Errorf("%q: %s", given, diff)
		}
	}
	s := trail.State{ARN: orgARN, HomeRegion: "eu-central-1", Bucket: resource.Known("b")}
	if got := trail.Kind.LeansOn(ref(), s); len(got) != 1 || got[0].Ref.Account != "777788889999" {
		t.Errorf("an organisation's bucket: %+v", got)
	}
}
