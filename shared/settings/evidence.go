package settings

import "time"

// Evidence says whether what the ledger goes through is kept as evidence, and for how long nobody may change it.
type Evidence struct {
	Keep          bool `yaml:"keep"`
	Lock          Lock `yaml:"lock"`
	RetentionDays int  `yaml:"retentionDays"`
}

// Lock is how a record is kept from being removed before its time (Amazon S3 User Guide, "Locking objects with Object Lock").
type Lock string

// The two locks.
const (
	Governance Lock = "governance" // whoever has the right to bypass it may remove a record
	Compliance Lock = "compliance" // nobody may, the root user of the account included
)

// Locks lists them.
var Locks = []Lock{Governance, Compliance}

// Retention is for how long a record is kept.
func (e Evidence) Retention() time.Duration { return time.Duration(e.RetentionDays) * 24 * time.Hour }

// Reports says which reports are written beside the evidence, and told people.
type Reports struct {
	Weekly  bool `yaml:"weekly"`
	Monthly bool `yaml:"monthly"`
}

// Publishes says that any report is written. Where no evidence is kept, there is no place for one.
func (s *Settings) Publishes() bool {
	return s.Evidence.Keep && (s.Reports.Weekly || s.Reports.Monthly)
}

// usualEvidence keeps records for six years, the two leap days in them included: for as long as HIPAA wants documentation kept
// (45 CFR 164.316(b)(2)(i)), which is the longest that any of the mapped frameworks asks for. No longer, as records name who did what.
func usualEvidence() Evidence {
	return Evidence{Keep: true, Lock: Governance, RetentionDays: 6*365 + 2}
}
