package sweeper_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/sweeper"
)

func TestBeat(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("ssm.PutParameter", &ssm.PutParameterOutput{Version: 2})
	at := time.Date(2026, 11, 20, 10, 14, 30, 0, time.FixedZone("CET", 3600))
	if err := sweeper.Beat(t.Context(), f.Config(), at); err != nil {
		t.Fatal(err)
	}
	f.ExpectActions(sweeper.BeatActions)
	in := awstest.Inputs[*ssm.PutParameterInput](f, "ssm.PutParameter")[0]
	if *in.Name != heartbeat.Name || *in.Value != "2026-11-20T09:14:30Z" || in.Type != types.ParameterTypeString || !*in.Overwrite || in.KeyId != nil {
		t.Errorf("written %s = %s, type %s, over what is there %v", *in.Name, *in.Value, in.Type, *in.Overwrite)
	}
}

func TestABeatThatBreaksIsTold(t *testing.T) {
	t.Parallel()
	f := awstest.New(t).On("ssm.PutParameter", awstest.Error("AccessDeniedException"))
	if err := sweeper.Beat(t.Context(), f.Config(), time.Time{}); !awserr.IsDenied(err) {
		t.Errorf("error %v", err)
	}
}

func TestWake(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`{"heartbeat":true}`: true, `{"heartbeat":false}`: false, `{}`: false,
		`{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}`: false,
	} {
		var in sweeper.Wake
		if err := json.Unmarshal([]byte(raw), &in); err != nil || in.Heartbeat != want {
			t.Errorf("%s: %+v, %v", raw, in, err)
		}
	}
}
