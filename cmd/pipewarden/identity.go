package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/report"
)

// identityKind is the kind of policies that say what whoever has them may do.
const identityKind = "identity"

// identityReport is what --format json prints of such a policy. It admits nobody, so that it is never public.
type identityReport struct {
	policyReport
	privilege.Judgement
}

func (p *program) identity(document *policy.Document, format string) error {
	permissions, err := privilege.Of(privilege.Grants{Policies: []*policy.Document{document}})
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	judged := permissions.Judge()
	statements := make([]policy.StatementVerdict, 0, len(document.Statements))
	for i := range document.Statements {
		s := &document.Statements[i]
		statements = append(statements, policy.StatementVerdict{Index: i, Sid: s.Sid, Why: gives(s)})
	}
	if format == asJSON {
		return p.json(identityReport{policyReport{Valid: true, Outside: []string{}, Statements: statements}, judged})
	}
	rows := make([][]string, 0, len(statements))
	for _, s := range statements {
		rows = append(rows, []string{strconv.Itoa(s.Index + 1), report.Plain(s.Sid), report.Plain(s.Why)})
	}
	if len(rows) > 0 {
		err = errors.Join(report.Columns(p.out, []string{"STATEMENT", "SID", "WHAT IT DOES"}, rows), line(p.out, ""))
	}
	for _, text := range inWords(judged) {
		err = errors.Join(err, line(p.out, report.Plain(text)))
	}
	return err
}

// inWords is the judgement in words. Of an administrator the rest goes without saying.
func inWords(j privilege.Judgement) []string {
	if j.Administrator {
		return []string{"Administrator: it gives every action on every resource, changes of its own permissions among them."}
	}
	lines := []string{"Not an administrator."}
	if len(j.Wildcards) > 0 {
		lines = append(lines, "Given whole, on every resource: "+strings.Join(j.Wildcards, ", "))
	}
	if len(j.Escalations) > 0 {
		lines = append(lines, "Ways to more power:")
	}
	for _, e := range j.Escalations {
		lines = append(lines, "  "+e.Path()+": "+e.Gives)
	}
	return lines
}

// gives says in one line what a statement does.
func gives(s *policy.Statement) string {
	if s.Principal.Present || s.NotPrincipal.Present {
		return "names a principal, which no identity policy does: it counts for nothing"
	}
	verb := "allows "
	if s.Effect != "Allow" {
		verb = "denies "
	}
	text := verb + enumerated(s.Action, s.NotAction, "action") + " on " + enumerated(s.Resource, s.NotResource, "resource")
	if s.Effect == "Allow" && len(s.Action) > 0 && !slices.ContainsFunc(s.Action, func(action string) bool { return !privilege.Reads(action) }) {
		text += ", which only reads"
	}
	if len(s.Condition) > 0 {
		text += ", under a condition"
	}
	return text
}

// enumerated names as many as fit into a line.
func enumerated(names, but policy.Strings, what string) string {
	const most, longest = 3, 60
	before := ""
	if len(but) > 0 {
		names, before = but, "all but "
	}
	if len(names) == 0 {
		return "no " + what
	}
	if len(names) > most {
		return fmt.Sprintf("%s%d %ss", before, len(names), what)
	}
	short := make([]string, 0, most)
	for _, name := range names {
		if runes := []rune(name); len(runes) > longest {
			name = string(runes[:longest]) + "…"
		}
		short = append(short, name)
	}
	return before + strings.Join(short, ", ")
}
