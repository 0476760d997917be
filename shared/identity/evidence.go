package identity

import (
	"regexp"
	"strings"
	"unicode"
)

const (
	longTermPrefix  = "AKIA" // IAM User Guide, "IAM identifiers", unique ids
	temporaryPrefix = "ASIA"
	absent          = "absent"
)

// shown are the members worth keeping when they are there, in the order in which a person reads them.
var shown = [...]string{
	"accountId", "invokedBy", "identityProvider", "onBehalfOf.userId",
	"sessionContext.sessionIssuer.type", "sessionContext.sessionIssuer.arn", "sessionContext.sourceIdentity",
	"sessionContext.webIdFederationData.federatedProvider", "sessionContext.assumedRoot",
}

// evidence is what the record shows, whichever row it leads to.
func (c *caller) evidence() []Evidence {
	var out []Evidence
	if c.call.EventType == serviceEvent {
		out = append(out, Evidence{"eventType", serviceEvent})
	}
	out = append(out, Evidence{"userIdentity.type", first(c.kind, absent)})
	for _, path := range shown {
		if value := c.id.text(strings.Split(path, ".")...); value != "" {
			out = append(out, Evidence{"userIdentity." + path, value})
		}
	}
	if c.key != "" || c.kind == kindUser || c.kind == kindRoot {
		out = append(out, Evidence{"userIdentity.accessKeyId", maskKey(c.key)})
	}
	if c.attrs == badAttributes {
		out = append(out, Evidence{"userIdentity.sessionContext", "unreadable"})
	}
	out = append(out, Evidence{"userIdentity.sessionContext.attributes.mfaAuthenticated", c.mfaAsGiven()})
	if c.call.FromConsole {
		out = append(out, Evidence{"sessionCredentialFromConsole", "true"})
	}
	return out
}

func (c *caller) mfaAsGiven() string {
	path := []string{"sessionContext", "attributes", "mfaAuthenticated"}
	switch {
	case c.id.at(path...) == nil:
		return absent
	case c.mfa == "":
		return "unreadable"
	}
	return c.id.text(path...)
}

// maskKey shows what kind of key it is, and of a long-term one as much as tells it from the user's other key.
func maskKey(key string) string {
	switch {
	case key == "":
		return absent
	case strings.HasPrefix(key, longTermPrefix) && len(key) >= 16:
		return longTermPrefix + "…" + key[len(key)-4:]
	case strings.HasPrefix(key, longTermPrefix):
		return longTermPrefix + "…"
	case strings.HasPrefix(key, temporaryPrefix):
		return temporaryPrefix + "…"
	}
	return "…"
}

// keyID matches an access key id wherever it stands: session names and user names are free text.
var keyID = regexp.MustCompile(`(A[KS]IA)[A-Z0-9]{16,}`)

// printable leaves out what would move a cursor or hide text, and masks access key ids.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
	return keyID.ReplaceAllString(s, "$1…")
}
