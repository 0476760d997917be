package settings_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// What can be set for all can be set for a place, under the same name.
func TestAnOverrideMayGiveEveryOption(t *testing.T) {
	t.Parallel()
	of, given := reflect.TypeFor[settings.Options](), reflect.TypeFor[settings.Given]()
	if of.NumField() != given.NumField() {
		t.Fatalf("%d options, and an override may give %d", of.NumField(), given.NumField())
	}
	for i := range of.NumField() {
		a, b := of.Field(i), given.Field(i)
		if a.Name != b.Name || a.Tag.Get("yaml") != b.Tag.Get("yaml") || b.Type != reflect.PointerTo(a.Type) {
			t.Errorf("%s %s `%s` is %s %s `%s` in an override", a.Name, a.Type, a.Tag, b.Name, b.Type, b.Tag)
		}
		// Each is laid over its own option, and over no other.
		one := settings.Given{}
		value := reflect.New(a.Type)
		switch to := value.Interface().(type) {
		case *bool:
			*to = true
		case *int:
			*to = 7
		case *[]string:
			*to = []string{"x"}
		default:
			t.Fatalf("%s is a %s", a.Name, a.Type)
		}
		reflect.ValueOf(&one).Elem().Field(i).Set(value)
		var want settings.Options
		reflect.ValueOf(&want).Elem().Field(i).Set(value.Elem())
		if diff := cmp.Diff(want, one.Over(settings.Options{})); diff != "" {
			t.Errorf("%s: %s", a.Name, diff)
		}
	}
}

const inherited = `
options: {retentionDays: 100, trustedRegistries: [docker.io/], requireVpc: true}
overrides:
  - {ou: r-ab12, options: {retentionDays: 200, requireCustomerKey: true}}
  - {ou: ou-ab12-34567890, options: {retentionDays: 400, trustedRegistries: []}, checks: {off: [trail-stopped]}}
  - {account: "111122223333", tag: stage=sandbox, options: {requireVpc: false, retentionDays: 0}, checks: {off: [bucket-public, trail-stopped]}}
`

func TestTheLastOverrideThatFitsWins(t *testing.T) {
	t.Parallel()
	s, err := settings.Load([]byte(inherited), known)
	if err != nil {
		t.Fatal(err)
	}
	sandbox := map[string]string{"stage": "sandbox"}
	const account, unit = "111122223333", "ou-ab12-34567890"
	for name, c := range map[string]struct {
		at     settings.Place
		want   []string
		unsure string
	}{
		"nowhere":                     {settings.Place{}, []string{"100 false true [docker.io/] off []"}, ""},
		"below the root":              {settings.Place{OUs: []string{"r-ab12"}}, []string{"200 true true [docker.io/] off []"}, ""},
		"in the unit":                 {settings.Place{OUs: []string{unit, "r-ab12"}}, []string{"400 true true [] off [trail-stopped]"}, ""},
		"in the unit, by tag":         {settings.Place{Account: account, OUs: []string{unit, "r-ab12"}, Tags: sandbox}, []string{"0 true false [] off [bucket-public trail-stopped]"}, ""},
		"by tag alone":                {settings.Place{Account: account, Tags: sandbox}, []string{"0 false false [docker.io/] off [bucket-public trail-stopped]"}, ""},
		"the tag in another account":  {settings.Place{Account: "444455556666", Tags: sandbox}, []string{"100 false true [docker.io/] off []"}, ""},
		"tags unknown":                {settings.Place{Account: account, NoTags: "denied"}, []string{"100 false true [docker.io/] off []", "0 false false [docker.io/] off [bucket-public trail-stopped]"}, "denied"},
		"tags unknown, and no matter": {settings.Place{Account: "444455556666", NoTags: "denied"}, []string{"100 false true [docker.io/] off []"}, ""},
		"nothing known": {
			settings.Place{Account: account, NoTags: "denied", NoOUs: "no answer"},
			[]string{
				"100 false true [docker.io/] off []", "200 true true [docker.io/] off []", "400 false true [] off [trail-stopped]", "400 true true [] off [trail-stopped]",
				"0 false false [docker.io/] off [bucket-public trail-stopped]", "0 true false [docker.io/] off [bucket-public trail-stopped]",
				"0 false false [] off [bucket-public trail-stopped]", "0 true false [] off [bucket-public trail-stopped]",
			},
			"no answer, and denied",
		},
	} {
		possible, unsure := s.At(c.at)
		var got []string
		for _, h := range possible {
			got = append(got, fmt.Sprint(h.Options.RetentionDays, h.Options.RequireCustomerKey, h.Options.RequireVPC, h.Options.TrustedRegistries, " off ", h.Off))
		}
		for i := range got {
			got[i] = strings.Join(strings.Fields(got[i]), " ")
		}
		if diff := cmp.Diff(c.want, got); diff != "" || unsure != c.unsure {
			t.Errorf("%s: unsure %q\nwant (-), got (+):\n%s", name, unsure, diff)
		}
	}
	if s.Options.RetentionDays != 100 || len(s.Options.TrustedRegistries) != 1 {
		t.Errorf("what holds at a place was written over what holds everywhere: %+v", s.Options)
	}
}

