package report

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Where SARIF is defined; sections (§) below are those of this page. The schema is read by editors and validators.
//
//	https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
const (
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifVersion = "2.1.0"
)

// SARIF writes one document with one run. Results come first and the tool last, because only then is it known which checks
// occur; the order of an object's members means nothing. So no more is kept than the IDs of these checks.
func SARIF(out io.Writer, by Judge) Format {
	return &sarif{out: out, judge: by, at: map[string]int{}}
}

type sarif struct {
	out     io.Writer
	judge   Judge
	rules   []descriptor
	at      map[string]int // where in rules a check is
	results int
}

// The objects of SARIF that are written, with the members that are used. Empty strings are left out where the schema has
// no use for them.
type (
	prose struct { // message (§3.11), multiformatMessageString (§3.12)
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	descriptor struct { // reportingDescriptor (§3.49)
		ID       string        `json:"id"`
		Short    *prose        `json:"shortDescription,omitempty"`
		Help     *prose        `json:"help,omitempty"`
		Defaults configuration `json:"defaultConfiguration"`
		Bag      *ruleBag      `json:"properties,omitempty"`
	}
	configuration struct { // reportingConfiguration (§3.50)
		Level string `json:"level"`
	}
	ruleBag struct { // property bag (§3.8)
		Severity     string   `json:"severity"`
		Requirements []string `json:"requirements,omitempty"`
		Tags         []string `json:"tags"` // §3.8.2: each once
	}
	result struct { // result (§3.27)
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Kind         string            `json:"kind"`
		Level        string            `json:"level"`
		Message      prose             `json:"message"`
		Locations    []location        `json:"locations"`
		Partial      map[string]string `json:"partialFingerprints"`
		Suppressions []suppression     `json:"suppressions"`
		Bag          resultBag         `json:"properties"`
	}
	location struct { // location (§3.28)
		Logical []logicalLocation `json:"logicalLocations"`
	}
	logicalLocation struct { // logicalLocation (§3.33)
		Name      string `json:"name,omitempty"`
		Qualified string `json:"fullyQualifiedName"`
		Kind      string `json:"kind"`
	}
	suppression struct { // suppression (§3.35)
		Kind          string          `json:"kind"`
		Status        string          `json:"status"`
		Justification string          `json:"justification,omitempty"`
		Bag           *suppressionBag `json:"properties"`
	}
	suppressionBag struct {
		Key   string `json:"key,omitempty"`
		Owner string `json:"owner,omitempty"`
		Until string `json:"until,omitempty"`
	}
	resultBag struct {
		Finding  string         `json:"finding"` // its ID
		Severity string         `json:"severity"`
		Basis    finding.Basis  `json:"basis,omitempty"`
		Account  string         `json:"account,omitempty"`
		Region   string         `json:"region,omitempty"`
		Kind     string         `json:"kind,omitempty"`
		Remedy   string         `json:"remedy,omitempty"`
		Event    *finding.Cause `json:"event,omitempty"`
		Actor    *finding.Actor `json:"actor,omitempty"`
		MFA      *finding.MFA   `json:"mfa,omitempty"`
	}
	driver struct { // toolComponent (§3.19)
		Name    string       `json:"name"`
		Version string       `json:"version,omitempty"`
		Rules   []descriptor `json:"rules"`
	}
)

func (s *sarif) Add(f finding.Finding) error {
	separator := ",\n"
	if s.results == 0 {
		separator = s.head()
	}
	one, err := compact(s.result(f))
	if err == nil {
		_, err = io.WriteString(s.out, separator+one)
	}
	s.results++
	return written(f, err)
}

func (s *sarif) End(sum Summary) error {
	head := ""
	if s.results == 0 {
		head = s.head()
	}
	tool, broken := compact(map[string]driver{"driver": {Name: name, Version: s.judge.Version, Rules: append([]descriptor{}, s.rules...)}})
	counts, odd := compact(sum)
	if err := errors.Join(broken, odd); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	if _, err := io.WriteString(s.out, head+"\n],\"tool\":"+tool+",\"properties\":"+counts+"}]}\n"); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func (s *sarif) head() string {
	return `{"$schema":"` + sarifSchema + `","version":"` + sarifVersion + `","runs":[{"results":[` + "\n"
}

func compact(v any) (string, error) {
	var out strings.Builder
	err := encode(&out, v)
	return strings.TrimSuffix(out.String(), "\n"), err
}

// Levels (§3.27.10) of the severities.
var levels = map[finding.Severity]string{
	finding.Critical: "error", finding.High: "error", finding.Medium: "warning", finding.Low: "note", finding.Info: "note",
}

func level(s finding.Severity) string {
	if l, known := levels[s]; known {
		return l
	}
	return "note"
}

// kinds (§3.27.9) of the outcomes. "open" is what could not be decided for want of information.
var kinds = map[finding.Outcome]string{
	finding.Fail: "fail", finding.Pass: "pass", finding.NotApplicable: "notApplicable", finding.Unknown: "open",
}

func (s *sarif) result(f finding.Finding) result {
	kind, known := kinds[f.Outcome]
	if !known {
		kind = "open"
	}
	r := result{
		RuleID: f.Check, RuleIndex: s.rule(f), Kind: kind, Level: "none", // §3.27.10: only what fails has a level
		Message:   prose{Text: message(sentences(f))},
		Locations: []location{{[]logicalLocation{{Name: f.Resource.ID, Qualified: f.Resource.Key(), Kind: "resource"}}}},
		Partial:   map[string]string{"findingKey/v1": f.Key()}, // §3.27.17
		// §3.27.23: an empty array says that it is not suppressed, and either all results have an array or none.
		Suppressions: []suppression{},
		Bag: resultBag{
			Finding: f.ID(), Severity: f.Severity.String(), Basis: f.Basis,
			Account: f.Resource.Account, Region: f.Resource.Region, Kind: f.Resource.Kind,
			Remedy: f.Remedy, Event: f.Event, Actor: f.Actor, MFA: f.MFA,
		},
	}
	if kind == "fail" {
		r.Level = level(f.Severity)
	}
	if e := f.Exemption; e != nil {
		r.Suppressions = append(r.Suppressions, suppression{
			Kind: "external", Status: "accepted", Justification: e.Reason,
			Bag: &suppressionBag{Key: e.Key, Owner: e.Owner, Until: stamp(e.Until)},
		})
	}
	return r
}

// rule gives the check's place among the rules, at which it is put when it occurs for the first time.
func (s *sarif) rule(f finding.Finding) int {
	if i, known := s.at[f.Check]; known {
		return i
	}
	s.at[f.Check] = len(s.rules)
	s.rules = append(s.rules, described(f, s.judge.Rules))
	return s.at[f.Check]
}

func described(f finding.Finding, rules map[string]Rule) descriptor {
	rule, known := rules[f.Check]
	if !known {
		return descriptor{ID: f.Check, Defaults: configuration{level(f.Severity)}}
	}
	d := descriptor{ID: f.Check, Defaults: configuration{level(rule.Severity)}}
	if rule.Title != "" {
		d.Short = &prose{Text: rule.Title + "."}
	}
	explain := "pipewarden checks " + f.Check
	d.Help = &prose{
		Text:     strings.TrimSpace(rule.Why + " How to put it right: " + explain),
		Markdown: strings.TrimSpace(rule.Why + "\n\nHow to put it right: `" + explain + "`"),
	}
	d.Bag = &ruleBag{Severity: rule.Severity.String(), Tags: unique(append([]string{"security"}, rule.Services...))}
	for _, r := range rule.Requirements {
		d.Bag.Requirements = append(d.Bag.Requirements, r.Standard+" "+r.ID)
		d.Bag.Tags = unique(append(d.Bag.Tags, r.Standard))
	}
	return d
}

// message makes a text one that viewers show as it is: braces are placeholders unless they are doubled (§3.11.5), and a name
// could hold a link, [text](address), that nobody meant to write (§3.11.6).
func message(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}", "](", "] (").Replace(Plain(s))
}
