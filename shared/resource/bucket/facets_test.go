package bucket

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trails "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	opVersioning = "s3.GetBucketVersioning"
	opLogging    = "s3.GetBucketLogging"
	opLifecycle  = "s3.GetBucketLifecycleConfiguration"
	opEncryption = "s3.GetBucketEncryption"
	opDescribe   = "kms.DescribeKey"
	opTrails     = "cloudtrail.DescribeTrails"
	opSelectors  = "cloudtrail.GetEventSelectors"
	keyARN       = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// parts are the facets with what each asks for first.
var parts = map[string]resource.Source{opVersioning: Versioning, opLogging: Logging, opLifecycle: Lifecycle, opEncryption: DefaultKey}

func rule(algorithm types.ServerSideEncryption, key *string) *s3.GetBucketEncryptionOutput {
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm, KMSMasterKeyID: key}}},
	}}
}

// dear answers so that every facet makes every call it can.
func dear(t testing.TB) *awstest.Fake {
	return safe(t).
		On(opVersioning, &s3.GetBucketVersioningOutput{Status: types.BucketVersioningStatusEnabled}).
		On(opLogging, &s3.GetBucketLoggingOutput{}).
		On(opLifecycle, &s3.GetBucketLifecycleConfigurationOutput{Rules: []types.LifecycleRule{{
			Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("logs/")},
			NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)},
		}}}).
		On(opEncryption, rule(types.ServerSideEncryptionAes256, nil)).
		On(opDescribe, &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyManager: kmstypes.KeyManagerTypeCustomer}}).
		On(opTrails, &cloudtrail.DescribeTrailsOutput{TrailList: []trails.Trail{
			{Name: aws.String("data"), HomeRegion: aws.String("eu-central-1"), TrailARN: aws.String("arn"), HasCustomEventSelectors: aws.Bool(true)},
		}}).
		On(opSelectors, &cloudtrail.GetEventSelectorsOutput{}).
		On("s3.ListBuckets", &s3.ListBucketsOutput{})
}

// Every call that a facet makes is declared, and nothing else is; the owner is expected and the region is the bucket's.
func TestFacetActions(t *testing.T) {
	t.Parallel()
	for first, kind := range parts {
		fake := dear(t)
		for _, key := range []*string{nil, aws.String(keyARN)} {
			if first == opEncryption && key != nil {
				fake.On(opEncryption, rule(types.ServerSideEncryptionAwsKms, key))
			}
			if _, err := kind.Look(t.Context(), fake.Config(), ref); err != nil {
				t.Fatal(err)
			}
		}
		for _, call := range fake.Calls() {
			if call.Region != ref.Region {
				t.Errorf("%s went to %s, want %s", call.Operation, call.Region, ref.Region)
			}
			if field := reflect.ValueOf(call.Input).Elem().FieldByName("ExpectedBucketOwner"); field.IsValid() {
				if owner, _ := field.Interface().(*string); aws.ToString(owner) != ref.Account {
					t.Errorf("%s: owner %q", call.Operation, aws.ToString(owner))
				}
			}
		}
		for _, err := range kind.All(t.Context(), fake.Config(), ref) {
			t.Fatal(err)
		}
		fake.ExpectActions(kind.Permissions())
		if kind.Kind() != Kind.Name || kind.Part() == "" || !kind.NeedsUse() {
			t.Errorf("%s is part %q of %s", first, kind.Part(), kind.Kind())
		}
	}
}

func TestFacetsFail(t *testing.T) {
	t.Parallel()
	for first, kind := range parts {
		for code, is := range map[string]func(error) bool{"NoSuchBucket": awserr.IsNotFound, "AccessDenied": awserr.IsDenied, "SlowDown": awserr.IsThrottled} {
			if _, err := kind.Look(t.Context(), dear(t).On(first, awstest.Error(code)).Config(), ref); !is(err) || !strings.Contains(err.Error(), "bucket artifacts") {
				t.Errorf("%s %s: %v", first, code, err)
			}
		}
	}
}