// However much is not known, what every single override would lead to is among what is possible.
func TestManyDoubts(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 6, 200} {
		s := settings.Default()
		for i := range n {
			s.Overrides = append(s.Overrides, settings.Override{Tag: fmt.Sprint("t", i), Options: settings.Given{RetentionDays: new(1000 + i)}})
		}
		s.Overrides = append(s.Overrides, settings.Override{Tag: "t0", Options: settings.Given{MinRegions: new(3)}}) // with the first one
		possible, unsure := s.At(settings.Place{NoTags: "denied"})
		if unsure != "denied" || possible[0].Options.RetentionDays != 90 {
			t.Errorf("%d: %q, at first %+v", n, unsure, possible[0])
		}
		for i := range n {
			if !slices.ContainsFunc(possible, func(h settings.Held) bool {
				return h.Options.RetentionDays == 1000+i && (i > 0 || h.Options.MinRegions == 3)
			}) {
				t.Errorf("%d: %d days are not possible", n, 1000+i)
			}
		}
		if slices.ContainsFunc(possible, func(h settings.Held) bool { return h.Options.RetentionDays == 1000 && h.Options.MinRegions == 0 }) {
			t.Errorf("%d: of two that ask for the same tag one fits without the other", n)
		}
		if all := 1000 + n - 1; !slices.ContainsFunc(possible, func(h settings.Held) bool { return h.Options.RetentionDays == all && h.Options.MinRegions == 3 }) {
			t.Errorf("%d: that all of them fit is not possible", n)
		}
		if len(possible) > 2*n+2 {
			t.Errorf("%d: %d things are possible", n, len(possible))
		}
	}
}

// What is not known is no doubt where it makes no difference.
func TestADoubtThatMakesNoDifference(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	s.Overrides = []settings.Override{{Tag: "a", Options: settings.Given{RetentionDays: new(90)}}, {Tag: "b", Checks: settings.Checks{}}}
	if possible, unsure := s.At(settings.Place{NoTags: "denied"}); len(possible) != 1 || unsure != "" {
		t.Errorf("%q: %+v", unsure, possible)
	}
}

