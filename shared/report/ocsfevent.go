package report

import (
	"bytes"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Standing is where a finding stands, as whoever remembers it knows.
type Standing struct {
	Open     bool      // false: a later judgement passed
	Revision int       // counts what changed; 1 is the first that is known
	First    time.Time // when it was first seen
	Since    time.Time // the last change
	Last     time.Time // when it was last judged
}

// OCSFEvent is a finding that is remembered as one event, and the caption of its class. The same standing gives the same event, so that
// one that comes twice can be told by its metadata.uid. What is no longer so closes the finding; then its event and actor are those that
// led to that. Texts are plain and cut: a bus takes no more than 256 KB.
func OCSFEvent(f finding.Finding, s Standing, by Judge) (class string, event []byte, err error) {
	key := f.Key()
	f = tidied(f)
	title := f.Title
	if !s.Open {
		f.Outcome, f.Exemption, f.Would, f.ByHand = finding.Pass, nil, "", ""
	}
	o := &ocsf{judge: by}
	e := o.event(f)
	if !s.Open {
		e.Message = "Nothing is wrong any more."
		if title != "" {
			e.Message = "No longer so: " + title + "."
		}
		e.Info.Desc = e.Message
	} else if s.Revision > 1 && e.ActivityID == created.id {
		e.does(updated)
	}
	e.Time = millis(s.Since)
	e.Metadata.UID = fmt.Sprintf("%s/%d/%d", key, s.Revision, millis(s.Last))
	e.Info.UID, e.Info.FirstSeen, e.Info.Created = key, millis(s.First), millis(s.First)
	e.Info.LastSeen, e.Info.Modified = millis(s.Last), millis(later(s.Since, s.Last))
	var out bytes.Buffer
	if err := written(f, encode(&out, e)); err != nil {
		return "", nil, err
	}
	return e.Class, bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// The most characters of a name, of a text, and of a command, which is left out rather than cut: a part of one must not be run.
const (
	longestName    = 500
	longestText    = 8000
	longestCommand = 4000
)

// tidied is a finding whose every text can be shown as it is.
func tidied(f finding.Finding) finding.Finding {
	name := func(s *string) { *s = beginning(Plain(*s), longestName) }
	for _, s := range []*string{
		&f.Check, &f.Remedy, &f.Title, &f.Resource.Kind, &f.Resource.ID, &f.Resource.Account, &f.Resource.Region,
	} {
		name(s)
	}
	for _, s := range []*string{&f.Detail, &f.Why, &f.Would} {
		*s = beginning(Plain(*s), longestText)
	}
	if f.ByHand = Plain(f.ByHand); utf8.RuneCountInString(f.ByHand) > longestCommand {
		f.ByHand = ""
	}
	if f.Actor != nil {
		a := *f.Actor
		for _, s := range []*string{&a.Type, &a.Name, &a.ARN, &a.Via, &a.SourceIP} {
			name(s)
		}
		f.Actor = &a
	}
	if f.MFA != nil {
		m := *f.MFA
		name(&m.Verdict)
		name(&m.Reason)
		f.MFA = &m
	}
	if f.Event != nil {
		c := *f.Event
		for _, s := range []*string{&c.ID, &c.Name, &c.Source} {
			name(s)
		}
		f.Event = &c
	}
	if f.Exemption != nil {
		x := *f.Exemption
		name(&x.Owner)
		x.Reason = beginning(Plain(x.Reason), longestText)
		f.Exemption = &x
	}
	return f
}

// beginning is as much of a text as so many characters hold.
func beginning(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
