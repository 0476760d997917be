package trail_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

const (
	opTrails    = "cloudtrail.DescribeTrails"
	opSelectors = "cloudtrail.GetEventSelectors"
	opStatus    = "cloudtrail.GetTrailStatus"
	opTags      = "cloudtrail.ListTags"
	opInsights  = "cloudtrail.GetInsightSelectors"
	bucketARN   = "arn:aws:s3:::web-prod-artifacts"
)

// plain is a trail without selectors of its own.
func plain(arn, name, home string) types.Trail {
	t := described(arn, name, home)
	t.HasCustomEventSelectors = aws.Bool(false)
	return t
}

func with(t types.Trail, change func(*types.Trail)) types.Trail {
	change(&t)
	return t
}

func custom(t *types.Trail) { t.HasCustomEventSelectors = aws.Bool(true) }
func single(t *types.Trail) { t.IsMultiRegionTrail = aws.Bool(false) }

func field(name string, equals ...string) types.AdvancedFieldSelector {
	return types.AdvancedFieldSelector{Field: aws.String(name), Equals: equals}
}

func selector(fields ...types.AdvancedFieldSelector) types.AdvancedEventSelector {
	return types.AdvancedEventSelector{FieldSelectors: fields}
}

func selectors(all ...types.AdvancedEventSelector) *cloudtrail.GetEventSelectorsOutput {
	return &cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: all}
}

func basics(all ...types.EventSelector) *cloudtrail.GetEventSelectorsOutput {
	return &cloudtrail.GetEventSelectorsOutput{EventSelectors: all}
}

var (
	management = field("eventCategory", "Management")
	noKeys     = types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}}
)

func TestManagementOf(t *testing.T) {
	t.Parallel()
	keys := []string{"kms.amazonaws.com"}
	for name, one := range map[string]struct {
		out  *cloudtrail.GetEventSelectorsOutput
		want string
	}{
		"none":                    {&cloudtrail.GetEventSelectorsOutput{}, `{"writes":true}`},
		"basic":                   {basics(types.EventSelector{}), `{"writes":true}`},
		"basic, off":              {basics(types.EventSelector{IncludeManagementEvents: aws.Bool(false)}), `{"writes":false}`},
		"basic, reads":            {basics(types.EventSelector{ReadWriteType: "ReadOnly"}), `{"writes":false}`},
		"basic, without keys":     {basics(types.EventSelector{ExcludeManagementEventSources: keys}), `{"writes":true,"excludes":["kms.amazonaws.com"]}`},
		"one without, one with":   {basics(types.EventSelector{ExcludeManagementEventSources: keys}, types.EventSelector{}), `{"writes":true}`},
		"one off, one without":    {basics(types.EventSelector{IncludeManagementEvents: aws.Bool(false)}, types.EventSelector{ExcludeManagementEventSources: keys}), `{"writes":true,"excludes":["kms.amazonaws.com"]}`},
		"advanced":                {selectors(selector(management)), `{"writes":true}`},
		"advanced, without keys":  {selectors(selector(management, noKeys)), `{"writes":true,"excludes":["kms.amazonaws.com"]}`},
		"advanced, both":          {selectors(selector(management, noKeys), selector(management)), `{"writes":true}`},
		"advanced, reads":         {selectors(selector(management, field("readOnly", "true"))), `{"writes":false}`},
		"advanced, data":          {selectors(selector(field("eventCategory", "Data"))), `{"writes":false}`},
		"advanced, narrowed":      {selectors(selector(management, field("eventName", "PutObject"))), `{"writes":{"unknown":"its selectors let only some management events pass, by eventName"},"narrowed":["eventName"]}`},
		"advanced, narrowed once": {selectors(selector(management, field("eventName", "PutObject")), selector(management)), `{"writes":true}`},
	} {
		raw, err := json.Marshal(trail.ManagementOf(one.out))
		if err != nil || string(raw) != one.want {
			t.Errorf("%s: %s, %v; want %s", name, raw, err, one.want)
		}
	}
}

func readCoverage(t *testing.T, described *cloudtrail.DescribeTrailsOutput, answer any) (trail.Coverage, *awstest.Fake) {
	t.Helper()
	fake := awstest.New(t).On(opTrails, described).On(opSelectors, answer).On(opStatus, logging(true)).
		On(opTags, labelled(arn)).On(opInsights, insights())
	c, err := trail.Selectors.Read(t.Context(), fake.Config(), ref())
	if err != nil {
		t.Fatal(err)
	}
	return c, fake
}

