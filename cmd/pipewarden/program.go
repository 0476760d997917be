package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
)

// program is what the commands work with: everything that they take from the process and from AWS.
type program struct {
	in       io.Reader
	out, err io.Writer
	asks     bool // somebody can be asked: input and error output are terminals
	shows    bool // output goes to a terminal
	watches  bool // error output goes to a terminal
	env      func(string) string
	now      func() time.Time
	checks   []*check.Check
	remedies []*remedy.Remedy
	aws      func(ctx context.Context, region string) (aws.Config, error)
	store    func(cfg aws.Config, table string) ledger.Store
}

// The exit codes: what was asked for was done; a verdict, or a refusal to act; it could not be done.
const (
	done    = 0
	verdict = 1
	usage   = 2
)

// exit is an error with another code than usage. Without an error of its own nothing is printed.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// run carries out one command line and gives the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return done
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("stopped before the end")
	}
	p.complain(err)
	if coded, ok := errors.AsType[exit](err); ok {
		return coded.code
	}
	return usage
}

// complain prints each of the joined errors on a line of its own.
func (p *program) complain(err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost alone is a list to be printed
		for _, one := range several.Unwrap() {
			p.complain(one)
		}
		return
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintln(p.err, "pipewarden:", report.Plain(text)) // nobody is left to be told
	}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "pipewarden",
		Short: "Audits AWS pipelines, builds, their artifacts and logs, and puts right what it may",
		Long: `pipewarden audits the machinery that ships software on AWS: pipelines, builds, the buckets and logs they
leave behind, the roles they run under, and the audit trail that would tell on an intruder.`,
		Example: `  pipewarden replay trail/                 what a CloudTrail archive tells, offline
  pipewarden scan --region eu-west-1       an account as it is now, read-only
  pipewarden policy bucket-policy.json     who a policy admits, offline
  pipewarden secrets build.log             what secrets a text holds, offline
  pipewarden checks build-project-public   what a check judges, and why
  pipewarden approve 01K3F7Q2              do what a message proposed`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			text := fmt.Sprintf("%s: no such command.", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				text += " Did you mean " + strings.Join(near, " or ") + "?"
			}
			return errors.New(text + " All: pipewarden --help")
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.Version = version()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%s: %w. See: %s --help", name(cmd), err, cmd.CommandPath())
	})
	for _, group := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"look", "Look into something:", []*cobra.Command{p.replayCommand(), p.scanCommand(), p.policyCommand(), p.secretsCommand(), p.diffCommand(), p.checksCommand(), p.inventoryCommand(), p.reportCommand(), p.verifyCommand()}},
		{"decide", "Decide on what was found, proposed and done:", []*cobra.Command{p.findingsCommand(), p.findingCommand(), p.actionsCommand(), p.approveCommand(), p.rejectCommand(), p.undoCommand(), p.redoCommand()}},
		{"keep", "Go back to what was trusted:", []*cobra.Command{p.definitionsCommand(), p.trustCommand(), p.restoreCommand()}},
		{"govern", "Govern the deployment:", []*cobra.Command{
			p.settingsCommand(), p.permissionsCommand(), p.exemptCommand(), p.exemptionsCommand(), p.muteCommand(), p.mutesCommand(), p.stopCommand(), p.startCommand(), p.costCommand(), p.accountsCommand(), p.sweepCommand(),
		}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, command := range group.commands {
			command.GroupID = group.id
			root.AddCommand(command)
		}
	}
	root.AddCommand(p.versionCommand())
	return root
}

// name is the command as people type it, without the program's own name.
func name(cmd *cobra.Command) string {
	_, rest, found := strings.Cut(cmd.CommandPath(), " ")
	if !found {
		return "options"
	}
	return rest
}

// takes demands so many arguments, and says in words what they are.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("%s: %s expected. See: %s --help", name(cmd), what, cmd.CommandPath())
		case most >= 0 && len(args) > most:
			return fmt.Errorf("%s: %q is too much: %s expected. See: %s --help", name(cmd), args[most], what, cmd.CommandPath())
		}
		return nil
	}
}

// colored says whether to use colours (no-color.org).
func (p *program) colored() bool {
	return p.shows && p.env("NO_COLOR") == "" && p.env("TERM") != "dumb"
}
