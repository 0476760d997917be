package main

import (
	"fmt"
	"slices"
	"strings"
)

// section is a part of a message: a line that stands out, and what follows it.
type section []string

// sections takes a message apart.
func sections(lines []string) []section {
	var out []section
	for i, line := range lines {
		stands := line != "" && !strings.HasPrefix(line, " ")
		if i == 0 || stands && lines[i-1] == "" {
			out = append(out, nil)
		}
		last := len(out) - 1
		out[last] = append(out[last], line)
	}
	return out
}

// excerpt keeps the beginning of a message and the sections of its first finding that begin so. What is left out is counted.
func excerpt(lines, wanted []string) []string {
	var out []string
	left, second := 0, false
	for i, part := range sections(lines) {
		second = second || strings.HasPrefix(part[0], "2. ")
		if i == 0 || !second && slices.ContainsFunc(wanted, func(w string) bool { return strings.HasPrefix(part[0], w) }) {
			out = append(out, part...)
			continue
		}
		left += len(slices.DeleteFunc(slices.Clone(part), func(line string) bool { return line == "" }))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	switch left {
	case 0:
		return out
	case 1:
		return append(out, "", "[ 1 more line ]")
	}
	return append(out, "", fmt.Sprintf("[ %d more lines ]", left))
}
