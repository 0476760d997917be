// Package asff words findings in the AWS Security Finding Format, as Security Hub takes them.
package asff

import (
	"cmp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/report"
)

// Name is the product, and the principal under which it writes notes.
const Name = "pipewarden"

// Generator begins the GeneratorId of all findings; the check's ID follows.
const Generator = Name + "/"

// Exempted is the product field that says by which exemption the deployment suppresses a finding. Nobody but whoever imports a finding can
// write product fields, so a suppression without it is somebody's own.
const Exempted = Name + "/exemption"

// schema is the only version that there is (AWS Security Hub User Guide, "Required top-level ASFF attributes").
const schema = "2018-10-08"

// Source is the deployment that findings come from.
type Source struct {
	Account     string
	AccountName string // "": not known
	Partition   string // "": aws
	Region      string // whose Security Hub takes them
	Version     string // of pipewarden; "": not known
}

func (s Source) partition() string { return cmp.Or(s.Partition, "aws") }

// Product is the ARN under which an account sends findings of its own (AWS Security Hub User Guide, "Integrating Security Hub CSPM with custom
// products").
func (s Source) Product() string {
	return strings.Join([]string{"arn", s.partition(), "securityhub", s.Region, s.Account, "product/" + s.Account + "/default"}, ":")
}

// ID is what Security Hub knows a finding by. It never changes its form: another one would be another finding.
func (s Source) ID(f finding.Finding) string { return s.prefix() + f.Key() }

func (s Source) prefix() string { return s.Region + "/" + s.Account + "/" + Name + "/" }

// Key reads a finding's key out of its ID; false: the ID is none that this deployment gave.
func (s Source) Key(id string) (key string, ok bool) {
	key, ok = strings.CutPrefix(id, s.prefix())
	return key, ok && len(key) == 32 && strings.Trim(key, "0123456789abcdef") == ""
}

// Remembered is a finding as the ledger knows it, and what else there is to say of it.
type Remembered struct {
	ledger.Entry
	Requirements []string // of standards, that the check supports
	Theirs       bool     // that it is suppressed is somebody's decision in Security Hub, not the deployment's
}

// Act says that the finding is of what somebody did, which no later state undoes.
func (r Remembered) Act() bool { return r.Finding.Once != "" || r.Finding.Basis == finding.Event }

// Finding words a finding (AWS Security Hub User Guide, "AWS Security Finding Format (ASFF) syntax"). The account is that of the deployment, also
// for a resource of another one: with a product of its own, an account may import findings of itself only (API Reference, BatchImportFindings).
// Severity and types are given as the finding provider's, which is where Security Hub takes changes of them from.
func Finding(r Remembered, from Source) types.AwsSecurityFinding {
	f := r.Finding
	severity, kinds := cmp.Or(severities[f.Severity], types.SeverityLabelInformational), []string{bestPractice}
	if r.Act() {
		kinds = []string{behaviour}
	}
	return types.AwsSecurityFinding{
		SchemaVersion: aws.String(schema), Id: aws.String(from.ID(f)), ProductArn: aws.String(from.Product()),
		ProductName: aws.String(Name), CompanyName: aws.String(Name), GeneratorId: text(Generator+f.Check, 512),
		AwsAccountId: aws.String(from.Account), AwsAccountName: text(from.AccountName, 50),
		CreatedAt: stamp(r.First), FirstObservedAt: stamp(r.First), LastObservedAt: stamp(r.Last), UpdatedAt: stamp(updated(r.Entry)),
		Title: cmp.Or(text(f.Title, 256), text(f.Check, 256), aws.String("Finding without a title")), Description: text(description(f), 1024),
		FindingProviderFields: &types.FindingProviderFields{
			Severity: &types.FindingProviderSeverity{Label: severity, Original: aws.String(f.Severity.String())}, Types: kinds,
		},
		Remediation: &types.Remediation{Recommendation: &types.Recommendation{Text: text(recommendation(f), 512)}},
		Resources:   []types.Resource{resource(f.Resource, from.partition())}, ProductFields: fields(r, from),
		Compliance: compliance(r), Workflow: &types.Workflow{Status: Workflow(r.Entry)}, RecordState: state(r.Entry), Note: note(r),
	}
}

// updated is what Security Hub goes by: an import that is not later than what it has changes nothing, so that messages may come twice and in
// any order (AWS Security Hub User Guide, "BatchImportFindings for finding providers").
func updated(e ledger.Entry) time.Time {
	if e.Since.After(e.Last) {
		return e.Since
	}
	return e.Last
}

// stamp keeps milliseconds: two changes within a second are two.
func stamp(t time.Time) *string { return aws.String(t.UTC().Format("2006-01-02T15:04:05.000Z07:00")) }

var severities = map[finding.Severity]types.SeverityLabel{
	finding.Info: types.SeverityLabelInformational, finding.Low: types.SeverityLabelLow, finding.Medium: types.SeverityLabelMedium,
	finding.High: types.SeverityLabelHigh, finding.Critical: types.SeverityLabelCritical,
}

// The types (AWS Security Hub User Guide, "Types taxonomy for ASFF"). An act is unusual and no more: to call it a tactic or technique would say that
// whoever did it is an intruder.
const (
	bestPractice = "Software and Configuration Checks/AWS Security Best Practices"
	behaviour    = "Unusual Behaviors/User"
)

// state archives what is resolved: it leaves the list of what is wrong, Security Hub deletes it in time, and when it is back Security Hub itself
// makes it new again (API Reference, Workflow).
func state(e ledger.Entry) types.RecordState {
	if e.Open {
		return types.RecordStateActive
	}
	return types.RecordStateArchived
}

// Workflow is where people stand with a finding, as far as the ledger tells.
func Workflow(e ledger.Entry) types.WorkflowStatus {
	switch {
	case !e.Open:
		return types.WorkflowStatusResolved
	case e.Finding.Exemption != nil:
		return types.WorkflowStatusSuppressed
	}
	return types.WorkflowStatusNew
}

// compliance is the verdict on a state; an act has none.
func compliance(r Remembered) *types.Compliance {
	if r.Act() {
		return nil
	}
	c := &types.Compliance{Status: types.ComplianceStatusNotAvailable}
	switch {
	case !r.Open:
		c.Status = types.ComplianceStatusPassed
	case r.Finding.Outcome == finding.Fail:
		c.Status = types.ComplianceStatusFailed
	case r.Finding.Outcome == finding.Unknown:
		c.Status = types.ComplianceStatusWarning
	}
	const most = 32
	for _, one := range r.Requirements[:min(len(r.Requirements), most)] {
		c.RelatedRequirements = append(c.RelatedRequirements, cut(report.Plain(one), 128))
	}
	return c
}
