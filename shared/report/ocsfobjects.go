package report

import (
	"cmp"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// The objects of OCSF that are written, with the attributes that are used. An object of which nothing is known is left out,
// for most demand at least one of their attributes.
type (
	ocsfEvent struct {
		ActivityID  int              `json:"activity_id"`
		Activity    string           `json:"activity_name"`
		CategoryUID int              `json:"category_uid"`
		Category    string           `json:"category_name"`
		ClassUID    int              `json:"class_uid"`
		Class       string           `json:"class_name"`
		TypeUID     int              `json:"type_uid"`
		Type        string           `json:"type_name"`
		Time        int64            `json:"time"`
		SeverityID  int              `json:"severity_id"`
		Severity    string           `json:"severity"`
		StatusID    int              `json:"status_id"`
		Status      string           `json:"status"`
		Message     string           `json:"message"`
		Metadata    ocsfMetadata     `json:"metadata"`
		Info        ocsfInfo         `json:"finding_info"`
		Compliance  *ocsfCompliance  `json:"compliance,omitempty"` // of a Compliance Finding
		Alert       *bool            `json:"is_alert,omitempty"`   // of a Detection Finding
		Cloud       ocsfCloud        `json:"cloud"`                // of the profile "cloud", as is the api
		API         *ocsfAPI         `json:"api,omitempty"`
		Resources   []ocsfResource   `json:"resources"`
		Evidences   []ocsfEvidence   `json:"evidences,omitempty"`
		Remediation *ocsfRemediation `json:"remediation,omitempty"`
		Comment     string           `json:"comment,omitempty"`
		Unmapped    *ocsfUnmapped    `json:"unmapped,omitempty"`
	}
	ocsfMetadata struct {
		UID      string      `json:"uid,omitempty"` // of an event that may come twice
		Version  string      `json:"version"`
		Product  ocsfProduct `json:"product"`
		Profiles []string    `json:"profiles"`
	}
	ocsfProduct struct {
		Name    string `json:"name"`
		Vendor  string `json:"vendor_name"`
		Version string `json:"version,omitempty"`
	}
	ocsfInfo struct {
		UID       string        `json:"uid"`
		Title     string        `json:"title,omitempty"`
		Desc      string        `json:"desc,omitempty"`
		Types     []string      `json:"types,omitempty"`
		FirstSeen int64         `json:"first_seen_time,omitempty"`
		LastSeen  int64         `json:"last_seen_time,omitempty"` // this and the next two only of what is remembered
		Created   int64         `json:"created_time,omitempty"`
		Modified  int64         `json:"modified_time,omitempty"`
		Analytic  *ocsfAnalytic `json:"analytic,omitempty"`
		Related   []ocsfRelated `json:"related_events,omitempty"`
	}
	ocsfAnalytic struct {
		UID    string `json:"uid"`
		Name   string `json:"name"`
		Desc   string `json:"desc,omitempty"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
	}
	ocsfRelated struct {
		UID     string `json:"uid"`
		Type    string `json:"type,omitempty"`
		Created int64  `json:"created_time,omitempty"`
	}
	ocsfCompliance struct {
		Control      string   `json:"control,omitempty"`
		Desc         string   `json:"desc,omitempty"`
		Standards    []string `json:"standards,omitempty"`
		Requirements []string `json:"requirements,omitempty"`
		StatusID     int      `json:"status_id"`
		Status       string   `json:"status"`
		Details      []string `json:"status_details,omitempty"`
	}
	ocsfCloud struct {
		Provider string       `json:"provider"`
		Account  *ocsfAccount `json:"account,omitempty"`
		Region   string       `json:"region,omitempty"`
	}
	ocsfAccount struct {
		UID    string `json:"uid"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
	}
	ocsfResource struct {
		UID    string `json:"uid"`
		Name   string `json:"name,omitempty"`
		Type   string `json:"type,omitempty"`
		Region string `json:"region,omitempty"`
		RoleID int    `json:"role_id"`
		Role   string `json:"role"`
	}
	ocsfEvidence struct {
		UID    string        `json:"uid,omitempty"`
		Actor  *ocsfActor    `json:"actor,omitempty"`
		API    *ocsfAPI      `json:"api,omitempty"`
		Source *ocsfEndpoint `json:"src_endpoint,omitempty"`
	}
	ocsfActor struct {
		User    ocsfUser     `json:"user"`
		Session *ocsfSession `json:"session,omitempty"`
	}
	ocsfUser struct {
		UID    string `json:"uid,omitempty"`
		Name   string `json:"name,omitempty"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
	}
	ocsfSession struct {
		MFA bool `json:"is_mfa"`
	}
	ocsfAPI struct {
		Operation string       `json:"operation"`
		Service   *ocsfService `json:"service,omitempty"`
	}
	ocsfService struct {
		Name string `json:"name"`
	}
	ocsfEndpoint struct {
		IP      string `json:"ip,omitempty"`
		Service string `json:"svc_name,omitempty"`
	}
	ocsfRemediation struct {
		Desc string `json:"desc"`
	}
	// ocsfUnmapped is what OCSF has no attribute for: why MFA was judged so, and who exempted until when.
	ocsfUnmapped struct {
		MFA         string `json:"mfa_verdict,omitempty"`
		MFAReason   string `json:"mfa_reason,omitempty"`
		ExemptOwner string `json:"exempt_owner,omitempty"`
		ExemptUntil string `json:"exempt_until,omitempty"`
		Remedy      string `json:"remedy,omitempty"`
	}
)

func cloudOf(r finding.Resource) ocsfCloud {
	c := ocsfCloud{Provider: "AWS", Region: r.Region}
	if r.Account != "" {
		c.Account = &ocsfAccount{UID: r.Account, TypeID: 10, Type: "AWS Account"}
	}
	return c
}

func resourceOf(r finding.Resource) ocsfResource {
	return ocsfResource{UID: r.Key(), Name: r.ID, Type: r.Kind, Region: r.Region, RoleID: 1, Role: "Target"}
}

// apiOf is the call that led to it. What a service tells by itself is no call; its source begins with "aws.".
func apiOf(e *finding.Cause) *ocsfAPI {
	if e == nil || e.Name == "" || strings.HasPrefix(e.Source, "aws.") {
		return nil
	}
	api := &ocsfAPI{Operation: e.Name}
	if e.Source != "" {
		api.Service = &ocsfService{Name: e.Source}
	}
	return api
}

// evidencesOf is who did it, by which call and from where. The classes have no actor of their own.
func evidencesOf(f finding.Finding) []ocsfEvidence {
	one := ocsfEvidence{API: apiOf(f.Event), Actor: actorOf(f.Actor, f.MFA)}
	if f.Event != nil {
		one.UID = f.Event.ID
	}
	if f.Actor != nil {
		one.Source = endpointOf(f.Actor.SourceIP)
	}
	if one.API == nil && one.Actor == nil && one.Source == nil {
		return nil
	}
	return []ocsfEvidence{one}
}

// people are the type_id of users. 99 takes AWS's own word for what the others are.
var people = map[string]normal{"": {0, "Unknown"}, "IAMUser": {1, "User"}, "Root": {2, "Admin"}, "AWSService": {4, "Service"}}

func actorOf(a *finding.Actor, mfa *finding.MFA) *ocsfActor {
	if a == nil || cmp.Or(a.Name, a.ARN) == "" {
		return nil
	}
	kind, known := people[a.Type]
	if !known {
		kind = normal{99, a.Type}
	}
	actor := &ocsfActor{User: ocsfUser{UID: a.ARN, Name: a.Name, TypeID: kind.id, Type: kind.caption}}
	if mfa != nil && (mfa.Verdict == "proven" || mfa.Verdict == "disproven") {
		actor.Session = &ocsfSession{MFA: mfa.Verdict == "proven"} // what cannot be proven is neither
	}
	return actor
}

func unmappedOf(f finding.Finding) *ocsfUnmapped {
	u := ocsfUnmapped{Remedy: f.Remedy}
	if f.MFA != nil {
		u.MFA, u.MFAReason = f.MFA.Verdict, f.MFA.Reason
	}
	if f.Exemption != nil {
		u.ExemptOwner, u.ExemptUntil = f.Exemption.Owner, stamp(f.Exemption.Until)
	}
	if u == (ocsfUnmapped{}) {
		return nil
	}
	return &u
}