func TestReadCoverage(t *testing.T) {
	t.Parallel()
	own := plain(arn, "management-events", "eu-west-1")
	second := plain(strings.ReplaceAll(arn, "management-events", "second"), "second", "eu-west-1")
	abroad := plain("arn:aws:cloudtrail:us-east-1:111122223333:trail/abroad", "abroad", "us-east-1")
	org := plain(orgARN, "organisation", "eu-central-1")
	off := basics(types.EventSelector{IncludeManagementEvents: aws.Bool(false)})
	for name, one := range map[string]struct {
		trails   []types.Trail
		answer   any
		operates []string
		other    string // "-" where none was asked for, "" where there is none
	}{
		"whole":                         {[]types.Trail{own, second}, basics(), []string{opTrails, opSelectors, opTags}, "-"},
		"whole by its own selectors":    {[]types.Trail{with(own, custom)}, basics(types.EventSelector{}), []string{opTrails, opSelectors, opTags}, "-"},
		"nothing said of selectors":     {[]types.Trail{described(arn, "management-events", "eu-west-1")}, basics(), []string{opTrails, opSelectors, opTags}, "-"},
		"one region, alone":             {[]types.Trail{with(own, single)}, basics(), []string{opTrails, opSelectors, opTags}, ""},
		"one region, and another trail": {[]types.Trail{with(own, single), second}, basics(), []string{opTrails, opSelectors, opTags, opStatus}, "second"},
		"one region, another narrower":  {[]types.Trail{with(own, single), with(second, single), org}, basics(), []string{opTrails, opSelectors, opTags, opStatus}, "organisation"},
		"one region, another elsewhere": {[]types.Trail{with(own, single), with(abroad, single)}, basics(), []string{opTrails, opSelectors, opTags}, ""},
		"management off":                {[]types.Trail{with(own, custom), second}, off, []string{opTrails, opSelectors, opTags, opStatus}, "second"},
		"management off, other custom":  {[]types.Trail{with(own, custom), with(second, custom)}, off, []string{opTrails, opSelectors, opTags, opStatus, opSelectors}, "second"},
		"management off, of two":        {[]types.Trail{with(own, custom), with(second, custom), abroad}, off, []string{opTrails, opSelectors, opTags, opStatus}, "abroad"},
		"selectors refused":             {[]types.Trail{with(own, custom)}, awstest.Error("AccessDeniedException"), []string{opTrails, opSelectors}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, fake := readCoverage(t, trails(one.trails...), one.answer)
			var operates []string
			for _, call := range fake.Calls() {
				operates = append(operates, call.Operation)
			}
			if !slices.Equal(operates, one.operates) {
				t.Errorf("calls %v, want %v", operates, one.operates)
			}
			got := "-"
			if c.Other != nil {
				got = c.Other.Name
			}
			if got != one.other || c.ARN != arn || c.HomeRegion != "eu-west-1" || c.Owner() != account || !is(c.Validation, true) {
				t.Errorf("other %q, want %q: %+v", got, one.other, c)
			}
			raw, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			var again trail.Coverage
			if err := json.Unmarshal(raw, &again); err != nil || again.Gaps() != c.Gaps() {
				t.Errorf("through JSON: %s, %v", raw, err)
			}
		})
	}
}

