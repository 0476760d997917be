package report

import (
	"cmp"
	"io"
	"net/netip"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// ocsfVersion of the Open Cybersecurity Schema Framework is the one that AWS Security Hub takes
// (https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-ocsf.html). Classes: https://schema.ocsf.io/1.6.0/classes/compliance_finding, …/detection_finding;
// objects: https://schema.ocsf.io/1.6.0/objects/finding_info, and the like.
const ocsfVersion = "1.6.0"

// OCSF writes one event on a line for each finding: a Compliance Finding for what is so, a Detection Finding for what was
// done. The format has no event for the summary, so it is left out.
func OCSF(out io.Writer, by Judge) Format { return &ocsf{out: out, judge: by} }

type ocsf struct {
	out   io.Writer
	judge Judge
}

func (o *ocsf) Add(f finding.Finding) error { return written(f, encode(o.out, o.event(f))) }

func (o *ocsf) End(Summary) error { return nil }

// normal is a value of an enumeration, with the caption that goes with it.
type normal struct {
	id      int
	caption string
}

// The category, and its classes that are used.
var (
	findings   = normal{2, "Findings"}
	compliance = normal{2003, "Compliance Finding"}
	detection  = normal{2004, "Detection Finding"}
)

// activity_id and status_id: what is not wrong, or no longer, closes the finding of the same uid, if a consumer has one.
var (
	created    = normal{1, "Create"}
	updated    = normal{2, "Update"}
	closed     = normal{3, "Close"}
	news       = normal{1, "New"}
	suppressed = normal{3, "Suppressed"}
	resolved   = normal{4, "Resolved"}
)

var ocsfSeverities = map[finding.Severity]normal{
	finding.Info: {1, "Informational"}, finding.Low: {2, "Low"}, finding.Medium: {3, "Medium"}, finding.High: {4, "High"}, finding.Critical: {5, "Critical"},
}

// verdicts are the status_id of the compliance object. It has none for what does not apply; 99 takes any caption.
var verdicts = map[finding.Outcome]normal{
	finding.Pass: {1, "Pass"}, finding.Unknown: {2, "Warning"}, finding.Fail: {3, "Fail"}, finding.NotApplicable: {99, "Not Applicable"},
}

func (o *ocsf) event(f finding.Finding) ocsfEvent {
	class, activity, status := compliance, created, state(f)
	act := f.Once != "" || f.Basis == finding.Event
	if act {
		class = detection
	}
	if status == resolved {
		activity = closed
	}
	severity := graded(f)
	e := ocsfEvent{
		CategoryUID: findings.id, Category: findings.caption, ClassUID: class.id, Class: class.caption,
		Time: millis(o.when(f)), SeverityID: severity.id, Severity: severity.caption, StatusID: status.id, Status: status.caption,
		Message:  sentences(f),
		Metadata: ocsfMetadata{Version: ocsfVersion, Product: ocsfProduct{Name: name, Vendor: name, Version: o.judge.Version}, Profiles: []string{"cloud"}},
		Info:     o.info(f, act), Cloud: cloudOf(f.Resource), Resources: []ocsfResource{resourceOf(f.Resource)},
		Remediation: remediationOf(f), API: apiOf(f.Event), Evidences: evidencesOf(f), Unmapped: unmappedOf(f),
	}
	e.does(activity)
	if f.Exemption != nil {
		e.Comment = f.Exemption.Reason
	}
	if !act {
		e.Compliance = o.compliance(f)
	} else if alert := status == news && f.Outcome == finding.Fail; alert {
		e.Alert = &alert
	}
	return e
}

// does says what the event does to the finding, which its type follows from.
func (e *ocsfEvent) does(activity normal) {
	e.ActivityID, e.Activity = activity.id, activity.caption
	e.TypeUID, e.Type = e.ClassUID*100+activity.id, e.Class+": "+activity.caption
}

// when is the time of the event that led to the finding, or else when it was judged.
func (o *ocsf) when(f finding.Finding) time.Time {
	if f.Event != nil && !f.Event.Time.IsZero() {
		return f.Event.Time
	}
	return o.judge.Now
}

// millis is timestamp_t: milliseconds since 1970.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// state is where a person stands with the finding.
func state(f finding.Finding) normal {
	switch {
	case f.Outcome == finding.Pass || f.Outcome == finding.NotApplicable:
		return resolved
	case f.Exemption != nil:
		return suppressed
	}
	return news
}

// graded is how grave it is: a check's severity says how bad it would be, and what passes is not bad.
func graded(f finding.Finding) normal {
	if s, known := ocsfSeverities[f.Severity]; known && state(f) != resolved {
		return s
	}
	return ocsfSeverities[finding.Info]
}

func (o *ocsf) info(f finding.Finding, act bool) ocsfInfo {
	title := o.judge.Rules[f.Check].Title
	info := ocsfInfo{UID: f.Key(), Title: cmp.Or(f.Title, title), Desc: sentences(f), Types: unique([]string{f.Check})}
	if f.Check != "" {
		info.Analytic = &ocsfAnalytic{UID: f.Check, Name: cmp.Or(title, f.Check), Desc: o.judge.Rules[f.Check].Why, TypeID: 1, Type: "Rule"}
	}
	if e := f.Event; e != nil {
		if act && !e.Time.IsZero() {
			info.FirstSeen = millis(e.Time)
		}
		if e.ID != "" {
			info.Related = []ocsfRelated{{UID: e.ID, Type: e.Name, Created: millis(e.Time)}}
		}
	}
	return info
}

func (o *ocsf) compliance(f finding.Finding) *ocsfCompliance {
	verdict, known := verdicts[f.Outcome]
	if !known {
		verdict = normal{0, "Unknown"}
	}
	rule := o.judge.Rules[f.Check]
	c := &ocsfCompliance{Control: f.Check, Desc: rule.Title, StatusID: verdict.id, Status: verdict.caption, Details: unique([]string{f.Detail})}
	for _, r := range rule.Requirements {
		c.Requirements = append(c.Requirements, r.Standard+" "+r.ID)
		c.Standards = append(c.Standards, r.Standard)
	}
	c.Standards = unique(c.Standards)
	return c
}

func remediationOf(f finding.Finding) *ocsfRemediation {
	if desc := cmp.Or(f.Would, f.ByHand); desc != "" && state(f) != resolved {
		return &ocsfRemediation{Desc: desc}
	}
	return nil
}

// endpointOf is where a call came from: an address, or the name of a service that called for somebody.
func endpointOf(from string) *ocsfEndpoint {
	if from == "" {
		return nil
	}
	if _, err := netip.ParseAddr(from); err != nil {
		return &ocsfEndpoint{Service: from}
	}
	return &ocsfEndpoint{IP: from}
}
