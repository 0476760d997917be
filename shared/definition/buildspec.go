package definition

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// buildspec compares what a build runs: a path in the source, an S3 ARN, or the text itself, which may hold secrets and is never shown.
func (l *list) buildspec(where, of, had, has string) {
	if had == has || masked(had) || masked(has) {
		return
	}
	d := Difference{Kind: Buildspec, Where: where, mark: mark(has)}
	wasInline, isInline := inline(had), inline(has)
	switch {
	case wasInline && isInline:
		if d.Sentence = "the buildspec" + of + " changed"; steps(had).changes(steps(has)) != "" {
			d.Sentence += ": " + steps(had).changes(steps(has))
		}
	case isInline:
		d.Before = said(orElse(had, defaultSpec))
		d.Sentence = "the buildspec" + of + " now stands in the project itself, and was " + d.Before
	case wasInline:
		d.After = said(orElse(has, defaultSpec))
		d.Sentence = "the buildspec" + of + " is now " + d.After + ", and stood in the project itself"
	case orElse(had, defaultSpec) == orElse(has, defaultSpec):
		return
	default:
		d.Before, d.After = said(orElse(had, defaultSpec)), said(orElse(has, defaultSpec))
		d.Sentence = "buildspec" + of + ": " + d.Before + " -> " + d.After
	}
	l.add(d)
}

// defaultSpec is the buildspec of a source for which none is named (AWS CodeBuild User Guide, "Buildspec file name and storage location").
const defaultSpec = "buildspec.yml"

// inline says that a buildspec is its own text, which is YAML or JSON, rather than where it is.
func inline(spec string) bool {
	const longestPath = 1024 // of an S3 key
	return strings.ContainsAny(spec, "\n{}\"' \t") || strings.HasPrefix(spec, "version:") || len(spec) > longestPath
}

// phases are the commands of a buildspec by phase ("build", "finally of build"), and all its other lines.
type phases struct {
	commands map[string][]string
	rest     []string
}

// changes says how many commands differ: "commands of phase build: 2 added, 1 removed; other parts changed".
func (p phases) changes(now phases) string {
	var parts []string
	for _, phase := range both(p.commands, now.commands) {
		if change := listChange(p.commands[phase], now.commands[phase]); change != "" {
			parts = append(parts, "commands of "+phase+": "+change)
		}
	}
	const most = 10
	if len(parts) > most {
		parts = append(parts[:most], "more phases changed")
	}
	if !slices.Equal(p.rest, now.rest) {
		parts = append(parts, "parts besides the commands changed")
	}
	return strings.Join(parts, "; ")
}

// listChange says how two lists differ, without what is in them: "2 added, 1 removed"; "" when they do not.
func listChange(was, is []string) string {
	count := map[string]int{}
	for _, one := range was {
		count[one]--
	}
	for _, one := range is {
		count[one]++
	}
	added, removed := 0, 0
	for _, n := range count {
		added += max(n, 0)
		removed -= min(n, 0)
	}
	var parts []string
	if added > 0 {
		parts = append(parts, fmt.Sprintf("%d added", added))
	}
	if removed > 0 {
		parts = append(parts, fmt.Sprintf("%d removed", removed))
	}
	if len(parts) == 0 && !slices.Equal(was, is) {
		return "in another order"
	}
	return strings.Join(parts, ", ")
}

func steps(spec string) phases {
	if p, ok := jsonSteps(spec); ok {
		return p
	}
	return yamlSteps(spec)
}

func jsonSteps(spec string) (phases, bool) {
	var body object
	if json.Unmarshal([]byte(spec), &body) != nil || body == nil {
		return phases{}, false
	}
	p := phases{commands: map[string][]string{}}
	all := body.object("phases")
	for name := range all {
		phase := all.object(name)
		p.commands["phase "+said(name)] = phase.texts("commands")
		if finally := phase.texts("finally"); len(finally) > 0 {
			p.commands["phase "+said(name)+", finally"] = finally
		}
		delete(phase, "commands")
		delete(phase, "finally")
	}
	p.rest = []string{canonical(map[string]any(body))}
	return p, true
}

// yamlSteps goes by the lines' indentation, as far as counting commands takes it: phases, below it the phases, below them commands and
// finally, below these items. What does not look like that counts among the rest, so that no change goes unseen.
func yamlSteps(spec string) phases {
	o := outline{phases: phases{commands: map[string][]string{}}, item: -1}
	for line := range strings.Lines(spec) {
		line = strings.TrimRight(line, " \t\r\n")
		if text := strings.TrimLeft(line, " "); text != "" && text[0] != '#' {
			o.line(line, text, len(line)-len(text))
		}
	}
	return o.phases
}

// outline is how far the lines of a buildspec were followed.
type outline struct {
	phases
	path []level // the keys that a line lies below
	item int     // indentation of the items of the list at hand; -1: there is none yet
}

func (o *outline) line(line, text string, indent int) {
	if list := at(o.path); list != "" {
		key := o.path[len(o.path)-1].indent
		if indent > key || text[0] == '-' && indent == key {
			o.listed(list, line, text, indent)
			return
		}
	}
	o.item = -1
	for len(o.path) > 0 && o.path[len(o.path)-1].indent >= indent {
		o.path = o.path[:len(o.path)-1]
	}
	if key, value, isKey := strings.Cut(text, ":"); isKey && value == "" && len(o.path) < deepest {
		o.path = append(o.path, level{indent, strings.Trim(key, `"'`)})
	}
	o.rest = append(o.rest, line)
}

// listed is a line within a list of commands: an item, or one that goes on with it.
func (o *outline) listed(list, line, text string, indent int) {
	if text[0] == '-' && (o.item < 0 || indent <= o.item) {
		o.item = indent
		o.commands[list] = append(o.commands[list], text)
	} else if n := len(o.commands[list]); n > 0 {
		o.commands[list][n-1] += "\n" + text
	} else {
		o.rest = append(o.rest, line)
	}
}

type level struct {
	indent int
	key    string
}

const deepest = 20 // levels of a buildspec that are followed

// at names the list of commands that begins below the path: phases, a phase, commands or finally.
func at(path []level) string {
	if len(path) != 3 || path[0].key != "phases" {
		return ""
	}
	switch path[2].key {
	case "commands":
		return "phase " + said(path[1].key)
	case "finally":
		return "phase " + said(path[1].key) + ", finally"
	}
	return ""
}