func TestFacetsCountByUse(t *testing.T) {
	t.Parallel()
	for as, want := range map[string][]resource.Source{
		"artifact store": {Versioning, Logging, DefaultKey}, "source": {Versioning, DefaultKey}, "trail logs": {Logging, Lifecycle, DefaultKey},
		"build artifacts": {Logging, DefaultKey}, "build cache": {DefaultKey},
	} {
		for _, kind := range parts {
			if got := kind.Counts([]resource.Use{{As: as}}); got != slices.Contains(want, kind) {
				t.Errorf("%s as %s: counts %v", kind.Part(), as, got)
			}
		}
	}
}

func TestReadVersioning(t *testing.T) {
	t.Parallel()
	for status, kept := range map[string]bool{"Enabled": true, "Suspended": false, "": false} {
		fake := awstest.New(t).On(opVersioning, &s3.GetBucketVersioningOutput{Status: types.BucketVersioningStatus(status)})
		if s, err := Versioning.Read(t.Context(), fake.Config(), ref); err != nil || s.Status != status || s.Kept() != kept {
			t.Errorf("%q: %+v, %v", status, s, err)
		}
	}
}

func TestReadDefaultKey(t *testing.T) {
	t.Parallel()
	described := func(by kmstypes.KeyManagerType) *kms.DescribeKeyOutput {
		return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyManager: by}}
	}
	delivery := func(service string) *s3.GetBucketPolicyOutput {
		return document(`{"Statement":{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::artifacts/*"}}`)
	}
	denied := awstest.Error("AccessDenied")
	for name, one := range map[string]struct {
		set       any
		change    func(*awstest.Fake)
		manager   string // as JSON
		takesLogs string // as JSON; "" where nobody asks
		calls     []string
	}{
		"SSE-S3":           {rule("AES256", nil), nil, `""`, "false", []string{opEncryption, opPolicy, opACL}},
		"aws/s3":           {rule("aws:kms", nil), nil, `"AWS"`, "", []string{opEncryption}},
		"aws/s3 by name":   {rule("aws:kms", aws.String("arn:aws:kms:eu-central-1:111122223333:alias/aws/s3")), nil, `"AWS"`, "", []string{opEncryption}},
		"own key":          {rule("aws:kms:dsse", aws.String(keyARN)), nil, `"CUSTOMER"`, "", []string{opEncryption, opDescribe}},
		"an alias like it": {rule("aws:kms", aws.String("alias/myalias/aws/s3")), nil, `"CUSTOMER"`, "", []string{opEncryption, opDescribe}},
		"AWS's key by id":  {rule("aws:kms", aws.String(keyARN)), func(f *awstest.Fake) { f.On(opDescribe, described("AWS")) }, `"AWS"`, "", []string{opEncryption, opDescribe}},
		"missing key":      {rule("aws:kms", aws.String(keyARN)), func(f *awstest.Fake) { f.On(opDescribe, awstest.Error("NotFoundException")) }, `"missing"`, "", []string{opEncryption, opDescribe}},
		"key refused":      {rule("aws:kms", aws.String(keyARN)), func(f *awstest.Fake) { f.On(opDescribe, denied) }, `{"unknown":"read key ` + keyARN + `: access denied"}`, "", []string{opEncryption, opDescribe}},
		"access logs":      {rule("AES256", nil), func(f *awstest.Fake) { f.On(opPolicy, delivery("logging.s3.amazonaws.com")) }, `""`, "true", []string{opEncryption, opPolicy}},
		"balancer logs":    {rule("AES256", nil), func(f *awstest.Fake) { f.On(opPolicy, delivery("logdelivery.elasticloadbalancing.amazonaws.com")) }, `""`, "true", []string{opEncryption, opPolicy}},
		"balancer, older": {rule("AES256", nil), func(f *awstest.Fake) {
			f.On(opPolicy, document(strings.ReplaceAll(privatePolicy, "111122223333", "156460612806")))
		}, `""`, "true", []string{opEncryption, opPolicy}},
		"trail logs":        {rule("AES256", nil), func(f *awstest.Fake) { f.On(opPolicy, delivery("cloudtrail.amazonaws.com")) }, `""`, "false", []string{opEncryption, opPolicy, opACL}},
		"access logs, ACL":  {rule("AES256", nil), func(f *awstest.Fake) { f.On(opACL, aclOf(logDelivery)) }, `""`, "true", []string{opEncryption, opPolicy, opACL}},
		"policy refused":    {rule("AES256", nil), func(f *awstest.Fake) { f.On(opPolicy, denied) }, `""`, `{"unknown":"GetBucketPolicy: access denied"}`, []string{opEncryption, opPolicy, opACL}},
		"refused, by ACL":   {rule("AES256", nil), func(f *awstest.Fake) { f.On(opPolicy, denied).On(opACL, aclOf(logDelivery)) }, `""`, "true", []string{opEncryption, opPolicy, opACL}},
		"ACL refused":       {rule("AES256", nil), func(f *awstest.Fake) { f.On(opACL, denied) }, `""`, `{"unknown":"GetBucketAcl: access denied"}`, []string{opEncryption, opPolicy, opACL}},
		"no rule of itself": {awstest.Error("ServerSideEncryptionConfigurationNotFoundError"), nil, `""`, "false", []string{opEncryption, opPolicy, opACL}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := safe(t).On(opEncryption, one.set).On(opDescribe, described("CUSTOMER"))
			if one.change != nil {
				one.change(fake)
			}
			s, err := DefaultKey.Read(t.Context(), fake.Config(), ref)
			if err != nil {
				t.Fatal(err)
			}
			manager, _ := json.Marshal(s.Manager)
			takes, _ := json.Marshal(s.TakesLogs)
			if one.takesLogs == "" {
				one.takesLogs = `{"unknown":"the event does not tell it"}`
			}
			if string(manager) != one.manager || string(takes) != one.takesLogs {
				t.Errorf("manager %s, takes logs %s; want %s, %s", manager, takes, one.manager, one.takesLogs)
			}
			if got := operations(fake); !slices.Equal(got, one.calls) {
				t.Errorf("calls %v, want %v", got, one.calls)
			}
			raw, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			var again DefaultKeyState
			if err := json.Unmarshal(raw, &again); err != nil || again.Encryption != s.Encryption {
				t.Errorf("through JSON: %s, %+v, %v", raw, again, err)
			}
		})
	}
}

