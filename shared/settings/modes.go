package settings

import "slices"

// Rule says what remedies may do to some resources. Every member that is given must fit; * stands for any text. The first rule that fits decides.
type Rule struct {
	Remedy   string `yaml:"remedy"`   // ID; "" for any
	Account  string `yaml:"account"`  // id; "" for any
	OU       string `yaml:"ou"`       // id of an organisational unit, or of the root, at any height above the account; "" for any
	Tag      string `yaml:"tag"`      // name, or name=value; "" for any
	Resource string `yaml:"resource"` // name; "" for any
	Mode     Mode   `yaml:"mode"`
}

// Choice is what a remedy may do to a resource, and what says so.
type Choice struct {
	Mode   Mode
	Rule   int    // which of Settings.Modes decides, counted from 0; -1: none, Settings.Mode does
	Named  bool   // that rule names this very remedy
	Unsure string // why it is more careful than may be meant: what a rule asks for is not known
}

// Choose finds what a remedy may do to a resource. Where it is not known whether a rule fits, the more careful of both cases counts.
func (s *Settings) Choose(remedy string, at Place) Choice {
	decided := Choice{Mode: s.Mode, Rule: -1}
	var doubts []Choice
	for i, rule := range s.Modes {
		one := Choice{Mode: rule.Mode, Rule: i, Named: rule.Remedy == remedy}
		fits, why := rule.fits(remedy, at)
		if fits == maybe {
			one.Unsure = why
			doubts = append(doubts, one)
		}
		if fits == yes {
			decided = one
			break
		}
	}
	for _, one := range doubts {
		if boldness(one.Mode) < boldness(decided.Mode) {
			decided = one
		}
	}
	return decided
}

func boldness(m Mode) int { return slices.Index(Modes, m) }

func (r Rule) fits(remedy string, at Place) (fits answer, why string) {
	if !r.covers(remedy) || r.Resource != "" && !glob(r.Resource, at.Name) {
		return no, ""
	}
	return where{r.Account, r.OU, r.Tag}.fits(at)
}

func (r Rule) covers(remedy string) bool { return r.Remedy == "" || glob(r.Remedy, remedy) }

// always says that a rule asks for nothing but the remedy.
func (r Rule) always() bool { return r.Account == "" && r.OU == "" && r.Tag == "" && r.Resource == "" }

// reach gives the rules that may decide about a remedy, and whether Settings.Mode may.
func (s *Settings) reach(remedy string) (rules []Rule, rest bool) {
	for _, r := range s.Modes {
		if !r.covers(remedy) {
			continue
		}
		rules = append(rules, r)
		if r.always() {
			return rules, false
		}
	}
	return rules, true
}

// Boldest is the most that a remedy may do to any resource.
func (s *Settings) Boldest(remedy string) Mode {
	rules, rest := s.reach(remedy)
	most := Off
	if rest {
		most = s.Mode
	}
	for _, r := range rules {
		if boldness(r.Mode) > boldness(most) {
			most = r.Mode
		}
	}
	return most
}

// Asks says whether it takes a resource's tags, or the organisational units of its account, to know what a remedy may do.
func (s *Settings) Asks(remedy string) (tags, ous bool) {
	rules, _ := s.reach(remedy)
	for _, r := range rules {
		tags, ous = tags || r.Tag != "", ous || r.OU != ""
	}
	return tags, ous
}
