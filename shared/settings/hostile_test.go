package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/settings"
)

// bomb stands for 10^levels names when its aliases are followed.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < levels; i++ {
		refs := strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10)
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(refs, ","))
	}
	fmt.Fprintf(&b, "checks: {off: *a%d}\nexemptions: *a%d\n", levels-1, levels-1)
	return b.String()
}

// A hostile file takes neither long nor much memory: these would take hours if they took more than one step for each byte or two.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	const size = 200 << 10
	for name, raw := range map[string]string{
		"aliases of aliases":     bomb(60),
		"an alias of itself":     "exemptions: &e [*e]\n",
		"merged into itself":     "mfa: &m\n  <<: *m\n",
		"brackets without end":   strings.Repeat("[", size),
		"braces without end":     strings.Repeat("{a: ", size/4),
		"steps without end":      strings.Repeat("- ", size/2),
		"a name without end":     strings.Repeat("m", size) + ": 1\n",
		"a value without end":    "mode: " + strings.Repeat("ask", size/3) + "\n",
		"unknown names":          numbered("u%d: 1\n", 20_000),
		"unknown remedies":       "modes:\n" + numbered("- remedy: u%d\n", 10_000),
		"unknown checks":         "checks:\n  off:\n" + numbered("  - u%d\n", 20_000),
		"empty exemptions":       "exemptions:\n" + numbered("  - {} # %d\n", 10_000),
		"empty overrides":        "overrides:\n" + numbered("  - {} # %d\n", 10_000),
		"too many overrides":     "overrides:\n" + numbered("- {tag: t%d, options: {x: 1}}\n", 6_000),
		"the same name for ever": strings.Repeat("mode: ask\n", 20_000),
		"too many bytes":         strings.Repeat("#", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := settings.Load([]byte(raw), known)
			if err == nil {
				t.Fatal("taken")
			}
			for line := range strings.Lines(err.Error()) {
				if len(line) > 500 {
					t.Fatalf("a message of %d bytes: %.200s", len(line), line)
				}
			}
		})
	}
}

func numbered(line string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "version: 1\nmode: apply\n", bomb(4), exempt("until: 2026-12-31"), "modes: [{remedy: trail-start, tag: a=b, mode: ask}]\n", "mfa: {machineUsers: [{name: a}]}\n",
		"mode: !!int foo\nsweep: !!binary aaa\nnotify: {minimumSeverity: !x low}\n", "? {a: b}\n: c\n", "checks: {off: [~, 1, [2]]}\n", "---\n...\n---\n", "<<: {mode: ask}\n",
		"overrides: [{tag: a, options: {sourceOwners: [], minRegions: ~}, checks: {off: [bucket-public]}}]\n", "overrides:\n- &a {account: '*', options: {requireVpc: yes}}\n- *a\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := settings.Load(raw, known)
		again, errAgain := settings.Load(raw, known)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || !cmp.Equal(s, again) {
			t.Fatalf("two answers: %v, %v", err, errAgain)
		}
		if (s == nil) == (err == nil) {
			t.Fatalf("settings %v, error %v", s, err)
		}
		if err == nil {
			for _, e := range s.Exemptions {
				if e.Owner == "" || e.Reason == "" || e.Resource == "" || e.Until.IsZero() {
					t.Errorf("an exemption that nobody signed was taken: %+v", e)
				}
			}
			for _, o := range s.Overrides {
				if o.Account+o.OU+o.Tag == "" || o.Options == (settings.Given{}) && len(o.Checks.Off) == 0 {
					t.Errorf("an override for nowhere, or of nothing, was taken: %+v", o)
				}
			}
			packed, err := settings.Pack(s)
			if err != nil {
				t.Fatal(err)
			}
			if same, err := settings.Unpack(packed); err != nil || !cmp.Equal(s, same) {
				t.Errorf("packed and unpacked it is %+v, %v", same, err)
			}
		}
	})
}
