package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Exemption leaves the findings of a check on some resources alone until a day. Every condition that is given must fit.
type Exemption struct {
	Check    string `yaml:"check"`
	Resource string `yaml:"resource"` // name; * stands for any text, / included, and \ for the character after it
	Account  string `yaml:"account"`  // id; "" for any
	OU       string `yaml:"ou"`       // id of an organisational unit, or of the root, at any height above the account; "" for any
	Tag      string `yaml:"tag"`      // name, or name=value; * stands for any text; "" for any
	Owner    string `yaml:"owner"`
	Reason   string `yaml:"reason"`
	Until    Date   `yaml:"until"`
}

// Where says in which accounts, and for which resources there, an exemption counts; "" for all that its name fits.
func (e Exemption) Where() string {
	var parts []string
	for _, one := range []struct{ what, value string }{{"account ", e.Account}, {"unit ", e.OU}, {"tag ", e.Tag}} {
		if one.value != "" {
			parts = append(parts, one.what+one.value)
		}
	}
	return strings.Join(parts, ", ")
}

// Exempts finds who decided to leave such a finding alone; nil when nobody did, or no longer. Besides the file's own exemptions, more count
// that were decided elsewhere. Of the place the units and the tags count: where it is not known whether an exemption fits, it does not, for a
// finding too many is better than one that is hidden.
func (s *Settings) Exempts(f finding.Finding, at Place, now time.Time, more ...Exemption) *finding.Exemption {
	for _, e := range slices.Concat(s.Exemptions, more) {
		if fits, _ := e.fits(f, at); fits == yes && e.Holds(now) {
			return &finding.Exemption{Key: e.Key(), Owner: e.Owner, Reason: e.Reason, Until: e.Until.Time}
		}
	}
	return nil
}

// AwaitsTags says whether an exemption would fit such a finding if only its resource had the right tags: where it is worth it to read them.
func (s *Settings) AwaitsTags(f finding.Finding, at Place, now time.Time, more ...Exemption) bool {
	at.Tags, at.NoTags = nil, "not read"
	return slices.ContainsFunc(slices.Concat(s.Exemptions, more), func(e Exemption) bool {
		fits, _ := e.fits(f, at)
		return fits == maybe && e.Tag != "" && e.Holds(now)
	})
}

// Fits says whether an exemption is for such a finding, wherever its account lies and whatever its tags.
func (e Exemption) Fits(f finding.Finding) bool {
	return e.Check == f.Check && (e.Account == "" || e.Account == f.Resource.Account) && glob(e.Resource, f.Resource.ID)
}

// FitsAt says whether an exemption is for such a finding at a place, and why where that is not known: then it exempts nothing.
func (e Exemption) FitsAt(f finding.Finding, at Place) (fits bool, unsure string) {
	answer, why := e.fits(f, at)
	return answer == yes, why
}

func (e Exemption) fits(f finding.Finding, at Place) (fits answer, why string) {
	if !e.Fits(f) {
		return no, ""
	}
	return where{ou: e.OU, tag: e.Tag}.fits(at)
}

// Holds says whether an exemption still counts.
func (e Exemption) Holds(now time.Time) bool { return e.Until.covers(now) }

// Key is what an exemption is known by: another end makes it another one.
func (e Exemption) Key() string {
	parts := []string{e.Check, e.Resource, e.Account, e.Owner, e.Until.Format(time.DateOnly)}
	if e.OU != "" || e.Tag != "" { // those without keep the key by which their uses are counted
		parts = append(parts, e.OU, e.Tag)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:4])
}
