package settings_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/settings"
)

var modes = settings.Settings{Mode: settings.Ask, Modes: []settings.Rule{
	{Remedy: "trail-start", Mode: settings.Apply},
	{Remedy: "bucket-*", Account: "111122223333", Mode: settings.Off},
	{OU: "ou-ab12-34567890", Tag: "stage=prod*", Mode: settings.Propose},
	{Tag: "free", Resource: "web*", Mode: settings.Apply},
}}

// The first rule that fits decides; where it is not known whether one fits, the more careful of both cases counts.
func TestChoose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remedy string
		at     settings.Place
		want   settings.Choice
	}{
		"by its name":                      {"trail-start", settings.Place{}, settings.Choice{Mode: settings.Apply, Rule: 0, Named: true}},
		"by the beginning of its name":     {"bucket-version", settings.Place{Account: "111122223333"}, settings.Choice{Mode: settings.Off, Rule: 1}},
		"in another account":               {"bucket-version", settings.Place{Account: "444455556666"}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"by unit and tag":                  {"key-rotate", settings.Place{OUs: []string{"r-ab12", "ou-ab12-34567890"}, Tags: map[string]string{"stage": "production"}}, settings.Choice{Mode: settings.Propose, Rule: 2}},
		"another value of the tag":         {"key-rotate", settings.Place{OUs: []string{"ou-ab12-34567890"}, Tags: map[string]string{"stage": "test"}}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"another unit":                     {"key-rotate", settings.Place{OUs: []string{"ou-ab12-00000000"}, Tags: map[string]string{"stage": "prod"}}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"by the tag's name":                {"key-rotate", settings.Place{Name: "web-1", Tags: map[string]string{"free": "no"}}, settings.Choice{Mode: settings.Apply, Rule: 3}},
		"the tag, and another name":        {"key-rotate", settings.Place{Name: "api", Tags: map[string]string{"free": ""}}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"tags unknown, of another unit":    {"key-rotate", settings.Place{NoTags: "denied"}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"tags unknown, in the unit":        {"key-rotate", settings.Place{NoTags: "denied", OUs: []string{"ou-ab12-34567890"}}, settings.Choice{Mode: settings.Propose, Rule: 2, Unsure: "denied"}},
		"unit unknown":                     {"key-rotate", settings.Place{NoOUs: "no answer", Tags: map[string]string{"stage": "prod"}}, settings.Choice{Mode: settings.Propose, Rule: 2, Unsure: "no answer"}},
		"unknown, and bolder if it did":    {"key-rotate", settings.Place{Name: "web", NoTags: "denied"}, settings.Choice{Mode: settings.Ask, Rule: -1}},
		"decided before what is not known": {"trail-start", settings.Place{NoTags: "denied", NoOUs: "no answer"}, settings.Choice{Mode: settings.Apply, Rule: 0, Named: true}},
	} {
		if got := modes.Choose(c.remedy, c.at); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// What is deployed follows the most that a remedy may do, and what rules ask for.
func TestBoldest(t *testing.T) {
	t.Parallel()
	of := func(mode settings.Mode, rules ...settings.Rule) *settings.Settings {
		return &settings.Settings{Mode: mode, Modes: rules}
	}
	for name, c := range map[string]struct {
		s         *settings.Settings
		want      settings.Mode
		tags, ous bool
	}{
		"no rule":                   {of(settings.Ask), settings.Ask, false, false},
		"a bolder rule":             {of(settings.Off, settings.Rule{Resource: "web", Mode: settings.Apply}), settings.Apply, false, false},
		"a bolder one for another":  {of(settings.Off, settings.Rule{Remedy: "trail-start", Mode: settings.Apply}), settings.Off, false, false},
		"a more careful one":        {of(settings.Ask, settings.Rule{Tag: "a", Mode: settings.Off}), settings.Ask, true, false},
		"one for all of them":       {of(settings.Apply, settings.Rule{Remedy: "key-*", Mode: settings.Propose}), settings.Propose, false, false},
		"none behind one for all":   {of(settings.Apply, settings.Rule{Mode: settings.Off}, settings.Rule{OU: "r-ab12", Tag: "a", Mode: settings.Apply}), settings.Off, false, false},
		"one for all behind others": {of(settings.Apply, settings.Rule{OU: "r-ab12", Mode: settings.Ask}, settings.Rule{Mode: settings.Off}), settings.Ask, false, true},
	} {
		tags, ous := c.s.Asks("key-rotate")
		if got := c.s.Boldest("key-rotate"); got != c.want || tags != c.tags || ous != c.ous {
			t.Errorf("%s: %s, asks for tags %v and units %v", name, got, tags, ous)
		}
	}
}
