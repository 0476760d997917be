package pattern_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/pattern"
)

const (
	safe    = "" // what Anchored says of a safe expression
	begin   = "may begin in the middle"
	end     = "may end in the middle"
	both    = "may begin and end in the middle"
	wild    = "wildcard"
	many    = "more than"
	unknown = "parse pattern"
)

// ids are expressions for account ids.
var ids = map[string]string{
	`^(123|456)$`:             safe,
	`^123$`:                   safe,
	`^123$|^456$`:             safe,
	`^(?:123|456)$`:           safe,
	`(^123$|^456$)`:           safe,
	`(^123|^456)$`:            safe,
	`(?:^(?:123))(?:$)`:       safe,
	`\A123\z`:                 safe,
	`^((1|2)|(3|(4|5)))$`:     safe,
	`^12[0-9]$`:               safe,
	`^12\d$`:                  safe,
	`^12?3$`:                  safe,
	`^(123|)$`:                safe, // the empty value is no id
	`^$`:                      safe,
	`(?i)^abc$`:               safe,
	`(?s)^123$`:               safe,
	`^^123$$`:                 safe,
	`\b^123$\b`:               safe,
	`^\Q123\E$`:               safe,
	`^(?P<id>123)$`:           safe,
	`^(?:123){1}$`:            safe,
	`123^`:                    end, // nothing fits it; no harm in saying so
	`123`:                     both,
	``:                        both,
	`123|456`:                 both,
	`(123|456)`:               both,
	`^123$|456`:               both,
	`123|^456$`:               both,
	`^123$|`:                  both,
	`|^123$`:                  both,
	`(^123$)?`:                both,
	`(?:^123$)*`:              both,
	`(?m)^123$`:               both,
	`(?m:^)123$`:              begin,
	`\b123\b`:                 both,
	`\^123\$`:                 both,
	`[^]123$`:                 unknown,
	`[\^]123$`:                begin,
	`^123[$]`:                 end,
	`^123|456$`:               both, // each alternative lacks one
	`^123`:                    end,
	`^(123|456)`:              end,
	`123$`:                    begin,
	`(^|a)123$`:               begin,
	`^123($|4)`:               end,
	`^123.{0}`:                end,
	`^.*$`:                    wild,
	`.*`:                      wild,
	`^.+$`:                    wild,
	`^123.*`:                  wild,
	`^\d+$`:                   wild,
	`^123\d*$`:                wild,
	`^[0-9]{5,}$`:             wild,
	`^(123|.*)$`:              wild,
	`^[0-9]{7}$`:              many,
	`^[0-7]{64}$`:             many,
	`^[^1]$`:                  many,
	`^\d{2}(1|2){6}$`:         many,
	`^(?!456)123$`:            unknown,
	`^(?=1)123$`:              unknown,
	`^(?<=1)23$`:              unknown,
	`^12++3$`:                 unknown,
	`^(123)\1$`:               unknown,
	`^123\Z`:                  unknown,
	`^(123`:                   unknown,
	`^[0-9&&[^1]]$`:           unknown,
	`^[0-9[a-f]]$`:            unknown,
	`^[[:digit:]]$`:           unknown,
	`^[]1]$`:                  unknown,
	`^123$\`:                  unknown,
	`(?x)^123$ # who`:         unknown,
	strings.Repeat("(", 2000): unknown,
}

// names are expressions for Git references.
var names = map[string]string{
	`^refs/heads/main$`:                                 safe,
	`^refs/heads/(main|release)$`:                       safe,
	`^refs/heads/main$|^refs/heads/dev$`:                safe,
	`^refs/heads/release/.*$`:                           safe,
	`^refs/heads/release/.*`:                            safe,
	`^refs/heads/release/`:                              safe,
	`^refs/heads/(main$|release/)`:                      safe,
	`^refs/heads/(main|release/.+)$`:                    safe,
	`^refs/heads/(main|release/.+|x)?$`:                 safe,
	`^refs/heads/.*$`:                                   safe, // any branch, and no tag
	`^refs/tags/v[0-9]+\.[0-9]+$`:                       safe,
	`^refs/heads/main.*$`:                               safe, // the wildcard is written out
	`^[rR]efs/heads/main$`:                              safe,
	`(^refs/heads/a/.*|^refs/tags/b/.*)$`:               safe,
	`^refs/heads/main`:                                  end,
	`^refs/heads/(main|release/.*)`:                     end,
	`^refs/heads/.*-main`:                               end,
	`^refs/heads/` + strings.Repeat("(x|yy)", 40) + `$`: safe, // more ways than anybody could walk
	`^refs/heads/release/\d+`:                           end,
	`refs/heads/main$`:                                  begin,
	`main`:                                              begin,
	`/main$`:                                            begin,
	`^refs/heads/main$|refs/heads/dev$`:                 begin,
	`(?m)^refs/heads/main$`:                             begin,
	`.*refs/heads/main$`:                                wild,
	`.*`:                                                wild,
	`^.*$`:                                              wild,
	`^refs/.*$`:                                         wild,
	`^refs/`:                                            wild,
	`^refs//.*$`:                                        wild,
	`^(refs/heads/main|.*)$`:                            wild,
	`^.*/main$`:                                         wild,
	`^refs/heads/(?!main).*$`:                           unknown,
	`^refs/heads/` + strings.Repeat("(a|b)", 9) + `$`: safe,
	`^` + strings.Repeat("(a|b)", 12) + `$`:           wild,
}

