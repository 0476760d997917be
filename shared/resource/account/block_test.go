package account_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

const opBlock = "s3control.GetPublicAccessBlock"

// whole is the account beyond its regions.
func whole() resource.Ref {
	return resource.Ref{Kind: "account", ID: "111122223333", Account: "111122223333"}
}

func TestReadBlock(t *testing.T) {
	t.Parallel()
	partly := &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: new(true), IgnorePublicAcls: new(true),
	}}
	for name, one := range map[string]struct {
		answer any
		want   bucket.Flags
	}{
		"none":    {awstest.Error("NoSuchPublicAccessBlockConfiguration"), bucket.Flags{}},
		"partly":  {partly, bucket.Flags{BlockPublicAcls: true, IgnorePublicAcls: true}},
		"nothing": {&s3control.GetPublicAccessBlockOutput{}, bucket.Flags{}},
	} {
		f := awstest.New(t).On(opBlock, one.answer)
		s, err := account.Kind.Read(t.Context(), f.Config(), whole())
		if err != nil {
			t.Fatal(err)
		}
		if got, known := s.Block.Get(); !known || got != one.want || s.Trails != nil {
			t.Errorf("%s: %+v", name, s)
		}
		calls := f.Calls()
		if len(calls) != 1 || *calls[0].Input.(*s3control.GetPublicAccessBlockInput).AccountId != "111122223333" || calls[0].Region == "" {
			t.Errorf("%s: calls %+v", name, calls)
		}
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again account.State
		if err := json.Unmarshal(raw, &again); err != nil || again.Block != s.Block {
			t.Errorf("%s: through JSON: %s, %v", name, raw, err)
		}
	}
	for code, is := range map[string]func(error) bool{"AccessDenied": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled} {
		f := awstest.New(t).On(opBlock, awstest.Error(code))
		if _, err := account.Kind.Read(t.Context(), f.Config(), whole()); !is(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestRegionsReadNoBlock holds the budget: what is judged of a region costs no call for the whole account, and the other way round.
func TestRegionsReadNoBlock(t *testing.T) {
	t.Parallel()
	s, f := read(t, fakeTrail{name: "one", home: "eu-west-1", multi: true, logging: true})
	if n := len(f.Calls()); n != 2 || s.Block.Err() == nil {
		t.Errorf("%d calls, %+v", n, s.Block)
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]bucket.Flags{
		"PutAccountPublicAccessBlock":            bucket.AllOn(),
		"PutAccountPublicAccessBlock-off":        {},
		"PutAccountPublicAccessBlock-partly-off": {BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true},
		"DeleteAccountPublicAccessBlock":         {},
	} {
		s, ok := account.Kind.Hear(checktest.Sample(t, "s3/"+sample+".json", nil))
		if !ok {
			t.Errorf("%s tells nothing", sample)
			continue
		}
		if diff := cmp.Diff(want, first(s.(account.State).Block.Get())); diff != "" {
			t.Errorf("%s: %s", sample, diff)
		}
	}
	for sample, change := range map[string]map[string]any{
		"s3/PutBucketPublicAccessBlock-off.json":      nil,
		"s3/DeleteBucketPublicAccessBlock.json":       nil,
		"cloudtrail/UpdateTrail.json":                 nil,
		"s3/DeleteAccountPublicAccessBlock.json":      {"errorCode": "AccessDenied"},
		"s3/PutAccountPublicAccessBlock-off.json":     {"requestParameters": nil},
		"s3/PutAccountPublicAccessBlock.json":         {"requestParameters.PublicAccessBlockConfiguration": "cut"},
		"s3/DeleteAccountPublicAccessBlock-root.json": {"eventSource": "s3express.amazonaws.com"},
	} {
		if s, ok := account.Kind.Hear(checktest.Sample(t, sample, change)); ok {
			t.Errorf("%s told %+v", sample, s)
		}
	}
}

func first[T any](value T, _ bool) T { return value }

// FuzzTold feeds odd requests to whatever reads them: no panic, and a call that tells flags is about a whole account.
func FuzzTold(f *testing.F) {
	f.Add("PutAccountPublicAccessBlock", "111122223333", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":"true"}}`)
	f.Add("PutAccountPublicAccessBlock", "", `{"PublicAccessBlockConfiguration":[{}]}`)
	f.Add("DeleteAccountPublicAccessBlock", "111122223333", `null`)
	f.Fuzz(func(t *testing.T, call, id, request string) {
		var sent any
		if json.Unmarshal([]byte(request), &sent) != nil {
			return
		}
		e := &event.Event{
			DetailType: event.APICall, Account: id, Region: "eu-west-1",
			Detail: event.Fields{"eventSource": "s3.amazonaws.com", "eventName": call, "requestParameters": sent},
		}
		if _, told := account.Kind.Hear(e); told {
			if refs := account.Kind.About(e); len(refs) != 1 || !account.Whole(refs[0]) || refs[0].ID == "" {
				t.Errorf("told of %+v", refs)
			}
		}
	})
}
