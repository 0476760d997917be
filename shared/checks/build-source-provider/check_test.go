package buildsourceprovider

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

func TestRepository(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"https://github.com/example-org/web.git":     "example-org/web.git",
		"https://git.example.com:8443/group/sub/web": "group/sub/web",
		"github.com:example-org/web.git":             "example-org/web.git",
		"ssh://github.com/example-org/web.git":       "example-org/web.git",
		"https://github.com/example-org":             "",
		"https://github.com/example-org/":            "",
		"https://github.com":                         "",
		"https://github.com//web":                    "",
		"https://github.com/example-org/../evil/web": "",
		"":    "",
		"web": "",
	} {
		got, err := repository(buildproject.State{}, buildproject.SourceLocation{Location: location})
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", location, got, err, want)
		}
	}
}
