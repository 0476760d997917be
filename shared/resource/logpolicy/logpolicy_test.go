package logpolicy

import (
	"encoding/json"
	"errors"
	"fmt"
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
	account  = "111122223333"
	ownARN   = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/codebuild/payments-api"
	document = `{"Version":"2012-10-17","Statement":[{"Sid":"Write","Effect":"Allow","Principal":"*","Action":"logs:PutLogEvents","Resource":"*"}]}`
)

func of(id string) resource.Ref {
	return resource.Ref{Kind: "logpolicy", ID: id, Account: account, Region: "eu-west-1"}
}

// answering has two policies of the account, one of a log group and three destinations, of which the third has no policy.
func answering(t *testing.T) *awstest.Fake {
	return awstest.New(t).
		On("cloudwatchlogs.DescribeResourcePolicies", func(input any) (any, error) {
			in := input.(*cloudwatchlogs.DescribeResourcePoliciesInput)
			if in.PolicyScope == types.PolicyScopeResource {
				return policiesOf(types.ResourcePolicy{PolicyName: aws.String("own"), PolicyDocument: aws.String(document), ResourceArn: aws.String(ownARN + ":*")}), nil
			}
			if in.NextToken == nil {
				out := policiesOf(types.ResourcePolicy{PolicyName: aws.String("route53"), PolicyDocument: aws.String(document)})
				out.NextToken = aws.String("next")
				return out, nil
			}
			return policiesOf(types.ResourcePolicy{PolicyName: aws.String("torn"), PolicyDocument: aws.String(`{"Version":`)}), nil
		}).
		On("cloudwatchlogs.DescribeDestinations", func(input any) (any, error) {
			in := input.(*cloudwatchlogs.DescribeDestinationsInput)
			out := &cloudwatchlogs.DescribeDestinationsOutput{}
			for _, one := range []string{"collect", "collect-2", "private"} {
				d := types.Destination{DestinationName: aws.String(one), TargetArn: aws.String("arn:aws:kinesis:eu-west-1:111122223333:stream/" + one)}
				if one != "private" {
					d.AccessPolicy = aws.String(document)
				}
				if strings.HasPrefix(one, aws.ToString(in.DestinationNamePrefix)) {
					out.Destinations = append(out.Destinations, d)
				}
			}
			return out, nil
		})
}

func policiesOf(list ...types.ResourcePolicy) *cloudwatchlogs.DescribeResourcePoliciesOutput {
	return &cloudwatchlogs.DescribeResourcePoliciesOutput{ResourcePolicies: list}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for id, calls := range map[string]int{"policy:route53": 1, ownARN: 1, "destination:collect": 1, "destination:collect-2": 1} {
		fake := answering(t)
		s, err := Kind.Read(t.Context(), fake.Config(), of(id))
		policy, known := s.Policy.Get()
		if err != nil || !known || string(policy.JSON()) != document || len(fake.Calls()) != calls || fake.Calls()[0].Region != "eu-west-1" {
			t.Errorf("%s: %+v, %v after %d calls", id, s, err, len(fake.Calls()))
		}
		if want := strings.HasPrefix(id, "destination:"); (s.Target != "") != want {
			t.Errorf("%s: target %q", id, s.Target)
		}
	}
	if s, err := Kind.Read(t.Context(), answering(t).Config(), of("policy:torn")); err != nil || s.Policy.Err() == nil {
		t.Errorf("a document that cannot be read: %+v, %v", s, err)
	}
	s, err := Kind.Read(t.Context(), answering(t).Config(), of("destination:private"))
	if policy, known := s.Policy.Get(); err != nil || !known || policy.Document != nil {
		t.Errorf("a destination without a policy: %+v, %v", s, err)
	}
	for _, id := range []string{"policy:other", ownARN + "-2", "destination:collec", "policy:destination:collect"} {
		if _, err := Kind.Read(t.Context(), answering(t).Config(), of(id)); !awserr.IsNotFound(err) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"policy:route53", ownARN, "destination:collect"} {
		for code, is := range map[string]func(error) bool{"AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled} {
			fake := awstest.New(t).On("cloudwatchlogs.DescribeResourcePolicies", awstest.Error(code)).On("cloudwatchlogs.DescribeDestinations", awstest.Error(code))
			if _, err := Kind.Read(t.Context(), fake.Config(), of(id)); !is(err) {
				t.Errorf("%s, %s: %v", id, code, err)
			}
		}
	}
}

