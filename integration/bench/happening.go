package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// kind is one sort of event that is measured.
type kind struct {
	name   string
	sample string                    // in events/
	rename func(i int) []string      // old and new texts, for the i-th resource of the estate
	cpu    float64                   // the budget in ms
	reads  float64                   // the budget in calls
	by     func(session bool) object // who acts
	asks   func(i int) any           // what is asked for, where it is compared with what the estate has; nil: what the sample says
}

// kinds are the sorts of events, with the budgets that the design gives them. The key is the one of the estate: what an update asks for is
// what there is already, as it is with most of them.
func kinds(key string) []kind {
	pipeline := func(i int) []string {
		return []string{"web-prod-artifacts-" + account, bucketName(i), `"web-prod"`, `"` + pipelineName(i) + `"`}
	}
	return []kind{
		{
			"UpdateProject", "codebuild/UpdateProject.json", func(i int) []string { return []string{"payments-api", projectName(i)} }, 2, 2, someone,
			func(i int) any { return projectOf(i, bucketName(projectsFrom+i), key) },
		},
		{
			"UpdatePipeline", "codepipeline/UpdatePipeline.json", pipeline, 2, 2, someone,
			func(i int) any { return &codepipeline.UpdatePipelineInput{Pipeline: definition(i, key)} },
		},
		{"PutBucketPolicy", "s3/PutBucketPolicy.json", pipeline, 3, 3, someone, nil},
		{"DisableStageTransition", "codepipeline/DisableStageTransition.json", pipeline, 2, 0, someone, nil},
		{"ignored event", "codepipeline/CodePipelinePipelineExecutionStateChange-started.json", pipeline, 2, 0, nil, nil},
	}
}

// someone is an IAM user who signed in with MFA, or a session of a role. Of the session the record shows no MFA, as of most: it takes
// the role's trust policy, which demands it.
func someone(session bool) object {
	attributes := object{"creationDate": "2026-11-19T07:01:55Z", "mfaAuthenticated": strconv.FormatBool(!session)}
	if !session {
		return object{
			"type": "IAMUser", "principalId": "AIDAALICE00000EXAMPLE", "arn": "arn:aws:iam::" + account + ":user/alice", "accountId": account,
			"accessKeyId": "ASIAALICE1111EXAMPLE", "userName": "alice", "sessionContext": object{"attributes": attributes},
		}
	}
	return object{
		"type": "AssumedRole", "principalId": "AROAADMIN00000EXAMPLE:bob", "arn": "arn:aws:sts::" + account + ":assumed-role/Admin/bob",
		"accountId": account, "accessKeyId": "ASIAADMIN1111EXAMPLE",
		"sessionContext": object{"attributes": attributes, "webIdFederationData": object{}, "sessionIssuer": object{
			"type": "Role", "principalId": "AROAADMIN00000EXAMPLE", "arn": "arn:aws:iam::" + account + ":role/Admin", "accountId": account, "userName": "Admin",
		}},
	}
}

// happenings makes events that differ as real ones do: in their ids, their times and the resources that they are about.
type happenings struct {
	kind    kind
	text    string
	session bool
	made    int
}

func newHappenings(k kind, session bool) (*happenings, error) {
	raw, err := events.Read(k.sample)
	if err != nil {
		return nil, err
	}
	return &happenings{kind: k, text: string(raw), session: session}, nil
}

// next is an event about the i-th resource.
func (h *happenings) next(i int) ([]byte, error) {
	var envelope object
	if err := json.Unmarshal([]byte(strings.NewReplacer(h.kind.rename(i)...).Replace(h.text)), &envelope); err != nil {
		return nil, fmt.Errorf("read sample %s: %w", h.kind.sample, err)
	}
	h.made++
	id, now := uuid(h.made), time.Now().UTC().Format(time.RFC3339)
	envelope["id"], envelope["time"] = id, now
	if detail := member(envelope, "detail"); h.kind.by != nil {
		detail["eventID"], detail["eventTime"], detail["userIdentity"] = id, now, h.kind.by(h.session)
	}
	if h.kind.asks != nil {
		asked, err := resource.APIJSON(h.kind.asks(i))
		if err != nil {
			return nil, fmt.Errorf("write event: %w", err)
		}
		member(envelope, "detail")["requestParameters"] = asked
	}
	raw, err := json.Marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	return raw, nil
}

// some are n events about as many resources, the first of them the i-th of those that take turns.
func (h *happenings) some(i, n int) ([][]byte, error) {
	var all [][]byte
	for j := range n {
		one, err := h.next((i + j) % rotate)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// uuid has the form of an event's id, and a number in it.
func uuid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n) }