func TestReadCoverageOfOther(t *testing.T) {
	t.Parallel()
	second := strings.ReplaceAll(arn, "management-events", "second")
	fake := awstest.New(t).On(opTrails, trails(with(plain(arn, "management-events", "eu-west-1"), custom), with(plain(second, "second", "us-east-1"), custom))).
		On(opStatus, awstest.Error("AccessDeniedException")).On(opTags, labelled(arn)).
		On(opSelectors, func(in any) (any, error) {
			if *in.(*cloudtrail.GetEventSelectorsInput).TrailName == second {
				return basics(types.EventSelector{ExcludeManagementEventSources: []string{"rdsdata.amazonaws.com"}}), nil
			}
			return basics(types.EventSelector{ExcludeManagementEventSources: []string{"kms.amazonaws.com"}}), nil
		})
	c, err := trail.Selectors.Read(t.Context(), fake.Config(), ref())
	if err != nil {
		t.Fatal(err)
	}
	want := trail.Management{Writes: resource.Known(true), Excludes: []string{"rdsdata.amazonaws.com"}}
	raw, _ := json.Marshal(c.Other.Management)
	if expect, _ := json.Marshal(want); string(raw) != string(expect) || !awserr.IsDenied(c.Other.Logging.Err()) || !c.Other.MultiRegion || !c.Other.GlobalEvents {
		t.Errorf("%+v", c.Other)
	}
	if last := fake.Calls()[4]; last.Region != "us-east-1" {
		t.Errorf("the other trail was asked in %s", last.Region)
	}
	fake.On(opStatus, &cloudtrail.GetTrailStatusOutput{})
	if c, err = trail.Selectors.Read(t.Context(), fake.Config(), ref()); err != nil || c.Other.Logging.Err() == nil {
		t.Errorf("a status that says nothing: %+v, %v", c.Other, err)
	}
}

func TestReadCoverageFails(t *testing.T) {
	t.Parallel()
	for answer, is := range map[any]func(error) bool{
		awstest.Error("AccessDeniedException"): awserr.IsDenied, awstest.Error("ThrottlingException"): awserr.IsThrottled, trails(): awserr.IsNotFound,
	} {
		if _, err := trail.Selectors.Read(t.Context(), awstest.New(t).On(opTrails, answer).Config(), ref()); !is(err) || !strings.Contains(err.Error(), "trail management-events") {
			t.Errorf("%v: %v", answer, err)
		}
	}
}

func TestCoverageActions(t *testing.T) {
	t.Parallel()
	own := with(plain(arn, "management-events", "eu-west-1"), custom)
	own.HasInsightSelectors = aws.Bool(true)
	_, fake := readCoverage(t, trails(own, plain(orgARN, "organisation", "eu-central-1")), basics(types.EventSelector{ReadWriteType: "ReadOnly"}))
	fake.On("cloudtrail.ListTrails", listed)
	for range trail.Selectors.List(t.Context(), fake.Config(), ref()) {
		continue
	}
	fake.ExpectActions(trail.Selectors.Actions)
	if trail.Selectors.Kind() != trail.Kind.Kind() || trail.Selectors.Part() == "" || trail.Selectors.NeedsUse() {
		t.Error("the facet is of another kind, or counts only by use")
	}
}

func TestToldCoverage(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]string{
		"UpdateTrail-single-region":        `multi false, global false, validation ?, writes ?`,
		"UpdateTrail-validation-off":       `multi ?, global ?, validation false, writes ?`,
		"UpdateTrail":                      `multi ?, global ?, validation true, writes ?`,
		"UpdateTrail-logs-removed":         `multi ?, global ?, validation ?, writes ?`,
		"PutEventSelectors":                `multi ?, global ?, validation ?, writes true`,
		"PutEventSelectors-management-off": `multi ?, global ?, validation ?, writes false`,
		"PutEventSelectors-read-only":      `multi ?, global ?, validation ?, writes false`,
		"PutEventSelectors-advanced":       `multi ?, global ?, validation ?, writes false`,
		"PutEventSelectors-keys-excluded":  `multi ?, global ?, validation ?, writes true without [kms.amazonaws.com rdsdata.amazonaws.com]`,
	} {
		e := checktest.Sample(t, "cloudtrail/"+sample+".json", nil)
		c, ok := trail.Selectors.Told(e)
		say := func(f resource.Fact[bool]) string {
			raw, _ := json.Marshal(f)
			if strings.Contains(string(raw), "unknown") {
				return "?"
			}
			return string(raw)
		}
		got := "multi " + say(c.MultiRegion) + ", global " + say(c.GlobalEvents) + ", validation " + say(c.Validation) + ", writes " + say(c.Management.Writes)
		if len(c.Management.Excludes) > 0 {
			got += " without [" + strings.Join(c.Management.Excludes, " ") + "]"
		}
		if !ok || got != want || c.ARN != arn || c.Name != "management-events" || c.HomeRegion != "eu-west-1" || c.Other != nil {
			t.Errorf("%s told %s (%v), want %s: %+v", sample, got, ok, want, c)
		}
		if !slices.ContainsFunc(trail.Selectors.Changed, func(s event.Selector) bool { return s.Matches(e) }) {
			t.Errorf("%s wakes nobody", sample)
		}
	}
	narrowed := checktest.Sample(t, "cloudtrail/PutEventSelectors-advanced.json", map[string]any{
		"requestParameters.advancedEventSelectors": []any{map[string]any{"fieldSelectors": []any{
			map[string]any{"field": "eventCategory", "equals": []any{"Management"}}, map[string]any{"field": "eventName", "notEquals": []any{"StopLogging"}},
		}}},
	})
	if c, ok := trail.Selectors.Told(narrowed); !ok || !slices.Equal(c.Management.Narrowed, []string{"eventName"}) {
		t.Errorf("narrowed: %+v, %v", c, ok)
	}
	for sample, change := range map[string]map[string]any{
		"StopLogging": nil, "CreateTrail": nil, "DeleteTrail": nil, "UpdateTrail-single-region": {"errorCode": "AccessDenied"},
		"PutEventSelectors": {"requestParameters.eventSelectors": nil},
	} {
		if c, ok := trail.Selectors.Told(checktest.Sample(t, "cloudtrail/"+sample+".json", change)); ok {
			t.Errorf("%s told %+v", sample, c)
		}
	}
}

