package key

import (
	"cmp"
	"slices"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// Called names the key by what it is to those who use it: "key 1234abcd-… (artifact key of web-prod)".
func Called(ref resource.Ref, used []resource.Use) string {
	return "key " + ref.ID + resource.UsedBy(used)
}

// Path is the chain from what uses the key, and as what, to what is wrong with it.
func Path(ref resource.Ref, used []resource.Use, wrong ...string) []string {
	var path []string
	if len(used) > 0 {
		first := slices.MinFunc(used, func(a, b resource.Use) int {
			return cmp.Or(cmp.Compare(a.As, b.As), cmp.Compare(a.User.Kind, b.User.Kind), cmp.Compare(a.User.ID, b.User.ID))
		})
		path = append(path, first.User.Kind+" "+first.User.ID, first.As)
	}
	return append(append(path, "key "+ref.ID), wrong...)
}
