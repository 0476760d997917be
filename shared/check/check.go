// Package check defines a check: plain data and one pure function.
package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/identity"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Control is a requirement of a framework that the check supports. It never satisfies one by itself.
type Control struct {
	Framework string `json:"framework"` // "SOC 2", "HIPAA", "GDPR", "NIST 800-53", "CIS AWS", "OWASP CI/CD", "AWS FSBP"
	Version   string `json:"version"`
	ID        string `json:"id"`
	Source    string `json:"source"` // where the mapping was read, with its date
}

// Check is one rule.
type Check struct {
	ID       string           // kebab-case, for ever: it is a storage key
	Doc      string           // its doc.md; "" where only the brief that was taken from it is at hand, as in the functions
	Severity finding.Severity // unless the report says otherwise
	Controls []Control
	Aliases  []string                                    // what other tools call it
	On       []event.Selector                            // what wakes it, besides the events after which its resource is read again
	Reads    resource.Source                             // what it judges; nil: the event alone
	Target   func(*event.Event) resource.Ref             // what an act was done to, where it matters what uses that; only for a check of the event alone
	Run      func(*Pass)                                 // no I/O, no clock
	Needs    func(Options) (unmet string)                // why it has nothing to say under these options, so that nothing is read for it; "": it has; nil: it always has
	Notes    func(*event.Event, identity.Verdict) []Note // what later events are to be judged by, as pure as Run; nil: nothing
	Compares bool                                        // Past.Before is asked for
	Access   bool                                        // it says of an account that nobody gets in, for everything that is in there
	Remedies []string                                    // IDs, the mildest first; none: advice only
}

// Wakes lists every event after which the check has something to judge.
func (c *Check) Wakes() []event.Selector {
	if c.Reads == nil {
		return c.On
	}
	return append(append([]event.Selector(nil), c.On...), c.Reads.ChangedBy()...)
}

// Judges is the kind of resource that the check reads, or "event".
func (c *Check) Judges() string {
	if c.Reads == nil {
		return "event"
	}
	return c.Reads.Kind()
}

// brief is what findings say of a check: of its doc, the title and the first paragraph of why it matters.
type brief struct{ id, title, why string }

// brief is taken from the doc where that is at hand.
func (c *Check) brief() brief {
	if c.Doc == "" {
		if i, known := slices.BinarySearchFunc(briefs[:], c.ID, func(b brief, id string) int { return strings.Compare(b.id, id) }); known {
			return briefs[i]
		}
		return brief{}
	}
	title, why := Brief(c.Doc)
	return brief{title: title, why: why}
}

// Brief gives of a doc the first heading and, on one line, the first paragraph of why it matters.
func Brief(doc string) (title, why string) {
	first, _, _ := strings.Cut(doc, "\n")
	paragraph, _, _ := strings.Cut(section(doc, "Why it matters"), "\n\n")
	return strings.TrimSpace(strings.TrimPrefix(first, "# ")), strings.Join(strings.Fields(paragraph), " ")
}

// Title is the doc's first heading.
func (c *Check) Title() string { return c.brief().title }

// Section is the doc's text below the heading of that name, without the heading; "" when there is none.
func (c *Check) Section(name string) string { return section(c.Doc, name) }

func section(doc, name string) string {
	_, rest, found := strings.Cut(doc, "\n## "+name+"\n")
	if !found {
		return ""
	}
	text, _, _ := strings.Cut("\n"+rest, "\n## ")
	return strings.TrimSpace(text)
}

// Why is the first paragraph of why it matters, on one line.
func (c *Check) Why() string { return c.brief().why }

// Options are the settings that a verdict may depend on. They have the members of settings.Options.
type Options struct {
	RequireCustomerKey bool     // "encrypted" means: under a customer managed KMS key
	RequireVPC         bool     // builds run within a VPC
	TrustedRegistries  []string // what image names may begin with, besides AWS's own: "public.ecr.aws/docker/"
	SourceProviders    []string // CodeBuild source types that are allowed: "GITHUB"; none: all
	SourceOwners       []string // owners of repositories that are allowed: "example-org"; none: all
	ProductionStages   []string // stages that deploy to production, in any case; * stands for any text
	MinRegions         int      // that a pipeline deploys to; 0: any
	RetentionDays      int      // for how long build logs and the audit trail are kept at least; 0: any time
	TrustedAccounts    []string // that may share what pipelines lean on, besides the own: account ids, organisation ids (o-...)
	BuildLogMegabytes  int      // how much of one build's log is read; 0: nothing
	CustomerKeys       []string // ARNs of the KMS keys that remedies put in, one for each region
}

// Key is the ARN of the key that remedies put in for what lies in a region; "" where the settings name none.
func (o Options) Key(region string) string {
	i := slices.IndexFunc(o.CustomerKeys, func(arn string) bool { return strings.Contains(arn, ":kms:"+region+":") })
	if i < 0 {
		return ""
	}
	return o.CustomerKeys[i]
}

// Trusts says whether an account, or an organisation, is one that the settings trust.
func (o Options) Trusts(id string) bool { return slices.Contains(o.TrustedAccounts, id) }

// Production says whether a stage deploys to production, by its name.
func (o Options) Production(stage string) bool {
	for _, pattern := range o.ProductionStages {
		if like(strings.ToLower(pattern), strings.ToLower(stage)) {
			return true
		}
	}
	return false
}

// like says whether the text fits the pattern, in which * stands for any text.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, fits := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, found := strings.Cut(text, part)
		text, fits = rest, fits && found
	}
	return fits && strings.HasSuffix(text, parts[len(parts)-1])
}

