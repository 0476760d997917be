package trailweakened

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/trail"
)

// gap is one thing that a trail leaves out.
type gap struct {
	title, detail string
	label, value  string                 // the fact
	flag          string                 // of update-trail, that switches it on again; "" where selectors have to be put
	property      string                 // of the trail in a template, that does the same; "" for selectors
	made          func(trail.Other) bool // whether another trail makes up for it; nil: none can
	unsure        error                  // set instead of all that, where it is not known
}

// gaps lists what the trail leaves out, the gravest first.
func gaps(c trail.Coverage) []gap {
	var all []gap
	all = append(all, ofManagement(c)...)
	for _, one := range []struct {
		on  resource.Fact[bool]
		gap gap
	}{
		{c.MultiRegion, gap{
			title: "trail " + c.Name + " tells of one region only", detail: "It logs what happens in " + home(c) + " and in no other region.",
			label: "Multi-region", value: "off", flag: " --is-multi-region-trail", property: "IsMultiRegionTrail",
			made: func(o trail.Other) bool { return o.MultiRegion },
		}},
		{c.GlobalEvents, gap{
			title: "trail " + c.Name + " leaves out services without a region", detail: "It does not log events of global services, such as IAM: users, roles and keys can be made without a trace in it.",
			label: "Global events", value: "off", flag: " --include-global-service-events", property: "IncludeGlobalServiceEvents",
			made: func(o trail.Other) bool { return o.GlobalEvents },
		}},
		{c.Validation, gap{
			title: "files of trail " + c.Name + " can be changed unseen", detail: "Log file validation is off: there are no digests that would show that a file was changed or removed.",
			label: "Log file validation", value: "off", flag: " --enable-log-file-validation", property: "EnableLogFileValidation",
		}},
	} {
		switch on, known := one.on.Get(); {
		case !known:
			all = append(all, gap{unsure: one.on.Err()})
		case !on:
			all = append(all, one.gap)
		}
	}
	return all
}

func home(c trail.Coverage) string {
	if c.HomeRegion == "" {
		return "its home region"
	}
	return c.HomeRegion
}

// ofManagement is what the selectors leave out of management events that change something.
func ofManagement(c trail.Coverage) []gap {
	m := c.Management
	covers := func(o trail.Other, services []string) bool {
		passes, _ := o.Management.Writes.Get()
		return passes && (o.MultiRegion || c.MultiRegion.Is(func(multi bool) bool { return !multi })) &&
			!slices.ContainsFunc(services, func(s string) bool { return slices.Contains(o.Management.Excludes, s) })
	}
	switch passes, known := m.Writes.Get(); {
	case len(m.Narrowed) == 1:
		return []gap{{
			title: "trail " + c.Name + " tells of some changes only", detail: "Its one selector for management events lets only some of them pass, by " + word(m.Narrowed[0]) + ".",
			label: "Management events", value: "narrowed by " + word(m.Narrowed[0]), made: func(o trail.Other) bool { return covers(o, nil) },
		}}
	case !known:
		return []gap{{unsure: m.Writes.Err()}}
	case !passes:
		return []gap{{
			title: "trail " + c.Name + " does not tell of changes", detail: "Its selectors let no management events pass that change something.",
			label: "Management events", value: "off", made: func(o trail.Other) bool { return covers(o, nil) },
		}}
	case len(m.Excludes) > 0:
		services := make([]string, 0, len(m.Excludes))
		for _, s := range m.Excludes {
			services = append(services, word(s))
		}
		said := strings.Join(services, ", ")
		return []gap{{
			title: fmt.Sprintf("trail %s leaves out %s", c.Name, said), detail: "Its selectors let no management events of " + said + " pass.",
			label: "Left out", value: said, made: func(o trail.Other) bool { return covers(o, m.Excludes) },
		}}
	}
	return nil
}

// word is a name of a service or a field. An event may hold anything in its place.
func word(text string) string {
	const most = 60
	if text == "" || len(text) > most || strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		return "an odd name"
	}
	return text
}
