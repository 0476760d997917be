package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Known lists the names that a file may use.
type Known struct {
	Checks   []string
	Remedies []string
}

// fault is one thing wrong with the file, where it is and what to do.
type fault struct {
	line int    // 0: not known
	path string // "": the file as a whole
	text string
}

func (f fault) Error() string {
	text := f.text
	if f.path != "" {
		text = clip(f.path) + ": " + text
	}
	if f.line > 0 {
		text = fmt.Sprintf("line %d: %s", f.line, text)
	}
	return text
}

// most is the size in bytes of the largest file that is read: thousands of exemptions fit, and no file can take a function's memory.
const most = 256 << 10

// Load reads the file over the defaults. It reports everything that is wrong at once, each with its line and path, in the order of the lines.
// An empty file means the defaults, and so does a setting without a value.
func Load(raw []byte, known Known) (*Settings, error) {
	s, _, err := Located(raw, known)
	return s, err
}

// Located is Load, and tells on which line of the file each setting is written, by its path: "overrides.0.options.minRegions".
func Located(raw []byte, known Known) (*Settings, map[string]int, error) {
	s := Default()
	root, err := parse(raw)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{lines: map[string]int{}, broken: map[string]bool{}, above: map[string]bool{}}
	if root != nil {
		r.fill(root, reflect.ValueOf(s).Elem(), nil)
	}
	v := validator{reader: r, known: known}
	v.run(s)
	slices.SortStableFunc(r.faults, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.path, b.path))
	})
	var all []error
	for _, f := range r.faults {
		all = append(all, f)
	}
	if err := errors.Join(all...); err != nil {
		return nil, nil, err
	}
	return s, r.lines, nil
}

// parse gives the file's one document; nil when it is empty.
func parse(raw []byte) (*yaml.Node, error) {
	if len(raw) > most {
		return nil, fmt.Errorf("the settings have %d bytes; %d are the most", len(raw), most)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, noYAML(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, fault{line: second.Line, text: "a second document begins here: the settings are one"}
	case !errors.Is(err, io.EOF):
		return nil, noYAML(err)
	}
	return document.Content[0], nil
}

var placed = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// noYAML words what the parser says like every other fault.
func noYAML(err error) error {
	at := placed.FindStringSubmatch(err.Error())
	if at == nil {
		return fmt.Errorf("read settings: %w", err)
	}
	line, _ := strconv.Atoi(at[1]) // "": not known
	return fault{line: line, text: "this is no YAML: " + strings.TrimPrefix(err.Error(), at[0])}
}
