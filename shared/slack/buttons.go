package slack

import (
	"regexp"
	"strings"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/slack/outline"
)

// Link is the action_id of the button that leads to the console. Slack tells of presses of it too, and nothing is to be done then.
const Link = "console"

// withButtons adds what may be decided about the worst finding, above the last block, which names it.
func withButtons(blocks []api.Block, doc announce.Document, may func(string) bool) []api.Block {
	e := outline.About(doc)
	if e == nil || !keyForm.MatchString(e.Key) {
		return blocks
	}
	elements := choices(doc, *e, may)
	last := len(blocks) - 1
	return append(blocks[:last:last], api.NewActionBlock("decide", elements...), blocks[last])
}

// keyForm is what a finding's key or an order's id looks like. Others are forged, and make no buttons.
var keyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func choices(doc announce.Document, e announce.Entry, may func(string) bool) []api.BlockElement {
	press := Press{Finding: e.Key, Revision: e.Revision}
	var out []api.BlockElement
	if outline.Decidable(e) && keyForm.MatchString(e.Order) {
		press.Order = e.Order
		if may(e.Remedy) { // else nobody but a person has the right to do it, and on a terminal
			out = append(out, button(press, Approve, "Approve", api.StylePrimary, confirm("Approve it?", would(doc, e), "Approve")))
		}
		out = append(out, button(press, Reject, "Reject", api.StyleDanger, confirm("Reject it?", "pipewarden will not do it, and it stays as it is: "+what(e), "Reject")))
	}
	if order := undoable(doc, e); keyForm.MatchString(order) {
		press.Order = order
		out = append(out, button(press, Undo, "Undo", api.StyleDanger,
			confirm("Undo it?", "It goes back to how it was before: "+what(e)+" What is undone: "+doc.Deed.Summary, "Undo")))
	}
	press.Order = ""
	if exemptible(e) {
		out = append(out, button(press, Exempt, "Exempt 7 days", "", confirm("Exempt it for seven days?",
			"Until then nobody is told of it again, and nothing is done about it. It is in every report, with your name: "+what(e), "Exempt")))
	}
	return append(out, button(press, Explain, "Explain", "", nil))
}

func button(p Press, v Verb, text string, style api.Style, ask *api.ConfirmationBlockObject) api.BlockElement {
	b := api.NewButtonBlockElement(string(v), p.Value(), literal(text))
	b.Style, b.Confirm = style, ask
	return b
}

// confirm asks before anything is done, and says what that is and what it can break.
func confirm(title, text, yes string) *api.ConfirmationBlockObject {
	return api.NewConfirmationBlockObject(literal(title), literal(outline.Tidy(text, mostConfirm)), literal(yes), literal("Cancel"))
}

// would is what is done after an approval. What it can break is the end of it, so what is wrong gives way.
func would(doc announce.Document, e announce.Entry) string {
	text := e.Would
	if d := doc.Deed; e.Kind == announce.Refused && d != nil {
		text = strings.TrimSpace(d.Summary + " " + d.Breaks)
	}
	if text == "" {
		text = "The remedy " + e.Remedy + "."
	}
	return text + " It is about: " + what(e)
}

func what(e announce.Entry) string {
	text := e.Title
	if text == "" {
		text = e.Check
	}
	return strings.TrimSuffix(outline.Tidy(text, 120), ".") + "."
}

// undoable is the order that can be undone; "": there is none.
func undoable(doc announce.Document, e announce.Entry) string {
	switch e.Kind {
	case announce.Fixed, announce.Restored, announce.Failed, announce.Stands:
	default:
		return ""
	}
	if doc.Deed == nil || !doc.Deed.Undoable {
		return ""
	}
	if doc.Deed.Order != "" {
		return doc.Deed.Order
	}
	return e.Order
}

// exemptible says that there is something to be left as it is: a state that is still wrong, or an act.
func exemptible(e announce.Entry) bool {
	switch e.Kind {
	case announce.Resolved, announce.Unread, announce.Restored:
		return false
	case announce.Fixed:
		return e.Once != "" && e.Exemption == nil
	}
	return e.Exemption == nil
}
