package main

import (
	"testing"

	"github.com/pipewarden/pipewarden/integration/rules"
)

func TestRulesAreUpToDate(t *testing.T) {
	t.Parallel()
	if err := run(rules.Root(t), true); err != nil {
		t.Error(err)
	}
}

func TestLongest(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]int{
		`abc`: 3, `a{2,5}b?`: 6, `a*`: 0, `(?:ab|[cd]){3}$`: 6, `\b(x+)`: 0, `[a-z]{3,}`: 0, `(`: 0, `.\d`: 2,
	} {
		if got := longest(expression); got != want {
			t.Errorf("%s: %d, want %d", expression, got, want)
		}
	}
}
