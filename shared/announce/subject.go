package announce

import (
	"strconv"
	"strings"
)

const (
	// maxSubject is one less than the 100 characters at which SNS refuses a subject.
	maxSubject = 99
	// The account's name has this much room, and gives way down to the least of it where the title would be left with nothing to tell.
	accountRoom, leastAccount, leastTitle = 22, 8, 16
)

// subject says how bad, what and where. The place stays whole as long as it is not absurd; the title gives way first.
func subject(n tidied) string {
	worst := n.items[0]
	start := "[pipewarden] " + status(worst) + "  " + lead(worst)
	end := ", " + middle(ascii(region(n.Resource)), 18) + ")"
	more := "  ("
	if others := len(n.items) + n.leftOut - 1; others > 0 {
		more = " and " + strconv.Itoa(others) + " more" + more
	}
	room := maxSubject - len(start) - len(more) - len(end) - leastTitle
	end = more + middle(ascii(accountName(n)), min(accountRoom, max(leastAccount, room))) + end
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
	Undone: "fix undone: ", Stands: "undo failed: ", Rejected: "fix rejected: ", Unread: "could not be read: ", Fight: "left alone: ",
}

func accountName(n tidied) string {
	if n.AccountName != "" {
		return n.AccountName
	}
	if n.Resource.Account != "" {
		return n.Resource.Account
	}
	return "account not known"
}
