package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/integration/estate"
)

// end sums up, says what the demo cannot show, and how to go on, and leaves a report of it all.
func (d *demo) end(ctx context.Context) error {
	d.head("How long it took")
	var sum time.Duration
	for _, one := range d.chapters[:len(d.chapters)-1] {
		d.line("    %-66s %5.1f s", one.title, one.Seconds())
		sum += one.Duration
	}
	d.line("    %-66s %5.1f s", "in all", sum.Seconds())

	d.head("Who called AWS")
	d.columns(d.callers()...)
	d.gap()
	d.say("Messages: %d. The auditor and the sweeper have no permission to write to anything but pipewarden's own table, queues, topic and heartbeat. Of the "+
		"functions only the remediator changes resources, with the calls of remedies that are switched on and no others. approve, undo "+
		"and restore run with the credentials of whoever types them.", d.mails)

	d.head("What was not shown, or is otherwise on AWS")
	for _, limit := range []string{
		"CloudTrail takes seconds to some minutes to bring an event; here it takes none.",
		"E-mail arrives only after the link in AWS's confirmation was opened. Until then nothing comes, and nothing says so.",
		"The emulator does not hold the functions to their IAM policies; a test compares each call with them.",
		"What happened while the trail was stopped is missing: no remedy brings that back.",
		"Keys, alarms and the dashboard are in the template and do nothing here.",
	} {
		for i, one := range fold(limit, width-8) {
			d.line("    %s %s", map[bool]string{true: "-", false: " "}[i == 0], one)
		}
	}

	d.head("To try next")
	for _, next := range [][2]string{
		{"go run ./cmd/pipewarden replay events", "what the sample events tell, offline"},
		{"go run ./cmd/pipewarden checks", "everything that is judged"},
		{"go run ./cmd/pipewarden scan", "your own account, read-only"},
		{"make demo DEMO_FLAGS=--keep", "this account, left running to play with"},
		{"make deploy EMAIL=you@example.com", "into your own account, where it only proposes"},
	} {
		d.line("    %-40s %s", next[0], d.faint.Sprint(next[1]))
	}
	d.gap()
	return d.report(ctx)
}

// callers counts the functions' calls: to pipewarden's own parts, those that read resources, and those that change them, by name.
func (d *demo) callers() [][]string {
	rows := [][]string{{"Calls of", "its own parts", "reading", "changing resources"}}
	by := map[string]string{"carol, by the command": "arn:aws:iam::" + estate.Account + ":user/" + estate.Carol.User}
	for _, function := range d.system.Functions() {
		by["the "+function] = d.system.Principal(function)
	}
	for _, who := range slices.Sorted(maps.Keys(by)) {
		parts, reads, writes := 0, 0, map[string]int{}
		for _, call := range d.aws.Calls() {
			if call.Principal != by[who] {
				continue
			}
			switch {
			case slices.Contains(own, call.Service):
				parts++
			case reading(call.Operation):
				reads++
			default:
				writes[call.Operation]++
			}
		}
		changed := "none"
		if len(writes) > 0 {
			changed = strings.Join(slices.Sorted(maps.Keys(writes)), "\n")
		}
		rows = append(rows, []string{who, fmt.Sprint(parts), fmt.Sprint(reads), changed})
	}
	return rows
}

// own are the services of pipewarden's own parts.
var own = []string{"dynamodb", "sqs", "sns", "ssm", "sts"}

// reading says whether an operation changes nothing. What starts with Generate asks IAM for a report.
func reading(operation string) bool {
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "BatchGet", "Head", "Generate"}, func(p string) bool { return strings.HasPrefix(operation, p) })
}