func TestAnchored(t *testing.T)    { t.Parallel(); expect(t, ids, pattern.Anchored) }
func TestAnchoredRef(t *testing.T) { t.Parallel(); expect(t, names, pattern.AnchoredRef) }

func expect(t *testing.T, all map[string]string, judge func(string) (bool, string, error)) {
	t.Helper()
	for expr, want := range all {
		ok, why, err := judge(expr)
		switch {
		case want == unknown:
			if err == nil || ok || !strings.Contains(err.Error(), unknown) {
				t.Errorf("%.40s: %v, %q, %v; want an error", expr, ok, why, err)
			}
		case err != nil || ok != (want == safe) || !strings.Contains(why, want) || ok != (why == ""):
			t.Errorf("%.40s: %v, %q, %v; want %q", expr, ok, why, err, want)
		}
	}
}

func TestFinds(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		expr, value string
		want        bool
	}{
		{`^buildspec\.yml$`, "buildspec.yml", true},
		{`^buildspec.*`, "buildspec.yml", true},
		{`spec`, "ci/buildspec.yml", true},
		{`^buildspec\.yml$`, "ci/buildspec.yml", false},
	} {
		if got, err := pattern.Finds(one.expr, one.value); got != one.want || err != nil {
			t.Errorf("%s in %s: %v, %v", one.expr, one.value, got, err)
		}
	}
	for _, expr := range []string{`(?!a)`, `[a&&[b]]`, `(`} {
		if got, err := pattern.Finds(expr, "a"); got || err == nil {
			t.Errorf("%s: %v, %v", expr, got, err)
		}
	}
}

func TestBegins(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]bool{
		`^refs/heads/main$`: true, `^(?:refs/heads/a|refs/tags/b)$`: true, `^refs/heads/.*$`: true, `^(?:^refs/heads/a|refs/heads/b$)$`: true, `^refs/`: true,
		`^main$`: false, `^(?:refs/heads/a|b)$`: false, `^[rR]efs/heads/a$`: false, `^.*refs/$`: false, `^(?:refs/)?heads/a$`: false, `refs/heads/a$`: false,
		`^refs/(?!a)`: false, `(`: false, `^refs$`: false, `.*`: false, ``: false,
	} {
		if got := pattern.Begins(expr, "refs/"); got != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
}

func TestWhole(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`1234567`:            `^1234567$`,
		`^1234567`:           `^1234567$`,
		`1234567$`:           `^1234567$`,
		`^1234567|7654321$`:  `^(?:^1234567|7654321$)$`,
		`1234567|7654321`:    `^(?:1234567|7654321)$`,
		`^refs/heads/main`:   `^refs/heads/main$`,
		`^refs/heads/v1\.0`:  `^(?:^refs/heads/v1\.0)$`,
		`price\$`:            `^(?:price\$)$`,
		``:                   `^$`,
		`(?m)^refs/heads/a$`: `^(?:(?m)^refs/heads/a$)$`,
	} {
		got := pattern.Whole(expr)
		if got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
		if _, why, err := pattern.Anchored(got); err != nil || why != "" {
			t.Errorf("%s is not whole: %s, %v", got, why, err)
		}
	}
}

// FuzzAnchored holds what is called safe to Go's own matching: whatever is found is the whole value.
func FuzzAnchored(f *testing.F) {
	for expr := range ids {
		f.Add(expr, "x123y")
		f.Add(expr, "123")
	}
	for expr := range names {
		f.Add(expr, "refs/heads/main")
	}
	f.Fuzz(func(t *testing.T, expr, value string) {
		_, _, _ = pattern.AnchoredRef(expr)
		ok, why, err := pattern.Anchored(expr)
		if ok && (why != "" || err != nil) || !ok && why == "" && err == nil {
			t.Fatalf("%q: %v, %q, %v", expr, ok, why, err)
		}
		if !ok {
			return
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return // more than Go's matcher takes
		}
		if at := re.FindStringIndex(value); at != nil && (at[0] != 0 || at[1] != len(value)) {
			t.Errorf("%q is called safe and finds %v in %q", expr, at, value)
		}
	})
}