// TestReadIsBounded: however many destinations begin with a name, one page is asked for.
func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("cloudwatchlogs.DescribeDestinations", func(input any) (any, error) {
		out := &cloudwatchlogs.DescribeDestinationsOutput{}
		if input.(*cloudwatchlogs.DescribeDestinationsInput).NextToken == nil {
			out.NextToken = aws.String("next")
		}
		for i := range 50 {
			out.Destinations = append(out.Destinations, types.Destination{DestinationName: aws.String(fmt.Sprintf("collect-%d", i))})
		}
		return out, nil
	})
	if _, err := Kind.Read(t.Context(), fake.Config(), of("destination:collect")); !awserr.IsNotFound(err) || len(fake.Calls()) != 1 {
		t.Errorf("%v after %d calls", err, len(fake.Calls()))
	}
}

var everything = []string{"policy:route53", "policy:torn", ownARN, "destination:collect", "destination:collect-2", "destination:private"}

func TestListAndReadMany(t *testing.T) {
	t.Parallel()
	fake := answering(t)
	var refs []resource.Ref
	for ref, err := range Kind.List(t.Context(), fake.Config(), of("")) {
		if err != nil || ref != of(ref.ID) {
			t.Errorf("%+v, %v", ref, err)
		}
		refs = append(refs, ref)
	}
	if len(refs) != len(everything) || slices.ContainsFunc(refs, func(r resource.Ref) bool { return !slices.Contains(everything, r.ID) }) {
		t.Errorf("listed %+v", refs)
	}
	fake.ExpectActions(Kind.Actions)
	got, err := Kind.ReadMany(t.Context(), fake.Config(), append(refs, of("policy:gone")))
	if err != nil || len(got) != len(refs) {
		t.Errorf("read %d, %v", len(got), err)
	}
	fake.Forget()
	if got, err = Kind.ReadMany(t.Context(), fake.Config(), refs[:1]); err != nil || len(got) != 1 || len(fake.Calls()) != 1 {
		t.Errorf("read %d with %d calls, %v", len(got), len(fake.Calls()), err)
	}
	for stop := range refs {
		n := 0
		for range Kind.List(t.Context(), fake.Config(), of("")) {
			if n++; n > stop {
				break
			}
		}
	}
}

