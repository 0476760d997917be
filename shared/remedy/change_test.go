package remedy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// lamp is a resource of the test: two switches, each with a call of its own.
type lamp struct {
	Lit    bool   `json:"lit"`
	Colour string `json:"colour"`
}

// room is where it stands. Fuse: the second call fails.
type room struct {
	lamp lamp
	fuse bool
	busy bool
	fake *awstest.Fake
}

func (r *room) remedy(t *testing.T, stepwise bool) *remedy.Remedy {
	r.fake = awstest.New(t).
		On("kms.EnableKey", func(any) (any, error) { r.lamp.Lit = true; return &kms.EnableKeyOutput{}, nil }).
		On("kms.DisableKey", func(any) (any, error) { r.lamp.Lit = false; return &kms.DisableKeyOutput{}, nil }).
		On("kms.UpdateKeyDescription", func(in any) (any, error) {
			if r.fuse {
				return nil, awstest.Error("AccessDeniedException")
			}
			r.lamp.Colour = *in.(*kms.UpdateKeyDescriptionInput).Description
			return &kms.UpdateKeyDescriptionOutput{}, nil
		})
	return remedy.Of(remedy.Remedy{ID: "lamp-on", On: []resource.Source{&resource.Kind[lamp]{Name: "lamp"}}}, remedy.Change[lamp]{
		What: "the lamp", Stepwise: stepwise,
		Read: func(context.Context, aws.Config, resource.Ref, *lamp) (lamp, error) { return r.lamp, nil },
		Aim: func(context.Context, aws.Config, remedy.Case, resource.Ref, lamp) (remedy.Aim[lamp], error) {
			return remedy.Aim[lamp]{To: lamp{true, "white"}, Summary: "Switch it on.", Breaks: "The dark."}, nil
		},
		Ready: func(context.Context, aws.Config, resource.Ref) error {
			if r.busy {
				return &remedy.BusyError{Why: "Somebody is reading."}
			}
			return nil
		},
		Requests: func(ref resource.Ref, from, to lamp) ([]remedy.Request, error) {
			var all []remedy.Request
			switch {
			case to.Lit && !from.Lit:
				all = append(all, remedy.Write(&kms.EnableKeyInput{KeyId: &ref.ID}, kms.NewFromConfig, (*kms.Client).EnableKey))
			case from.Lit && !to.Lit:
				all = append(all, remedy.Write(&kms.DisableKeyInput{KeyId: &ref.ID}, kms.NewFromConfig, (*kms.Client).DisableKey))
			}
			if from.Colour != to.Colour {
				all = append(all, remedy.Write(&kms.UpdateKeyDescriptionInput{KeyId: &ref.ID, Description: &to.Colour}, kms.NewFromConfig, (*kms.Client).UpdateKeyDescription).In("us-east-1"))
			}
			return all, nil
		},
	})
}

var dark = remedy.Case{Finding: finding.Finding{Resource: finding.Resource{Kind: "lamp", ID: "l-1", Account: "111122223333", Region: "eu-west-1"}}}

