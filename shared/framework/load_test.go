package framework_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/framework"
)

const sound = `id: doors
name: Doors
title: Doors and what is asked of them
reasons:
  manners: How a door was spoken to is in no account.
editions:
  - version: "2"
    source: The Door Book, chapter 3
    read: 2026-11-30
    groups:
      - name: Front
        controls:
          - {id: D-1, title: Shut}
          - {id: D-2, title: Thanked, outside: manners}
`

func TestLoad(t *testing.T) {
	t.Parallel()
	got, err := framework.Load([]byte(sound))
	want := &framework.Framework{ID: "doors", Name: "Doors", Title: "Doors and what is asked of them", Editions: []framework.Edition{{
		Version: "2", Source: "The Door Book, chapter 3", Read: "2026-11-30",
		Controls: []framework.Control{{ID: "D-1", Title: "Shut", Group: "Front"}, {ID: "D-2", Title: "Thanked", Group: "Front", Outside: "How a door was spoken to is in no account."}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ old, new, want string }{
		"an unknown member":       {"    read:", "    reed: x\n    read:", "line 9: field reed not found in type framework.edition"},
		"a member twice":          {"    read:", "    version: \"3\"\n    read:", `line 9: mapping key "version" already defined at line 7`},
		"no id":                   {"id: doors", "id: Doors and more", `id is to be of lower case, digits and hyphens, not "Doors and more"`},
		"no name":                 {"name: Doors\n", "", `framework: name is to be one line of text, not ""`},
		"no title":                {"title: Doors and what is asked of them\n", "", `framework: title is to be one line of text, not ""`},
		"no source":               {"    source: The Door Book, chapter 3\n", "", `edition 2: source is to be one line of text, not ""`},
		"no date":                 {"    read: 2026-11-30\n", "", `edition 2: read is to be the day it was read, as 2026-11-30, not ""`},
		"no date at all":          {"2026-11-30", "2026-11-31", `edition 2: read is to be the day it was read, as 2026-11-30, not "2026-11-31"`},
		"a partial of two lines":  {"    read:", "    partial: \"a\\nb\"\n    read:", `edition 2: partial is to be one line of text, not "a\nb"`},
		"a control twice":         {"id: D-2", "id: D-1", "edition 2: control D-1 is there twice"},
		"no id of a control":      {"{id: D-1, ", "{", `edition 2, control : id is to be one line of text, not ""`},
		"a title with a space":    {"title: Shut", `title: "Shut "`, `edition 2, control D-1: title is to be one line of text, not "Shut "`},
		"a long title":            {"title: Shut", "title: " + strings.Repeat("ä", 91), "edition 2, control D-1: the title has 91 characters; 90 are the most"},
		"a reason that is gone":   {"outside: manners", "outside: manner", "edition 2, control D-2: outside names a reason that is not there: manner\nreason manners: no control names it"},
		"an empty reason":         {"How a door was spoken to is in no account.", `""`, `reason manners: the text is to be one line of text, not ""`},
		"a group twice":           {"          - {id: D-2", "      - name: Front\n        controls:\n          - {id: D-2", "edition 2: group Front is there twice"},
		"a group without a name":  {"name: Front", `name: ""`, `edition 2: the name of a group is to be one line of text, not ""`},
		"a group with nothing":    {"      - name: Front", "      - {name: Back}\n      - name: Front", "edition 2: group Back has no controls"},
		"more than one document":  {"id: doors", "---\nid: doors\n---\nid: windows\n---\nid: doors", "there is more than one document in it"},
		"something else entirely": {"    groups:", "    groups: []\n    grops:", "edition 2: there are no groups"},
		"several at once": {
			"title: Shut", "titel: Shut",
			"line 13: field titel not found in type framework.control\nedition 2, control D-1: title is to be one line of text, not \"\"",
		},
	} {
		if strings.Count(sound, one.old) < 1 {
			t.Fatalf("%s changes nothing", name)
		}
		f, err := framework.Load([]byte(strings.Replace(sound, one.old, one.new, 1)))
		if err == nil || f != nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, want %s", name, err, one.want)
		}
	}
	for raw, want := range map[string]string{
		"": "it is empty", "id: [": "yaml: ", "id: doors\nname: D\ntitle: D\n": "there are no editions",
		sound + "  - version" + strings.SplitN(sound, "  - version", 2)[1]: "edition 2: it is there twice",
	} {
		if _, err := framework.Load([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", raw, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("editions: [{groups: [{controls: [{}]}]}]"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		loaded, err := framework.Load(raw)
		if err != nil {
			return
		}
		for _, e := range loaded.Editions {
			seen := map[string]bool{}
			for _, c := range e.Controls {
				if seen[c.ID] || c.Title == "" || c.Group == "" || utf8.RuneCountInString(c.Title) > 90 {
					t.Errorf("loaded %+v", c)
				}
				seen[c.ID] = true
			}
		}
	})
}
