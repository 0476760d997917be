package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// fate is what became of a mutant.
type fate string

const (
	killed   fate = "killed"   // a test failed, as it should
	survived fate = "survived" // no test noticed
	excused  fate = "excused"  // no test noticed, and the list of survivors says why
	broken   fate = "broken"   // it does not compile, and does not count
)

// result is a mutant and its fate.
type result struct {
	mutant
	Fate fate   `json:"fate"`
	Why  string `json:"why,omitempty"` // of one that is excused
}

// tester runs the tests of check folders on changed code.
type tester struct {
	root, dir string
	folder    string // of the checks, from the root
	workers   int
	patience  time.Duration // for one mutant
}

// checks lists the folders that fit the pattern.
func (t *tester) checks(wanted *regexp.Regexp) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(t.root, t.folder))
	if err != nil {
		return nil, fmt.Errorf("list checks: %w", err)
	}
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() && wanted.MatchString(entry.Name()) {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}

// check tries every mutant of one check. Its tests must pass as they are.
func (t *tester) check(ctx context.Context, id string) ([]result, error) {
	files, err := filepath.Glob(filepath.Join(t.root, t.folder, id, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list code of %s: %w", id, err)
	}
	var results []result
	sources := map[string][]byte{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read code of %s: %w", id, err)
		}
		found, err := mutants(id, file, source)
		if err != nil {
			return nil, err
		}
		sources[filepath.Base(file)] = source
		for _, m := range found {
			results = append(results, result{mutant: m})
		}
	}
	if said, err := t.test(ctx, id); err != nil {
		return nil, fmt.Errorf("the tests of %s fail without any change: %w\n%s", id, err, said)
	}
	return results, t.each(ctx, results, sources)
}

// each tries the mutants, several at a time.
func (t *tester) each(ctx context.Context, results []result, sources map[string][]byte) error {
	next := make(chan int)
	errs := make([]error, t.workers)
	var group sync.WaitGroup
	for w := range t.workers {
		group.Go(func() {
			for i := range next {
				fate, err := t.try(ctx, w, results[i].mutant, sources[results[i].File])
				results[i].Fate, errs[w] = fate, errors.Join(errs[w], err)
			}
		})
	}
	for i := range results {
		next <- i
	}
	close(next)
	group.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// try tests one mutant, which takes the place of the file for the compiler only.
func (t *tester) try(ctx context.Context, worker int, m mutant, source []byte) (fate, error) {
	if ctx.Err() != nil {
		return "", nil // check tells it once
	}
	mutated := filepath.Join(t.dir, fmt.Sprintf("%d-%s", worker, m.File))
	overlay := filepath.Join(t.dir, fmt.Sprintf("%d.json", worker))
	original, err := filepath.Abs(filepath.Join(t.root, t.folder, m.Check, m.File))
	if err != nil {
		return "", fmt.Errorf("find %s: %w", m.name(), err)
	}
	raw, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err == nil {
		err = errors.Join(os.WriteFile(mutated, m.apply(source), 0o600), os.WriteFile(overlay, raw, 0o600))
	}
	if err != nil {
		return "", fmt.Errorf("write %s: %w", m.name(), err)
	}
	said, err := t.test(ctx, m.Check, "-overlay", overlay)
	switch {
	case err == nil:
		return survived, nil
	case strings.Contains(said, "[build failed]"):
		return broken, nil
	case !bytes.Contains([]byte(said), []byte("FAIL")) && !errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("test %s: %w\n%s", m.name(), err, said)
	}
	return killed, nil
}

// test runs the tests of a check's folder.
func (t *tester) test(ctx context.Context, id string, flags ...string) (string, error) {
	bounded, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	args := append([]string{"test", "-count=1", "-vet=off", "-failfast"}, flags...)
	c := exec.CommandContext(bounded, "go", append(args, "./"+t.folder+"/"+id)...)
	c.Dir = t.root
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the test binary, which may run for ever, ends with it
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err := c.Run()
	if bounded.Err() != nil && ctx.Err() == nil {
		err = bounded.Err()
	}
	return said.String(), err
}