func TestAPlanForetellsEachCall(t *testing.T) {
	t.Parallel()
	r := &room{lamp: lamp{false, "red"}}
	p, err := r.remedy(t, true).Plan(t.Context(), r.fake.Config(), dark)
	if err != nil {
		t.Fatal(err)
	}
	want := remedy.Plan{
		Remedy: "lamp-on", Resource: dark.Finding.Resource, Summary: "Switch it on.", Breaks: "The dark.", Undoable: true,
		Calls: []remedy.Call{
			{Service: "kms", Operation: "EnableKey", Input: json.RawMessage(`{"KeyId":"l-1"}`)},
			{Service: "kms", Operation: "UpdateKeyDescription", Input: json.RawMessage(`{"Description":"white","KeyId":"l-1"}`)},
		},
		Changes: []string{"colour: red -> white", "lit: false -> true"},
		Before:  json.RawMessage(`{"lit":false,"colour":"red"}`), After: json.RawMessage(`{"lit":true,"colour":"white"}`),
		Manual: "aws kms enable-key --region eu-west-1 --key-id l-1\naws kms update-key-description --region us-east-1 --description white --key-id l-1",
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

// A change that was broken off half way goes on where it stopped, and is put back from there, where it takes several calls. Elsewhere that
// is somebody else's doing.
func TestWhatIsHalfDoneGoesOn(t *testing.T) {
	t.Parallel()
	for _, stepwise := range []bool{true, false} {
		r := &room{lamp: lamp{false, "red"}, fuse: true}
		rem := r.remedy(t, stepwise)
		p, err := rem.Plan(t.Context(), r.fake.Config(), dark)
		if err != nil {
			t.Fatal(err)
		}
		if err := rem.Apply(t.Context(), r.fake.Config(), p); err == nil || r.lamp != (lamp{true, "red"}) {
			t.Fatalf("%+v: %v", r.lamp, err)
		}
		r.fuse = false
		r.fake.Forget()
		back, goOn := rem.Undo(t.Context(), r.fake.Config(), p, false), error(nil)
		if stepwise && (back != nil || r.lamp != (lamp{false, "red"})) {
			t.Errorf("put back: %+v, %v", r.lamp, back)
		}
		r.lamp = lamp{true, "red"}
		r.fake.Forget()
		goOn = rem.Apply(t.Context(), r.fake.Config(), p)
		if stepwise && (goOn != nil || r.lamp != (lamp{true, "white"}) || len(r.fake.Calls()) != 1) {
			t.Errorf("goes on: %+v after %d calls, %v", r.lamp, len(r.fake.Calls()), goOn)
		}
		for _, err := range []error{back, goOn} {
			if _, moved := errors.AsType[*remedy.MovedError](err); moved == stepwise {
				t.Errorf("stepwise %v: %v", stepwise, err)
			}
		}
	}
}

// What is neither as it was nor as it is to be is somebody else's, however many steps it takes.
func TestAnotherColourIsNoStep(t *testing.T) {
	t.Parallel()
	r := &room{lamp: lamp{false, "red"}}
	rem := r.remedy(t, true)
	p, err := rem.Plan(t.Context(), r.fake.Config(), dark)
	if err != nil {
		t.Fatal(err)
	}
	r.lamp = lamp{true, "green"}
	err = rem.Apply(t.Context(), r.fake.Config(), p)
	if moved, ok := errors.AsType[*remedy.MovedError](err); !ok || moved.Error() != "the lamp l-1 has changed since: colour: red -> green; lit: false -> true" {
		t.Error(err)
	}
	if err := rem.Undo(t.Context(), r.fake.Config(), p, true); err != nil || r.lamp != (lamp{false, "red"}) {
		t.Errorf("by force: %+v, %v", r.lamp, err)
	}
}

func TestWhatIsBusyIsLeftForNow(t *testing.T) {
	t.Parallel()
	r := &room{busy: true}
	rem := r.remedy(t, true)
	p, err := rem.Plan(t.Context(), r.fake.Config(), dark)
	if err != nil {
		t.Fatal(err)
	}
	err = rem.Apply(t.Context(), r.fake.Config(), p)
	if busy, ok := errors.AsType[*remedy.BusyError](err); !ok || busy.Why != "Somebody is reading." || len(r.fake.Calls()) > 0 {
		t.Errorf("%v after %d calls", err, len(r.fake.Calls()))
	}
}

// Commands are those of the AWS CLI, and nothing that stands in a name gets a meaning in them.
func TestCommands(t *testing.T) {
	t.Parallel()
	of := func(requests ...remedy.Request) string {
		rem := remedy.Of(remedy.Remedy{On: []resource.Source{&resource.Kind[int]{Name: "lamp"}}}, remedy.Change[int]{
			Read: func(context.Context, aws.Config, resource.Ref, *int) (int, error) { return 0, nil },
			Aim: func(context.Context, aws.Config, remedy.Case, resource.Ref, int) (remedy.Aim[int], error) {
				return remedy.Aim[int]{To: 1}, nil
			},
			Requests: func(resource.Ref, int, int) ([]remedy.Request, error) { return requests, nil },
		})
		p, err := rem.Plan(t.Context(), aws.Config{}, dark)
		if err != nil {
			t.Fatal(err)
		}
		return p.Manual
	}
	retention := func(name string) remedy.Request {
		return remedy.Write(&cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: aws.Int32(90)}, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutRetentionPolicy)
	}
	for got, want := range map[string]string{
		of(retention("/aws/web")):   "aws logs put-retention-policy --region eu-west-1 --log-group-name /aws/web --retention-in-days 90",
		of(retention("a'b; rm")):    `aws logs put-retention-policy --region eu-west-1 --log-group-name 'a'\''b; rm' --retention-in-days 90`,
		of(retention("file://x")):   `aws logs put-retention-policy --region eu-west-1 --cli-input-json '{"logGroupName":"file://x","retentionInDays":90}'`,
		of(retention("x").Sealed()): "",
		of(remedy.Write(&s3.DeleteBucketPolicyInput{Bucket: aws.String("b")}, s3.NewFromConfig, (*s3.Client).DeleteBucketPolicy)):                     "aws s3api delete-bucket-policy --region eu-west-1 --bucket b",
		of(remedy.Write(&kms.ScheduleKeyDeletionInput{KeyId: aws.String("k")}, kms.NewFromConfig, (*kms.Client).ScheduleKeyDeletion).In("us-east-1")): "aws kms schedule-key-deletion --region us-east-1 --key-id k",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ before, after, want string }{
		{`{"a":1,"b":{"c":[1,2]}}`, `{"a":1.5,"b":{"c":[1,3,4]}}`, "a: 1 -> 1.5|b.c.1: 2 -> 3|b.c.2: nothing -> 4"},
		{`{"a":null}`, `{"a":""}`, `a: nothing -> ""`},
		{`{"a":[]}`, `{}`, "a: [] -> nothing"},
		{`"on"`, `"off"`, "it: on -> off"},
		{`{"a":true}`, `{"a":true}`, ""},
		{`{"a":"` + long + `"}`, `{"a":"` + long + `y"}`, "a: " + long[:200] + "… (300 characters) -> " + long[:200] + "… (301 characters)"},
		{`{torn`, `{}`, "it: {torn -> nothing"},
		{``, `{"a":12345678901234567890}`, "a: nothing -> 12345678901234567890"},
	} {
		if got := strings.Join(remedy.Differences([]byte(c.before), []byte(c.after)), "|"); got != c.want {
			t.Errorf("%s to %s: %s\nwant %s", c.before, c.after, got, c.want)
		}
	}
	many := map[string]int{}
	for i := range 30 {
		many[strings.Repeat("m", i+1)] = i
	}
	raw, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	if got := remedy.Differences(nil, raw); len(got) != 21 || got[20] != "and 10 more" {
		t.Errorf("%d: %v", len(got), got)
	}
}

// What AWS says of a call whose input may hold secrets may quote that input: only its code is passed on. A refusal quotes none, and tells
// whether an organisation's policy is behind it.
func TestWhatAWSSaysOfASealedCallIsNotPassedOn(t *testing.T) {
	t.Parallel()
	r := &room{}
	r.remedy(t, true)
	ref := resource.Ref{Kind: "lamp", ID: "l-1", Region: "eu-west-1"}
	said := func(code, message string) string {
		t.Helper()
		r.fake.On("kms.EnableKey", &smithy.GenericAPIError{Code: code, Message: message})
		rem := remedy.Of(remedy.Remedy{ID: "lamp-on", On: []resource.Source{&resource.Kind[lamp]{Name: "lamp"}}}, remedy.Change[lamp]{
			What: "the lamp",
			Read: func(context.Context, aws.Config, resource.Ref, *lamp) (lamp, error) { return lamp{}, nil },
			Aim: func(context.Context, aws.Config, remedy.Case, resource.Ref, lamp) (remedy.Aim[lamp], error) {
				return remedy.Aim[lamp]{To: lamp{Lit: true}}, nil
			},
			Requests: func(resource.Ref, lamp, lamp) ([]remedy.Request, error) {
				return []remedy.Request{remedy.Write(&kms.EnableKeyInput{KeyId: &ref.ID}, kms.NewFromConfig, (*kms.Client).EnableKey).Sealed()}, nil
			},
		})
		p, err := rem.Plan(t.Context(), r.fake.Config(), dark)
		if err != nil {
			t.Fatal(err)
		}
		err = rem.Apply(t.Context(), r.fake.Config(), p)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != code {
			t.Fatalf("%s: %v", code, err)
		}
		return err.Error()
	}
	if got := said("ValidationException", "Value 'hunter2' at 'environmentVariables.1.value' is wrong"); got != "apply lamp-on: EnableKey lamp l-1: AWS answered ValidationException" {
		t.Error(got)
	}
	if got := said("AccessDeniedException", "with an explicit deny in a service control policy"); !strings.Contains(got, "service control policy") {
		t.Error(got)
	}
}
