package deploymentgroup

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func client(cfg aws.Config, in resource.Ref) *codedeploy.Client {
	if in.Region != "" {
		cfg.Region = in.Region
	}
	return codedeploy.NewFromConfig(cfg)
}

func read(ctx context.Context, cfg aws.Config, ref resource.Ref) (State, error) {
	application, group := Split(ref.ID)
	out, err := client(cfg, ref).GetDeploymentGroup(ctx, &codedeploy.GetDeploymentGroupInput{ApplicationName: &application, DeploymentGroupName: &group})
	switch {
	case err != nil:
		return State{}, fmt.Errorf("read deployment group %s: %w", ref.ID, err)
	case out.DeploymentGroupInfo == nil:
		return State{}, fmt.Errorf("read deployment group %s: %w", ref.ID, errors.New("the answer holds no group"))
	}
	return stateOf(application, group, out.DeploymentGroupInfo), nil
}

// readMany takes one call for a hundred groups of one application. A call that is refused because one of its groups is gone is made group by group.
func readMany(ctx context.Context, cfg aws.Config, refs []resource.Ref) (map[resource.Ref]State, error) {
	const most = 100 // names that BatchGetDeploymentGroups takes
	out := make(map[resource.Ref]State, len(refs))
	together := map[string][]resource.Ref{}
	for _, ref := range refs {
		application, _ := Split(ref.ID)
		together[application] = append(together[application], ref)
	}
	for application, all := range together {
		for some := range slices.Chunk(all, most) {
			if err := readSome(ctx, cfg, application, some, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func readSome(ctx context.Context, cfg aws.Config, application string, refs []resource.Ref, out map[resource.Ref]State) error {
	byGroup := make(map[string]resource.Ref, len(refs))
	names := make([]string, 0, len(refs))
	for _, ref := range refs {
		_, group := Split(ref.ID)
		byGroup[group], names = ref, append(names, group)
	}
	got, err := client(cfg, refs[0]).BatchGetDeploymentGroups(ctx, &codedeploy.BatchGetDeploymentGroupsInput{
		ApplicationName: &application, DeploymentGroupNames: names,
	})
	switch {
	case awserr.Is(err, "ApplicationDoesNotExistException"):
		return nil
	case err != nil && !awserr.IsNotFound(err):
		return fmt.Errorf("read deployment groups of %s: %w", application, err)
	case err == nil:
		for i := range got.DeploymentGroupsInfo {
			group := aws.ToString(got.DeploymentGroupsInfo[i].DeploymentGroupName)
			if ref, asked := byGroup[group]; asked {
				out[ref] = stateOf(application, group, &got.DeploymentGroupsInfo[i])
			}
		}
	}
	return readLacking(ctx, cfg, refs, out)
}

// readLacking reads what an answer about many lacks: whether it is gone, or could not be given, that answer says in free text at most.
func readLacking(ctx context.Context, cfg aws.Config, refs []resource.Ref, out map[resource.Ref]State) error {
	for _, ref := range refs {
		if _, found := out[ref]; found {
			continue
		}
		s, err := read(ctx, cfg, ref)
		if err != nil && !awserr.IsNotFound(err) {
			return err
		}
		if err == nil {
			out[ref] = s
		}
	}
	return nil
}

func list(ctx context.Context, cfg aws.Config, in resource.Ref) iter.Seq2[resource.Ref, error] {
	return func(yield func(resource.Ref, error) bool) {
		c := client(cfg, in)
		applications := codedeploy.NewListApplicationsPaginator(c, &codedeploy.ListApplicationsInput{})
		for applications.HasMorePages() {
			page, err := applications.NextPage(ctx)
			if err != nil {
				yield(resource.Ref{}, fmt.Errorf("list applications: %w", err))
				return
			}
			for _, application := range page.Applications {
				if !listGroups(ctx, c, in, application, yield) {
					return
				}
			}
		}
	}
}

// listGroups says whether to go on. An application that went away since it was listed has no groups.
func listGroups(ctx context.Context, c *codedeploy.Client, in resource.Ref, application string, yield func(resource.Ref, error) bool) bool {
	groups := codedeploy.NewListDeploymentGroupsPaginator(c, &codedeploy.ListDeploymentGroupsInput{ApplicationName: &application})
	for groups.HasMorePages() {
		page, err := groups.NextPage(ctx)
		switch {
		case awserr.IsNotFound(err):
			return true
		case err != nil:
			yield(resource.Ref{}, fmt.Errorf("list deployment groups of %s: %w", application, err))
			return false
		}
		for _, group := range page.DeploymentGroups {
			if !yield(resource.Ref{Kind: name, ID: application + "/" + group, Account: in.Account, Region: in.Region}, nil) {
				return false
			}
		}
	}
	return true
}

func stateOf(application, group string, g *types.DeploymentGroupInfo) State {
	// In an answer that did come, no configuration means that there is none.
	s := State{Application: application, Group: group, Platform: string(g.ComputePlatform)}
	var rollback Rollback
	if c := g.AutoRollbackConfiguration; c != nil {
		rollback.Enabled = c.Enabled
		for _, e := range c.Events {
			rollback.Events = append(rollback.Events, string(e))
		}
	}
	var alarms Alarms
	if c := g.AlarmConfiguration; c != nil {
		alarms.Enabled = c.Enabled
		for _, one := range c.Alarms {
			alarms.Names = append(alarms.Names, aws.ToString(one.Name))
		}
	}
	s.Rollback, s.Alarms = resource.Known(rollback), resource.Known(alarms)
	return s
}
