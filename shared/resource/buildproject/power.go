package buildproject

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/pattern"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// Power is what code that nobody has reviewed gets into its hands by a build of the project. The role is read only where strangers can start
// a build, so for nearly all projects the reading is the project's own; there it takes what role.Rights takes besides.
var Power = &resource.Kind[Powers]{
	Name: name, Facet: "power",
	Changed:   []event.Selector{event.Calls(service, "CreateProject", "UpdateProject", "DeleteProject", "CreateWebhook", "UpdateWebhook", "DeleteWebhook")},
	LooksInto: []resource.Source{role.Rights},
	Refs:      refs,
	Read:      readPower,
	ReadMany:  readManyPower,
	List:      list,
	Told: func(e *event.Event) (Powers, bool) {
		s, ok := told(e)
		return Powers{Project: s}, ok
	},
	Actions: append(append([]string{}, Kind.Actions...), role.Rights.Actions...),
}

// Powers are a project, and what its builds may do where strangers can start them.
type Powers struct {
	Project State                           `json:"project"`
	Role    resource.Fact[role.Permissions] `json:"role,omitzero"` // of the service role; not read where only people who are known start builds
}

const (
	errKnown   = untold("not read: no stranger can start a build")
	errForeign = untold("the service role belongs to another account")
)

func readPower(ctx context.Context, cfg aws.Config, ref resource.Ref) (Powers, error) {
	project, err := Project(ctx, cfg, ref)
	if err != nil {
		return Powers{}, err
	}
	return powersOf(ctx, cfg, ref, project)
}

func readManyPower(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]Powers, error) {
	all := make(map[resource.Ref]Powers, len(refs))
	err := each(ctx, cfg, refs, func(ref resource.Ref, project *types.Project) (err error) {
		all[ref], err = powersOf(ctx, cfg, ref, project)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// powersOf looks into a project only where strangers can start its builds, which its webhook tells.
func powersOf(ctx context.Context, cfg aws.Config, ref resource.Ref, project *types.Project) (Powers, error) {
	s := State{Name: aws.ToString(project.Name), ARN: aws.ToString(project.Arn), Webhook: resource.Known(webhookOf(project.Webhook))}
	if open, _ := s.StrangersBuild(); open {
		var err error
		if s, err = stateOf(project); err != nil {
			return Powers{}, fmt.Errorf("read project %s: %w", ref.ID, err)
		}
	}
	return s.powers(ctx, cfg, ref), nil
}

func (s State) powers(ctx context.Context, cfg aws.Config, ref resource.Ref) Powers {
	p := Powers{Project: s}
	open, _ := s.StrangersBuild()
	arn, known := s.ServiceRole.Get()
	switch used := roleRef(ref, arn); {
	case !open:
		p.Role = resource.Unlearned[role.Permissions](errKnown)
	case !known:
		p.Role = resource.Unlearned[role.Permissions](s.ServiceRole.Err())
	case used.Account != ref.Account:
		p.Role = resource.Unlearned[role.Permissions](errForeign)
	default:
		rights, err := role.Rights.Read(ctx, cfg, used)
		if err != nil {
			p.Role = resource.Unlearned[role.Permissions](awserr.Plain("read what role "+used.ID+" may do", err))
			break
		}
		p.Role = resource.Known(rights)
	}
	return p
}

// StrangersBuild says whether people who cannot write to the repository can have their code built without anybody's consent, and what is
// not known about that. A list of actors that more than its members fit is none.
func (s State) StrangersBuild() (bool, error) {
	hook, known := s.Webhook.Get()
	if !known {
		return false, s.Webhook.Err()
	}
	if hook == nil || strings.HasPrefix(hook.BuildType, "RUNNER_") {
		return false, nil
	}
	groups, known := hook.Groups.Get()
	if !known {
		return false, hook.Groups.Err()
	}
	waits, err := hook.Waits()
	if waits {
		return false, nil
	}
	for _, group := range groups {
		if group.PullRequests() && !group.bounded() {
			return err == nil, err
		}
	}
	if len(groups) > 0 {
		return false, nil
	}
	return err == nil, err
}

// bounded says whether the group lets only accounts through that it spells out.
func (g Group) bounded() bool {
	for _, f := range g {
		if f.Type != FilterActor || f.Exclude {
			continue
		}
		if safe, _, err := pattern.Anchored(f.Pattern); safe && err == nil {
			return true
		}
	}
	return false
}
