package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// allowed is one action that a function is allowed.
type allowed struct {
	Function  string   `json:"function"`
	Action    string   `json:"action"`
	Writes    bool     `json:"writes"`
	Resources []string `json:"resources"`          // what is in braces the deployment fills in
	PassedTo  []string `json:"passedTo,omitempty"` // of iam:PassRole: the services that a role may be given to
	Reason    string   `json:"reason,omitempty"`
}

func (p *program) permissionsCommand() *cobra.Command {
	var file, function string
	var writes bool
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "List every IAM action that the settings give each function, on what, and why",
		Long: `List every IAM action that the settings give each function, on which resources, and why. What stands in braces is filled in by the
deployment: {table}, {topic}, {key}, {looks} and {orders} are the stack's own. Nothing is asked of AWS.`,
		Example: `  pipewarden permissions
  pipewarden permissions --function remediator --writes
  pipewarden permissions --settings staging.yaml --format json`,
		Args:              takes(0, 0, "nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	format := formatFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&file, "settings", "", "the settings `FILE` (default: pipewarden.yaml in this folder, else the defaults)")
	flags.StringVar(&function, "function", "", "only of one `FUNCTION`: "+strings.Join(blueprint.Functions, ", "))
	flags.BoolVar(&writes, "writes", false, "only what changes something beyond the stack itself")
	cmd.RunE = func(*cobra.Command, []string) error {
		if function != "" && !slices.Contains(blueprint.Functions, function) {
			return fmt.Errorf("permissions: %q is no function.%s They are: %s", function, meant(function, blueprint.Functions), strings.Join(blueprint.Functions, ", "))
		}
		s, err := p.here(file)
		if err != nil {
			return err
		}
		plan, err := blueprint.New(blueprint.Catalogue{Checks: p.checks, Remedies: p.remedies}, s)
		if err != nil {
			return fmt.Errorf("permissions: %w", err)
		}
		list := slices.DeleteFunc(every(plan), func(a allowed) bool {
			return function != "" && a.Function != function || writes && (!a.Writes || own(a))
		})
		if format.value == asJSON {
			return p.json(filled(list))
		}
		return p.allowances(list)
	}
	return cmd
}

// here reads a settings file; without one that of this folder, or the defaults where there is none.
func (p *program) here(file string) (*settings.Settings, error) {
	if file != "" {
		return p.settings(file)
	}
	if _, err := os.Stat(settingsFile); errors.Is(err, fs.ErrNotExist) {
		return settings.Default(), nil
	}
	return p.settings(settingsFile)
}

func every(plan *blueprint.Plan) []allowed {
	var list []allowed
	for _, function := range blueprint.Functions {
		for _, s := range plan.Functions[function] {
			for _, action := range s.Actions {
				list = append(list, allowed{Function: function, Action: action, Writes: !blueprint.Reads(action), Resources: s.Resources, PassedTo: s.PassedTo, Reason: s.Reason})
			}
		}
	}
	return list
}

// own says that it is on the stack's own resources alone.
func own(a allowed) bool {
	return !slices.ContainsFunc(a.Resources, func(r string) bool {
		return !strings.HasPrefix(r, "{") && !strings.HasSuffix(r, blueprint.LogGroup(a.Function)+":*")
	})
}

func (p *program) allowances(list []allowed) error {
	if len(list) == 0 {
		return line(p.out, "None.")
	}
	rows := make([][]string, 0, len(list))
	for _, a := range list {
		does := "reads"
		if a.Writes {
			does = "writes"
		}
		on := strings.Join(a.Resources, " ")
		if len(a.PassedTo) > 0 {
			on += ", passed to " + strings.Join(a.PassedTo, " or ")
		}
		rows = append(rows, []string{a.Function, a.Action, does, report.Plain(on), report.Plain(first(a.Reason, "The stack's own."))})
	}
	return report.Columns(p.out, []string{"FUNCTION", "ACTION", "DOES", "ON", "WHY"}, rows)
}