func TestExemptionsByPlace(t *testing.T) {
	t.Parallel()
	until := day(2026, 12, 31)
	s := settings.Settings{Exemptions: []settings.Exemption{
		{Check: "c", Resource: "docs-*", OU: "ou-ab12-34567890", Owner: "ann", Until: until},
		{Check: "c", Resource: "*", Account: "111122223333", OU: "r-ab12", Tag: "open=yes", Owner: "bob", Until: until},
		{Check: "c", Resource: "*", Tag: "old", Owner: "zoe", Until: day(2026, 1, 31)},
	}}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	open := map[string]string{"open": "yes"}
	for name, c := range map[string]struct {
		id, account string
		at          settings.Place
		owner       string
		awaits      bool
	}{
		"in the unit":                   {"docs-1", "1", settings.Place{OUs: []string{"r-ab12", "ou-ab12-34567890"}}, "ann", false},
		"in another unit":               {"docs-1", "1", settings.Place{OUs: []string{"r-ab12"}}, "", false},
		"where it lies is not known":    {"docs-1", "1", settings.Place{NoOUs: "no answer"}, "", false},
		"all that is asked":             {"web", "111122223333", settings.Place{OUs: []string{"r-ab12"}, Tags: open}, "bob", true},
		"another value":                 {"web", "111122223333", settings.Place{OUs: []string{"r-ab12"}, Tags: map[string]string{"open": "no"}}, "", true},
		"its tags are not known":        {"web", "111122223333", settings.Place{OUs: []string{"r-ab12"}, NoTags: "denied"}, "", true},
		"tags that would not be enough": {"web", "444455556666", settings.Place{OUs: []string{"r-ab12"}, NoTags: "denied"}, "", false},
		"of an exemption that ended":    {"web", "444455556666", settings.Place{Tags: map[string]string{"old": ""}}, "", false},
		"the other unit, and the tag":   {"web", "111122223333", settings.Place{OUs: []string{"r-ff00"}, Tags: open}, "", false},
		"neither is known":              {"web", "111122223333", settings.Place{NoOUs: "no answer", NoTags: "denied"}, "", true},
	} {
		f := finding.Finding{Check: "c", Resource: finding.Resource{ID: c.id, Account: c.account}}
		owner := ""
		if e := s.Exempts(f, c.at, now); e != nil {
			owner = e.Owner
		}
		if awaits := s.AwaitsTags(f, c.at, now); owner != c.owner || awaits != c.awaits {
			t.Errorf("%s: exempted by %q, waits for tags %v", name, owner, awaits)
		}
	}
	f := finding.Finding{Check: "c", Resource: finding.Resource{ID: "web", Account: "111122223333"}}
	if fits, unsure := s.Exemptions[1].FitsAt(f, settings.Place{OUs: []string{"r-ab12"}, NoTags: "denied"}); fits || unsure != "denied" {
		t.Errorf("%v, %q", fits, unsure)
	}
	if fits, unsure := s.Exemptions[1].FitsAt(f, settings.Place{OUs: []string{"r-ab12"}, Tags: open}); !fits || unsure != "" {
		t.Errorf("%v, %q", fits, unsure)
	}
}

// An exemption is counted by its key, which those that ask for no unit and no tag have had before.
func TestKeysOfExemptions(t *testing.T) {
	t.Parallel()
	e := settings.Exemption{Check: "bucket-public", Resource: "docs-*", Owner: "ann", Until: day(2026, 12, 31)}
	keys := map[string]string{e.Key(): "plain"}
	if e.Key() != "9b023c70" {
		t.Errorf("its key is %s now", e.Key())
	}
	for name, change := range map[string]func(*settings.Exemption){
		"unit": func(e *settings.Exemption) { e.OU = "r-ab12" }, "tag": func(e *settings.Exemption) { e.Tag = "r-ab12" },
		"account": func(e *settings.Exemption) { e.Account = "111122223333" },
	} {
		other := e
		change(&other)
		if same := keys[other.Key()]; same != "" {
			t.Errorf("%s and %s have one key", name, same)
		}
		keys[other.Key()] = name
	}
}

func TestWhatIsAskedOfPlaces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s           settings.Settings
		tags, units bool
	}{
		"nothing":               {settings.Settings{}, false, false},
		"a rule by unit":        {settings.Settings{Modes: []settings.Rule{{OU: "r-ab12", Tag: "a"}}}, false, true},
		"an override by tag":    {settings.Settings{Overrides: []settings.Override{{Tag: "a"}}}, true, false},
		"an override by unit":   {settings.Settings{Overrides: []settings.Override{{OU: "r-ab12"}}}, false, true},
		"an exemption by tag":   {settings.Settings{Exemptions: []settings.Exemption{{Check: "c", Tag: "a"}}}, true, false},
		"of another check":      {settings.Settings{Exemptions: []settings.Exemption{{Check: "d", Tag: "a"}}}, false, false},
		"an exemption by unit":  {settings.Settings{Exemptions: []settings.Exemption{{Check: "d", OU: "r-ab12"}}}, false, true},
		"exemptions by account": {settings.Settings{Exemptions: []settings.Exemption{{Check: "c", Account: "111122223333"}}}, false, false},
	} {
		if tags, units := c.s.AsksTags("c"), c.s.AsksUnits(); tags != c.tags || units != c.units {
			t.Errorf("%s: tags %v, units %v", name, tags, units)
		}
	}
}

func TestSettingsAreFoundInTheFile(t *testing.T) {
	t.Parallel()
	_, lines, err := settings.Located([]byte(inherited), known)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"options.retentionDays": 2, "overrides.1": 5, "overrides.2.options.requireVpc": 6, "mode": 0} {
		if lines[path] != want {
			t.Errorf("%s is on line %d, not %d", path, want, lines[path])
		}
	}
	if s, lines, err := settings.Located([]byte("mode: aply\n"), known); s != nil || lines != nil || err == nil {
		t.Errorf("%v, %v, %v", s, lines, err)
	}
}
