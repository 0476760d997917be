package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// fuzzTest is one function FuzzX of a package.
type fuzzTest struct {
	folder, name string
}

func (t fuzzTest) String() string { return t.folder + " " + t.name }

// find lists the fuzz tests that fit, by reading the test files.
func find(root string, wanted *regexp.Regexp) ([]fuzzTest, error) {
	var all []fuzzTest
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "cdk.out") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		for _, declaration := range syntax.Decls {
			if fn, ok := declaration.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				if t := (fuzzTest{filepath.ToSlash(folder), fn.Name.Name}); wanted.MatchString(t.String()) {
					all = append(all, t)
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list fuzz tests: %w", err)
	}
	slices.SortFunc(all, func(a, b fuzzTest) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.name, b.name)) })
	return all, nil
}

var counts = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) `)

// run fuzzes for so long, and says how many inputs were tried.
func (t fuzzTest) run(ctx context.Context, root string, each time.Duration) (string, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, each+building, errTooLong)
	defer cancel()
	// Making an interesting input smaller takes a minute by default, which is all the time that there is.
	c := exec.CommandContext(bounded, "go", "test", "./"+t.folder, "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(), "-fuzzminimizetime", "50x")
	c.Dir = root
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the test runs in processes of its own, which must end with it
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	err := c.Run()
	if cause := context.Cause(bounded); err != nil && cause != nil {
		if errors.Is(cause, context.Canceled) {
			return "", errors.New("stopped before the end")
		}
		err = cause
	}
	if err != nil && !outOfTime(said.String()) {
		return "", &failure{test: t, said: strings.TrimSpace(said.String()), why: err}
	}
	if all := counts.FindAllStringSubmatch(said.String(), -1); len(all) > 0 {
		last := all[len(all)-1]
		return last[1] + " inputs, " + last[2] + " of them new paths", nil
	}
	return "done", nil
}

// outOfTime says that a run failed for nothing but the end of its time, which the go command sometimes takes for a failure of the input
// that is being tried then (golang.org/issue/48591): no input is kept, and no test said anything.
func outOfTime(said string) bool {
	_, told, failed := strings.Cut(said, "--- FAIL: ")
	lines := strings.Split(strings.TrimSpace(told), "\n")
	const most = 2 // the name of the test, and that the time is over
	return failed && len(lines) > 1 && strings.TrimSpace(lines[1]) == "context deadline exceeded" && !strings.Contains(told, "Failing input") &&
		(len(lines) == most || strings.HasPrefix(lines[most], "FAIL"))
}
