package bucket

import (
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// of asks something of a fact; what is unlearned stays so.
func of[T any](f resource.Fact[T], holds func(T) bool) resource.Fact[bool] {
	value, known := f.Get()
	if !known {
		return resource.Unlearned[bool](f.Err())
	}
	return resource.Known(holds(value))
}

func not(f resource.Fact[bool]) resource.Fact[bool] {
	return of(f, func(value bool) bool { return !value })
}

// anyOf is true as soon as one is, false when all are, and unlearned otherwise.
func anyOf(all ...resource.Fact[bool]) resource.Fact[bool] { return decide(true, all) }

// allOf is false as soon as one is, true when all are, and unlearned otherwise.
func allOf(all ...resource.Fact[bool]) resource.Fact[bool] { return decide(false, all) }

func decide(decisive bool, all []resource.Fact[bool]) resource.Fact[bool] {
	var missing error
	for _, f := range all {
		switch value, known := f.Get(); {
		case known && value == decisive:
			return resource.Known(decisive)
		case !known:
			missing = joined(missing, f.Err())
		}
	}
	if missing != nil {
		return resource.Unlearned[bool](missing)
	}
	return resource.Known(!decisive)
}

// joined says each reason once, on one line.
func joined(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil || strings.Contains(a.Error(), b.Error()):
		return a
	}
	return fmt.Errorf("%w; %w", a, b)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// isWord says that a Sid is what IAM allows it to be; anything else is not repeated to people.
func isWord(s string) bool {
	const most = 64
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(c rune) bool { return !isAlphanumeric(c) })
}
