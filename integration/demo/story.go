package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// happening is one change by somebody, and everything that follows from it.
type happening struct {
	service string   // as CloudTrail names it
	calls   []string // likewise
	do      func(context.Context) error
	look    func(context.Context) ([]string, error) // the values that are shown side by side
}

// values are what looks saw: before the change, right after it, and once pipewarden was done.
type values struct{ before, after, done []string }

// follow makes the change and waits until pipewarden has nothing left to do.
func (d *demo) follow(ctx context.Context, h happening) (v values, mails []estate.Mail, err error) {
	if v.before, err = h.look(ctx); err != nil {
		return v, nil, err
	}
	at, made := time.Now(), len(d.aws.Calls())
	if err = h.do(ctx); err != nil {
		return v, nil, err
	}
	if v.after, err = h.look(ctx); err != nil {
		return v, nil, err
	}
	if mails, err = d.post(ctx); err != nil {
		return v, nil, err
	}
	if v.done, err = h.look(ctx); err != nil {
		return v, nil, err
	}
	d.way(h, made, mails)
	d.findings(mails)
	d.gap()
	d.line("    %s", d.faint.Sprintf("%.1f seconds from the call until everything was done and told", time.Since(at).Seconds()))
	return v, mails, nil
}

// way shows how the event went through what was deployed. made is how many calls there were before.
func (d *demo) way(h happening, made int, mails []estate.Mail) {
	d.head("The way of the event")
	for _, call := range h.calls {
		d.line("    %-8s %s %s -> rule %s -> queue -> auditor", "event", h.service, call, d.system.RuleFor(h.service+".amazonaws.com", call))
	}
	for _, call := range d.aws.Calls()[made:] {
		if call.Principal == d.system.Principal("remediator") && !slices.Contains(own, call.Service) && !reading(call.Operation) {
			d.line("    %-8s queue -> remediator -> %s %s -> read back", "order", call.Service, call.Operation)
		}
	}
	d.line("    %-8s topic -> e-mail, %s", "message", counted(len(mails), "message"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// post waits until nothing is under way, and takes the mail in.
func (d *demo) post(ctx context.Context) ([]estate.Mail, error) {
	if err := d.system.Settle(ctx); err != nil {
		return nil, err
	}
	mails, err := d.system.Mails(ctx)
	d.mails += len(mails)
	return mails, err
}

// findings lists what was found, the worst first.
func (d *demo) findings(mails []estate.Mail) {
	var found []announce.Entry
	for _, m := range mails {
		for _, f := range m.Document.Findings {
			if f.Kind == announce.Found || f.Kind == announce.Reopened {
				found = append(found, f)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b announce.Entry) int { return int(b.Severity) - int(a.Severity) })
	d.head("What the auditor found")
	for _, f := range found {
		d.line("    %s %-28s %s", d.severity(f.Severity), f.Check, f.Resource.Kind+" "+f.Resource.ID)
	}
	if len(found) == 0 {
		d.line("    nothing")
	}
}

func (d *demo) severity(s finding.Severity) string {
	word := fmt.Sprintf("%-9s", s)
	switch {
	case s >= finding.High:
		return d.bad.Sprint(word)
	case s == finding.Medium:
		return d.warm.Sprint(word)
	}
	return word
}

// compare shows values before and after, side by side. What changed since the column before is marked.
func (d *demo) compare(heading []string, labels []string, v ...[]string) {
	rows := [][]string{heading}
	for i, label := range labels {
		row := []string{label}
		for n, column := range v {
			cell := column[i]
			switch {
			case n > 0 && cell != v[n-1][i] && cell == v[0][i]:
				cell = d.good.Sprint(cell)
			case n > 0 && cell != v[n-1][i]:
				cell = d.bad.Sprint(cell)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	d.columns(rows...)
}

// mail shows a message as it would arrive. Of one that was seen in full before, the sections named are enough; nil shows all.
func (d *demo) mail(m estate.Mail, sections []string) {
	lines := []string{"Subject: " + m.Subject, ""}
	all := strings.Split(strings.TrimRight(m.Text, "\n"), "\n")
	if sections == nil {
		lines = append(lines, all...)
	} else {
		lines = append(lines, excerpt(all, sections)...)
	}
	d.gap()
	d.frame("e-mail to "+reader, lines)
}

// others names the messages that are not shown.
func (d *demo) others(mails []estate.Mail, shown ...int) {
	first := true
	for i, m := range mails {
		if slices.Contains(shown, i) {
			continue
		}
		if first {
			d.head("Other messages")
			first = false
		}
		d.line("    %s", m.Subject)
	}
}

// find is the place of the first message that brings such news of a check; -1 when there is none.
func find(mails []estate.Mail, kind announce.Kind, check string) int {
	return slices.IndexFunc(mails, func(m estate.Mail) bool {
		return slices.ContainsFunc(m.Document.Findings, func(f announce.Entry) bool { return f.Kind == kind && f.Check == check })
	})
}

// orderOf is the action that the messages name for a check.
func orderOf(mails []estate.Mail, check string) string {
	for _, m := range mails {
		for _, f := range m.Document.Findings {
			if f.Check == check && f.Order != "" {
				return f.Order
			}
		}
	}
	return ""
}

// command runs the command line tool as somebody, and shows what it printed.
func (d *demo) command(ctx context.Context, who emulator.Caller, args ...string) error {
	d.gap()
	d.line("%s", d.strong.Sprintf("$ pipewarden %s", strings.Join(slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--yes" }), " ")))
	run, err := d.system.Run(ctx, who, args...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(run.Stdout + run.Stderr) {
		d.line("%s", strings.TrimRight(line, "\n"))
	}
	if run.Code != 0 {
		return fmt.Errorf("pipewarden %s: exit code %d", strings.Join(args, " "), run.Code)
	}
	return nil
}
