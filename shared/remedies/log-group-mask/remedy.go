// Package loggroupmask has CloudWatch Logs mask credentials in the log group that a build printed one into.
package loggroupmask

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/build"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

// group is the resource of both writes (Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch Logs").
const group = "arn:{partition}:logs:{region}:{account}:log-group:*"

// Remedy adds what is to be masked to the policy of the group, or gives it one. Deleting is for undoing where there was none.
var Remedy = remedy.Of(remedy.Remedy{
	ID: "log-group-mask", Risk: remedy.Disruptive,
	On:     []resource.Source{build.Kind},
	Target: loggroup.Kind,
	Reads:  []string{"logs:DescribeLogGroups", "logs:GetDataProtectionPolicy"},
	Grants: []remedy.Grant{{Action: "logs:PutDataProtectionPolicy", Resource: group}, {Action: "logs:DeleteDataProtectionPolicy", Resource: group}},
}, remedy.Change[protection]{What: "data protection policy of log group", Target: target, Read: read, Aim: aim, Requests: requests, Same: same, Words: words})

// protection is the part of a log group that is touched: its policy as a whole, because CloudWatch Logs replaces it as a whole.
type protection struct {
	Policy json.RawMessage `json:"policyDocument,omitempty"` // none: there is no policy
}

// target is the group that the build logged to, which the finding names before the stream. The name of a group has no spaces.
func target(c remedy.Case) (resource.Ref, error) {
	ref := resource.Ref(c.Finding.Resource)
	i := slices.IndexFunc(c.Finding.Facts, func(f finding.Fact) bool { return f.Label == "Log" })
	if i < 0 {
		return ref, &remedy.RefusedError{Why: "The finding does not tell which log group build " + ref.ID + " logged to."}
	}
	name, _, found := strings.Cut(c.Finding.Facts[i].Value, " ")
	if !found || name == "" {
		return ref, &remedy.RefusedError{Why: "The finding does not tell which log group build " + ref.ID + " logged to."}
	}
	ref.Kind, ref.ID = loggroup.Kind.Name, name
	return ref, nil
}

// read asks for the group first: for one that is gone, and for one that has no policy, the other call may give the same answer.
func read(ctx context.Context, cfg aws.Config, ref resource.Ref, _ *protection) (protection, error) {
	s, err := loggroup.Kind.Read(ctx, cfg, ref)
	if err != nil {
		return protection{}, err
	}
	if s.Delivers {
		return protection{}, &remedy.RefusedError{Why: "The log group " + ref.ID + " only passes logs on: CloudWatch Logs masks nothing in groups of its class."}
	}
	out, err := cloudwatchlogs.NewFromConfig(cfg).GetDataProtectionPolicy(ctx, &cloudwatchlogs.GetDataProtectionPolicyInput{LogGroupIdentifier: &ref.ID})
	switch {
	case awserr.IsNotFound(err):
		return protection{}, nil
	case err != nil:
		return protection{}, fmt.Errorf("read data protection policy of log group %s: %w", ref.ID, err)
	}
	text := strings.TrimSpace(aws.ToString(out.PolicyDocument))
	if text != "" && !json.Valid([]byte(text)) {
		return protection{}, fmt.Errorf("read data protection policy of log group %s: it is no JSON", ref.ID)
	}
	return protection{json.RawMessage(text)}, nil
}

func aim(_ context.Context, _ aws.Config, _ remedy.Case, ref resource.Ref, found protection) (remedy.Aim[protection], error) {
	document, err := masking(found.Policy, ref.ID, ref.Region)
	if err != nil {
		return remedy.Aim[protection]{}, err
	}
	if same(found, protection{document}) {
		return remedy.Aim[protection]{To: found, Summary: "CloudWatch Logs masks credentials in " + ref.ID + " already. What was logged before is not masked by it."}, nil
	}
	return remedy.Aim[protection]{
		To:      protection{document},
		Summary: "Have CloudWatch Logs mask credentials in what is logged in " + ref.ID + " from now on.",
		Breaks: "Queries, metric filters and subscriptions see asterisks in place of what is masked, and so does everyone without logs:Unmask; what is logged already is not masked, " +
			"and each gigabyte that is logged costs more.",
	}, nil
}

// same takes lists of names for the same in any order.
func same(found, want protection) bool {
	return bytes.Equal(plain(found.Policy), plain(want.Policy))
}

func words(from, to protection) []string {
	was, is := masked(from.Policy), masked(to.Policy)
	var all []string
	for _, name := range was {
		if !slices.Contains(is, name) {
			all = append(all, name+": masked -> not masked")
		}
	}
	for _, name := range is {
		if !slices.Contains(was, name) {
			all = append(all, name+": not masked -> masked")
		}
	}
	if len(all) == 0 && !same(from, to) {
		all = []string{"policyDocument: changed in what it says besides"}
	}
	return all
}

func requests(ref resource.Ref, _, to protection) ([]remedy.Request, error) {
	if len(to.Policy) == 0 {
		in := &cloudwatchlogs.DeleteDataProtectionPolicyInput{LogGroupIdentifier: &ref.ID}
		return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DeleteDataProtectionPolicy)}, nil
	}
	var text bytes.Buffer
	if err := json.Compact(&text, to.Policy); err != nil {
		return nil, fmt.Errorf("write data protection policy: %w", err)
	}
	in := &cloudwatchlogs.PutDataProtectionPolicyInput{LogGroupIdentifier: &ref.ID, PolicyDocument: aws.String(text.String())}
	return []remedy.Request{remedy.Write(in, cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutDataProtectionPolicy)}, nil
}
