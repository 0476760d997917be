package bucket

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Called names the bucket by what it is to those who use it: "bucket b (artifact store of web-prod)".
func Called(ref resource.Ref, used []resource.Use) string {
	name := "bucket " + ref.ID
	if len(used) == 0 {
		return name
	}
	used = slices.SortedFunc(slices.Values(used), func(a, b resource.Use) int {
		return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(a.User.Kind, b.User.Kind), cmp.Compare(a.User.ID, b.User.ID))
	})
	name += fmt.Sprintf(" (%s of %s", used[0].As, used[0].User.ID)
	if more := len(used) - 1; more > 0 {
		name += fmt.Sprintf(" and %d more", more)
	}
	return name + ")"
}

// Path is the chain from what uses the bucket to what opens it.
func Path(ref resource.Ref, used []resource.Use, by ...string) []string {
	var path []string
	if len(used) > 0 {
		first := slices.MinFunc(used, func(a, b resource.Use) int {
			return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(a.User.Kind, b.User.Kind), cmp.Compare(a.User.ID, b.User.ID))
		})
		path = append(path, first.User.Kind+" "+first.User.ID)
	}
	return append(append(path, "bucket "+ref.ID), by...)
}
