package account_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

func ref() resource.Ref {
	return resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333", Region: "eu-west-1"}
}

// fakeTrail is one trail of the fake: its status and selectors are outputs or errors.
type fakeTrail struct {
	name, home          string
	multi, org, custom  bool
	logging             any
	basic               []types.EventSelector
	advanced            []types.AdvancedEventSelector
	selectors           error
	saysNothingOfCustom bool
}

func (f fakeTrail) arn() string {
	return "arn:aws:cloudtrail:" + f.home + ":111122223333:trail/" + f.name
}

func fake(t *testing.T, trails ...fakeTrail) *awstest.Fake {
	t.Helper()
	described := &cloudtrail.DescribeTrailsOutput{}
	byARN := map[string]fakeTrail{}
	for _, f := range trails {
		one := types.Trail{
			Name: aws.String(f.name), TrailARN: aws.String(f.arn()), HomeRegion: aws.String(f.home), IsMultiRegionTrail: aws.Bool(f.multi),
			IsOrganizationTrail: aws.Bool(f.org), HasCustomEventSelectors: aws.Bool(f.custom),
		}
		if f.saysNothingOfCustom {
			one.HasCustomEventSelectors = nil
		}
		described.TrailList = append(described.TrailList, one)
		byARN[f.arn()] = f
	}
	return awstest.New(t).On("cloudtrail.DescribeTrails", described).
		On("cloudtrail.GetTrailStatus", func(in any) (any, error) {
			switch status := byARN[*in.(*cloudtrail.GetTrailStatusInput).Name].logging.(type) {
			case error:
				return nil, status
			case bool:
				return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(status)}, nil
			}
			return &cloudtrail.GetTrailStatusOutput{}, nil
		}).
		On("cloudtrail.GetEventSelectors", func(in any) (any, error) {
			f := byARN[*in.(*cloudtrail.GetEventSelectorsInput).TrailName]
			return &cloudtrail.GetEventSelectorsOutput{EventSelectors: f.basic, AdvancedEventSelectors: f.advanced}, f.selectors
		})
}

func read(t *testing.T, trails ...fakeTrail) (account.State, *awstest.Fake) {
	t.Helper()
	f := fake(t, trails...)
	s, err := account.Kind.Read(t.Context(), f.Config(), ref())
	if err != nil {
		t.Fatal(err)
	}
	return s, f
}

// verdict is delivers, does not or unknown, for the first trail in the state of that name.
func verdict(t *testing.T, s account.State, name string) string {
	t.Helper()
	for _, one := range s.Trails {
		if one.Name == name {
			switch delivers, known := one.Delivers("eu-west-1"); {
			case !known:
				return "unknown"
			case delivers:
				return "delivers"
			default:
				return "does not"
			}
		}
	}
	t.Fatalf("no trail %s in %+v", name, s)
	return ""
}

func TestReadOneTrail(t *testing.T) {
	t.Parallel()
	field := func(name string, equals ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String(name), Equals: equals}
	}
	management := field("eventCategory", "Management")
	select1 := func(fields ...types.AdvancedFieldSelector) []types.AdvancedEventSelector {
		return []types.AdvancedEventSelector{{FieldSelectors: fields}}
	}
	denied := awstest.Error("AccessDeniedException")
	for name, one := range map[string]struct {
		trail fakeTrail
		want  string
		calls int
	}{
		"default":                     {fakeTrail{home: "eu-west-1", logging: true}, "delivers", 2},
		"multi-region":                {fakeTrail{home: "us-east-1", multi: true, logging: true}, "delivers", 2},
		"elsewhere":                   {fakeTrail{home: "us-east-1", logging: true}, "does not", 1},
		"stopped":                     {fakeTrail{home: "eu-west-1", logging: false}, "does not", 2},
		"status denied":               {fakeTrail{home: "eu-west-1", logging: denied}, "unknown", 2},
		"status silent":               {fakeTrail{home: "eu-west-1"}, "unknown", 2},
		"selectors denied":            {fakeTrail{home: "eu-west-1", logging: true, custom: true, selectors: denied}, "unknown", 3},
		"nothing said of selectors":   {fakeTrail{home: "eu-west-1", logging: true, saysNothingOfCustom: true}, "delivers", 3},
		"basic all":                   {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(true), ReadWriteType: "All"}}}, "delivers", 3},
		"basic with defaults":         {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{}}}, "delivers", 3},
		"basic writes":                {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{ReadWriteType: "WriteOnly"}}}, "delivers", 3},
		"basic reads":                 {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{ReadWriteType: "ReadOnly"}}}, "does not", 3},
		"basic data only":             {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}}}, "does not", 3},
		"basic second of two":         {fakeTrail{home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}, {}}}, "delivers", 3},
		"advanced management":         {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management)}, "delivers", 3},
		"advanced writes":             {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management, field("readOnly", "false"))}, "delivers", 3},
		"advanced reads":              {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management, field("readOnly", "true"))}, "does not", 3},
		"advanced data":               {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(field("eventCategory", "Data"))}, "does not", 3},
		"advanced one service":        {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management, field("eventSource", "s3.amazonaws.com"))}, "unknown", 3},
		"advanced one service, reads": {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management, field("eventSource", "s3.amazonaws.com"), field("readOnly", "true"))}, "does not", 3},
		"advanced, no category":       {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(field("readOnly", "false"))}, "does not", 3},
		"advanced without some services": {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management,
			types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}})}, "delivers", 3},
		"advanced without services by their end": {fakeTrail{home: "eu-west-1", logging: true, custom: true, advanced: select1(management,
			types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}, NotEndsWith: []string{".amazonaws.com"}})}, "unknown", 3},
		"advanced narrow and wide": {fakeTrail{
			home: "eu-west-1", logging: true, custom: true,
			advanced: append(select1(management, field("eventName", "PutObject")), select1(management)...),
		}, "delivers", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one.trail.name = "one"
			s, f := read(t, one.trail)
			if got := verdict(t, s, "one"); got != one.want {
				t.Errorf("%s, want %s: %+v", got, one.want, s.Trails)
			}
			if n := len(f.Calls()); n != one.calls {
				t.Errorf("%d calls, want %d", n, one.calls)
			}
			for _, call := range f.Calls()[1:] {
				if call.Region != one.trail.home {
					t.Errorf("%s in %s, the trail is at home in %s", call.Operation, call.Region, one.trail.home)
				}
			}
		})
	}
}

