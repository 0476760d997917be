package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// shape is what the schema says of one object: its required members, all that it may have (every object of SARIF forbids others,
// except for property bags), and the values of those that have an enumeration.
type shape struct {
	required, members string
	enums             map[string]string
	of                map[string]string // which object a member is, or what its elements are
}

// sarifShapes are taken from sarif-schema-2.1.0.json of OASIS, as github.com/AdaCore/sarif-ada keeps it at
// 8ef46287e54fb05ed332499297e5b744e1a877f7, read on 29 November 2026. Members that are not written are left out.
var sarifShapes = map[string]shape{
	"log":  {required: "version runs", members: "$schema version runs", enums: map[string]string{"version": "2.1.0"}, of: map[string]string{"runs": "run"}},
	"run":  {required: "tool", members: "tool results properties", of: map[string]string{"tool": "tool", "results": "result"}},
	"tool": {required: "driver", members: "driver", of: map[string]string{"driver": "toolComponent"}},
	"toolComponent": {
		required: "name", members: "name version semanticVersion informationUri organization rules",
		of: map[string]string{"rules": "reportingDescriptor"},
	},
	"reportingDescriptor": {
		required: "id", members: "id name shortDescription fullDescription help helpUri defaultConfiguration properties",
		of: map[string]string{"shortDescription": "text", "help": "text", "defaultConfiguration": "reportingConfiguration"},
	},
	"reportingConfiguration": {members: "enabled level rank", enums: map[string]string{"level": "none note warning error"}},
	"text":                   {required: "text", members: "text markdown"}, // multiformatMessageString; a message needs text or id (§3.11)
	"result": {
		required: "message", members: "ruleId ruleIndex kind level message locations partialFingerprints suppressions properties",
		enums: map[string]string{"kind": "notApplicable pass fail review open informational", "level": "none note warning error"},
		of:    map[string]string{"message": "text", "locations": "location", "suppressions": "suppression"},
	},
	"location":        {members: "logicalLocations", of: map[string]string{"logicalLocations": "logicalLocation"}},
	"logicalLocation": {members: "name fullyQualifiedName kind"},
	"suppression": {
		required: "kind", members: "kind status justification properties",
		enums: map[string]string{"kind": "inSource external", "status": "accepted underReview rejected"},
	},
}

// conform says where a document is not as the schema has it.
func conform(t *testing.T, at, kind string, value any) {
	t.Helper()
	if list, ok := value.([]any); ok {
		for _, one := range list {
			conform(t, at+"[]", kind, one)
		}
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		t.Errorf("%s is %T, not an object", at, value)
		return
	}
	s := sarifShapes[kind]
	for _, member := range strings.Fields(s.required) {
		if object[member] == nil {
			t.Errorf("%s has no %s", at, member)
		}
	}
	for member, v := range object {
		if !slices.Contains(strings.Fields(s.members), member) {
			t.Errorf("%s has a member %s", at, member)
		}
		if values := s.enums[member]; values != "" && !slices.Contains(strings.Fields(values), v.(string)) {
			t.Errorf("%s.%s is %s, none of %s", at, member, v, values)
		}
		if of := s.of[member]; of != "" {
			conform(t, at+"."+member, of, v)
		}
	}
}

type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Version *string
				Rules   []descriptor
			}
		}
		Results    []result
		Properties Summary
	}
}

func readSARIF(t *testing.T, raw []byte) sarifLog {
	t.Helper()
	var document any
	var log sarifLog
	for _, into := range []any{&document, &log} {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
	}
	conform(t, "log", "log", document)
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	return log
}

func TestSARIFIsAsItsSchemaHasIt(t *testing.T) {
	t.Parallel()
	run := readSARIF(t, formatted(t, toSARIF, everything())).Runs[0]
	if len(run.Results) != len(everything()) || run.Properties.Malformed != 2 {
		t.Errorf("%d results, %+v", len(run.Results), run.Properties)
	}
	rules := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if rules[r.ID] {
			t.Errorf("rule %q twice", r.ID)
		}
		rules[r.ID] = true
		if r.Bag != nil && len(unique(r.Bag.Tags)) != len(r.Bag.Tags) {
			t.Errorf("tags %q are not distinct (§3.8.2)", r.Bag.Tags)
		}
	}
	for i, r := range run.Results {
		f := everything()[i]
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.RuleID != f.Check {
			t.Errorf("result %d is of %q, and rule %d is not", i, r.RuleID, r.RuleIndex)
		}
		if (r.Kind == "fail") == (r.Level == "none") {
			t.Errorf("result %d: level %s of kind %s (§3.27.10)", i, r.Level, r.Kind)
		}
		if r.Message.Text == "" || r.Partial["findingKey/v1"] != f.Key() || r.Locations[0].Logical[0].Qualified != strings.ToValidUTF8(f.Resource.Key(), "\ufffd") {
			t.Errorf("result %d: %+v", i, r)
		}
		if r.Suppressions == nil || len(r.Suppressions) > 0 != (f.Exemption != nil) {
			t.Errorf("result %d: suppressions %v", i, r.Suppressions)
		}
	}
}

func TestSARIFOfNothing(t *testing.T) {
	t.Parallel()
	raw := formatted(t, toSARIF, nil)
	if run := readSARIF(t, raw).Runs[0]; run.Results == nil || run.Tool.Driver.Rules == nil || *run.Tool.Driver.Version != "v1.2.3" {
		t.Errorf("%s", raw) // "results" must be there, if empty, when something was scanned (§3.14.23)
	}
	var out strings.Builder
	if err := SARIF(&out, Judge{}).End(Summary{}); err != nil || strings.Contains(out.String(), `"version":""`) {
		t.Errorf("%v %s", err, &out)
	}
}

func TestLevelsAndKinds(t *testing.T) {
	t.Parallel()
	want := map[finding.Severity]string{finding.Info: "note", finding.Low: "note", finding.Medium: "warning", finding.High: "error", finding.Critical: "error", 99: "note"}
	for severity, level := range want {
		f := finding.Finding{Outcome: finding.Fail, Severity: severity}
		if r := readSARIF(t, formatted(t, toSARIF, []finding.Finding{f})).Runs[0].Results[0]; r.Level != level || r.Kind != "fail" {
			t.Errorf("%s: %s %s", severity, r.Level, r.Kind)
		}
	}
	for outcome, kind := range map[finding.Outcome]string{finding.Pass: "pass", finding.Unknown: "open", finding.NotApplicable: "notApplicable", "": "open"} {
		f := finding.Finding{Outcome: outcome, Severity: finding.Critical}
		if r := readSARIF(t, formatted(t, toSARIF, []finding.Finding{f})).Runs[0].Results[0]; r.Level != "none" || r.Kind != kind {
			t.Errorf("%s: %s %s", outcome, r.Level, r.Kind)
		}
	}
}

func TestMessagesShowAsTheyAre(t *testing.T) {
	t.Parallel()
	if got := message("key [k](http://x) {0}\x1b"); got != "key [k] (http://x) {{0}}?" {
		t.Error(got)
	}
}