func TestReadLogging(t *testing.T) {
	t.Parallel()
	fake := dear(t).On(opLogging, &s3.GetBucketLoggingOutput{LoggingEnabled: &types.LoggingEnabled{TargetBucket: aws.String("logs")}})
	s, err := Logging.Read(t.Context(), fake.Config(), ref)
	if err != nil || s.Target != "logs" || s.Data.Err() == nil || len(fake.Calls()) != 1 {
		t.Errorf("%+v, %v, calls %v", s, err, operations(fake))
	}
	all := &cloudtrail.GetEventSelectorsOutput{EventSelectors: []trails.EventSelector{{
		ReadWriteType: trails.ReadWriteTypeAll,
		DataResources: []trails.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::artifacts/"}}},
	}}}
	if s, err = Logging.Read(t.Context(), dear(t).On(opSelectors, all).Config(), ref); err != nil {
		t.Fatal(err)
	}
	if data, known := s.Data.Get(); !known || !data.Reads || !data.Writes || !slices.Equal(data.By, []string{"data"}) {
		t.Errorf("%+v", s)
	}
	for _, op := range []string{opTrails, opSelectors} {
		if s, err := Logging.Read(t.Context(), dear(t).On(op, awstest.Error("AccessDenied")).Config(), ref); err != nil || !awserr.IsDenied(s.Data.Err()) {
			t.Errorf("%s: %+v, %v", op, s, err)
		}
	}
}

