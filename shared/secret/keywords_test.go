package secret

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKeywords(t *testing.T) {
	t.Parallel()
	list := []string{"he", "she", "his", "hers", "e", "s-", "ghp_"}
	for text, want := range map[string]string{
		"": "[]", "ushers": "[she:1-4 he:2-4 e:3-4 hers:2-6]", "USHERS": "[she:1-4 he:2-4 e:3-4 hers:2-6]", "xyz\xff": "[]", "his-": "[his:0-3 s-:2-4]",
		"ghghp_GHP_": "[ghp_:2-6 ghp_:6-10]", "eE": "[e:0-1 e:1-2]",
	} {
		got := []string{}
		newKeywords(list).scan([]byte(text), func(word, start, end int) { got = append(got, fmt.Sprintf("%s:%d-%d", list[word], start, end)) })
		if fmt.Sprint(got) != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}

func FuzzKeywords(f *testing.F) {
	f.Add("he she hers", "USHERS")
	f.Fuzz(func(t *testing.T, words, text string) {
		list := slices.DeleteFunc(strings.Fields(strings.ToValidUTF8(words, "")), func(w string) bool { return !ascii(w) })
		if len(list) > 200 || len(words) > 2000 {
			return
		}
		count := 0
		newKeywords(list).scan([]byte(text), func(word, start, end int) {
			count++
			if !holds([]byte(text[start:end]), strings.Map(func(r rune) rune { return rune(lower(byte(r))) }, list[word])) {
				t.Fatalf("%q is told of at %d in %q", list[word], start, text)
			}
		})
		want := 0
		for _, word := range list {
			small := strings.Map(func(r rune) rune { return rune(lower(byte(r))) }, word)
			for i := range len(text) {
				if i+len(word) <= len(text) && holds([]byte(text[i:i+len(word)]), small) {
					want++
				}
			}
		}
		if count != want {
			t.Fatalf("told of %d, want %d", count, want)
		}
	})
}
