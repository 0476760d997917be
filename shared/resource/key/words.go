package key

import (
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Called names the key by what it is to those who use it: "key 1234abcd-… (artifact key of web-prod)".
func Called(ref resource.Ref, used []resource.Use) string {
	return "key " + ref.ID + resource.UsedBy(used)
}

// Path is the chain from what uses the key, and as what, to what is wrong with it.
func Path(ref resource.Ref, used []resource.Use, wrong ...string) []string {
	var path []string
	if first, some := resource.First(used); some {
		path = append(path, first.User.Kind+" "+first.User.ID, first.As)
	}
	return append(append(path, "key "+ref.ID), wrong...)
}
