package settings

import (
	"reflect"
	"slices"
	"strings"
)

// Override says what holds otherwise at some places. Every condition that is given must fit. Of all overrides that fit each is laid over what
// came before it in the file, option by option, so that the last one wins.
type Override struct {
	Account string `yaml:"account"` // id; * stands for any text; "" for any
	OU      string `yaml:"ou"`      // id of an organisational unit, or of the root, at any height above the account; "" for any
	Tag     string `yaml:"tag"`     // name, or name=value; * stands for any text; "" for any
	Options Given  `yaml:"options"`
	Checks  Checks `yaml:"checks"` // those that are off there, besides those that are off everywhere
}

// Given are the options that an override gives. It has the members of Options; what is nil is inherited.
type Given struct {
	RequireCustomerKey *bool     `yaml:"requireCustomerKey" json:",omitempty"`
	RequireVPC         *bool     `yaml:"requireVpc" json:",omitempty"`
	TrustedRegistries  *[]string `yaml:"trustedRegistries" json:",omitempty"`
	SourceProviders    *[]string `yaml:"sourceProviders" json:",omitempty"`
	SourceOwners       *[]string `yaml:"sourceOwners" json:",omitempty"`
	ProductionStages   *[]string `yaml:"productionStages" json:",omitempty"`
	MinRegions         *int      `yaml:"minRegions" json:",omitempty"`
	RetentionDays      *int      `yaml:"retentionDays" json:",omitempty"`
	TrustedAccounts    *[]string `yaml:"trustedAccounts" json:",omitempty"`
	BuildLogMegabytes  *int      `yaml:"buildLogMegabytes" json:",omitempty"`
	CustomerKeys       *[]string `yaml:"customerKeys" json:",omitempty"`
}

// Over is what holds where the given options are laid over others.
func (g Given) Over(o Options) Options {
	lay(&o.RequireCustomerKey, g.RequireCustomerKey)
	lay(&o.RequireVPC, g.RequireVPC)
	lay(&o.TrustedRegistries, g.TrustedRegistries)
	lay(&o.SourceProviders, g.SourceProviders)
	lay(&o.SourceOwners, g.SourceOwners)
	lay(&o.ProductionStages, g.ProductionStages)
	lay(&o.MinRegions, g.MinRegions)
	lay(&o.RetentionDays, g.RetentionDays)
	lay(&o.TrustedAccounts, g.TrustedAccounts)
	lay(&o.BuildLogMegabytes, g.BuildLogMegabytes)
	lay(&o.CustomerKeys, g.CustomerKeys)
	return o
}

func lay[T any](over, given *T) {
	if given != nil {
		*over = *given
	}
}

// Fit is an override that fits a place, or may.
type Fit struct {
	Override int    // counted from 0
	Unsure   string // why it is not known whether it fits; "": it does
}

// Fitting lists the overrides that fit a place or may, in the order of the file.
func (s *Settings) Fitting(at Place) []Fit {
	var all []Fit
	for i, o := range s.Overrides {
		if fits, why := (where{o.Account, o.OU, o.Tag}).fits(at); fits != no {
			all = append(all, Fit{Override: i, Unsure: why})
		}
	}
	return all
}

// Held is what the settings say for a place.
type Held struct {
	Options Options
	Off     []string // checks that are off there, besides those that are off everywhere
}

// At gives what holds at a place. Where it is not known whether some overrides fit, it gives what each answer would lead to, first what holds
// if none of them does, and says what is not known.
func (s *Settings) At(at Place) (possible []Held, unsure string) {
	fitting := s.Fitting(at)
	asks, questions, unsure := s.doubts(fitting)
	for _, answers := range supposed(questions) {
		held := Held{Options: s.Options}
		for i, fit := range fitting {
			if fit.Unsure == "" || answers(asks[i]) {
				held.lay(s.Overrides[fit.Override])
			}
		}
		if !slices.ContainsFunc(possible, func(h Held) bool { return reflect.DeepEqual(h, held) }) {
			possible = append(possible, held)
		}
	}
	if len(possible) == 1 {
		unsure = "" // it makes no difference
	}
	return possible, unsure
}

func (h *Held) lay(o Override) {
	h.Options = o.Options.Over(h.Options)
	for _, id := range o.Checks.Off {
		if at, is := slices.BinarySearch(h.Off, id); !is {
			h.Off = slices.Insert(h.Off, at, id)
		}
	}
}

// doubts gives the number of the question on whose answer each override that may fit depends, how many questions there are, and why they cannot
// be answered. Overrides that ask the same fit together; the account is always known.
func (s *Settings) doubts(fitting []Fit) (asks []int, questions int, unsure string) {
	asks = make([]int, len(fitting))
	var asked []where
	var why []string
	for i, fit := range fitting {
		if fit.Unsure == "" {
			continue
		}
		o := s.Overrides[fit.Override]
		one := where{ou: o.OU, tag: o.Tag}
		if asks[i] = slices.Index(asked, one); asks[i] < 0 {
			asks[i] = len(asked)
			asked = append(asked, one)
		}
		if !slices.Contains(why, fit.Unsure) {
			why = append(why, fit.Unsure)
		}
	}
	return asks, len(asked), strings.Join(why, ", and ")
}

// mostDoubts is up to how many things that are not known every combination of answers is gone through.
const mostDoubts = 5

// supposed gives the answers that n questions are supposed to have, by the number of the question: first no to all of them. Of more than
// mostDoubts questions it goes through yes to each one alone and to all of them: what one override gives counts by itself.
func supposed(n int) []func(int) bool {
	answers := []func(int) bool{func(int) bool { return false }}
	if n <= mostDoubts {
		for mask := 1; mask < 1<<n; mask++ {
			answers = append(answers, func(i int) bool { return mask&(1<<i) != 0 })
		}
		return answers
	}
	for one := range n {
		answers = append(answers, func(i int) bool { return i == one })
	}
	return append(answers, func(int) bool { return true })
}
