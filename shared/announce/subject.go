package announce

import (
	"strconv"
	"strings"
)

// maxSubject is one less than the 100 characters at which SNS refuses a subject.
const maxSubject = 99

// subject says how bad, what and where. The place stays whole as long as it is not absurd; the title gives way.
func subject(n tidied) string {
	worst := n.items[0]
	start := "[pipewarden] " + status(worst) + "  " + lead(worst)
	end := "  (" + place(n) + ")"
	if more := len(n.items) + n.leftOut - 1; more > 0 {
		end = " and " + strconv.Itoa(more) + " more" + end
	}
	what := title(worst)
	if worst.Kind == Unread {
		what = Named(n.Resource)
	}
	return start + middle(ascii(what), maxSubject-len(start)-len(end)) + end
}

// status is the word that a mailbox is skimmed by: how bad it is, or that it is over.
func status(e Entry) string {
	switch e.Kind {
	case Resolved:
		return "RESOLVED"
	case Fixed:
		if e.act() {
			return "CONTAINED"
		}
		return "FIXED"
	case Unread:
		return "UNKNOWN"
	case Restored:
		return "RESTORED"
	}
	return strings.ToUpper(e.Severity.String())
}

func lead(e Entry) string {
	if e.Kind == Fixed && e.act() {
		return ""
	}
	return leads[e.Kind]
}

var leads = map[Kind]string{
	Changed: "changed: ", Worse: "worse: ", Reminder: "still: ", Reopened: "again: ", Resolved: "was: ", Fixed: "was: ", Failed: "fix did not work: ", Refused: "not put right: ",
	Undone: "fix undone: ", Stands: "fix could not be undone: ", Rejected: "fix rejected: ", Unread: "could not be read: ", Fight: "left alone: ",
}

func place(n tidied) string {
	name := n.AccountName
	if name == "" {
		name = n.Resource.Account
	}
	if name == "" {
		name = "account not known"
	}
	return middle(ascii(name), 22) + ", " + middle(ascii(region(n.Resource)), 18)
}
