// Command fuzz runs every fuzz test of the repository for a while, one after another, and stops at the first that fails.
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
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

// building is how long a test may take besides the fuzzing: to be compiled, and to try what is known already.
const building = 5 * time.Minute

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	flags.SetOutput(out)
	root := flags.String("root", ".", "the repository's root")
	each := flags.Duration("time", time.Minute, "how long each is run")
	only := flags.String("only", "", "run those alone whose folder and name, \"shared/event FuzzDecode\", fit this `PATTERN`")
	list := flags.Bool("list", false, "list them, and run none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	tests, err := find(*root, wanted)
	if err != nil {
		return err
	}
	if len(tests) == 0 {
		return fmt.Errorf("no fuzz test fits %q. All: go run ./integration/fuzz -list", *only)
	}
	for _, t := range tests {
		fmt.Fprintln(out, " ", t)
	}
	if *list {
		return nil
	}
	fmt.Fprintf(out, "%s, %s each: about %s.\n", counted(len(tests)), *each, time.Duration(len(tests))**each)
	for i, t := range tests {
		fmt.Fprintf(out, "[%d/%d] %s ... ", i+1, len(tests), t)
		said, err := t.run(ctx, *root, *each)
		if err != nil {
			fmt.Fprintln(out, "fails")
			return err
		}
		fmt.Fprintln(out, said)
	}
	fmt.Fprintln(out, "None fails.")
	return nil
}

func counted(n int) string {
	if n == 1 {
		return "1 fuzz test"
	}
	return fmt.Sprintf("%d fuzz tests", n)
}

// failure is a fuzz test that failed, with what it said and how to see it again.
type failure struct {
	test fuzzTest
	said string
	why  error
}

var again = regexp.MustCompile(`(?m)^\s*go test -run=(\S+)$`)

func (f *failure) Error() string {
	text := fmt.Sprintf("%s: %v\n%s\n", f.test, f.why, f.said)
	if found := again.FindStringSubmatch(f.said); found != nil {
		return text + fmt.Sprintf("The input is kept below %s/testdata/fuzz; commit it with the mend. Again: go test ./%s -run '%s'", f.test.folder, f.test.folder, found[1])
	}
	return text + fmt.Sprintf("Again: go test ./%s -run '^$' -fuzz '^%s$'", f.test.folder, f.test.name)
}

func (f *failure) Unwrap() error { return f.why }

var errTooLong = errors.New("it did not end in time")
