package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// modes is one run of settings explain.
type modes struct {
	*desk
	file, kind, account string
	tags, units         []string
	format              *choice
}

func (p *program) explainCommand() *cobra.Command {
	m := &modes{}
	cmd := &cobra.Command{
		Use:   "explain RESOURCE",
		Short: "Say what each remedy may do to a resource, and which rule says so",
		Long: `Say what each remedy may do to a resource, and which rule of the settings says so. It asks the deployment, and reads the
resource's tags when --kind says what it is. With --file it looks into a settings file instead, offline, and takes tags and
organisational units as they are given.`,
		Example: `  pipewarden settings explain web-prod --kind pipeline
  pipewarden settings explain docs-site --kind bucket --file pipewarden.yaml --account 111122223333 --tag stage=prod`,
		Args:              takes(1, 1, "the name of a resource"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return m.explain(cmd.Context(), args[0])
		},
	}
	m.desk = p.desk(cmd)
	m.format = formatFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&m.file, "file", "", "the settings `FILE` to look into (default: the settings that were deployed)")
	flags.StringVar(&m.kind, "kind", "", "the `KIND` of the resource: "+strings.Join(p.kinds(), ", "))
	flags.StringVar(&m.account, "account", "", "with --file: the `ID` of the account")
	flags.StringArrayVar(&m.tags, "tag", nil, "with --file: a `NAME=VALUE` of the resource's tags")
	flags.StringArrayVar(&m.units, "ou", nil, "with --file: the `ID` of an organisational unit that the account lies in, or of the root")
	// The only error is that the flag does not exist.
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(p.kinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// kinds are the kinds of resources that remedies are for.
func (p *program) kinds() []string {
	var kinds []string
	for _, r := range p.remedies {
		for _, source := range r.On {
			kinds = append(kinds, source.Kind())
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// allowance is what one remedy may do, and why.
type allowance struct {
	Remedy string        `json:"remedy"`
	Mode   settings.Mode `json:"mode"`
	Reason string        `json:"reason"`
}

func (m *modes) explain(ctx context.Context, name string) error {
	if m.kind != "" && !slices.Contains(m.kinds(), m.kind) {
		return fmt.Errorf("%s: no remedy is for a %q.%s Kinds: %s", m.verb, m.kind, meant(m.kind, m.kinds()), strings.Join(m.kinds(), ", "))
	}
	s, now, err := m.situation(ctx, name)
	if err != nil {
		return err
	}
	var all []allowance
	for _, r := range m.remedies {
		if m.kind != "" && !slices.ContainsFunc(r.On, func(source resource.Source) bool { return source.Kind() == m.kind }) {
			continue
		}
		f := finding.Finding{Outcome: finding.Fail, Basis: finding.State, Remedy: r.ID, Resource: finding.Resource{Kind: m.kind, ID: name, Account: now.Place.Account}}
		d := remedy.Decide(f, s, now, m.now())
		all = append(all, allowance{Remedy: r.ID, Mode: d.Mode, Reason: d.Reason})
	}
	if m.format.value == asJSON {
		return m.json(filled(all))
	}
	rows := make([][]string, 0, len(all))
	for _, a := range all {
		rows = append(rows, []string{a.Remedy, string(a.Mode), report.Plain(a.Reason)})
	}
	return report.Columns(m.out, []string{"REMEDY", "MODE", "WHY"}, rows)
}

// situation is what is known of a resource, and the settings that count.
func (m *modes) situation(ctx context.Context, name string) (*settings.Settings, remedy.Situation, error) {
	if m.file != "" {
		s, err := m.settings(m.file)
		return s, remedy.Situation{Place: m.given(name)}, err
	}
	if len(m.tags)+len(m.units) > 0 || m.account != "" {
		return nil, remedy.Situation{}, fmt.Errorf("%s: --account, --tag and --ou go with --file; of a deployment they are read", m.verb)
	}
	if err := m.open(ctx); err != nil {
		return nil, remedy.Situation{}, err
	}
	now := remedy.Situation{Stopped: m.standing.Stop.Sentence(), Place: m.standing.Place(m.who.id, name)}
	now.Place.Tags, now.Place.NoTags = m.read(ctx, name)
	return m.set(), now, nil
}

// given is where the flags say that the resource stands.
func (m *modes) given(name string) settings.Place {
	at := settings.Place{Account: m.account, Name: name, Tags: map[string]string{}, OUs: m.units}
	for _, tag := range m.tags {
		key, value, _ := strings.Cut(tag, "=")
		at.Tags[key] = value
	}
	if len(m.tags) == 0 {
		at.NoTags = "its tags were not given (--tag)"
	}
	if len(m.units) == 0 {
		at.NoOUs = "where its account lies was not given (--ou)"
	}
	return at
}

// read are the resource's tags, or why they are not known.
func (m *modes) read(ctx context.Context, name string) (tags map[string]string, unknown string) {
	if m.kind == "" {
		return nil, "what kind of resource it is was not given (--kind)"
	}
	ref := resource.Ref{Kind: m.kind, ID: name, Account: m.who.id, Region: m.who.cfg.Region}
	for _, source := range deployment.Engine(m.checks, m.set(), nil, nil, m.now).Sources() {
		if source.Kind() != m.kind || len(source.TagPermissions()) == 0 {
			continue
		}
		tags, err := source.Tags(ctx, m.who.cfg, ref)
		if err != nil {
			return nil, awserr.Reason(err)
		}
		return tags, ""
	}
	return nil, ""
}
