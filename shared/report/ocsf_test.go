package report

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// ocsfSchema is what testdata keeps of the published schema.
type ocsfSchema struct {
	Classes map[string]struct {
		Caption  string
		Required []string
		Allowed  map[string]string
	}
	Finding map[string]string
	Objects map[string]struct {
		Required, OneOf []string
		Allowed         map[string]string
	}
	Enums map[string]struct {
		Sibling string
		Values  map[string]string
	}
}

func schema(t testing.TB) ocsfSchema {
	t.Helper()
	raw, err := os.ReadFile("testdata/ocsf-1.6.0.json")
	if err != nil {
		t.Fatal(err)
	}
	var s ocsfSchema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// event says where an event is not as the schema has it.
func (s ocsfSchema) event(t *testing.T, e map[string]any) {
	t.Helper()
	class, known := s.Classes[fmt.Sprint(e["class_uid"])]
	if !known || e["class_name"] != class.Caption || e["category_uid"] != 2.0 || e["category_name"] != "Findings" {
		t.Errorf("class %v %v of category %v", e["class_uid"], e["class_name"], e["category_uid"])
	}
	if e["type_uid"] != e["class_uid"].(float64)*100+e["activity_id"].(float64) {
		t.Errorf("type_uid %v of class %v and activity %v", e["type_uid"], e["class_uid"], e["activity_id"])
	}
	allowed := map[string]string{}
	for _, from := range []map[string]string{s.Finding, class.Allowed} {
		for attribute, of := range from {
			allowed[attribute] = of
		}
	}
	s.object(t, "event", "", e, class.Required, allowed)
}

func (s ocsfSchema) object(t *testing.T, at, name string, o map[string]any, required []string, allowed map[string]string) {
	t.Helper()
	for _, attribute := range required {
		if o[attribute] == nil {
			t.Errorf("%s has no %s", at, attribute)
		}
	}
	for attribute, v := range o {
		of, known := allowed[attribute]
		if !known {
			t.Errorf("%s has an attribute %s", at, attribute)
			continue
		}
		s.value(t, at+"."+attribute, of, v)
		enum, known := s.Enums[strings.TrimPrefix(name+"."+attribute, ".")]
		if !known {
			continue
		}
		caption, known := enum.Values[fmt.Sprint(v)]
		if !known || v != 99.0 && o[enum.Sibling] != caption || o[enum.Sibling] == nil {
			t.Errorf("%s.%s is %v, and %s %v", at, attribute, v, enum.Sibling, o[enum.Sibling])
		}
	}
}

func (s ocsfSchema) value(t *testing.T, at, of string, v any) {
	t.Helper()
	if of, is := strings.CutPrefix(of, "[]"); is {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			t.Errorf("%s is %v", at, v)
		}
		for _, one := range list {
			s.value(t, at, of, one)
		}
		return
	}
	fits := false
	switch of {
	case "string":
		_, fits = v.(string)
	case "integer", "timestamp":
		n, ok := v.(float64)
		fits = ok && n == float64(int64(n))
	case "boolean":
		_, fits = v.(bool)
	case "ip":
		_, err := netip.ParseAddr(v.(string))
		fits = err == nil
	case "object":
		_, fits = v.(map[string]any)
	default:
		object, ok := v.(map[string]any)
		fits = ok
		is := s.Objects[of]
		if len(is.OneOf) > 0 && !slices.ContainsFunc(is.OneOf, func(attribute string) bool { return object[attribute] != nil }) {
			t.Errorf("%s has none of %v", at, is.OneOf)
		}
		s.object(t, at, of, object, is.Required, is.Allowed)
	}
	if !fits {
		t.Errorf("%s is %v, no %s", at, v, of)
	}
}

func events(t *testing.T, findings ...finding.Finding) []map[string]any {
	t.Helper()
	var all []map[string]any
	for text := range strings.Lines(string(formatted(t, toOCSF, findings))) {
		var e map[string]any
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestOCSFIsAsItsSchemaHasIt(t *testing.T) {
	t.Parallel()
	s, all := schema(t), events(t, everything()...)
	if len(all) != len(everything()) {
		t.Fatalf("%d events", len(all))
	}
	for i, e := range all {
		s.event(t, e)
		f := everything()[i]
		if info := e["finding_info"].(map[string]any); info["uid"] != f.Key() {
			t.Errorf("uid %v of %s", info["uid"], f.Key())
		}
		if act := f.Once != "" || f.Basis == finding.Event; act != (e["class_uid"] == 2004.0) {
			t.Errorf("class %v of %+v", e["class_uid"], f)
		}
	}
	// Objects of which nothing is known are left out: most demand one of their attributes.
	s.event(t, events(t, finding.Finding{Actor: &finding.Actor{}, MFA: &finding.MFA{}, Event: &finding.Cause{}, Exemption: &finding.Exemption{}})[0])
	if version := all[0]["metadata"].(map[string]any)["version"]; version != "1.6.0" {
		t.Errorf("version %v", version)
	}
}

// What is an act is told as a detection, what is so as a verdict on a control; each outcome has a status of its own.
func TestOCSFTellsWhereAFindingStands(t *testing.T) {
	t.Parallel()
	exempted := &finding.Exemption{}
	for name, test := range map[string]struct {
		f    finding.Finding
		want string // class, activity, status, severity, verdict, alert
	}{
		"failure":        {finding.Finding{Outcome: finding.Fail, Severity: finding.Critical}, "2003 1 1 5 3 <nil>"},
		"exempted":       {finding.Finding{Outcome: finding.Fail, Severity: finding.High, Exemption: exempted}, "2003 1 3 4 3 <nil>"},
		"pass":           {finding.Finding{Outcome: finding.Pass, Severity: finding.High}, "2003 3 4 1 1 <nil>"},
		"unknown":        {finding.Finding{Outcome: finding.Unknown, Severity: finding.Medium}, "2003 1 1 3 2 <nil>"},
		"not applicable": {finding.Finding{Outcome: finding.NotApplicable, Severity: finding.High}, "2003 3 4 1 99 <nil>"},
		"act":            {finding.Finding{Outcome: finding.Fail, Severity: finding.Low, Once: "e-1"}, "2004 1 1 2 <nil> true"},
		"event":          {finding.Finding{Outcome: finding.Fail, Basis: finding.Event}, "2004 1 1 1 <nil> true"},
		"exempted act":   {finding.Finding{Outcome: finding.Fail, Once: "e-1", Exemption: exempted}, "2004 1 3 1 <nil> <nil>"},
		"nothing":        {finding.Finding{}, "2003 1 1 1 0 <nil>"},
	} {
		e := events(t, test.f)[0]
		var verdict any
		if c, ok := e["compliance"].(map[string]any); ok {
			verdict = c["status_id"]
		}
		if got := fmt.Sprint(e["class_uid"], e["activity_id"], e["status_id"], e["severity_id"], verdict, e["is_alert"]); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestOCSFTime(t *testing.T) {
	t.Parallel()
	act := samples()[0]
	if got := events(t, act)[0]["time"]; got != float64(act.Event.Time.UnixMilli()) {
		t.Errorf("an act at %v", got)
	}
	if got := events(t, finding.Finding{})[0]["time"]; got != float64(judge.Now.UnixMilli()) {
		t.Errorf("a state at %v", got)
	}
}
