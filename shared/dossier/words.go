package dossier

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/finding"
)

// thousands is 116,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	if n < 0 {
		return "-" + thousands(-n)
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// counted is "1 finding", "116,000 findings", "no findings".
func counted(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// percent is "96.4%".
func percent(share *float64) string {
	if share == nil {
		return ""
	}
	return strings.TrimSuffix(strconv.FormatFloat(float64(int(*share*1000))/10, 'f', 1, 64), ".0") + "%"
}

// lasting is how long something took: "23 s", "4 min", "3 h", "12 days".
func lasting(seconds int64) string {
	const minute, hour, day = 60, 3600, 86400
	switch {
	case seconds < 2*minute:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 2*hour:
		return fmt.Sprintf("%d min", seconds/minute)
	case seconds < 2*day:
		return fmt.Sprintf("%d h", seconds/hour)
	}
	return fmt.Sprintf("%d days", seconds/day)
}

// stamp is "2026-11-20 09:14"; "" for no time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Lines are what an assessment comes to, a sentence each.
func Lines(a *assessment.Assessment) []string {
	return []string{standing(a), judged(a), changed(a), undecided(a)}
}

// standing is "12 findings are open, 1 critical and 3 high; 2 are exempted."
func standing(a *assessment.Assessment) string {
	sum := &a.Summary
	n := sum.Open.Total()
	text := "Nothing is open"
	if n > 0 {
		text = verb(n, "finding", "is open", "are open")
		var grave []string
		for _, severity := range []finding.Severity{finding.Critical, finding.High} {
			if of := sum.Open.Of(severity); of > 0 {
				grave = append(grave, fmt.Sprintf("%s %s", thousands(of), severity))
			}
		}
		if len(grave) > 0 {
			text += ", " + strings.Join(grave, " and ")
		}
	}
	if sum.Exempt > 0 {
		text += "; " + verb(sum.Exempt, "", "is exempted", "are exempted")
	}
	if sum.Unread > 0 {
		text += "; " + verb(sum.Unread, "verdict", "is unknown", "are unknown") + " for want of a reading"
	}
	return text + "."
}

func verb(n int, noun, one, many string) string {
	text := strings.TrimSpace(counted(n, noun))
	if noun == "" {
		text = thousands(n)
	}
	if n == 1 {
		return text + " " + one
	}
	return text + " " + many
}

// judged is "96.4% of 12,345 judgements passed: 94% on the first day that was judged, 97% on the last."
func judged(a *assessment.Assessment) string {
	p := &a.Summary.Posture
	if p.Share == nil {
		return "Nothing was judged in the period."
	}
	text := fmt.Sprintf("%s of %s passed", percent(p.Share), counted(p.Pass+p.Fail+p.Exempted, "judgement"))
	if p.Began != nil && p.Ended != nil && a.Health.Judged > 1 {
		text += fmt.Sprintf(": %s on the first day, %s on the last", percent(p.Began), percent(p.Ended))
	}
	return text + "."
}

// changed is "12 new, 9 put right, 1 came back, 2 got worse; 3 acts."
func changed(a *assessment.Assessment) string {
	if !a.Scope.History {
		return "What was before is not known: this is one look."
	}
	c := &a.Summary.Changed
	text := fmt.Sprintf("In the period: %s new, %s put right, %s came back, %s got worse; %s.",
		thousands(c.New), thousands(c.Resolved), thousands(c.Reopened), thousands(c.Worse), counted(a.Summary.Acts.Total(), "act"))
	if n := a.Actions.Applied; n > 0 {
		text += " " + verb(n, "change", "was made", "were made") + " by pipewarden, " + thousands(a.Actions.Undone) + " undone."
	}
	return text
}

// undecided is "3 things wait for a decision."
func undecided(a *assessment.Assessment) string {
	d := &a.Summary.Decide
	n := len(d.Waiting) + len(d.Ending) + len(d.Unreachable) + d.Omitted
	if n == 0 {
		return "Nothing waits for a decision."
	}
	return verb(n, "thing", "waits", "wait") + " for a decision."
}
