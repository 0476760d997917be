// Command demo shows the whole of pipewarden at work in an emulated account: four stories, with an approval, an undo and a restore.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
)

func main() {
	noPause := flag.Bool("no-pause", false, "do not wait for Enter between the chapters")
	keep := flag.Bool("keep", false, "leave the emulated account running at the end, until Ctrl-C")
	flag.Parse()
	// Also when the terminal or the reader of a pipe goes away, what was started is ended.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	shown := term.IsTerminal(int(os.Stdout.Fd()))
	s := newScreen(os.Stdout, shown, shown && term.IsTerminal(int(os.Stdin.Fd())) && !*noPause)
	if columns, _, err := term.GetSize(int(os.Stdout.Fd())); shown && err == nil && columns < width {
		fmt.Printf("This is drawn %d columns wide, and the terminal has %d: widen it to read without breaks.\n", width, columns)
	}
	err := play(ctx, s, *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", why(err))
		os.Exit(1)
	}
}

// play shows all chapters, and clears up whatever happens.
func play(ctx context.Context, s *screen, keep bool) (err error) {
	d := &demo{screen: s}
	defer func() { err = errors.Join(err, d.close()) }()
	for _, chapter := range []struct {
		title string
		show  func(context.Context) error
	}{
		{"What is started here", d.begin},
		{"What leans on what", d.inventory},
		{"Story 1: the builds of payments-api are made public", d.publicProject},
		{"Story 1, continued: a person undoes it", d.undo},
		{"Story 2: the pipeline's artifact bucket is opened to everyone", d.publicBucket},
		{"Story 3: the pipeline is changed with an access key, without MFA", d.changedPipeline},
		{"Story 3, continued: the pipeline is deleted, and restored", d.deletedPipeline},
		{"Story 4: the audit trail is stopped", d.stoppedTrail},
		{"What was shown, and what was not", d.end},
	} {
		s.chapter(ctx, chapter.title)
		if err := chapter.show(ctx); err != nil {
			return fmt.Errorf("%s: %w", strings.ToLower(chapter.title[:1])+chapter.title[1:], err)
		}
	}
	if keep {
		d.linger(ctx)
	}
	return nil
}

// why is an error as one sentence that says what to do.
func why(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "stopped before the end."
	case errors.Is(err, emulator.ErrNoEmulator):
		return "the AWS emulator is missing: run make demo, which installs it, or put moto_server on the PATH."
	case errors.Is(err, estate.ErrNoNode):
		return "Node.js is missing, on which the stack is synthesised: install Node.js 20 or newer and try again."
	}
	return err.Error()
}
