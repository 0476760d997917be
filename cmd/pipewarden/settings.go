package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func (p *program) settingsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "settings",
		Short:   "Look into the settings file",
		Example: "  pipewarden settings validate\n  pipewarden settings explain web-prod --kind pipeline",
		Args:    takes(0, 0, "validate or explain"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "validate [FILE]",
		Short: "Say everything that is wrong with a settings file, or what it switches on",
		Long: `Say everything that is wrong with a settings file at once, each with its line, or what it switches on.
Without FILE it is pipewarden.yaml in the current folder. Exits with 2 when the file is not valid.`,
		Example: `  pipewarden settings validate
  pipewarden settings validate staging.yaml`,
		Args: takes(0, 1, "one settings file"),
		RunE: func(_ *cobra.Command, args []string) error {
			file := settingsFile
			if len(args) == 1 {
				file = args[0]
			}
			s, err := p.settings(file)
			if err != nil {
				return err
			}
			return p.switchedOn(file, s)
		},
	})
	cmd.AddCommand(p.explainCommand())
	return cmd
}

// settingsFile is what the file is called.
const settingsFile = "pipewarden.yaml"

// settings reads a settings file; without one the defaults hold.
func (p *program) settings(file string) (*settings.Settings, error) {
	if file == "" {
		return settings.Default(), nil
	}
	s, _, err := p.located(file)
	return s, err
}

// located reads a settings file, and tells on which line of it each setting stands.
func (p *program) located(file string) (*settings.Settings, map[string]int, error) {
	raw, err := p.read(file)
	if err != nil {
		return nil, nil, fmt.Errorf("settings %w", err)
	}
	known := deployment.Known(p.checks)
	for _, r := range p.remedies {
		known.Remedies = append(known.Remedies, r.ID)
	}
	s, lines, err := settings.Located(raw, known)
	if err != nil {
		return nil, nil, placed(file, err)
	}
	return s, lines, nil
}

var lineForm = regexp.MustCompile(`^(?:read settings: )?(?:yaml: )?line (\d+): `)

// placed puts the file before each error, and the line where editors look for it: pipewarden.yaml:14.
func placed(file string, err error) error {
	list := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost alone is the list
		list = several.Unwrap()
	}
	type fault struct {
		line int
		text string
	}
	all := make([]fault, 0, len(list))
	for _, one := range list {
		at := fault{text: fmt.Sprintf("settings %s: %v", shown(file), one)}
		if found := lineForm.FindStringSubmatch(one.Error()); found != nil {
			_, _ = fmt.Sscan(found[1], &at.line) // digits, by the pattern
			at.text = fmt.Sprintf("settings %s:%s: %s", shown(file), found[1], one.Error()[len(found[0]):])
		}
		all = append(all, at)
	}
	slices.SortStableFunc(all, func(a, b fault) int { return a.line - b.line })
	var joined []error
	for _, at := range all {
		joined = append(joined, errors.New(at.text))
	}
	return errors.Join(joined...)
}

func (p *program) switchedOn(file string, s *settings.Settings) error {
	on := deployment.On(p.checks, s)
	if file == "-" {
		file = "The standard input"
	}
	text := fmt.Sprintf("%s is valid: %s on, %d off.\nWhat remedies may do at most:\n", report.Plain(file), counted(len(on), "check"), len(p.checks)-len(on))
	byMode := map[settings.Mode][]string{}
	for _, r := range p.remedies {
		byMode[s.Boldest(r.ID)] = append(byMode[s.Boldest(r.ID)], r.ID)
	}
	for _, mode := range []settings.Mode{settings.Apply, settings.Ask, settings.Propose, settings.Off} {
		if ids := byMode[mode]; len(ids) > 0 {
			text += fmt.Sprintf("  %-8s %s\n", mode, strings.Join(ids, ", "))
		}
	}
	if n := len(s.Overrides); n > 0 {
		text += fmt.Sprintf("Otherwise at some places: %s. What holds where: pipewarden settings explain\n", counted(n, "override"))
	}
	now := p.now()
	users, roles, exempt := len(settings.Valid(s.MFA.MachineUsers, now)), len(settings.Valid(s.MFA.AutomationRoles, now)), inForce(s, p)
	text += fmt.Sprintf("Scope: %s. Exceptions in force: %s, %s, %s.\n", s.Scope,
		counted(users, "machine user"), counted(roles, "automation role"), counted(exempt, "exemption"))
	if ended := len(s.MFA.MachineUsers) + len(s.MFA.AutomationRoles) + len(s.Exemptions) - users - roles - exempt; ended > 0 {
		text += fmt.Sprintf("Ended, and of no effect: %s.\n", counted(ended, "exception"))
	}
	_, err := fmt.Fprint(p.out, text)
	return err
}

// inForce is how many exemptions have not ended.
func inForce(s *settings.Settings, p *program) int {
	n := 0
	for _, e := range s.Exemptions {
		if p.now().Before(e.Until.AddDate(0, 0, 1)) {
			n++
		}
	}
	return n
}
