package announce

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"as it is":                      "as it is",
		"  two  spaces\tand a tab ":     "two spaces and a tab",
		"a\nb\r\nc\u2028d\u0085e":       "a b c d e",
		"\x1b[31mred\x1b[0m":            "red",
		"\u009b31mred":                  "red",
		"\x1b]8;;http://evil.example\a": "]8;;http://evil.example",
		"user\u202etxt.exe\u200b\ufeff": "usertxt.exe",
		"\xff\xfebroken":                "?broken",
		"\x00\x7f\u0090":                "",
		"日本 é":                          "日本 é",
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	if got := clean(strings.Repeat("é", 100), 100); got != strings.Repeat("é", 100) {
		t.Errorf("a text that fits was cut: %q", got)
	}
	if got, want := clean(strings.Repeat("é", 101), 100), strings.Repeat("é", 67)+" [34 more characters left out]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCleanCommand(t *testing.T) {
	t.Parallel()
	in := "aws s3api put-bucket-policy \\\r\n  --policy '{\"a\":  \"b\"}'\x1b[1m \n\n"
	if got, want := cleanCommand(in, 100), "aws s3api put-bucket-policy \\\n  --policy '{\"a\":  \"b\"}'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := cleanCommand("rm -rf /tmp/x", 12), "[left out: the command has 13 characters]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOrderInCommand(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"01K3F7Q2": "01K3F7Q2", "": "", "x; rm": "", "$(id)": "", "a\nb": "", strings.Repeat("A", 65): ""} {
		if got := command(in); got != want {
			t.Errorf("command(%q) = %q, want %q", in, got, want)
		}
	}
}
