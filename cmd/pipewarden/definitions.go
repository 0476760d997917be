package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// keeping is a kind of resource of which definitions are kept.
type keeping struct {
	noun   string // as people type it
	kind   string
	remedy string // that goes back to a definition
	global bool   // it has no region
}

var keepings = []keeping{
	{noun: "pipeline", kind: "pipeline", remedy: "pipeline-revert"},
	{noun: "project", kind: "buildproject", remedy: "build-revert"},
	{noun: "trail", kind: "trail", remedy: "trail-recreate"},
	{noun: "role", kind: "role", remedy: "role-trust-restore", global: true},
}

// keptNouns are the words for those kinds; those alone that can be restored by a person.
func keptNouns() []string {
	nouns := make([]string, 0, len(keepings))
	for _, k := range keepings {
		nouns = append(nouns, k.noun)
	}
	return nouns
}

func kept(noun string) (keeping, error) {
	i := slices.IndexFunc(keepings, func(k keeping) bool { return k.noun == noun })
	if i < 0 {
		return keeping{}, fmt.Errorf("%q is nothing of which definitions are kept.%s They are of: %s", noun, meant(noun, keptNouns()), strings.Join(keptNouns(), ", "))
	}
	return keepings[i], nil
}

// ref is the resource of that name in the account and region of the desk.
func (d *desk) ref(k keeping, name string) resource.Ref {
	ref := resource.Ref{Kind: k.kind, ID: name, Account: d.who.id, Region: d.who.cfg.Region}
	if k.global {
		ref.Region = ""
	}
	return ref
}

func completeKept(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return keptNouns(), cobra.ShellCompDirectiveNoFileComp
}

func (p *program) definitionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "definitions KIND NAME",
		Short: "List the versions that are kept of a pipeline, project, trail or role",
		Long: `List the versions that are kept of a pipeline, a build project, a trail or the trust policy of a role: when each was trusted, by
whom and why, and what differs from the one before. Values are never shown. To go back to one: pipewarden restore.`,
		Example: `  pipewarden definitions pipeline web-prod
  pipewarden definitions project payments-api --format json`,
		Args:              takes(2, 2, "a kind ("+strings.Join(keptNouns(), ", ")+") and a name"),
		ValidArgsFunction: completeKept,
	}
	d, format := p.desk(cmd), formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		k, err := kept(args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", d.verb, err)
		}
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		versions, err := d.versions(cmd.Context(), finding.Resource(d.ref(k, args[1])))
		if err != nil {
			return d.why(err)
		}
		if format.value == asJSON {
			return d.json(filled(versions))
		}
		return d.list(versions, args[0], args[1])
	}
	return cmd
}

// revision is one definition that is kept, without what it says.
type revision struct {
	Number  int      `json:"version"`
	Part    string   `json:"part,omitempty"` // of the resource; "" for the resource itself
	At      string   `json:"at"`
	By      string   `json:"by,omitempty"`
	How     string   `json:"how"`
	Changes []string `json:"changes,omitempty"` // from the one before
}

// versions lists what is kept of a resource and its parts.
func (d *desk) versions(ctx context.Context, of finding.Resource) ([]revision, error) {
	var versions []revision
	for _, part := range d.parts(of.Kind) {
		all, err := d.ledger.Definitions(ctx, ledger.Part(of, part))
		if err != nil {
			return nil, err
		}
		for i, one := range all {
			v := revision{Number: i + 1, Part: part, At: moment(one.At), By: one.By, How: one.How}
			if i > 0 {
				v.Changes = unlike(all[i-1].Body, one.Body)
			}
			versions = append(versions, v)
		}
	}
	return versions, nil
}

// parts are the parts of a kind that may have definitions.
func (d *desk) parts(kind string) []string {
	var parts []string
	for _, source := range d.sources(kind) {
		parts = append(parts, source.Part())
	}
	slices.Sort(parts)
	return parts
}

func (d *desk) sources(kind string) []resource.Source {
	all := deployment.Engine(d.checks, d.set(), nil, nil, d.now).Sources()
	return slices.DeleteFunc(all, func(s resource.Source) bool { return s.Kind() != kind || !s.Defines() })
}

// unlike says in words what differs between two definitions, without values that may be secret.
func unlike(before, after []byte) []string {
	all, err := definition.Compare(before, after)
	if err != nil { // neither pipelines nor projects: they hold no secrets
		return remedy.Differences(before, after)
	}
	texts := make([]string, 0, len(all))
	for _, one := range all {
		texts = append(texts, one.Sentence)
	}
	return texts
}

