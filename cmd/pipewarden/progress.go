package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	patience  = 2 * time.Second // for less nobody needs to be told
	manyFiles = 100
	tick      = 150 * time.Millisecond
)

// progress shows how far something got, on a terminal only.
type progress struct {
	err  io.Writer
	bar  *progressbar.ProgressBar
	quit chan struct{}
	gone sync.WaitGroup
}

// progress begins to show. Done counts towards total; parts is told beside it.
func (p *program) progress(what string, total int, noun string, done, parts *atomic.Int64) *progress {
	g := &progress{err: p.err, quit: make(chan struct{})}
	if !p.watches || total == 0 {
		return g
	}
	began := p.now()
	g.gone.Go(func() {
		if total < manyFiles {
			select {
			case <-time.After(patience):
			case <-g.quit:
				return
			}
		}
		g.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.err), progressbar.OptionSetWidth(20), progressbar.OptionShowDescriptionAtLineEnd(),
			progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: " ", BarStart: what + " "}))
		g.show(func() time.Duration { return p.now().Sub(began) }, noun, done, parts)
	})
	return g
}

func (g *progress) show(since func() time.Duration, noun string, done, parts *atomic.Int64) {
	told := func() {
		at := done.Load() // before the parts: when all is done, all parts are counted
		g.bar.Describe(fmt.Sprintf("%s  %.1f s", counted(int(parts.Load()), noun), since().Seconds()))
		_ = g.bar.Set64(at) // only a bar without a length fails
	}
	for {
		told()
		select {
		case <-time.After(tick):
		case <-g.quit:
			told()
			return
		}
	}
}

// stop ends the showing and leaves its last line.
func (g *progress) stop() {
	close(g.quit)
	g.gone.Wait()
	if g.bar != nil {
		_, _ = fmt.Fprint(g.err, "\n\n") // whoever watched has gone if this fails
	}
}
