package loggroup

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	builds  = "/aws/codebuild/payments-api"
	account = "111122223333"
	keyARN  = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	abroad  = "arn:aws:logs:eu-west-1:444455556666:destination:collect"
)

func of(id string) resource.Ref {
	return resource.Ref{Kind: "loggroup", ID: id, Account: account, Region: "eu-central-1"}
}

func group(id string, days int32, key string) types.LogGroup {
	g := types.LogGroup{
		LogGroupName: aws.String(id), Arn: aws.String("arn:aws:logs:eu-central-1:111122223333:log-group:" + id + ":*"),
		LogGroupArn: aws.String("arn:aws:logs:eu-central-1:111122223333:log-group:" + id),
	}
	if days > 0 {
		g.RetentionInDays = aws.Int32(days)
	}
	if key != "" {
		g.KmsKeyId = aws.String(key)
	}
	return g
}

func groups(list ...types.LogGroup) *cloudwatchlogs.DescribeLogGroupsOutput {
	return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: list}
}

func is[T comparable](f resource.Fact[T], want T) bool {
	return f.Is(func(v T) bool { return v == want })
}

func TestRead(t *testing.T) {
	t.Parallel()
	// Others of the same prefix are in the answer, too.
	fake := awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", groups(group(builds, 30, keyARN), group(builds+"-2", 0, "")))
	s, err := Kind.Read(t.Context(), fake.Config(), of(builds))
	if err != nil || s.Name != builds || s.ARN != "arn:aws:logs:eu-central-1:111122223333:log-group:"+builds || !is(s.Retention, 30) || !is(s.KeyID, keyARN) {
		t.Errorf("%+v, %v", s, err)
	}
	if call := fake.Calls()[0]; call.Region != "eu-central-1" || *call.Input.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupNamePrefix != builds {
		t.Errorf("asked %+v", call)
	}
	if s, err = Kind.Read(t.Context(), fake.Config(), of(builds+"-2")); err != nil || !is(s.Retention, 0) || !is(s.KeyID, "") {
		t.Errorf("without key and retention: %+v, %v", s, err)
	}
	for label, one := range map[string]struct {
		answer any
		is     func(error) bool
	}{
		"gone":      {groups(group(builds+"-2", 0, "")), awserr.IsNotFound},
		"none":      {groups(), awserr.IsNotFound},
		"denied":    {awstest.Error("AccessDeniedException"), awserr.IsDenied},
		"throttled": {awstest.Error("ThrottlingException"), awserr.IsThrottled},
	} {
		_, err := Kind.Read(t.Context(), awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", one.answer).Config(), of(builds))
		if !one.is(err) || !strings.Contains(err.Error(), "read log group "+builds) {
			t.Errorf("%s: %v", label, err)
		}
	}
	fake.Forget()
	if s, err := Kind.Read(t.Context(), fake.Config(), of("*")); err != nil || s.Retention.Err() == nil || len(fake.Calls()) > 0 {
		t.Errorf("of all groups: %+v, %v", s, err)
	}
}

// asked answers with those of the names that exist.
func asked(exist func(string) bool) func(any) (any, error) {
	return func(input any) (any, error) {
		out := groups()
		for _, id := range input.(*cloudwatchlogs.DescribeLogGroupsInput).LogGroupIdentifiers {
			if exist(id) {
				out.LogGroups = append(out.LogGroups, group(id, 7, ""))
			}
		}
		return out, nil
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	refs := []resource.Ref{of("*"), of("group-3")}
	for i := range 120 {
		refs = append(refs, of(fmt.Sprintf("group-%d", i)))
	}
	fake := awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", asked(func(id string) bool { return id != "group-7" }))
	got, err := Kind.ReadMany(t.Context(), fake.Config(), refs)
	if _, there := got[of("group-7")]; err != nil || len(got) != 120 || there || !is(got[of("group-119")].Retention, 7) {
		t.Errorf("%d of 121, %v", len(got), err)
	}
	if n := len(fake.Calls()); n != 3 || fake.Calls()[0].Region != "eu-central-1" {
		t.Errorf("%d calls in %s", n, fake.Calls()[0].Region)
	}
	for label, answer := range map[string]any{
		"names not heeded": groups(group("other", 0, "")), "denied": awstest.Error("AccessDeniedException"),
	} {
		if got, err := Kind.ReadMany(t.Context(), awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", answer).Config(), refs); err == nil {
			t.Errorf("%s: %v", label, got)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", func(input any) (any, error) {
		if input.(*cloudwatchlogs.DescribeLogGroupsInput).NextToken == nil {
			out := groups(group("a", 0, ""), group("b", 0, ""))
			out.NextToken = aws.String("next")
			return out, nil
		}
		return groups(group("c", 0, "")), nil
	})
	for _, list := range []func() []string{
		func() []string { return listed(t, Kind.All(t.Context(), fake.Config(), of(""))) },
		func() []string { return listed(t, Subscriptions.All(t.Context(), fake.Config(), of(""))) },
	} {
		if ids := list(); !slices.Equal(ids, []string{"*", "a", "b", "c"}) {
			t.Errorf("listed %v", ids)
		}
	}
	for stop := range 3 {
		n := 0
		for range Kind.All(t.Context(), fake.Config(), of("")) {
			if n++; n > stop {
				break
			}
		}
	}
	var failed error
	for _, err := range Kind.All(t.Context(), awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", awstest.Error("ThrottlingException")).Config(), of("")) {
		failed = err
	}
	if !awserr.IsThrottled(failed) {
		t.Errorf("a throttled listing gave %v", failed)
	}
}

func listed(t *testing.T, seq func(func(resource.Ref, error) bool)) []string {
	t.Helper()
	var ids []string
	for ref, err := range seq {
		if err != nil || ref != of(ref.ID) {
			t.Errorf("%+v, %v", ref, err)
		}
		ids = append(ids, ref.ID)
	}
	return ids
}

func TestActions(t *testing.T) {
	t.Parallel()
	fake := answering(t)
	if _, err := Kind.Read(t.Context(), fake.Config(), of(builds)); err != nil {
		t.Fatal(err)
	}
	if _, err := Kind.ReadMany(t.Context(), fake.Config(), []resource.Ref{of(builds)}); err != nil {
		t.Fatal(err)
	}
	listed(t, Kind.All(t.Context(), fake.Config(), of("")))
	fake.ExpectActions(Kind.Actions)
	fake.Forget()
	for _, id := range []string{builds, "*"} {
		if _, err := Subscriptions.Read(t.Context(), fake.Config(), of(id)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(fake.Calls()); n != 2 {
		t.Errorf("%d calls for two readings", n)
	}
	listed(t, Subscriptions.All(t.Context(), fake.Config(), of("")))
	fake.ExpectActions(Subscriptions.Actions)
}

func answering(t *testing.T) *awstest.Fake {
	return awstest.New(t).On("cloudwatchlogs.DescribeLogGroups", groups(group(builds, 0, ""))).
		On("cloudwatchlogs.DescribeSubscriptionFilters", &cloudwatchlogs.DescribeSubscriptionFiltersOutput{SubscriptionFilters: []types.SubscriptionFilter{
			{FilterName: aws.String("all"), DestinationArn: aws.String(abroad)},
		}}).
		On("cloudwatchlogs.DescribeAccountPolicies", &cloudwatchlogs.DescribeAccountPoliciesOutput{AccountPolicies: []types.AccountPolicy{
			{PolicyName: aws.String("ship"), PolicyDocument: aws.String(`{"DestinationArn":"` + abroad + `"}`), SelectionCriteria: aws.String(`LogGroupName NOT IN ["a"]`)},
		}})
}

func TestReadStreams(t *testing.T) {
	t.Parallel()
	fake := answering(t)
	for id, want := range map[string]Filter{
		builds: {Name: "all", Destination: resource.Known(abroad)},
		"*":    {Name: "ship", Destination: resource.Known(abroad), Except: `LogGroupName NOT IN ["a"]`},
	} {
		s, err := Subscriptions.Read(t.Context(), fake.Config(), of(id))
		if err != nil || len(s.Filters) != 1 || !reflect.DeepEqual(s.Filters[0], want) || s.Partly {
			t.Errorf("%s: %+v, %v", id, s, err)
		}
	}
	in := awstest.Inputs[*cloudwatchlogs.DescribeAccountPoliciesInput](fake, "cloudwatchlogs.DescribeAccountPolicies")
	if in[0].PolicyType != types.PolicyTypeSubscriptionFilterPolicy || fake.Calls()[0].Region != "eu-central-1" {
		t.Errorf("asked %+v", in[0])
	}
	for _, id := range []string{builds, "*"} {
		for code, is := range map[string]func(error) bool{
			"ResourceNotFoundException": awserr.IsNotFound, "AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled,
		} {
			refusing := awstest.New(t).On("cloudwatchlogs.DescribeSubscriptionFilters", awstest.Error(code)).On("cloudwatchlogs.DescribeAccountPolicies", awstest.Error(code))
			if _, err := Subscriptions.Read(t.Context(), refusing.Config(), of(id)); !is(err) {
				t.Errorf("%s, %s: %v", id, code, err)
			}
		}
	}
}

func TestReceiver(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		abroad: "444455556666", "arn:aws-cn:lambda:cn-north-1:111122223333:function:ship": account,
		"arn:aws:kinesis:eu-west-1::stream/x": "", "arn:aws:logs:eu-west-1:4444;id:destination:x": "", "collect": "", "x:y:z:a:444455556666:b": "", "": "",
	} {
		got, err := Filter{Destination: resource.Known(arn)}.Receiver()
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", arn, got, err)
		}
	}
	if _, err := (Filter{}).Receiver(); err == nil {
		t.Error("a destination that is not known names an account")
	}
}

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read("logs/" + name + ".json")
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
	home := func(id string) []resource.Ref {
		return []resource.Ref{{Kind: "loggroup", ID: id, Account: account, Region: "eu-west-1"}}
	}
	for label, one := range map[string]struct {
		sample  string
		request map[string]any
		want    []resource.Ref
	}{
		"a name":              {"PutRetentionPolicy", nil, home(builds)},
		"an ARN":              {"AssociateKmsKey-resource", nil, home(builds)},
		"an ARN with its end": {"AssociateKmsKey", map[string]any{"logGroupIdentifier": "arn:aws:logs:us-east-1:444455556666:log-group:audit:*"}, []resource.Ref{{Kind: "loggroup", ID: "audit", Account: "444455556666", Region: "us-east-1"}}},
		"query results":       {"AssociateKmsKey", map[string]any{"resourceIdentifier": "arn:aws:logs:eu-west-1:111122223333:query-result:*"}, nil},
		"all groups":          {"PutRetentionPolicy", map[string]any{"logGroupName": "*"}, nil},
		"a command":           {"PutRetentionPolicy", map[string]any{"logGroupName": "a;id"}, nil},
		"a region of commands": {
			"AssociateKmsKey", map[string]any{"resourceIdentifier": "arn:aws:logs:$(id):111122223333:log-group:audit"}, nil,
		},
		"too long":          {"PutRetentionPolicy", map[string]any{"logGroupName": strings.Repeat("x", 513)}, nil},
		"nothing":           {"PutRetentionPolicy", map[string]any{}, nil},
		"an account policy": {"PutAccountPolicy", nil, home("*")},
		"one that goes":     {"DeleteAccountPolicy", nil, home("*")},
		"one that masks":    {"PutAccountPolicy", map[string]any{"policyType": "DATA_PROTECTION_POLICY"}, nil},
		"a filter":          {"PutSubscriptionFilter", nil, home(builds)},
	} {
		e := sample(t, one.sample)
		if one.request != nil {
			e.Detail["requestParameters"] = one.request
		}
		if got := Subscriptions.About(e); !slices.Equal(got, one.want) {
			t.Errorf("%s: %+v, want %+v", label, got, one.want)
		}
	}
	if got := Kind.About(sample(t, "PutAccountPolicy")); got != nil {
		t.Errorf("the group itself: %+v", got)
	}
	e := sample(t, "PutRetentionPolicy")
	e.Detail["eventSource"] = "s3.amazonaws.com"
	if got := Kind.About(e); got != nil {
		t.Errorf("of another service: %+v", got)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for name, holds := range map[string]func(State) bool{
		"PutRetentionPolicy":        func(s State) bool { return is(s.Retention, 1) && s.KeyID.Err() != nil },
		"PutRetentionPolicy-longer": func(s State) bool { return is(s.Retention, 400) },
		"DeleteRetentionPolicy":     func(s State) bool { return is(s.Retention, 0) },
		"AssociateKmsKey":           func(s State) bool { return is(s.KeyID, keyARN) && s.Retention.Err() != nil },
		"AssociateKmsKey-resource":  func(s State) bool { return is(s.KeyID, keyARN) },
		"DisassociateKmsKey":        func(s State) bool { return is(s.KeyID, "") },
	} {
		s, ok := Kind.Told(sample(t, name))
		if !ok || s.Name != builds || !holds(s) {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
		if !Kind.ChangedBy()[0].Matches(sample(t, name)) {
			t.Errorf("%s wakes nobody", name)
		}
	}
	for _, name := range []string{"DeleteLogGroup", "PutSubscriptionFilter", "PutDataProtectionPolicy"} {
		if s, ok := Kind.Told(sample(t, name)); ok {
			t.Errorf("%s tells %+v", name, s)
		}
	}
	for label, change := range map[string]func(*event.Event){
		"refused":      func(e *event.Event) { e.Detail["errorCode"] = "AccessDenied" },
		"no days":      func(e *event.Event) { delete(e.Request(), "retentionInDays") },
		"days of text": func(e *event.Event) { e.Request()["retentionInDays"] = "soon" },
		"minus days":   func(e *event.Event) { e.Request()["retentionInDays"] = -1.0 },
		"no request":   func(e *event.Event) { e.Detail["requestParameters"] = nil },
	} {
		e := sample(t, "PutRetentionPolicy")
		change(e)
		if s, ok := Kind.Told(e); ok {
			t.Errorf("%s: %+v", label, s)
		}
	}
	e := sample(t, "AssociateKmsKey")
	delete(e.Request(), "kmsKeyId")
	if s, ok := Kind.Told(e); ok {
		t.Errorf("no key: %+v", s)
	}
}

func TestStreamsTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Streams{
		"PutSubscriptionFilter": {Partly: true, Filters: []Filter{{Name: "all", Destination: resource.Known(abroad)}}},
		"PutAccountPolicy":      {Filters: []Filter{{Name: "ship", Destination: resource.Known("arn:aws:lambda:eu-west-1:111122223333:function:ship")}}},
		"DeleteAccountPolicy":   {},
	} {
		s, ok := Subscriptions.Told(sample(t, name))
		if !ok || !reflect.DeepEqual(s, want) {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
	}
	for _, name := range []string{"DeleteSubscriptionFilter", "PutRetentionPolicy"} {
		if s, ok := Subscriptions.Told(sample(t, name)); ok {
			t.Errorf("%s tells %+v", name, s)
		}
	}
	e := sample(t, "PutAccountPolicy")
	e.Request()["policyDocument"] = `{"DestinationArn":"arn:aws:lam`
	if s, ok := Subscriptions.Told(e); !ok || s.Filters[0].Destination.Err() == nil {
		t.Errorf("a document that was cut tells %+v, %v", s, ok)
	}
	e = sample(t, "PutSubscriptionFilter")
	delete(e.Request(), "destinationArn")
	if s, ok := Subscriptions.Told(e); !ok || s.Filters[0].Destination.Err() == nil {
		t.Errorf("without a destination: %+v, %v", s, ok)
	}
	e = sample(t, "PutSubscriptionFilter")
	e.Detail["errorCode"] = "AccessDenied"
	if s, ok := Subscriptions.Told(e); ok {
		t.Errorf("a refused call tells %+v", s)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	want := []resource.Uses{{Ref: resource.Ref{Kind: "key", ID: "1234abcd-12ab-34cd-56ef-1234567890ab", Account: account, Region: "eu-west-1"}, As: "log key"}}
	for key, want := range map[string][]resource.Uses{keyARN: want, "": nil, "1234": nil, "arn:aws:kms:eu-west-1:111122223333:alias/logs": nil} {
		if got := Kind.LeansOn(of(builds), State{KeyID: resource.Known(key)}); !slices.Equal(got, want) {
			t.Errorf("%q: %+v", key, got)
		}
	}
	if got := Kind.LeansOn(of(builds), State{}); got != nil {
		t.Errorf("a key that is not known: %+v", got)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	for as, want := range map[string]bool{"build logs": true, "trail logs": true, "pipeline logs": true, "function logs": false} {
		for _, source := range []resource.Source{Kind, Subscriptions} {
			if got := source.Counts([]resource.Use{{As: as}}); got != want {
				t.Errorf("%s: %v", as, got)
			}
		}
	}
}

func TestCalled(t *testing.T) {
	t.Parallel()
	used := []resource.Use{{User: resource.Ref{Kind: "trail", ID: "management-events"}, As: "trail logs"}}
	for got, want := range map[string]string{
		Called(of("audit"), used): "log group audit (trail logs of management-events)",
		Called(of("*"), nil):      "all log groups of account 111122223333 in eu-central-1",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestStatesThroughJSON(t *testing.T) {
	t.Parallel()
	s := State{Name: builds, Retention: resource.Known(0), KeyID: resource.Known(keyARN)}
	var again State
	raw, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(raw, &again)
	}
	if err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("%s: %+v, %v", raw, again, err)
	}
}

func FuzzEvents(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "logs/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		for _, source := range []resource.Source{Kind, Subscriptions} {
			about := source.About(e)
			for _, ref := range about {
				if ref.ID == "" || !ref.Sound() || strings.ContainsAny(ref.ID, " ;'\"$`&|<>()\n\x1b") {
					t.Errorf("named %+v", ref)
				}
			}
			if _, told := source.Hear(e); told && len(about) != 1 {
				t.Error("a state of no group")
			}
		}
	})
}