func TestListRefused(t *testing.T) {
	t.Parallel()
	// Policies of log groups may not be asked for without naming one.
	picky := answering(t).On("cloudwatchlogs.DescribeResourcePolicies", func(input any) (any, error) {
		if input.(*cloudwatchlogs.DescribeResourcePoliciesInput).PolicyScope != "" {
			return nil, awstest.Error("InvalidParameterException")
		}
		return policiesOf(), nil
	})
	n := 0
	for _, err := range Kind.List(t.Context(), picky.Config(), of("")) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 3 {
		t.Errorf("%d destinations", n)
	}
	for operation := range map[string]bool{"cloudwatchlogs.DescribeResourcePolicies": true, "cloudwatchlogs.DescribeDestinations": true} {
		fake := answering(t).On(operation, awstest.Error("ThrottlingException"))
		var failed error
		for _, err := range Kind.List(t.Context(), fake.Config(), of("")) {
			failed = err
		}
		if !awserr.IsThrottled(failed) {
			t.Errorf("%s: %v", operation, failed)
		}
		if got, err := Kind.ReadMany(t.Context(), fake.Config(), []resource.Ref{of("policy:gone")}); !awserr.IsThrottled(err) {
			t.Errorf("%s: %v, %v", operation, got, err)
		}
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
	for label, one := range map[string]struct {
		sample, member, value string
		want                  []resource.Ref
	}{
		"of the account":       {"PutResourcePolicy", "", "", []resource.Ref{of("policy:route53")}},
		"that goes":            {"DeleteResourcePolicy", "", "", []resource.Ref{of("policy:route53")}},
		"of a log group":       {"PutResourcePolicy", "resourceArn", ownARN, []resource.Ref{of(ownARN)}},
		"of its streams":       {"PutResourcePolicy", "resourceArn", ownARN + ":*", []resource.Ref{of(ownARN)}},
		"of something else":    {"PutResourcePolicy", "resourceArn", "arn:aws:s3:::bucket", nil},
		"of nowhere":           {"PutResourcePolicy", "resourceArn", "arn:aws:logs:$(id):111122223333:log-group:x", nil},
		"named like another":   {"PutResourcePolicy", "policyName", "destination:collect", []resource.Ref{of("policy:destination:collect")}},
		"with a moving cursor": {"PutResourcePolicy", "policyName", "\x1b[2J", nil},
		"without a name":       {"PutResourcePolicy", "policyName", "", nil},
		"of a destination":     {"PutDestinationPolicy", "", "", []resource.Ref{of("destination:collect")}},
		"a new destination":    {"PutDestination", "", "", []resource.Ref{of("destination:collect")}},
		"none":                 {"PutRetentionPolicy", "", "", nil},
	} {
		e := sample(t, one.sample)
		if one.member != "" {
			e.Request()[one.member] = one.value
		}
		if got := Kind.About(e); !slices.Equal(got, one.want) {
			t.Errorf("%s: %+v, want %+v", label, got, one.want)
		}
	}
	e := sample(t, "PutResourcePolicy")
	e.Detail["eventSource"] = "codebuild.amazonaws.com"
	if got := Kind.About(e); got != nil {
		t.Errorf("of another service: %+v", got)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PutResourcePolicy", "PutResourcePolicy-open", "PutDestinationPolicy", "PutDestinationPolicy-bound"} {
		s, ok := Kind.Told(sample(t, name))
		if policy, known := s.Policy.Get(); !ok || !known || len(policy.Statements) != 1 {
			t.Errorf("%s tells %+v, %v", name, s, ok)
		}
		if !Kind.ChangedBy()[0].Matches(sample(t, name)) {
			t.Errorf("%s wakes nobody", name)
		}
	}
	if s, ok := Kind.Told(sample(t, "PutResourcePolicy-document-cut")); !ok || s.Policy.Err() == nil || errors.Is(s.Policy.Err(), resource.ErrNotTold) {
		t.Errorf("a document that was cut tells %+v, %v", s, ok)
	}
	e := sample(t, "PutResourcePolicy")
	delete(e.Request(), "policyDocument")
	if s, ok := Kind.Told(e); !ok || !errors.Is(s.Policy.Err(), resource.ErrNotTold) {
		t.Errorf("no document: %+v, %v", s, ok)
	}
	for _, name := range []string{"DeleteResourcePolicy", "PutDestination", "PutRetentionPolicy"} {
		if s, ok := Kind.Told(sample(t, name)); ok {
			t.Errorf("%s tells %+v", name, s)
		}
	}
	e = sample(t, "PutResourcePolicy")
	e.Detail["errorCode"] = "AccessDenied"
	if s, ok := Kind.Told(e); ok {
		t.Errorf("a refused call tells %+v", s)
	}
}

func TestThroughJSON(t *testing.T) {
	t.Parallel()
	s, _ := Kind.Told(sample(t, "PutResourcePolicy-open"))
	for _, s := range []State{s, {Policy: resource.Known(Policy{})}, {}} {
		raw, err := json.Marshal(s)
		var again State
		if err == nil {
			err = json.Unmarshal(raw, &again)
		}
		before, known := s.Policy.Get()
		after, still := again.Policy.Get()
		if err != nil || known != still || string(before.JSON()) != string(after.JSON()) {
			t.Errorf("%s: %+v, %v", raw, again, err)
		}
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
		about := Kind.About(e)
		for _, ref := range about {
			_, account := Account(ref)
			_, destination := Destination(ref)
			_, group := Group(ref)
			if !ref.Sound() || strings.ContainsAny(ref.ID, "\n\r\x1b") || !account && !destination && !group {
				t.Errorf("named %+v", ref)
			}
		}
		if _, ok := Kind.Told(e); ok && len(about) != 1 {
			t.Error("a state of no policy")
		}
	})
}
