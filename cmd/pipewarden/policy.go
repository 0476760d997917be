package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/privilege"
	"github.com/pipewarden/pipewarden/shared/report"
)

// policyReport is what --format json prints.
type policyReport struct {
	Valid      bool                      `json:"valid"`
	Public     bool                      `json:"public"`
	Outside    []string                  `json:"outside"`
	Statements []policy.StatementVerdict `json:"statements"`
	Reason     string                    `json:"reason,omitempty"` // why it is not valid
}

func (p *program) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy FILE|-",
		Short: "Say whom a resource policy admits, or what an identity policy gives, offline",
		Long: `Say of each statement of a resource policy whether it admits everyone, and which accounts the document admits.
With --kind identity: say whether the policy makes whoever has it an administrator, which services it gives whole, and which ways to more
power it opens. Nothing is asked of AWS: what holds a policy back elsewhere, such as Block Public Access, a permissions boundary or
another policy's Deny, is not known here.`,
		Example: `  pipewarden policy bucket-policy.json
  pipewarden policy --kind key --account 111122223333 key-policy.json
  pipewarden policy --kind identity role-policy.json
  aws s3api get-bucket-policy --bucket docs --query Policy --output text | pipewarden policy --format json -`,
		Args: takes(1, 1, "a policy's file, or - for the standard input,"),
	}
	kinds := []string{string(policy.Bucket), string(policy.Key), string(policy.Logs), string(policy.Topic), string(policy.Repository), identityKind}
	kind := choiceFlag(cmd, "kind", "what the policy belongs to", kinds[0], kinds...)
	format := formatFlag(cmd)
	account := cmd.Flags().String("account", "", "the `ID` of your own account, which does not count as outside")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *account != "" && !accountForm.MatchString(*account) {
			return fmt.Errorf("policy: --account %s: an account ID has twelve digits", *account)
		}
		return p.policy(args[0], policy.Kind(kind.value), *account, format.value)
	}
	return cmd
}

var accountForm = regexp.MustCompile(`^\d{12}$`)

func (p *program) policy(file string, kind policy.Kind, home, format string) error {
	raw, err := p.read(file)
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	document, err := policy.Parse(raw)
	if err != nil {
		if reason := errors.Unwrap(err); reason != nil {
			err = reason // without the verb, which is said here
		}
		broken := fmt.Errorf("policy %s: not a valid policy: %w. %s", shown(file), err, advice(raw))
		if format == asJSON {
			return errors.Join(broken, p.json(invalid(kind, err)))
		}
		return broken
	}
	if kind == identityKind {
		return p.identity(document, format)
	}
	v := document.Judge(kind, home)
	if format == asJSON {
		return p.json(policyReport{Valid: true, Public: v.Public, Outside: filled(v.Outside), Statements: filled(v.Statements)})
	}
	return p.policyTable(v)
}

func invalid(kind policy.Kind, reason error) any {
	report := policyReport{Outside: []string{}, Statements: []policy.StatementVerdict{}, Reason: reason.Error()}
	if kind == identityKind {
		return identityReport{report, privilege.Judgement{Wildcards: []string{}, Escalations: []privilege.Escalation{}}}
	}
	return report
}

// advice is what to do about a document that is no policy. Many calls of AWS answer with the policy as a text within JSON.
func advice(raw []byte) string {
	var text string
	var answer struct{ Policy string }
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return "It lies within a text: take it out with jq -r ."
	case json.Unmarshal(raw, &answer) == nil && answer.Policy != "":
		return "It lies within an answer of AWS: take it out with jq -r .Policy"
	}
	return "Mend it and ask again"
}

func (p *program) policyTable(v policy.Verdict) error {
	rows := make([][]string, 0, len(v.Statements))
	open := false
	for _, s := range v.Statements {
		word := "not public"
		if s.Public {
			word = "public"
		}
		if s.OpenToWrites {
			word, open = "open to writes", true
		}
		rows = append(rows, []string{strconv.Itoa(s.Index + 1), report.Plain(s.Sid), word, report.Plain(strings.TrimPrefix(s.Why, word+": "))})
	}
	var err error
	if len(rows) > 0 {
		err = errors.Join(report.Columns(p.out, []string{"STATEMENT", "SID", "VERDICT", "WHY"}, rows), line(p.out, ""))
	}
	closing := "Not public."
	switch {
	case v.Public:
		closing = "Public: it admits everyone."
	case open:
		closing = "Not public, but open to writes by any service."
	case len(rows) == 0:
		closing = "Not public: it has no statement."
	}
	if len(v.Outside) > 0 {
		closing += " From outside it admits " + report.Plain(strings.Join(v.Outside, ", ")) + "."
	}
	return errors.Join(err, line(p.out, closing))
}

// read reads a file, or the standard input for "-".
func (p *program) read(file string) ([]byte, error) {
	var raw []byte
	var err error
	if file == "-" {
		raw, err = io.ReadAll(p.in)
	} else {
		raw, err = os.ReadFile(file)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file. Name one that is there, or - for the standard input", file)
	}
	if of, ok := errors.AsType[*os.PathError](err); ok {
		return nil, fmt.Errorf("%s: %w", file, of.Err)
	}
	return raw, err
}

func shown(file string) string {
	if file == "-" {
		return "from the standard input"
	}
	return file
}

func (p *program) json(v any) error {
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// filled is a list that JSON writes as [] when it is empty.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
