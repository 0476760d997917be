// Package keyscheduledfordeletion tells of keys of the pipeline that are disabled or about to be deleted.
package keyscheduledfordeletion

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/controls"
	"github.com/pipewarden/pipewarden/shared/delivery"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

// Check fails a key in use that does not work any more.
var Check = &check.Check{
	ID: "key-scheduled-for-deletion", Severity: finding.Critical,
	Reads: key.Kind, Run: run, Remedies: []string{"key-keep"},
	Aliases: []string{"Security Hub:KMS.3"},
	Controls: slices.Concat(
		controls.FSBP("KMS.3"),
		controls.NIST(controls.Hub, "SC-12", "SC-12(2)"),
		controls.SOC2(controls.Prowler, "PI1.5"),
		controls.SOC2(controls.Own, "CC6.1"),
		controls.HIPAA(controls.Prowler, "164.312(a)(2)(iv)"),
		controls.GDPR(controls.Prowler, "25", "30"),
		controls.CIS("6.0", controls.Own, "5.7"),
		controls.CIS("7.0", controls.Own, "5.7"),
		controls.OWASP("CICD-SEC-6"),
	),
}

// pendingReplicas is the state of a primary key that waits for its replicas to be deleted (KMS Developer Guide, "Key states of AWS KMS keys").
const pendingReplicas = "PendingReplicaDeletion"

func run(p *check.Pass) {
	s := check.State[key.State](p)
	switch {
	case s.Manager == key.AWS:
		p.Skip("AWS manages the key: nobody can disable or delete it.")
	case s.State == "":
		p.Unknown("Whether "+key.Called(p.Ref, p.Past.Used)+" works", errors.New("the answer does not say in what state it is"))
	case s.Usable():
		p.OK()
	case p.Past.Complete && len(p.Past.Used) == 0:
		p.Skip("No pipeline, project or trail uses the key, so it may go.")
	default:
		fail(p, s)
	}
}

func fail(p *check.Pass, s key.State) {
	is, then := told(p, s)
	r := check.Report{
		Title:  key.Called(p.Ref, p.Past.Used) + " " + is,
		Detail: then,
		Path:   key.Path(p.Ref, p.Past.Used, s.State),
		Facts:  []finding.Fact{{Label: "State", Value: s.State}},
		ByHand: byHand(p, s),
	}
	r.Would = would(s)
	r.NoRemedy = r.Would == ""
	if s.State == key.Disabled {
		r.Template = []finding.Property{{Type: "AWS::KMS::Key", Path: "Enabled", Value: true}}
	}
	if s.DeletionDate != nil {
		r.Facts = append(r.Facts, finding.Fact{Label: "Deleted on", Value: s.DeletionDate.UTC().Format(time.DateOnly)})
	}
	if p.Event != nil && slices.Contains([]string{"DisableKey", "ScheduleKeyDeletion", "DeleteImportedKeyMaterial"}, p.Event.Name()) {
		r.Detail += " " + delivery.Done(p.Event, p.Actor.Actor.Name)
	}
	if p.Offline() {
		r.Detail += " Only the event was seen: it matters where a pipeline, a build or a trail uses the key."
	}
	p.Fail(r)
}

const stops = "Nothing can be sealed or opened with it: runs stop when they read or write what it seals, and a trail under it delivers no files."

// told says what the key is, and what follows.
func told(p *check.Pass, s key.State) (is, then string) {
	const lost = " Once it is deleted, what it sealed is lost for good."
	switch s.State {
	case key.Disabled:
		return "is disabled", stops
	case key.PendingDeletion:
		if s.DeletionDate == nil {
			return "is scheduled for deletion", stops + lost
		}
		return "is scheduled for deletion on " + s.DeletionDate.UTC().Format(time.DateOnly) + left(s.DeletionDate.Sub(p.Now)), stops + lost
	case pendingReplicas:
		return "is scheduled for deletion", stops + lost + " It waits for its replicas in other regions to be deleted first."
	case key.PendingImport:
		return "has lost its imported key material", stops + " It works again when the same material is imported."
	}
	return "does not work (" + s.State + ")", stops
}

func left(until time.Duration) string {
	const day = 24 * time.Hour
	switch n := int(until / day); {
	case n < 1:
		return ""
	case n == 1:
		return ", in 1 day"
	default:
		return fmt.Sprintf(", in %d days", n)
	}
}

// would is what the remedy does; "" where no call makes the key work again.
func would(s key.State) string {
	const then = " What it seals can be opened again, also by whomever it was switched off against. Cannot be undone by pipewarden, which disables no key."
	switch s.State {
	case key.Disabled:
		return "Enable the key." + then
	case key.PendingDeletion, pendingReplicas:
		return "Cancel the deletion and enable the key." + then
	}
	return ""
}

func byHand(p *check.Pass, s key.State) string {
	at := " --key-id " + p.Ref.ID + delivery.In(p.Ref.Region)
	switch s.State {
	case key.Disabled:
		return "aws kms enable-key" + at
	case key.PendingDeletion, pendingReplicas:
		return "aws kms cancel-key-deletion" + at + " && aws kms enable-key" + at
	}
	return ""
}
