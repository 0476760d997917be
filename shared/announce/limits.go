package announce

import (
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// limits are how much of a notice goes into its message.
type limits struct {
	name  int // characters of a name, id or ARN; a fact may have twice as many
	text  int // characters of a text; a command may have four times as many
	list  int // members of a list
	items int // findings
}

// generous is what an ordinary notice never reaches; only what does not fit then is cut more tightly.
var generous = limits{name: 500, text: 4000, list: 30, items: 20}

func (l limits) tighter() limits {
	return limits{name: max(l.name/2, 64), text: max(l.text/2, 100), list: max(l.list/2, 4), items: max(l.items/2, 1)}
}

func (l limits) least() bool { return l == l.tighter() }

// tidied is a notice whose every text can be shown as it is.
type tidied struct {
	Notice
	items   []Entry
	leftOut int  // findings that the message does not hold
	exact   bool // the resource's name is shown as it is: a command or setting may hold it
}

func (l limits) notice(n Notice) tidied {
	t := tidied{Notice: n, leftOut: max(len(n.Items)-l.items, 0)}
	t.Resource = l.resource(n.Resource)
	t.exact = t.Resource == n.Resource && n.Resource.ID != "" && n.Resource.Account != ""
	t.AccountName = clean(n.AccountName, l.name)
	t.Partition = clean(n.Partition, l.name)
	if t.Partition == "" {
		t.Partition = "aws"
	}
	for _, it := range n.Items[:len(n.Items)-t.leftOut] {
		t.items = append(t.items, l.item(it))
	}
	t.Items, t.Deed = nil, l.deed(n.Deed)
	return t
}

func (l limits) item(it Item) Entry {
	mode := it.Mode
	if mode == "" {
		mode = settings.Off
	}
	return Entry{
		Finding: l.finding(it.Finding), ID: it.Finding.ID(), Key: it.Finding.Key(),
		Kind: it.Kind, Mode: mode, Order: command(it.Order), Reason: clean(it.Reason, l.text), Stack: clean(it.Stack, l.name),

		Revision: it.Revision,
	}
}

func (l limits) finding(f finding.Finding) finding.Finding {
	f.Check, f.Remedy, f.Once = clean(f.Check, l.name), clean(f.Remedy, l.name), clean(f.Once, l.name)
	f.Outcome, f.Basis = finding.Outcome(clean(string(f.Outcome), l.name)), finding.Basis(clean(string(f.Basis), l.name))
	f.Title, f.Detail, f.Why = clean(f.Title, min(l.text, 500)), clean(f.Detail, l.text), clean(f.Why, l.text)
	f.Would, f.ByHand = clean(f.Would, l.text), cleanCommand(f.ByHand, 4*l.text)
	f.Resource = l.resource(f.Resource)
	f.Path = l.strings(f.Path, "more steps left out")
	f.Facts = l.facts(f.Facts)
	f.Template, f.Harsher = l.properties(f.Template), nil
	if f.Actor != nil {
		f.Actor = &finding.Actor{
			Type: clean(f.Actor.Type, l.name), Name: clean(f.Actor.Name, l.name), ARN: clean(f.Actor.ARN, l.name),
			Via: clean(f.Actor.Via, l.name), SourceIP: clean(f.Actor.SourceIP, l.name),
		}
	}
	if f.MFA != nil {
		f.MFA = &finding.MFA{Verdict: clean(f.MFA.Verdict, l.name), Row: f.MFA.Row, Reason: clean(f.MFA.Reason, l.text)}
	}
	if f.Event != nil {
		f.Event = &finding.Cause{
			ID: clean(f.Event.ID, l.name), Name: clean(f.Event.Name, l.name),
			Source: clean(f.Event.Source, l.name), Time: f.Event.Time.UTC(),
		}
	}
	if f.Exemption != nil {
		f.Exemption = &finding.Exemption{Owner: clean(f.Exemption.Owner, l.name), Reason: clean(f.Exemption.Reason, l.text), Until: f.Exemption.Until}
	}
	return f
}

func (l limits) resource(r finding.Resource) finding.Resource {
	return finding.Resource{
		Kind: clean(r.Kind, l.name), ID: clean(r.ID, l.name),
		Account: clean(r.Account, l.name), Region: clean(r.Region, l.name),
	}
}

func (l limits) facts(facts []finding.Fact) []finding.Fact {
	var kept []finding.Fact
	for i, fact := range facts {
		if i == l.list {
			return append(kept, finding.Fact{Label: "Left out", Value: counted(len(facts)-i, "more fact")})
		}
		kept = append(kept, finding.Fact{Label: clean(fact.Label, l.name), Value: clean(fact.Value, 2*l.name)})
	}
	return kept
}

func (l limits) strings(list []string, what string) []string {
	var kept []string
	for i, s := range list {
		if i == l.list {
			return append(kept, leftOut(len(list)-i, what))
		}
		if s = clean(s, l.name); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func (l limits) deed(d *Deed) *Deed {
	if d == nil {
		return nil
	}
	return &Deed{
		Order: command(d.Order), Remedy: clean(d.Remedy, l.name), Summary: clean(d.Summary, l.text),
		Breaks: clean(d.Breaks, l.text), Verified: clean(d.Verified, l.text), Error: clean(d.Error, l.text),
		At: d.At.UTC(), Calls: l.strings(d.Calls, "more calls left out"), Undoable: d.Undoable,
		ByHand: cleanCommand(d.ByHand, 4*l.text), By: clean(d.By, l.name),
	}
}

// command is an order's id as it may stand in a command; "" for a text that no order has as its id.
func command(id string) string {
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' {
			return ""
		}
	}
	if len(id) > 64 {
		return ""
	}
	return id
}
