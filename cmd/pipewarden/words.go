package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// thousands is 116,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, parts...), ",")
}

// counted is "1 record", "116,000 records", "no records".
func counted(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// meant is the question behind an unknown name.
func meant(name string, known []string) string {
	if near := settings.Nearest(name, known); near != "" {
		return fmt.Sprintf(" Did you mean %s?", near)
	}
	return ""
}
