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
	all                 bool
	format              *choice
	lines               map[string]int // on which line of the file each setting stands; nil: not known
}

func (p *program) explainCommand() *cobra.Command {
	m := &modes{}
	cmd := &cobra.Command{
		Use:   "explain RESOURCE",
		Short: "Say what the settings come to for a resource, and which part of them says so",
		Long: `Say what the settings come to for a resource: what each remedy may do, which options hold, which checks are off and what is exempted,
each with the rule, override or exemption that says so. It asks the deployment, and reads the resource's tags when --kind says what it is.
With --file it looks into a settings file instead, offline. Tags and organisational units that are given count instead of those that are read.`,
		Example: `  pipewarden settings explain web-prod --kind pipeline
  pipewarden settings explain docs-site --kind bucket --account 444455556666
  pipewarden settings explain docs-site --kind bucket --file pipewarden.yaml --account 111122223333 --ou ou-ab12-34567890 --tag stage=prod`,
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
	flags.StringVar(&m.account, "account", "", "the `ID` of the account (default: with --file none, else that of your credentials)")
	flags.StringArrayVar(&m.tags, "tag", nil, "a `NAME=VALUE` of the resource's tags")
	flags.StringArrayVar(&m.units, "ou", nil, "the `ID` of an organisational unit that the account lies in, or of the root")
	flags.BoolVar(&m.all, "all", false, "show also what is as by default")
	// The only error is that the flag does not exist.
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(p.kinds(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// kinds are the kinds of resources that checks judge, or that remedies are for.
func (p *program) kinds() []string {
	var kinds []string
	for _, c := range p.checks {
		if c.Reads != nil {
			kinds = append(kinds, c.Reads.Kind())
		}
	}
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
		return fmt.Errorf("%s: no check and no remedy is for a %q.%s Kinds: %s", m.verb, m.kind, meant(m.kind, m.kinds()), strings.Join(m.kinds(), ", "))
	}
	s, now, err := m.situation(ctx, name)
	if err != nil {
		return err
	}
	told := explanation{
		Remedies: m.allowed(s, now), Options: m.options(s, now.Place), Checks: m.switched(s, now.Place),
		Exemptions: m.exempting(s, now.Place),
	}
	if m.format.value == asJSON {
		return m.json(told)
	}
	return m.show(told)
}

// allowed is what each remedy may do there.
func (m *modes) allowed(s *settings.Settings, now remedy.Situation) []allowance {
	all := []allowance{}
	for _, r := range m.remedies {
		if m.kind != "" && !slices.ContainsFunc(r.On, func(source resource.Source) bool { return source.Kind() == m.kind }) {
			continue
		}
		of := finding.Resource{Kind: m.kind, ID: now.Place.Name, Account: now.Place.Account}
		d := remedy.Decide(finding.Finding{Outcome: finding.Fail, Basis: finding.State, Remedy: r.ID, Resource: of}, s, now, m.now())
		all = append(all, allowance{Remedy: r.ID, Mode: d.Mode, Reason: d.Reason})
	}
	return all
}

// situation is what is known of a resource, and the settings that count.
func (m *modes) situation(ctx context.Context, name string) (*settings.Settings, remedy.Situation, error) {
	if m.file != "" {
		s, lines, err := m.located(m.file)
		m.lines = lines
		at := settings.Place{Account: m.account, Name: name, NoTags: "its tags were not given (--tag)", NoOUs: "where its account lies was not given (--ou)"}
		return s, remedy.Situation{Place: m.given(at)}, err
	}
	if err := m.open(ctx); err != nil {
		return nil, remedy.Situation{}, err
	}
	at, err := m.stands(ctx, first(m.account, m.who.id), name)
	if err != nil {
		return nil, remedy.Situation{}, m.why(err)
	}
	return m.set(), remedy.Situation{Stopped: m.standing.Stop.Sentence(), Place: m.given(at)}, nil
}

// given is a place with the tags and units that the flags give, which count for all that there are.
func (m *modes) given(at settings.Place) settings.Place {
	if len(m.tags) > 0 {
		at.Tags, at.NoTags = map[string]string{}, ""
	}
	for _, tag := range m.tags {
		key, value, _ := strings.Cut(tag, "=")
		at.Tags[key] = value
	}
	if len(m.units) > 0 {
		at.OUs, at.NoOUs = m.units, ""
	}
	return at
}

// stands is where a resource stands by the ledger, with its tags where they can be read.
func (m *modes) stands(ctx context.Context, account, name string) (settings.Place, error) {
	at, err := m.ledger.Place(ctx, account, name)
	if err != nil {
		return settings.Place{}, err
	}
	switch {
	case len(m.tags) > 0:
	case account != m.who.id:
		at.NoTags = "its tags are read with credentials of its account (or give them: --tag)"
	default:
		at.Tags, at.NoTags = m.read(ctx, name)
	}
	return at, nil
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
			return nil, "its tags cannot be read (" + awserr.Reason(err) + ")"
		}
		return tags, ""
	}
	return nil, ""
}

// show writes the explanation for people.
func (m *modes) show(told explanation) error {
	rows := make([][]string, 0, len(told.Remedies))
	for _, a := range told.Remedies {
		rows = append(rows, []string{a.Remedy, string(a.Mode), report.Plain(a.Reason)})
	}
	if err := m.part([]string{"REMEDY", "MODE", "WHY"}, rows, "No remedy is for it.\n"); err != nil {
		return err
	}
	return m.showPlace(told)
}

// part writes a table, or what is to be said where there is nothing in it.
func (m *modes) part(header []string, rows [][]string, otherwise string) error {
	if len(rows) > 0 {
		return report.Columns(m.out, header, rows)
	}
	_, err := fmt.Fprint(m.out, otherwise)
	return err
}