// Report is a failure as a check tells it.
type Report struct {
	Title    string             // what is wrong, in the words of the reader's work, without a full stop
	Detail   string             // sentences: what was really seen
	Severity *finding.Severity  // nil: the check's own
	Facts    []finding.Fact     // before and after, and what else was seen
	Path     []string           // the chain of resources that leads to the conclusion
	Would    string             // what the remedy would do, and what it can break
	Harsher  map[string]string  // the same of the check's other remedies, by their IDs; one that is not here does not fit this case
	ByHand   string             // the command that does the same
	Once     string             // set for an act: what tells this act from another
	Template []finding.Property // what to change where a stack manages the resource
	NoRemedy bool               // the check's remedies do not fit this case
	OnEvent  bool               // the failure rests on the event, not on the state: a duplicate or late event does not repeat it
	About    *resource.Ref      // another resource than the one judged
}

// Pass is one run of a check: what it judges, and where it reports.
type Pass struct {
	Check   *Check
	Event   *event.Event     // nil in a sweep
	Actor   identity.Verdict // who acted; the zero Verdict without an event
	Ref     resource.Ref     // the resource that is judged; for a judgement of the event alone, what the act was done to
	State   any              // its state; nil for a judgement of the event alone
	Basis   finding.Basis
	Options Options
	Past    Memory
	Now     time.Time
	Own     Own // what belongs to this auditor

	results []finding.Finding
}

// State is what was read, as its type. It panics when the check reads another kind than it asks for, which Validate's caller finds out in the first test.
func State[S any](p *Pass) S {
	s, ok := p.State.(S)
	if !ok {
		panic(fmt.Sprintf("check %s asks for %T and was given %T", p.Check.ID, s, p.State))
	}
	return s
}

// Offline says that only the event speaks: what holds a state back may exist unseen.
func (p *Pass) Offline() bool { return p.Basis == finding.Event && p.Check.Reads != nil }

// Fail reports what is wrong.
func (p *Pass) Fail(r Report) {
	f := p.result(finding.Fail, r.Detail)
	f.Title, f.Facts, f.Path, f.Would, f.ByHand, f.Template, f.Once = r.Title, r.Facts, r.Path, r.Would, r.ByHand, r.Template, r.Once
	f.Severity, f.Why = p.Check.Severity, p.Check.Why()
	if r.Severity != nil {
		f.Severity = *r.Severity
	}
	if len(p.Check.Remedies) > 0 && !r.NoRemedy {
		f.Remedy = p.Check.Remedies[0]
		for _, id := range p.Check.Remedies[1:] {
			if would, fits := r.Harsher[id]; fits {
				f.Harsher = append(f.Harsher, finding.Alternative{Remedy: id, Would: would})
			}
		}
	}
	if r.About != nil {
		f.Resource = finding.Resource(*r.About)
	}
	if aside := resource.UsedBy(p.Past.Used); strings.Contains(r.Title+r.Detail, aside) {
		f.Aside = aside
	}
	if !p.Ref.Sound() || !resource.Ref(f.Resource).Sound() {
		f.ByHand = "" // a part of it would be somebody else's command
	}
	if r.OnEvent {
		f.Basis = finding.Event
	}
	p.results = append(p.results, f)
}

// OK reports that the resource passes.
func (p *Pass) OK() { p.results = append(p.results, p.result(finding.Pass, "")) }

// Unknown reports that it could not be read, and why: neither a pass nor a failure.
func (p *Pass) Unknown(what string, why error) {
	f := p.result(finding.Unknown, fmt.Sprintf("%s is not known: %v", what, why))
	f.Severity = max(f.Severity, finding.Low) // that something could not be looked at is worth a word, whatever it was
	p.results = append(p.results, f)
}

// Skip reports that the check has nothing to say here.
func (p *Pass) Skip(why string) {
	p.results = append(p.results, p.result(finding.NotApplicable, why))
}

func (p *Pass) result(o finding.Outcome, detail string) finding.Finding {
	f := finding.Finding{
		Check: p.Check.ID, Outcome: o, Severity: p.Check.Severity, Basis: p.Basis,
		Title: p.Check.Title(), Detail: detail, Resource: finding.Resource(p.Ref),
	}
	if p.Event != nil {
		f.Event = cause(p.Event)
		f.Actor, f.MFA = actor(p.Actor)
	}
	return f
}

// Results are what the run reported.
func (p *Pass) Results() []finding.Finding { return p.results }

func cause(e *event.Event) *finding.Cause {
	c := &finding.Cause{ID: e.ID, Name: e.Name(), Source: e.Service(), Time: e.Time}
	if c.Name == "" {
		c.Name, c.Source = e.DetailType, e.Source
	}
	return c
}

func actor(v identity.Verdict) (*finding.Actor, *finding.MFA) {
	if v.MFA == "" {
		return nil, nil
	}
	return &finding.Actor{Type: v.Actor.Type, Name: v.Actor.Name, ARN: v.Actor.ARN, Via: v.Actor.Via, SourceIP: v.Actor.SourceIP},
		&finding.MFA{Verdict: string(v.MFA), Row: v.Row, Reason: v.Reason}
}

// Caller is what an event's record says of who called, for identity.Judge.
func Caller(e *event.Event) identity.Call {
	fromConsole, _ := e.Detail.Bool("sessionCredentialFromConsole")
	return identity.Call{
		UserIdentity: e.Identity(), EventType: e.Detail.String("eventType"),
		SourceIP: e.Detail.String("sourceIPAddress"), UserAgent: e.Detail.String("userAgent"), FromConsole: fromConsole,
	}
}
