package inventory

import (
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Named is the resource as people call it: "build project web-build".
func (n *Node) Named() string { return strings.TrimSpace(finding.KindName(n.Kind) + " " + n.ID) }

// Says is what is open: "2 open, high"; "nothing open".
func (m Mark) Says() string {
	if m.Open == 0 {
		return "nothing open"
	}
	return strconv.Itoa(m.Open) + " open, " + m.Worst.String()
}

// Apart is where a resource lies, as far as that is elsewhere than the root of its part: "444455556666, us-east-1"; "" when it is not.
func (n *Node) Apart(root *Node) string {
	var parts []string
	if n.Account != "" && n.Account != root.Account {
		parts = append(parts, n.Account)
	}
	if n.Region != "" && n.Region != root.Region {
		parts = append(parts, n.Region)
	}
	return strings.Join(parts, ", ")
}

func apart(n, root *Node) string {
	if where := n.Apart(root); where != "" {
		return " (" + where + ")"
	}
	return ""
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
