// Command bench measures every budget of the design on the binaries that are shipped, and prints the figures reached.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(code)
}

// bench is one run.
type bench struct {
	root, dir string
	functions []string
	only      *regexp.Regexp // the parts that are measured
	say       io.Writer
	report    report
	seen      observed // what the arithmetic of the running cost rests on
}

func (b *bench) add(f figure) { b.report.Figures = append(b.report.Figures, f) }

// run measures and prints. It exits with 1 when a budget was missed under --strict, and with 2 when it could not measure.
func run(ctx context.Context, args []string, out, say io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(say)
	format := flags.String("format", "table", "table, or json")
	strict := flags.Bool("strict", false, "exit with 1 when a budget is missed")
	root := flags.String("root", ".", "the repository's root")
	only := flags.String("only", "", "only parts that fit this `PATTERN`: reads, warm, cold, memory, sweep, size, replay; the cost takes all of them; load, which runs only when it is named")
	if err := flags.Parse(args); err != nil {
		return 2, nil // flag has said what is wrong
	}
	if *format != "table" && *format != "json" {
		return 2, fmt.Errorf("--format %q: one of table, json expected", *format)
	}
	parts, err := regexp.Compile(*only)
	if err != nil {
		return 2, fmt.Errorf("--only: %w", err)
	}
	if os.Getenv(shipped) == "" {
		return 2, errors.New("how functions are built is not known: run make bench")
	}
	b := &bench{root: *root, only: parts, say: say, report: report{Machine: here()}}
	if err := b.measure(ctx); err != nil {
		return 2, err
	}
	b.report.Machine.After = load()
	write := b.report.table
	if *format == "json" {
		write = b.report.json
	}
	if err := write(out); err != nil {
		return 2, err
	}
	if *strict && b.report.missed() > 0 {
		return 1, nil
	}
	return 0, nil
}

func (b *bench) measure(ctx context.Context) (err error) {
	if b.functions, err = functions(b.root); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "pipewarden-bench-"); err != nil {
		return fmt.Errorf("make a folder for binaries: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.step("building the functions and the command line tool", func() error { return b.build(ctx) }); err != nil {
		return err
	}
	if err := b.live(ctx); err != nil {
		return err
	}
	if b.only.MatchString("size") {
		if err := b.step("measuring the size of what is shipped (arm64)", func() error { return b.sizes(ctx) }); err != nil {
			return err
		}
	}
	if b.only.MatchString("replay") {
		if err := b.replays(ctx); err != nil {
			return err
		}
	}
	if b.only.String() != "" {
		return nil // the cost rests on all of them
	}
	return b.cost(time.Now())
}

// patience is how long a step may take without a word.
const patience = 2 * time.Second

// step does one thing, and says so when it takes longer than that.
func (b *bench) step(name string, do func() error) error {
	began := time.Now()
	said := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		fmt.Fprintf(b.say, "%s ...\n", name)
		close(said)
	})
	err := do()
	if !timer.Stop() {
		<-said
		fmt.Fprintf(b.say, "%s: %.0f s\n", name, time.Since(began).Seconds())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
