package account_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/account"
)

const opBeat = "ssm.GetParameter"

func pulse(t *testing.T, f *awstest.Fake) account.Pulse {
	t.Helper()
	p, err := account.Heartbeat.Read(t.Context(), f.Config(), ref())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPulse(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, 11, 20, 10, 0, 7, 0, time.FixedZone("CET", 3600))
	f := fake(t, fakeTrail{name: "one", home: "eu-west-1", logging: true, custom: true}).
		On(opBeat, &ssm.GetParameterOutput{Parameter: &types.Parameter{Version: 512, LastModifiedDate: &last, Value: aws.String("2026")}})
	p := pulse(t, f)
	if got, known := p.Sent.Get(); !known || got != (account.Beats{Writes: 512, Last: time.Date(2026, 11, 20, 9, 0, 7, 0, time.UTC)}) {
		t.Errorf("beats %+v, %v", got, p.Sent.Err())
	}
	trails, known := p.Trails.Get()
	if delivers, sure := trails[0].Delivers("eu-west-1"); !known || !delivers || !sure {
		t.Errorf("trails %+v", trails)
	}
	if in := awstest.Inputs[*ssm.GetParameterInput](f, opBeat); len(in) != 1 || *in[0].Name != heartbeat.Name {
		t.Errorf("asked for %+v", in)
	}
	f.ExpectActions(account.Heartbeat.Actions)
}

// What is refused is unknown; that there is no parameter is known; and neither holds up the other.
func TestPulseBreaks(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		answer any
		known  bool
		holds  func(error) bool
	}{
		"nobody deployed it": {awstest.Error("ParameterNotFound"), true, nil},
		"denied":             {awstest.Error("AccessDeniedException"), false, awserr.IsDenied},
		"throttled":          {awstest.Error("ThrottlingException"), false, awserr.IsPassing},
		"empty":              {&ssm.GetParameterOutput{}, false, nil},
		"without a time":     {&ssm.GetParameterOutput{Parameter: &types.Parameter{Version: 3}}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pulse(t, fake(t).On(opBeat, one.answer))
			got, known := p.Sent.Get()
			if known != one.known || got != (account.Beats{}) {
				t.Errorf("beats %+v, known %v: %v", got, known, p.Sent.Err())
			}
			if one.holds != nil && !one.holds(p.Sent.Err()) {
				t.Errorf("why: %v", p.Sent.Err())
			}
			if _, known := p.Trails.Get(); !known {
				t.Errorf("trails: %v", p.Trails.Err())
			}
		})
	}
	f := awstest.New(t).On(opBeat, awstest.Error("ParameterNotFound")).On("cloudtrail.DescribeTrails", awstest.Error("ThrottlingException"))
	if p := pulse(t, f); !awserr.IsThrottled(p.Trails.Err()) || len(resource.Faults(p)) != 1 {
		t.Errorf("trails: %v", p.Trails.Err())
	}
	f = awstest.New(t)
	if p, err := account.Heartbeat.Read(t.Context(), f.Config(), whole()); err != nil || len(resource.Faults(p)) > 0 || len(f.Calls()) > 0 {
		t.Errorf("an account as a whole has no heartbeat: %+v, %v", p, err)
	}
}

// The facet is of the same resources, and what wakes nobody is not about any.
func TestPulseIsOfTheSameAccount(t *testing.T) {
	t.Parallel()
	var listed []resource.Ref
	for one, err := range account.Heartbeat.All(t.Context(), aws.Config{}, resource.Ref{Account: "111122223333", Region: "eu-west-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, one)
	}
	if diff := cmp.Diff([]resource.Ref{ref(), whole()}, listed); diff != "" {
		t.Error(diff)
	}
	if account.Heartbeat.Kind() != account.Kind.Kind() || account.Heartbeat.Part() == "" {
		t.Errorf("%s %s", account.Heartbeat.Kind(), account.Heartbeat.Part())
	}
	beat := checktest.Sample(t, "ssm/PutParameter-heartbeat.json", nil)
	if got := account.Heartbeat.About(beat); got != nil {
		t.Errorf("a beat has something read: %+v", got)
	}
	if _, told := account.Heartbeat.Hear(beat); told {
		t.Error("a beat tells a state")
	}
}
