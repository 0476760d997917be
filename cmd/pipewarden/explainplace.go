package main

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// explanation is what the settings come to for a resource.
type explanation struct {
	Remedies   []allowance   `json:"remedies"`
	Options    []optionValue `json:"options"`
	Checks     []switched    `json:"checks"`
	Exemptions []leaves      `json:"exemptions"`
}

// origin is the part of the settings that says something.
type origin struct {
	From   string `json:"from"`             // default, or the path in the settings; ledger: it was decided by command
	Line   int    `json:"line,omitempty"`   // of the file; 0: not known
	Unsure string `json:"unsure,omitempty"` // why it is not known whether it fits; "": it does
}

// optionValue is the value of an option. The last of its values that is not unsure counts, and those after it where they fit.
type optionValue struct {
	Option string `json:"option"`
	Value  any    `json:"value"`
	origin
}

// switched is a check that is off, or that is on though it is off by default.
type switched struct {
	Check string `json:"check"`
	On    bool   `json:"on"`
	origin
}

// leaves is an exemption. One that is unsure exempts nothing.
type leaves struct {
	Check string `json:"check"`
	Owner string `json:"owner"`
	Until string `json:"until"`
	origin
}

// byDefault is where a value comes from that no setting gives.
const byDefault = "default"

// at is a part of the settings by its path: "overrides.0.options.minRegions".
func (m *modes) at(unsure string, path ...string) origin {
	whole := strings.Join(path, ".")
	for n := len(path); n > 0; n-- {
		if line := m.lines[strings.Join(path[:n], ".")]; line > 0 {
			return origin{From: whole, Line: line, Unsure: unsure}
		}
	}
	return origin{From: whole, Unsure: unsure}
}

// options are what holds there, in the order in which the file has them: of each the value that is sure, and then those that may take its place.
func (m *modes) options(s *settings.Settings, at settings.Place) []optionValue {
	own, preset := reflect.ValueOf(s.Options), reflect.ValueOf(settings.Default().Options)
	all := []optionValue{}
	for i := range own.NumField() {
		name := own.Type().Field(i).Tag.Get("yaml")
		usual := value(preset.Field(i))
		first := optionValue{name, value(own.Field(i)), origin{From: byDefault}}
		if !reflect.DeepEqual(first.Value, usual) || m.lines["options."+name] > 0 {
			first.origin = m.at("", "options", name)
		}
		values := m.laid(first, s, at, i)
		if m.all || len(values) > 1 || !reflect.DeepEqual(values[0].Value, usual) || strings.HasPrefix(values[0].From, "overrides.") {
			all = append(all, values...)
		}
	}
	return all
}

// laid is what overrides make of the value of an option, which is a field by its number.
func (m *modes) laid(first optionValue, s *settings.Settings, at settings.Place, field int) []optionValue {
	values := []optionValue{first}
	for _, fit := range s.Fitting(at) {
		given := reflect.ValueOf(s.Overrides[fit.Override].Options).Field(field)
		if given.IsNil() {
			continue
		}
		one := optionValue{first.Option, value(given.Elem()), m.at(fit.Unsure, "overrides", fmt.Sprint(fit.Override), "options", first.Option)}
		switch {
		case fit.Unsure == "":
			values = []optionValue{one}
		case !reflect.DeepEqual(values[len(values)-1].Value, one.Value): // else it makes no difference
			values = append(values, one)
		}
	}
	return values
}

// value is that of an option, where an empty list is one and not null.
func value(v reflect.Value) any {
	if list, ok := v.Interface().([]string); ok {
		return filled(list)
	}
	return v.Interface()
}

// switched are the checks that are off there, or on though they are off by default, in the order of their IDs.
func (m *modes) switched(s *settings.Settings, at settings.Place) []switched {
	all := []switched{}
	usual := settings.Default().Checks.Off
	add := func(one switched) {
		i := slices.IndexFunc(all, func(other switched) bool { return other.Check == one.Check })
		switch {
		case !m.judges(one.Check), i >= 0 && !all[i].On && all[i].Unsure == "": // more than off it cannot be
		case i >= 0 && one.Unsure == "":
			all[i] = one
		default:
			all = append(all, one)
		}
	}
	for _, id := range usual {
		if !s.Off(id) {
			add(switched{Check: id, On: true, origin: m.at("", "checks", "off")})
		}
	}
	for i, id := range s.Checks.Off {
		if m.all || !slices.Contains(usual, id) {
			add(switched{Check: id, origin: m.at("", "checks", "off", fmt.Sprint(i))})
		}
	}
	for _, fit := range s.Fitting(at) {
		for i, id := range s.Overrides[fit.Override].Checks.Off {
			add(switched{Check: id, origin: m.at(fit.Unsure, "overrides", fmt.Sprint(fit.Override), "checks", "off", fmt.Sprint(i))})
		}
	}
	slices.SortStableFunc(all, func(a, b switched) int { return cmp.Compare(a.Check, b.Check) })
	return all
}