func TestReadStopsAtTheFirst(t *testing.T) {
	t.Parallel()
	s, f := read(t,
		fakeTrail{name: "data", home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}}},
		fakeTrail{name: "far", home: "us-east-1", logging: true},
		fakeTrail{name: "all", home: "us-east-1", multi: true, logging: true},
	)
	if n := len(f.Calls()); n != 2 {
		t.Errorf("%d calls, 2 are enough", n)
	}
	if verdict(t, s, "all") != "delivers" || verdict(t, s, "far") != "does not" || verdict(t, s, "data") != "unknown" || len(s.Trails) != 3 {
		t.Errorf("state %+v", s)
	}
	for _, one := range s.Trails {
		if one.Name != "all" && (!errors.Is(one.Logging.Err(), resource.ErrNotTold) || !errors.Is(one.ManagementEvents.Err(), resource.ErrNotTold)) {
			t.Errorf("what nobody asked for counts as a fault: %+v", one)
		}
	}
	// The one without selectors of its own takes a call less, although it is of one region only.
	_, f = read(t,
		fakeTrail{name: "custom", home: "eu-west-1", multi: true, logging: true, custom: true, basic: []types.EventSelector{{}}},
		fakeTrail{name: "plain", home: "eu-west-1", logging: true},
	)
	if n := len(f.Calls()); n != 2 {
		t.Errorf("%d calls, 2 are enough", n)
	}
	// Those that do not deliver do not end the search.
	s, _ = read(t,
		fakeTrail{name: "stopped", home: "eu-west-1", multi: true, logging: false},
		fakeTrail{name: "refused", home: "eu-west-1", multi: true, logging: awstest.Error("AccessDeniedException")},
		fakeTrail{name: "last", home: "eu-west-1", logging: true, custom: true, basic: []types.EventSelector{{ExcludeManagementEventSources: []string{"kms.amazonaws.com"}}}},
	)
	if verdict(t, s, "last") != "delivers" || verdict(t, s, "stopped") != "does not" || verdict(t, s, "refused") != "unknown" {
		t.Errorf("state %+v", s)
	}
	for _, one := range s.Trails {
		if one.Name == "last" && !cmp.Equal(one.Excludes, []string{"kms.amazonaws.com"}) {
			t.Errorf("excludes %v", one.Excludes)
		}
	}
}

func TestReadBreaks(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("cloudtrail.DescribeTrails", awstest.Error("ThrottlingException"))
	if _, err := account.Kind.Read(t.Context(), f.Config(), ref()); !awserr.IsThrottled(err) {
		t.Errorf("throttled: %v", err)
	}
	if s, _ := read(t); s.Trails == nil || len(s.Trails) != 0 {
		t.Errorf("no trails: %+v", s)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	_, f := read(t, fakeTrail{name: "one", home: "eu-west-1", logging: true, custom: true})
	for range account.Kind.List(t.Context(), f.Config(), ref()) {
		continue
	}
	f.On(opBlock, awstest.Error("NoSuchPublicAccessBlockConfiguration"))
	if _, err := account.Kind.Read(t.Context(), f.Config(), whole()); err != nil {
		t.Fatal(err)
	}
	f.ExpectActions(account.Kind.Actions)
}

func TestList(t *testing.T) {
	t.Parallel()
	var got []resource.Ref
	for one, err := range account.Kind.All(t.Context(), aws.Config{}, resource.Ref{Account: "111122223333", Region: "eu-west-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, one)
	}
	if diff := cmp.Diff([]resource.Ref{ref(), whole()}, got); diff != "" {
		t.Error(diff)
	}
	for range account.Kind.All(t.Context(), aws.Config{}, ref()) {
		break
	}
	for one := range account.Kind.All(t.Context(), aws.Config{}, resource.Ref{Account: "111122223333"}) {
		if one != whole() {
			t.Errorf("asked for no region: %+v", one)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string][]resource.Ref{
		"cloudtrail/StopLogging.json":               {ref()},
		"cloudtrail/StopLogging-request-null.json":  {ref()},
		"cloudtrail/StopLogging-cross-account.json": {ref()}, // the account that hears of it, not the one that acted
		"events/DisableRule.json":                   nil,
		"s3/PutAccountPublicAccessBlock-off.json":   {whole()},
		"s3/DeleteAccountPublicAccessBlock.json":    {whole()},
		"s3/PutBucketPublicAccessBlock-off.json":    nil,
	} {
		if diff := cmp.Diff(want, account.Kind.About(checktest.Sample(t, sample, nil))); diff != "" {
			t.Errorf("%s: %s", sample, diff)
		}
	}
	nowhere := checktest.Sample(t, "cloudtrail/StopLogging.json", nil)
	nowhere.Region = ""
	if got := account.Kind.About(nowhere); got != nil {
		t.Errorf("without a region: %+v", got)
	}
	if _, told := account.Kind.Hear(nowhere); told {
		t.Error("one event cannot tell of all trails")
	}
}