func lifecycleRules() []types.LifecycleRule {
	days := func(n int32) *types.LifecycleExpiration { return &types.LifecycleExpiration{Days: &n} }
	tag := types.Tag{Key: aws.String("k"), Value: aws.String("v")}
	const on = types.ExpirationStatusEnabled
	return []types.LifecycleRule{
		{ID: aws.String("all"), Status: on, Expiration: days(30)},
		{ID: aws.String("old"), Status: on, Prefix: aws.String("AWSLogs/"), Expiration: days(31)},
		{ID: aws.String("filter"), Status: on, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("AWSLogs/1")}, Expiration: days(32)},
		{ID: aws.String("and"), Status: on, Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{Prefix: aws.String("AWSLogs/2"), ObjectSizeGreaterThan: aws.Int64(1)}}, Expiration: days(33)},
		{ID: aws.String("date"), Status: on, Expiration: &types.LifecycleExpiration{Date: aws.Time(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))}},
		{ID: aws.String("former"), Status: on, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(7), NewerNoncurrentVersions: aws.Int32(2)}},
		{ID: aws.String("off"), Status: types.ExpirationStatusDisabled, Expiration: days(1)},
		{ID: aws.String("tag"), Status: on, Filter: &types.LifecycleRuleFilter{Tag: &tag}, Expiration: days(1)},
		{ID: aws.String("tags"), Status: on, Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{Tags: []types.Tag{tag}}}, Expiration: days(1)},
		{ID: aws.String("moves"), Status: on, Transitions: []types.Transition{{Days: aws.Int32(1)}}, AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)}},
		{ID: aws.String("markers"), Status: on, Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)}},
	}
}

