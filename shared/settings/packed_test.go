package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/settings"
)

func TestPackedSettingsAreTheSame(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"the defaults": "", "every setting": everything} {
		s, err := settings.Load([]byte(text), known)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := settings.Pack(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := settings.Unpack(raw)
		if diff := cmp.Diff(s, got); err != nil || diff != "" {
			t.Errorf("%s: %v\nloaded (-), unpacked (+):\n%s", name, err, diff)
		}
		for cut := range raw {
			if s, err := settings.Unpack(raw[:cut]); err == nil {
				t.Fatalf("%s: cut off after %d bytes it is %+v", name, cut, s)
			}
		}
	}
}

func TestWhatIsNotPackedSettings(t *testing.T) {
	t.Parallel()
	raw, err := settings.Pack(settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	packed := string(raw)
	for name, one := range map[string]struct{ text, want string }{
		"nothing":                    {"", "EOF"},
		"YAML":                       {"version: 1\n", "invalid character"},
		"of a version that has more": {`{"Colour":"blue",` + packed[1:], `unknown field "Colour"`},
		"two of them":                {packed + packed, "something follows"},
		"no mode":                    {`{}`, `"" is no mode`},
		"a mode of another version":  {strings.Replace(packed, `"propose"`, `"guess"`, 1), `"guess" is no mode`},
		"a rule without a mode":      {strings.Replace(packed, `"Modes":null`, `"Modes":[{"Remedy":"x"}]`, 1), `"" is no mode`},
	} {
		if s, err := settings.Unpack([]byte(one.text)); s != nil || err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %+v, %v; want %s", name, s, err, one.want)
		}
	}
}