func TestObjectEvents(t *testing.T) {
	t.Parallel()
	ofObjects, data := field("resources.type", "AWS::S3::Object"), field("eventCategory", "Data")
	on := func(kind types.ReadWriteType, values ...string) *cloudtrail.GetEventSelectorsOutput {
		return basics(types.EventSelector{ReadWriteType: kind, DataResources: []types.DataResource{{Type: aws.String("AWS::S3::Object"), Values: values}}})
	}
	arnStarts := func(values ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String("resources.ARN"), StartsWith: values}
	}
	arnNot := func(values ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String("resources.ARN"), NotStartsWith: values}
	}
	for name, one := range map[string]struct {
		out           *cloudtrail.GetEventSelectorsOutput
		reads, writes bool
	}{
		"nothing":              {basics(types.EventSelector{}), false, false},
		"every bucket":         {on("All", "arn:aws:s3"), true, true},
		"every bucket, longer": {on("", "arn:aws:s3:::"), true, true},
		"this bucket":          {on("All", bucketARN+"/"), true, true},
		"writes":               {on("WriteOnly", "x", bucketARN+"/"), false, true},
		"reads":                {on("ReadOnly", bucketARN+"/"), true, false},
		"part of it":           {on("All", bucketARN+"/releases/"), false, false},
		"another":              {on("All", bucketARN+"-2/"), false, false},
		"no value":             {on("All", ""), false, false},
		"functions":            {basics(types.EventSelector{DataResources: []types.DataResource{{Type: aws.String("AWS::Lambda::Function"), Values: []string{"arn:aws"}}}}), false, false},
		"advanced, all":        {selectors(selector(data, ofObjects)), true, true},
		"advanced, writes":     {selectors(selector(data, ofObjects, field("readOnly", "false"))), false, true},
		"advanced, in two":     {selectors(selector(data, ofObjects, field("readOnly", "false")), selector(data, ofObjects, field("readOnly", "true"))), true, true},
		"advanced, bucket":     {selectors(selector(data, ofObjects, arnStarts("arn:aws:s3:::other/", bucketARN+"/"))), true, true},
		"advanced, part":       {selectors(selector(data, ofObjects, arnStarts(bucketARN+"/releases/"))), false, false},
		"advanced, one object": {selectors(selector(data, ofObjects, field("resources.ARN", bucketARN+"/a"))), false, false},
		"advanced, others not": {selectors(selector(data, ofObjects, arnNot("arn:aws:s3:::other/"))), true, true},
		"advanced, not this":   {selectors(selector(data, ofObjects, arnNot(bucketARN+"/"))), false, false},
		"advanced, not whole":  {selectors(selector(data, ofObjects, arnNot(bucketARN+"/tmp/"))), false, false},
		"advanced, not none":   {selectors(selector(data, ofObjects, arnNot("arn:aws:s3"))), false, false},
		"advanced, by name":    {selectors(selector(data, ofObjects, field("eventName", "DeleteObject"))), false, false},
		"advanced, management": {selectors(selector(management, ofObjects)), false, false},
		"advanced, tables":     {selectors(selector(data, field("resources.type", "AWS::DynamoDB::Table"))), false, false},
	} {
		fake := awstest.New(t).On(opTrails, trails(with(plain(arn, "management-events", "eu-west-1"), custom))).On(opSelectors, one.out)
		got, err := trail.ReadObjectEvents(t.Context(), fake.Config(), "eu-west-1", bucketARN)
		if err != nil || got.Reads != one.reads || got.Writes != one.writes || (len(got.By) > 0) != (one.reads || one.writes) {
			t.Errorf("%s: %+v, %v; want reads %v, writes %v", name, got, err, one.reads, one.writes)
		}
	}
}

