package loggroupstreamsabroad

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[loggroup.Streams](t, Check)
}

func of(id string) resource.Ref {
	return resource.Ref{Kind: "loggroup", ID: id, Account: "111122223333", Region: "eu-west-1"}
}

func to(name, account string) loggroup.Filter {
	return loggroup.Filter{Name: name, Destination: resource.Known("arn:aws:logs:eu-west-1:" + account + ":destination:collect")}
}

func TestReport(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, of("audit"), loggroup.Streams{Filters: []loggroup.Filter{to("one", "777788889999"), to("own", "111122223333"), to("two", "444455556666")}})
	if want := "log group audit streams to accounts 444455556666 and 777788889999"; f.Title != want {
		t.Errorf("title %q", f.Title)
	}
	if want := "aws logs delete-subscription-filter --log-group-name audit --filter-name one --region eu-west-1\n" +
		"aws logs delete-subscription-filter --log-group-name audit --filter-name two --region eu-west-1"; f.ByHand != want {
		t.Errorf("by hand %q", f.ByHand)
	}
	if want := []string{"log group audit -> subscription filter one -> account 777788889999", "log group audit -> subscription filter two -> account 444455556666"}; !slices.Equal(f.Path, want) {
		t.Errorf("path %q", f.Path)
	}
	if want := "Delete the subscription filters one and two, "; f.Remedy != "log-group-unsubscribe" || !strings.HasPrefix(f.Would, want) || !strings.HasSuffix(f.Would, "Can be undone.") {
		t.Errorf("remedy %q, would %q", f.Remedy, f.Would)
	}
	policy := to("ship", "444455556666")
	policy.Except = `LogGroupName NOT IN ["a"]`
	f = checktest.Failure(t, Check, of("*"), loggroup.Streams{Filters: []loggroup.Filter{policy}})
	facts := []finding.Fact{
		{Label: "Account policy", Value: "ship"},
		{Label: "Sends to", Value: "arn:aws:logs:eu-west-1:444455556666:destination:collect"},
		{Label: "Only where", Value: `LogGroupName NOT IN ["a"]`},
	}
	if diff := cmp.Diff(facts, f.Facts); diff != "" {
		t.Error(diff)
	}
	if f.Remedy+f.Would != "" {
		t.Errorf("a policy of the account is left to people: remedy %q, would %q", f.Remedy, f.Would)
	}
	if want := "aws logs delete-account-policy --policy-type SUBSCRIPTION_FILTER_POLICY --policy-name ship --region eu-west-1"; f.ByHand != want {
		t.Errorf("by hand %q", f.ByHand)
	}
	for id, name := range map[string]string{"#audit": "all", "audit": "a;id", "*": "a b"} {
		if f := checktest.Failure(t, Check, of(id), loggroup.Streams{Filters: []loggroup.Filter{to(name, "444455556666")}}); f.ByHand != "" {
			t.Errorf("by hand %q", f.ByHand)
		}
	}
}
