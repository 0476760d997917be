package buildproject

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Types of webhook filters that decide something (AWS CodeBuild API Reference, "WebhookFilter").
const (
	FilterEvent = "EVENT"
	FilterActor = "ACTOR_ACCOUNT_ID"
	FilterHead  = "HEAD_REF"
	FilterBase  = "BASE_REF"
	FilterFile  = "FILE_PATH"
)

// Values of requiresCommentApproval (AWS CodeBuild API Reference, "PullRequestBuildPolicy").
const (
	ApprovalOff   = "DISABLED"
	ApprovalAll   = "ALL_PULL_REQUESTS"
	ApprovalForks = "FORK_PULL_REQUESTS"
)

// errNoPolicy is why approval is unknown of a webhook that shows no policy. AWS documents approval as the default of new projects
// only, and not what holds for webhooks that are older than it (AWS CodeBuild User Guide, "Pull request comment approval").
const errNoPolicy = untold("the webhook shows no pullRequestBuildPolicy")

// untold is why a part is not known that no reading could have told: nothing was refused.
type untold string

func (u untold) Error() string        { return string(u) }
func (u untold) Is(target error) bool { return target == resource.ErrNotTold }

// fromOutside are the events that somebody without write access to the repository can cause. Merging takes write access.
var fromOutside = []string{"PULL_REQUEST_CREATED", "PULL_REQUEST_UPDATED", "PULL_REQUEST_REOPENED", "PULL_REQUEST_CLOSED"}

// byReaders are the roles that take no more than to read the repository, which everyone may whose repository is public.
var byReaders = []string{"GITHUB_READ", "GITLAB_GUEST", "BITBUCKET_READ"}

// Webhook says which events of the repository start a build. Its addresses and its secret are not kept.
type Webhook struct {
	Groups        resource.Fact[[]Group] `json:"filterGroups,omitzero"` // one that fits is enough; none: every event
	BuildType     string                 `json:"buildType,omitempty"`
	Owner         string                 `json:"scopeName,omitempty"`      // of a webhook of a whole organization or group
	Approval      resource.Fact[string]  `json:"commentApproval,omitzero"` // which pull requests wait for a comment
	ApproverRoles []string               `json:"approverRoles,omitempty"`  // who may comment, and need not wait; none: whoever may write
}

// Group is filters that must all fit.
type Group []Filter

// Filter is one condition on an event. It has the members of the API.
type Filter struct {
	Type    string `json:"type"`
	Pattern string `json:"pattern"`
	Exclude bool   `json:"excludeMatchedPattern,omitempty"` // what fits starts no build
}

// Takes says whether an event of that type gets past the group's EVENT filters. Their patterns are lists, not expressions.
func (g Group) Takes(name string) bool {
	for _, f := range g {
		if f.Type != FilterEvent {
			continue
		}
		listed := slices.ContainsFunc(strings.Split(f.Pattern, ","), func(one string) bool { return strings.TrimSpace(one) == name })
		if listed == f.Exclude {
			return false
		}
	}
	return true
}

// PullRequests says whether pull requests that wait for review start builds by this group.
func (g Group) PullRequests() bool { return slices.ContainsFunc(fromOutside, g.Takes) }

// Only says whether the group has a filter of that type that lets through what fits it, not one that keeps something out.
func (g Group) Only(filter string) bool {
	return slices.ContainsFunc(g, func(f Filter) bool { return f.Type == filter && !f.Exclude })
}

// PullRequests says whether pull requests start builds, and what is not known about that.
func (w Webhook) PullRequests() (bool, error) {
	groups, known := w.Groups.Get()
	if !known {
		return false, w.Groups.Err()
	}
	return len(groups) == 0 || slices.ContainsFunc(groups, Group.PullRequests), nil
}

// Waits says whether pull requests of people who cannot write to the repository wait for a comment of somebody who can.
func (w Webhook) Waits() (bool, error) {
	switch approval, known := w.Approval.Get(); {
	case !known:
		return false, w.Approval.Err()
	case approval == ApprovalOff:
		return false, nil
	case approval == ApprovalAll || approval == ApprovalForks:
		return len(w.Readers()) == 0, nil
	default:
		return false, errors.New("it is not known what " + approval + " means")
	}
}

// Readers are those approver roles that take no more than to read the repository.
func (w Webhook) Readers() []string {
	var out []string
	for _, role := range w.ApproverRoles {
		if slices.Contains(byReaders, role) {
			out = append(out, role)
		}
	}
	return out
}

// PullRequestBuilds says whether pull requests start builds of the project, and what is not known about that.
func (s State) PullRequestBuilds() (bool, error) {
	hook, known := s.Webhook.Get()
	if !known {
		return false, s.Webhook.Err()
	}
	if hook == nil {
		return false, nil
	}
	return hook.PullRequests()
}

func webhookOf(w *types.Webhook) *Webhook {
	if w == nil {
		return nil
	}
	groups := make([]Group, 0, len(w.FilterGroups))
	for _, filters := range w.FilterGroups {
		group := Group{}
		for _, f := range filters {
			group = append(group, Filter{Type: string(f.Type), Pattern: aws.ToString(f.Pattern), Exclude: aws.ToBool(f.ExcludeMatchedPattern)})
		}
		groups = append(groups, group)
	}
	out := &Webhook{Groups: resource.Known(groups), BuildType: string(w.BuildType), Approval: resource.Unlearned[string](errNoPolicy)}
	if w.ScopeConfiguration != nil {
		out.Owner = aws.ToString(w.ScopeConfiguration.Name)
	}
	if p := w.PullRequestBuildPolicy; p != nil && p.RequiresCommentApproval != "" {
		out.Approval = resource.Known(string(p.RequiresCommentApproval))
		for _, role := range p.ApproverRoles {
			out.ApproverRoles = append(out.ApproverRoles, string(role))
		}
	}
	return out
}

// webhookTold takes what the caller sent, and what was not sent from the answer. A new webhook without groups has none.
func webhookTold(q, answer event.Fields, created bool) *Webhook {
	out := &Webhook{
		BuildType: firstOf(q.String("buildType"), answer.String("buildType")),
		Owner:     firstOf(q.String("scopeConfiguration", "name"), answer.String("scopeConfiguration", "name")),
	}
	if created {
		out.Groups = resource.Known([]Group{})
	}
	for _, from := range []event.Fields{answer, q} {
		if from.Has("filterGroups") {
			out.Groups = groupsTold(from.JSON("filterGroups"))
		}
		if policy := from.Object("pullRequestBuildPolicy"); policy.Has("requiresCommentApproval") {
			out.Approval = resource.Known(policy.String("requiresCommentApproval"))
			out.ApproverRoles = policy.Strings("approverRoles")
		}
	}
	return out
}

func groupsTold(raw []byte) resource.Fact[[]Group] {
	var sent [][]event.Fields
	if err := json.Unmarshal(raw, &sent); err != nil {
		return resource.Unlearned[[]Group](errors.New("the event's filter groups cannot be read"))
	}
	groups := make([]Group, 0, len(sent))
	for _, filters := range sent {
		group := Group{}
		for _, f := range filters {
			exclude, _ := f.Bool("excludeMatchedPattern")
			group = append(group, Filter{Type: f.String("type"), Pattern: f.String("pattern"), Exclude: exclude})
		}
		groups = append(groups, group)
	}
	return resource.Known(groups)
}
