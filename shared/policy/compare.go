package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Same says whether two documents mean the same to AWS, which does not always give back a document letter by letter: members may come in
// any order, a value alone is a list of one, and of a list of plain values the order says nothing. That of the statements counts.
func (d *Document) Same(o *Document) bool {
	if d == nil || o == nil {
		return d == o
	}
	return slices.Equal(d.meanings(), o.meanings())
}

// Changes says how another document differs, a statement on a line: "statement Read (Allow s3:GetObject): there -> gone". Values of conditions
// are left out, because some of them are secrets, such as a referer that is agreed upon.
func (d *Document) Changes(to *Document) []string {
	if d.Same(to) {
		return nil
	}
	all := append(d.gone(to), to.come(d)...)
	if len(all) == 0 {
		return []string{"policy: its statements in another order, or something besides them"}
	}
	const most = 20
	if more := len(all) - most; more > 0 {
		all = append(all[:most], fmt.Sprintf("and %d more", more))
	}
	return all
}

// gone are the statements that the other document has not, or has in another form.
func (d *Document) gone(to *Document) []string {
	from, into := d.meanings(), to.meanings()
	var all []string
	for i := range d.count() {
		if slices.Contains(into, from[i]) {
			continue
		}
		how := ": there -> gone"
		if j := to.called(d.Statements[i].Sid); j >= 0 && !slices.Contains(from, into[j]) {
			how = ": changed"
		}
		all = append(all, d.label(i)+how)
	}
	return all
}

// come are the statements that the former document has under no form.
func (d *Document) come(former *Document) []string {
	from, into := former.meanings(), d.meanings()
	var all []string
	for i := range d.count() {
		if !slices.Contains(from, into[i]) && former.called(d.Statements[i].Sid) < 0 {
			all = append(all, d.label(i)+": not there -> there")
		}
	}
	return all
}

func (d *Document) count() int {
	if d == nil {
		return 0
	}
	return len(d.Statements)
}

// meanings are the statements, each in the one form that all ways of writing it have, and after them what the document says besides.
func (d *Document) meanings() []string {
	if d == nil {
		return nil
	}
	var all []string
	for _, s := range d.Statements {
		all = append(all, meaning(s.raw))
	}
	for _, m := range d.members {
		if m.name != "Statement" {
			all = append(all, m.name+" "+meaning(m.value))
		}
	}
	slices.Sort(all[len(d.Statements):])
	return all
}

// meaning writes JSON with the members of objects in order of their names, and lists of plain values sorted. The text was proven valid before.
func meaning(raw json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return string(raw)
	}
	out, err := text(plainest(v))
	if err != nil {
		return string(raw)
	}
	return string(out)
}

// plainest takes a list of one for what is in it, and sorts lists of plain values.
func plainest(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = plainest(member)
		}
		return v
	case []any:
		for i := range v {
			v[i] = plainest(v[i])
		}
		if len(v) == 1 {
			return v[0]
		}
		slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprintf("%T %v", a, a), fmt.Sprintf("%T %v", b, b)) })
		return v
	}
	return v
}

// called finds a statement by its Sid; -1 when there is none, or no Sid.
func (d *Document) called(sid string) int {
	if d == nil || sid == "" {
		return -1
	}
	return slices.IndexFunc(d.Statements, func(s Statement) bool { return s.Sid == sid })
}

// label names a statement for people.
func (d *Document) label(index int) string {
	s := d.Statements[index]
	name := s.Sid
	if name == "" {
		name = strconv.Itoa(index + 1)
	}
	return "statement " + short(name) + " (" + s.Effect + " " + s.actions() + ")"
}

// actions are the first few that a statement speaks of.
func (s Statement) actions() string {
	list, but := s.Action, ""
	if len(s.NotAction) > 0 {
		list, but = s.NotAction, "all but "
	}
	const most = 3
	if len(list) > most {
		return fmt.Sprintf("%s%s and %d more", but, strings.Join(list[:most], ", "), len(list)-most)
	}
	return but + strings.Join(list, ", ")
}
