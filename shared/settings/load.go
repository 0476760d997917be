package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Known lists the names that a file may use.
type Known struct {
	Checks   []string
	Remedies []string
}

// fault is one thing wrong with the file, where it is and what to do.
type fault struct {
	line int
	path string
	text string
}

func (f fault) Error() string {
	if f.line == 0 {
		return fmt.Sprintf("%s: %s", f.path, f.text)
	}
	return fmt.Sprintf("line %d: %s: %s", f.line, f.path, f.text)
}

// Load reads the file over the defaults. It reports everything that is wrong at once, each with its line.
// An empty file means the defaults.
func Load(raw []byte, known Known) (*Settings, error) {
	s := Default()
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(s); err != nil && !errors.Is(err, io.EOF) {
		return nil, decodingErrors(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	v := validator{root: &root, known: known}
	v.run(s)
	if err := errors.Join(v.faults...); err != nil {
		return nil, err
	}
	return s, nil
}

var unknownField = regexp.MustCompile(`^line (\d+): field (\S+) not found in type \S+$`)

func decodingErrors(err error) error {
	typed, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return fmt.Errorf("read settings: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	all := make([]error, 0, len(typed.Errors))
	for _, text := range typed.Errors {
		all = append(all, errors.New(unknownField.ReplaceAllString(text, "line $1: $2: no such setting")))
	}
	return errors.Join(all...)
}

type validator struct {
	root   *yaml.Node
	known  Known
	faults []error
}

func (v *validator) fault(text string, at ...string) {
	v.faults = append(v.faults, fault{line: lineOf(v.root, at), path: strings.Join(at, "."), text: text})
}

func (v *validator) oneOf(value string, allowed []string, at ...string) {
	if !slices.Contains(allowed, value) {
		v.fault(fmt.Sprintf("%q is not one of %s", value, strings.Join(allowed, ", ")), at...)
	}
}

var modes = names(Modes)

func names(list []Mode) []string {
	texts := make([]string, 0, len(list))
	for _, m := range list {
		texts = append(texts, string(m))
	}
	return texts
}

func (v *validator) run(s *Settings) {
	v.oneOf(fmt.Sprint(s.Version), []string{"1"}, "version")
	v.oneOf(string(s.Scope), []string{string(Pipelines), string(Account)}, "scope")
	v.oneOf(string(s.Mode), modes, "mode")
	v.oneOf(s.MFA.IdentityCenter, []string{"trusted", "verify", "strict"}, "mfa", "identityCenter")
	for id, mode := range s.Remedies {
		v.named("remedy", id, v.known.Remedies, "remedies", id)
		v.oneOf(string(mode), modes, "remedies", id)
	}
	for i, id := range s.Checks.Off {
		v.named("check", id, v.known.Checks, "checks", "off", fmt.Sprint(i))
	}
	if s.Sweep.EveryHours < 1 || s.Sweep.EveryHours > 24 {
		v.fault("between 1 and 24 expected", "sweep", "everyHours")
	}
	if !slices.Contains(retentions, s.LogRetentionDays) {
		v.fault(fmt.Sprintf("CloudWatch Logs keeps events for one of %v days", retentions), "logRetentionDays")
	}
	v.declared(s.MFA.MachineUsers, "machineUsers")
	v.declared(s.MFA.AutomationRoles, "automationRoles")
	for i, e := range s.Exemptions {
		at := []string{"exemptions", fmt.Sprint(i)}
		v.named("check", e.Check, v.known.Checks, append(at, "check")...)
		v.signed(e.Resource, e.Owner, e.Reason, e.Until, "resource", at)
	}
}

// retentions are the days that PutRetentionPolicy accepts (CloudWatch Logs API Reference).
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (v *validator) declared(list []Declared, name string) {
	for i, d := range list {
		v.signed(d.Name, d.Owner, d.Reason, d.Until, "name", []string{"mfa", name, fmt.Sprint(i)})
	}
}

// signed demands of an exception that it says for what, by whom, why and until when.
func (v *validator) signed(subject, owner, reason string, until Date, subjectName string, at []string) {
	for name, value := range map[string]string{subjectName: subject, "owner": owner, "reason": reason} {
		if strings.TrimSpace(value) == "" {
			v.fault("missing: an exception says for what, who decided it and why", append(at, name)...)
		}
	}
	if until.Equal(time.Time{}) {
		v.fault("missing: an exception ends on a day, for example 2026-12-31", append(at, "until")...)
	}
}

func (v *validator) named(what, id string, known []string, at ...string) {
	if slices.Contains(known, id) {
		return
	}
	text := fmt.Sprintf("%q is no %s that is known", id, what)
	if near := nearest(id, known); near != "" {
		text += "; did you mean " + near + "?"
	}
	v.fault(text+" (all: pipewarden checks)", at...)
}

// lineOf finds the line of a path in the file; the nearest line above it when the path is not written there.
func lineOf(node *yaml.Node, at []string) int {
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		return lineOf(node.Content[0], at)
	}
	if len(at) == 0 {
		return node.Line
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == at[0] {
				return max(node.Content[i].Line, lineOf(node.Content[i+1], at[1:]))
			}
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			if fmt.Sprint(i) == at[0] {
				return lineOf(item, at[1:])
			}
		}
	}
	return node.Line
}

// nearest is the known name that takes the fewest edits, when those are few.
func nearest(name string, known []string) string {
	best, least := "", 1+len(name)/4
	for _, k := range known {
		if d := edits(name, k); d <= least {
			best, least = k, d-1
		}
	}
	return best
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