func TestReadLifecycle(t *testing.T) {
	t.Parallel()
	read := func(fake *awstest.Fake) LifecycleState {
		t.Helper()
		s, err := Lifecycle.Read(t.Context(), fake.Config(), ref)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	fake := dear(t).On(opLifecycle, &s3.GetBucketLifecycleConfigurationOutput{Rules: lifecycleRules()})
	want := []Expiry{
		{Rule: "all", Days: 30},
		{Rule: "old", Prefix: "AWSLogs/", Days: 31},
		{Rule: "filter", Prefix: "AWSLogs/1", Days: 32},
		{Rule: "and", Prefix: "AWSLogs/2", Days: 33},
		{Rule: "date", Date: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Rule: "former", FormerDays: 7, Spares: 2},
	}
	if diff := cmp.Diff(want, read(fake).Expiries); diff != "" || !slices.Equal(operations(fake), []string{opLifecycle}) {
		t.Errorf("calls %v\n%s", operations(fake), diff)
	}
	fake = dear(t).On(opLifecycle, awstest.Error("NoSuchLifecycleConfiguration"))
	if s := read(fake); s.Expiries != nil || len(fake.Calls()) != 1 {
		t.Errorf("no rules: %+v", s)
	}
	fake = dear(t)
	s := read(fake)
	if v, known := s.Versioning.Get(); !known || !v.Kept() || len(fake.Calls()) != 3 {
		t.Errorf("%+v, calls %v", s, operations(fake))
	}
	if prefixes, known := s.Prefixes.Get(); !known || len(prefixes) != 0 {
		t.Errorf("%+v", s)
	}
	s = read(dear(t).On(opVersioning, awstest.Error("AccessDenied")).On(opTrails, awstest.Error("SlowDown")))
	if !awserr.IsDenied(s.Versioning.Err()) || !awserr.IsThrottled(s.Prefixes.Err()) {
		t.Errorf("%+v", s)
	}
}

func TestReaches(t *testing.T) {
	t.Parallel()
	top, below, none := resource.Known([]string{""}), resource.Known([]string{"audit", "b"}), resource.Known([]string{})
	var untold resource.Fact[[]string]
	for _, one := range []struct {
		rule     string
		prefixes resource.Fact[[]string]
		want     string
	}{
		{"", untold, "yes"},
		{"AWSLogs/", untold, "yes"},
		{"AWSLogs/1111", untold, "yes"},
		{"AWSLogs/111122223333/", untold, "yes"},
		{"AWSLogs/111122223333/Cloud", untold, "yes"},
		{"AWSLogs/111122223333/CloudTrail/eu-west-1/", untold, "yes"},
		{"AWSLogs/111122223333/CloudTrail-Digest/", untold, "yes"},
		{"AWSLogs/o-example1234/", untold, "yes"},
		{"AWSLogs/o-example1234/111122223333/CloudTrail/", untold, "yes"},
		{"AWSLogs/o-example1234/111122223333/Config/", untold, "no"},
		{"AWSLogs/111122223333/elasticloadbalancing/", untold, "no"},
		{"AWSLogs/111122223333/Config", untold, "no"},
		{"audit/AWSLogs/111122223333/", untold, "yes"},
		{"audit/AWSLogs/111122223333/vpcflowlogs/", untold, "no"},
		{"audit/", untold, "?"},
		{"audit/", none, "?"},
		{"audit/", below, "yes"},
		{"audit/AWSLogs/111122223333/", below, "yes"},
		{"aud", below, "yes"},
		{"b/AWSLogs/", below, "yes"},
		{"access/", below, "no"},
		{"audit/other/", below, "no"},
		{"audit/", top, "no"},
		{"AWS", top, "yes"},
		{"alb/AWSLogs/111122223333/", top, "no"},
		{"alb/AWSLogs/111122223333/", none, "yes"},
	} {
		reached := LifecycleState{Prefixes: one.prefixes}.Reaches(Expiry{Prefix: one.rule})
		got := "?"
		if yes, known := reached.Get(); known {
			got = map[bool]string{true: "yes", false: "no"}[yes]
		}
		if got != one.want || got == "?" && reached.Err() == nil {
			t.Errorf("%q with %+v: %s, want %s", one.rule, one.prefixes, got, one.want)
		}
	}
}

func TestFacetsTold(t *testing.T) {
	t.Parallel()
	if s, ok := toldVersioning(sample(t, "PutBucketVersioning")); !ok || s.Status != VersioningSuspended {
		t.Errorf("%+v, %v", s, ok)
	}
	if s, ok := toldVersioning(sample(t, "PutBucketVersioning-on")); !ok || !s.Kept() {
		t.Errorf("%+v, %v", s, ok)
	}
	if s, ok := toldLogging(sample(t, "PutBucketLogging")); !ok || s.Target != "" || s.Data.Err() == nil {
		t.Errorf("%+v, %v", s, ok)
	}
	if s, ok := toldLogging(sample(t, "PutBucketLogging-on")); !ok || s.Target != "build-logs-111122223333" {
		t.Errorf("%+v, %v", s, ok)
	}
	for _, name := range []string{"PutBucketLifecycle", "PutBucketLifecycleConfiguration"} {
		if s, ok := toldLifecycle(sample(t, name)); !ok || !cmp.Equal(s.Expiries, []Expiry{{Rule: "expire", Days: 1}}) {
			t.Errorf("%s: %+v, %v", name, s, ok)
		}
	}
	if s, ok := toldLifecycle(sample(t, "DeleteBucketLifecycle")); !ok || s.Expiries != nil {
		t.Errorf("%+v, %v", s, ok)
	}
	for name, want := range map[string]string{
		"PutBucketEncryption-sse-s3": `AES256  ""`, "PutBucketEncryption-managed-key": `aws:kms  "AWS"`, "DeleteBucketEncryption": `AES256  ""`,
		"PutBucketEncryption-dsse": "aws:kms:dsse " + strings.ReplaceAll(keyARN, "eu-central-1", "eu-west-1") + ` {"unknown":"the event does not tell it"}`,
	} {
		s, ok := toldDefaultKey(sample(t, name))
		manager, _ := json.Marshal(s.Manager)
		if got := s.Algorithm + " " + s.KeyID + " " + string(manager); !ok || got != want || s.TakesLogs.Err() == nil {
			t.Errorf("%s: %s (%v), want %s", name, got, ok, want)
		}
	}
}

func TestFacetsNotTold(t *testing.T) {
	t.Parallel()
	tellers := []struct {
		calls string
		told  func(*event.Event) bool
	}{
		{"PutBucketVersioning", func(e *event.Event) bool { _, ok := toldVersioning(e); return ok }},
		{"PutBucketLogging", func(e *event.Event) bool { _, ok := toldLogging(e); return ok }},
		{"PutBucketLifecycle", func(e *event.Event) bool { _, ok := toldLifecycle(e); return ok }},
		{"PutBucketEncryption", func(e *event.Event) bool { _, ok := toldDefaultKey(e); return ok }},
	}
	for _, one := range tellers {
		for label, change := range map[string]func(*event.Event){
			"refused":    func(e *event.Event) { e.Detail["errorCode"] = "AccessDenied" },
			"no request": func(e *event.Event) { e.Detail["requestParameters"] = nil },
			"an empty one": func(e *event.Event) {
				e.Detail["requestParameters"] = map[string]any{"bucketName": "web-prod-artifacts"}
			},
			"another call":   func(e *event.Event) { e.Detail["eventName"] = "PutBucketPolicy" },
			"not of S3":      func(e *event.Event) { e.Detail["eventSource"] = "glacier.amazonaws.com" },
			"a cut request":  func(e *event.Event) { e.Detail["requestParameters"] = `{"bucketName":"web-prod-art` },
			"not the bucket": func(e *event.Event) { e.Detail["eventName"] = "DeleteBucket" },
		} {
			e := sample(t, one.calls)
			change(e)
			if one.told(e) {
				t.Errorf("%s, %s: it tells something", one.calls, label)
			}
		}
	}
	odd := sample(t, "PutBucketVersioning")
	odd.Request().Object("VersioningConfiguration")["Status"] = "On"
	if s, ok := toldVersioning(odd); ok {
		t.Errorf("an odd state tells %+v", s)
	}
}

func TestToldExpiry(t *testing.T) {
	t.Parallel()
	e := sample(t, "PutBucketLifecycle")
	e.Request().Object("LifecycleConfiguration")["Rule"] = []any{
		map[string]any{"ID": "a", "Status": "Enabled", "Prefix": "AWSLogs/", "Expiration": map[string]any{"Days": "30"}},
		map[string]any{"ID": "b", "Status": "Enabled", "Filter": map[string]any{"And": map[string]any{"Prefix": "x", "ObjectSizeLessThan": json.Number("5")}}, "NoncurrentVersionExpiration": map[string]any{"NoncurrentDays": json.Number("3"), "NewerNoncurrentVersions": "1"}},
		map[string]any{"ID": "c", "Status": "Enabled", "Expiration": map[string]any{"Date": "2027-01-01T00:00:00.000Z"}},
		map[string]any{"ID": "d", "Status": "Enabled", "Filter": map[string]any{"Tag": map[string]any{"Key": "k", "Value": "v"}}, "Expiration": map[string]any{"Days": json.Number("1")}},
		map[string]any{"ID": "e", "Status": "Enabled", "Filter": map[string]any{"And": map[string]any{"Tag": []any{}}}, "Expiration": map[string]any{"Days": json.Number("1")}},
		map[string]any{"ID": "f", "Status": "Disabled", "Expiration": map[string]any{"Days": json.Number("1")}},
		map[string]any{"ID": "g", "Status": "Enabled", "Expiration": map[string]any{"Days": json.Number("-4")}},
		map[string]any{"ID": "h", "Status": "Enabled", "Expiration": map[string]any{"Days": "99999999999999999999"}},
		"cut",
	}
	s, ok := toldLifecycle(e)
	want := []Expiry{
		{Rule: "a", Prefix: "AWSLogs/", Days: 30},
		{Rule: "b", Prefix: "x", FormerDays: 3, Spares: 1},
		{Rule: "c", Date: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, s.Expiries); diff != "" || !ok {
		t.Error(diff)
	}
}

// FuzzFacetsTold: whatever a record holds, it is heard without a panic, and what is told is told of a bucket.
func FuzzFacetsTold(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "s3/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, kind := range parts {
			if _, ok := kind.Hear(e); ok && len(kind.About(e)) != 1 {
				t.Errorf("%s: a state of no bucket", kind.Part())
			}
		}
		s, _ := toldLifecycle(e)
		for _, x := range s.Expiries {
			_ = s.Reaches(x)
		}
	})
}
