package announce

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// counted is "1 second", "3 seconds".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func leftOut(n int, what string) string { return fmt.Sprintf("[%d %s]", n, what) }

// Span is a length of time in its largest whole unit: "3 hours".
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return counted(int(d/time.Second), "second")
	case d < time.Hour:
		return counted(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return counted(int(d/time.Hour), "hour")
	}
	return counted(int(d/(24*time.Hour)), "day")
}

// ago never speaks of the future: the clock of whoever wrote the time may be ahead of ours.
func ago(at, now time.Time) string {
	if d := now.Sub(at); d >= time.Second {
		return Span(d) + " ago"
	}
	return "just now"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// moment is a time with how long ago it was.
func moment(at, now time.Time) string {
	if at.IsZero() {
		return "at a time that is not known"
	}
	return stamp(at) + ", " + ago(at, now)
}

// sentence begins with a capital, unless with a name, and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	word, _, _ := strings.Cut(s, " ")
	letters := strings.IndexFunc(strings.TrimRight(word, ",:;"), func(r rune) bool { return !unicode.IsLower(r) }) < 0
	if letters && word != "pipewarden" {
		first, size := utf8.DecodeRuneInString(s)
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	return stopped(s)
}

// stopped ends with a full stop.
func stopped(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".?!:]") {
		return s
	}
	return s + "."
}

var actorTypes = map[string]string{
	"IAMUser": "IAM user", "Root": "root user", "AssumedRole": "role session", "Role": "role session", "FederatedUser": "federated session",
	"SAMLUser": "SAML user", "WebIdentityUser": "web identity", "IdentityCenterUser": "Identity Center user",
	"AWSAccount": "another account", "AWSService": "AWS service",
}

// who is "alice (IAM user, console session) from 203.0.113.7".
func who(a *finding.Actor) string {
	name := a.Name
	if name == "" || name == "unknown" {
		name = "somebody whose name is not known"
	}
	if how := how(a); how != "" {
		name += " (" + how + ")"
	}
	if a.SourceIP == "" {
		return name
	}
	if _, err := netip.ParseAddr(a.SourceIP); err != nil {
		return name + " through " + a.SourceIP
	}
	return name + " from " + a.SourceIP
}

// how is what sort of identity acted, and with what, without saying the same twice.
func how(a *finding.Actor) string {
	kind, ok := actorTypes[a.Type]
	switch {
	case a.Type == "Unknown":
		kind = ""
	case !ok:
		kind = a.Type
	}
	switch {
	case a.Via == "" || a.Via == "unknown" || strings.Contains(kind, a.Via):
		return kind
	case kind == "":
		return a.Via
	}
	return kind + ", " + a.Via
}

var mfaWords = map[string]string{
	"proven": "yes", "disproven": "no", "not-provable": "not known", "not-applicable": "does not apply",
}

func mfa(m *finding.MFA) string {
	word, ok := mfaWords[m.Verdict]
	if !ok {
		word = "not known"
	}
	if m.Reason == "" {
		return word
	}
	return word + ". " + sentence(m.Reason)
}

// Named is a resource as people call it: "build project payments-api".
func Named(r finding.Resource) string {
	kind := finding.KindName(r.Kind)
	switch {
	case kind == "" && r.ID == "":
		return "resource whose name is not known"
	case kind == "":
		kind = "resource"
	case r.ID == "":
		return kind + " whose name is not known"
	}
	return kind + " " + r.ID
}