func TestObjectEventsAsksFew(t *testing.T) {
	t.Parallel()
	all := basics(types.EventSelector{ReadWriteType: "All", DataResources: []types.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3"}}}})
	one := func(name, home string, multi, custom bool) types.Trail {
		return types.Trail{
			Name: &name, TrailARN: aws.String("arn:aws:cloudtrail:" + home + ":111122223333:trail/" + name), HomeRegion: &home,
			IsMultiRegionTrail: &multi, HasCustomEventSelectors: &custom,
		}
	}
	many := make([]types.Trail, 0, 5)
	for _, name := range []string{"t-1", "t-2", "t-3", "t-4", "t-5"} {
		many = append(many, one(name, "eu-west-1", false, true))
	}
	for name, c := range map[string]struct {
		trails  []types.Trail
		answer  any
		calls   int
		failure string
	}{
		"no trails":        {nil, all, 1, ""},
		"default trails":   {[]types.Trail{one("t-1", "eu-west-1", true, false)}, all, 1, ""},
		"elsewhere":        {[]types.Trail{one("t-1", "us-east-1", false, true)}, all, 1, ""},
		"of all regions":   {[]types.Trail{one("t-1", "us-east-1", true, true)}, all, 2, ""},
		"found at once":    {many, all, 2, ""},
		"found nowhere":    {many, basics(), 4, "more trails"},
		"three and no":     {many[:3], basics(), 4, ""},
		"refused":          {many[:1], awstest.Error("AccessDeniedException"), 2, "read selectors of trail t-1: access denied"},
		"refused by three": {many, awstest.Error("AccessDeniedException"), 4, "read selectors of trail t-1: access denied"},
	} {
		fake := awstest.New(t).On(opTrails, trails(c.trails...)).On(opSelectors, c.answer)
		_, err := trail.ReadObjectEvents(t.Context(), fake.Config(), "eu-west-1", bucketARN)
		if n := len(fake.Calls()); n != c.calls || (err != nil) != (c.failure != "") || err != nil && !strings.Contains(err.Error(), c.failure) {
			t.Errorf("%s: %d calls, %v; want %d, %q", name, n, err, c.calls, c.failure)
		}
	}
	if _, err := trail.ReadObjectEvents(t.Context(), awstest.New(t).On(opTrails, awstest.Error("ThrottlingException")).Config(), "eu-west-1", bucketARN); !awserr.IsThrottled(err) {
		t.Errorf("throttled: %v", err)
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	to := func(bucket string, prefix *string) types.Trail {
		return types.Trail{S3BucketName: &bucket, S3KeyPrefix: prefix}
	}
	fake := awstest.New(t).On(opTrails, trails(to("archive", nil), to("other", aws.String("x")), to("archive", aws.String("audit")), to("archive", aws.String("audit"))))
	got, err := trail.Prefixes(t.Context(), fake.Config(), "eu-west-1", "archive")
	if diff := cmp.Diff([]string{"", "audit"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := trail.Prefixes(t.Context(), fake.Config(), "eu-west-1", "none"); err != nil || got == nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := trail.Prefixes(t.Context(), awstest.New(t).On(opTrails, awstest.Error("AccessDenied")).Config(), "eu-west-1", "archive"); !awserr.IsDenied(err) {
		t.Errorf("denied: %v", err)
	}
}

// FuzzToldCoverage: whatever a record holds, it is heard without a panic, and what is told is told of a trail.
func FuzzToldCoverage(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "cloudtrail/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		c, ok := trail.Selectors.Told(e)
		if ok && (len(trail.Selectors.About(e)) != 1 || strings.ContainsAny(c.ARN+c.HomeRegion+c.Name, " ;|&$`<>()'\"\\\n\x1b")) {
			t.Errorf("told %+v", c)
		}
	})
}
