package pipeline

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestWhatActionsDo(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		action                     Action
		fetches, deploys, approves bool
	}{
		{Action{Category: "Source"}, true, false, false},
		{Action{Category: "Build"}, false, false, false},
		{Action{Category: "Approval"}, false, false, true},
		{Action{Category: "Deploy"}, false, true, false},
		{Action{Category: "Deploy", Prepares: true}, false, false, false},
	} {
		if a := one.action; a.Fetches() != one.fetches || a.Deploys() != one.deploys || a.Approves() != one.approves {
			t.Errorf("%+v: %v %v %v", a, a.Fetches(), a.Deploys(), a.Approves())
		}
	}
	if here, there := (Action{}).In("eu-west-1"), (Action{Region: "us-east-1"}).In("eu-west-1"); here != "eu-west-1" || there != "us-east-1" {
		t.Errorf("regions %s, %s", here, there)
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	s := State{Stages: []Stage{{Actions: []Action{{Name: "make", Category: "Deploy", Prepares: true}, {Name: "do", Category: "Deploy"}}}}}
	if found := s.Stages[0].Deployments(); len(found) != 1 || found[0].Name != "do" || len(s.Stages[0].Actions) != 2 || s.Stages[0].Actions[0].Name != "make" {
		t.Errorf("deployments %+v of %+v", found, s.Stages[0])
	}
	if !s.Deploys() || s.Unstaged() != nil {
		t.Errorf("%v, %v", s.Deploys(), s.Unstaged())
	}
	if s := (State{}); s.Deploys() || s.Unstaged() == nil {
		t.Errorf("without stages: %v, %v", s.Deploys(), s.Unstaged())
	}
}

// TestOrderAndMode compares what a reading and an event say of the same action.
func TestOrderAndMode(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		order    *int32
		mode     string
		sent     string
		want     int
		prepares bool
	}{
		"nothing said":   {nil, "", `{}`, 1, false},
		"second":         {new(int32(2)), "CHANGE_SET_EXECUTE", `{"runOrder":2,"configuration":{"ActionMode":"CHANGE_SET_EXECUTE"}}`, 2, false},
		"order as text":  {new(int32(12)), "", `{"runOrder":"12","configuration":null}`, 12, false},
		"order nonsense": {new(int32(0)), "", `{"runOrder":"first"}`, 1, false},
		"a change set":   {new(int32(1)), "CHANGE_SET_REPLACE", `{"runOrder":1,"configuration":{"ActionMode":"CHANGE_SET_REPLACE"}}`, 1, true},
	} {
		read := stageOf(types.StageDeclaration{Actions: []types.ActionDeclaration{{RunOrder: one.order, Configuration: map[string]string{"ActionMode": one.mode}}}})
		var sent event.Fields
		if err := json.Unmarshal([]byte(`{"actions":[`+one.sent+`]}`), &sent); err != nil {
			t.Fatal(err)
		}
		for from, got := range map[string]Action{"read": read.Actions[0], "told": stageTold(sent).Actions[0]} {
			if got.RunOrder != one.want || got.Prepares != one.prepares {
				t.Errorf("%s, %s: %+v", name, from, got)
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	const get, update = "aws codepipeline get-pipeline --region eu-west-1 --name web-prod --query pipeline > pipeline.json  # then ",
		"\naws codepipeline update-pipeline --region eu-west-1 --pipeline file://pipeline.json"
	if got := (State{}).EditCommand(ref, "add a stage"); got != get+"add a stage"+update {
		t.Errorf("plain: %s", got)
	}
	if got := (State{Masked: true}).EditCommand(ref, "add a stage"); got != get+`add a stage; leave no "****" in it`+update {
		t.Errorf("masked: %s", got)
	}
	if got := (State{}).EditCommand(resource.Ref{ID: "web-prod", Region: "eu west;1"}, "x"); strings.Contains(got, ";") || strings.Contains(got, "--region") {
		t.Errorf("a region that is none: %s", got)
	}
	if got := (State{}).EditCommand(ref, "add a stage ahead of A\nrm -r .\u2028"); got != get+"add a stage ahead of A?rm -r .?"+update {
		t.Errorf("a name with a line break: %s", got)
	}
	stores := []Store{{Region: "eu-west-1", Bucket: "b"}, {Region: "us-east-1\nx", Bucket: "c"}}
	sealed, edited, _ := strings.Cut((State{Masked: true}).SealCommand(ref, stores, func(region string) string { return map[string]string{"eu-west-1": "arn:k"}[region] }), "\n")
	if !strings.HasPrefix(sealed, "# first give the roles of the pipeline and of every action, and readers in other accounts, kms:GenerateDataKey and kms:Decrypt on the key") {
		t.Errorf("who needs the key: %s", sealed)
	}
	if want := get + `set the encryptionKey of the artifact store in eu-west-1 to {"id":"arn:k","type":"KMS"}, and of the artifact store in us-east-1?x to {"id":"KEY_ARN","type":"KMS"}; leave no "****" in it` + update; edited != want {
		t.Errorf("got  %s\nwant %s", edited, want)
	}
	for want, actions := range map[string][]Action{"": nil, "A": {{Name: "A"}}, "A and B": {{Name: "A"}, {Name: "B"}}, "A, B and C": {{Name: "A"}, {Name: "B"}, {Name: "C"}}} {
		if got := Names(actions); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