func (d *desk) list(versions []revision, noun, name string) error {
	if len(versions) == 0 {
		return line(d.out, fmt.Sprintf("No definition of %s %s is kept in %s, %s. One is once somebody changes it with proven MFA, or: pipewarden trust %s %s", noun, name, d.who.id, d.who.cfg.Region, noun, name))
	}
	var all []error
	for _, v := range versions {
		title := "Version " + strconv.Itoa(v.Number)
		if v.Part != "" {
			title += " of its " + v.Part
		}
		who := v.How
		if v.By != "" {
			who = finding.Called(v.By) + " (" + v.How + ")"
		}
		facts := append([][2]string{{"Since", v.At}, {"By", who}}, labelled("Change", v.Changes)...)
		all = append(all, d.facts(title, facts))
	}
	return errors.Join(all...)
}

func (p *program) trustCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust KIND NAME",
		Short: "Vouch for a pipeline, project, trail or role as it is now",
		Long: `Vouch for a pipeline, a build project, a trail or the trust policy of a role as it is now: what comes later is compared with it, and
it is what pipewarden goes back to. A change with proven MFA, or by a declared automation role, is trusted without this.

It shows what differs from the version that was trusted last, and asks. It is kept with your name.`,
		Example: `  pipewarden trust pipeline web-prod
  pipewarden trust --yes project payments-api`,
		Args:              takes(2, 2, "a kind ("+strings.Join(keptNouns(), ", ")+") and a name"),
		ValidArgsFunction: completeKept,
	}
	d := p.desk(cmd)
	var yes bool
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		k, err := kept(args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", d.verb, err)
		}
		if !yes && !p.asks {
			return fmt.Errorf("%s: nobody can be asked here. Run it on a terminal, or add --yes", d.verb)
		}
		if err := d.open(cmd.Context()); err != nil {
			return err
		}
		return d.trust(cmd.Context(), d.ref(k, args[1]), args[0], yes)
	}
	return cmd
}

// vouched is how a definition is trusted that a person vouched for.
const vouched = "a person vouched for it"

func (d *desk) trust(ctx context.Context, ref resource.Ref, noun string, yes bool) error {
	now, facts, err := d.asItIs(ctx, ref)
	switch {
	case awserr.IsNotFound(err):
		return exit{verdict, fmt.Errorf("%s: there is no %s %s in %s, %s. To make it again as it was: pipewarden restore", d.verb, noun, ref.ID, d.who.id, d.who.cfg.Region)}
	case err != nil:
		return d.why(err)
	}
	if len(now) == 0 {
		return exit{verdict, fmt.Errorf("%s: %s %s could be read in part only, and nothing of it can be kept", d.verb, noun, ref.ID)}
	}
	if err := d.facts(fmt.Sprintf("%s %s (%s)", noun, ref.ID, d.who.id), facts); err != nil {
		return err
	}
	if !yes && !d.agreed(ctx, "Vouch for it?") {
		return exit{verdict, fmt.Errorf("%s: nothing was changed", d.verb)}
	}
	for _, one := range now {
		view, err := d.ledger.View(ctx, one.Resource)
		if err == nil {
			err = view.Trust(ctx, one)
		}
		if err != nil {
			return d.why(err)
		}
	}
	return line(d.out, "Trusted from now on. The versions that are kept: pipewarden definitions "+noun+" "+ref.ID)
}

// asItIs reads what can be kept of a resource, and tells how it differs from what was kept last.
func (d *desk) asItIs(ctx context.Context, ref resource.Ref) (now []ledger.Definition, facts [][2]string, err error) {
	for _, source := range d.sources(ref.Kind) {
		state, err := source.Look(ctx, d.who.cfg, ref)
		if err != nil {
			return nil, nil, err
		}
		body, _ := source.Defined(state)
		if body == nil {
			continue
		}
		one := ledger.Definition{Resource: ledger.Part(finding.Resource(ref), source.Part()), Body: json.RawMessage(body), By: d.who.caller, How: vouched, At: d.now()}
		last, found, err := d.ledger.LastTrusted(ctx, one.Resource)
		if err != nil {
			return nil, nil, err
		}
		now, facts = append(now, one), append(facts, before(last, found)...)
		if found {
			facts = append(facts, labelled("Change", unlike(last.Body, body))...)
		}
	}
	return now, facts, nil
}

// before says how the last version is known, where nobody vouched for it.
func before(last ledger.Definition, found bool) [][2]string {
	switch {
	case !found:
		return [][2]string{{"Before", "nothing is known"}}
	case last.How == ledger.FirstSeen:
		return [][2]string{{"Before", "first seen " + moment(last.At) + "; nobody vouched for that"}}
	}
	return [][2]string{{"Before", "trusted since " + moment(last.At) + " (" + last.How + ")"}}
}