// exempting are the exemptions that hold for the resource, or may: those of the settings, and then those that were decided by command.
func (m *modes) exempting(s *settings.Settings, at settings.Place) []leaves {
	all := []leaves{}
	add := func(e settings.Exemption, from func(unsure string) origin) {
		f := finding.Finding{Check: e.Check, Resource: finding.Resource{Kind: m.kind, ID: at.Name, Account: at.Account}}
		fits, unsure := e.FitsAt(f, at)
		if (fits || unsure != "") && e.Holds(m.now()) && m.judges(e.Check) {
			all = append(all, leaves{Check: e.Check, Owner: e.Owner, Until: e.Until.Format(time.DateOnly), origin: from(unsure)})
		}
	}
	for i, e := range s.Exemptions {
		add(e, func(unsure string) origin { return m.at(unsure, "exemptions", fmt.Sprint(i)) })
	}
	for _, e := range m.standing.Settings() {
		add(e, func(unsure string) origin { return origin{From: "ledger", Unsure: unsure} })
	}
	return all
}

// judges says whether a check may judge a resource of the kind that was given. Acts are filed under resources of any kind.
func (m *modes) judges(id string) bool {
	for _, c := range m.checks {
		if c.ID == id && c.Reads != nil {
			return m.kind == "" || c.Reads.Kind() == m.kind
		}
	}
	return true
}

// showPlace writes which options hold, which checks are off, and what is exempted.
func (m *modes) showPlace(told explanation) error {
	var options, checks, exempt [][]string
	for _, o := range told.Options {
		options = append(options, []string{o.Option, report.Plain(written(o.Value)), o.told("if it fits")})
	}
	for _, o := range told.Checks {
		is := map[bool]string{true: "on", false: "off"}[o.On]
		checks = append(checks, []string{o.Check, is, o.told("if it fits")})
	}
	for _, e := range told.Exemptions {
		exempt = append(exempt, []string{e.Check, report.Plain(e.Owner), e.Until, e.told("which does not count")})
	}
	for _, part := range []struct {
		header []string
		rows   [][]string
	}{
		{[]string{"OPTION", "VALUE", "FROM"}, options},
		{[]string{"CHECK", "IS", "FROM"}, checks},
		{[]string{"EXEMPTED", "OWNER", "UNTIL", "FROM"}, exempt},
	} {
		if len(part.rows) == 0 {
			continue
		}
		if err := line(m.out, ""); err != nil {
			return err
		}
		if err := report.Columns(m.out, part.header, part.rows); err != nil {
			return err
		}
	}
	if m.all {
		return nil
	}
	return line(m.out, "\nOptions and checks that are not listed are as by default: --all shows them.")
}

// told is where something comes from, in words: "override 1, line 12". What is unsure is followed by what that means.
func (o origin) told(unsure string) string {
	text, number := o.From, 0
	switch list, rest, _ := strings.Cut(o.From, "."); list {
	case "overrides", "exemptions":
		_, _ = fmt.Sscan(rest, &number) // the path goes on with it
		text = fmt.Sprintf("%s %d", strings.TrimSuffix(list, "s"), number+1)
	case "checks":
		text = "checks.off"
	case "options":
		text = list
	}
	if o.Line > 0 {
		text += fmt.Sprintf(", line %d", o.Line)
	}
	if o.Unsure != "" {
		text += ", " + unsure + ": " + o.Unsure
	}
	return report.Plain(text)
}

// written is a value as people read it.
func written(value any) string {
	if list, ok := value.([]string); ok {
		return cmp.Or(strings.Join(list, ", "), "none")
	}
	return fmt.Sprint(value)
}
