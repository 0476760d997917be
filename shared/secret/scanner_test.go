package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

// everydayLog is what a build prints: much that looks like something, and no secret.
func everydayLog(size int) []byte {
	random := seeded("everyday")
	var b bytes.Buffer
	for b.Len() < size {
		n := random.Uint64()
		fmt.Fprintf(&b, "[Container] 2026/11/20 09:14:%02d.%06d Running command npm ci --cache .npm --prefer-offline\n", n%60, n%1e6)
		fmt.Fprintf(&b, "npm http fetch GET 200 https://registry.example.com/@babel%%2fcore-%d.%d.%d.tgz 123ms (cache miss)\n", n%9, n%17, n%23)
		fmt.Fprintf(&b, "  resolved sha512-%x%x== key: cache-%x token: next, api version 3, they say it is okay, keys are eyed.\n", n, n>>3, n>>7)
		fmt.Fprintf(&b, "#12 sha256:%x%x%x%x 12.5MB / 45.1MB 0.8s access log asia-east test_case live_reload text_view desc_key\n", n, n+1, n+2, n+3)
	}
	return b.Bytes()
}

func BenchmarkScan(b *testing.B) {
	log := everydayLog(8 << 20)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		if err := Scan(bytes.NewReader(log), func(Found) { count++ }); err != nil || count > 0 {
			b.Fatal(count, err)
		}
	}
}

func BenchmarkVariable(b *testing.B) {
	for b.Loop() {
		if out := Variable("LOG_LEVEL", "info"); out != nil {
			b.Fatal(out)
		}
	}
}

// TestScanOfAnyLength finds each secret once, on its line, wherever the windows cut, in memory that does not grow with the text.
func TestScanOfAnyLength(t *testing.T) {
	t.Parallel()
	for name, filler := range map[string]string{
		"lines": "an everyday line of a log\n", "one line": "x", "blanks": " ", "binary": "\x00\xff\xfe\x01", "empty lines": "\n", "a long word of many keys": "key_token_secret_",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := seeded(name)
			var text bytes.Buffer
			var want []int
			for i := range 40 {
				for n := random.IntN(20 << 10); text.Len() < (i+1)*(window/3)+n; {
					text.WriteString(filler)
				}
				fmt.Fprintf(&text, "\nexport N_TOKEN=ghp_%s done\n", sample(t, "[a-zA-Z0-9]{36}", random))
				want = append(want, bytes.Count(text.Bytes(), newline))
			}
			var got []int
			if err := Scan(&text, func(f Found) {
				if f.Rule == "github-pat" {
					got = append(got, f.Line)
				}
			}); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v\n got %v\nwant %v", err, got, want)
			}
		})
	}
}

// TestScanAtTheCut moves secrets of several kinds over the place where a window ends.
func TestScanAtTheCut(t *testing.T) {
	t.Parallel()
	random := seeded("cut")
	key := "-----BEGIN RSA PRIVATE KEY-----\n"
	for range 48 {
		key += sample(t, "[a-zA-Z0-9]{64}", random) + "\n"
	}
	key += "-----END RSA PRIVATE KEY-----"
	for id, text := range map[string]string{
		"private-key": key, "github-pat": "ghp_" + sample(t, "[a-zA-Z0-9]{36}", random), SecretVariable: "DB_PASSWORD='" + sample(t, "[a-z]{300}[0-9]{200}", random) + "'",
		URLCredentials: "https://builder:abcd1234efgh@git.example.com/x.git",
	} {
		for at := window - overlap - len(text) - 40; at < window+40; at += 331 {
			var got []Found
			s := NewScanner(func(f Found) { got = append(got, f) })
			fmt.Fprintf(s, "%s %s\n%s", bytes.Repeat([]byte("a log. "), at/7), text, bytes.Repeat([]byte("more\n"), 3*window/5))
			if err := s.Close(); err != nil || len(got) != 1 || got[0].Rule != id || got[0].Line != 1 {
				t.Fatalf("%s at %d: %v %+v", id, at, err, got)
			}
		}
	}
}

func TestScannerBeginsAnew(t *testing.T) {
	t.Parallel()
	var lines []int
	s := NewScanner(func(f Found) { lines = append(lines, f.Line) })
	for range 2 {
		fmt.Fprint(s, "one\nDB_PASSWORD=abcd1234efgh\n")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(lines) != "[2 2]" {
		t.Errorf("lines %v", lines)
	}
	if err := Scan(iotest.ErrReader(io.ErrUnexpectedEOF), func(Found) {}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that breaks: %v", err)
	}
}

// TestWithinASecret: what lies in a secret that was told of is a part of it, though a window ended between.
func TestWithinASecret(t *testing.T) {
	t.Parallel()
	random := seeded("within")
	text := fmt.Sprintf("%s-----BEGIN RSA PRIVATE KEY-----\n%s\nghp_%s\n%s\n-----END RSA PRIVATE KEY-----\n", bytes.Repeat([]byte("a log. "), (window-overlap-1000)/7),
		bytes.Repeat([]byte("Ab9 "), 500), sample(t, "[a-zA-Z0-9]{36}", random), bytes.Repeat([]byte("Ab9 "), 500)) + string(bytes.Repeat([]byte("more\n"), window/5))
	if got := Text(text); len(got) != 1 || got[0].Rule != "private-key" {
		t.Errorf("%+v", got)
	}
}

// TestLookedAtInPart: where no more of a text is looked at, its end is not taken for the end of a word.
func TestLookedAtInPart(t *testing.T) {
	t.Parallel()
	random := seeded("part")
	token := sample(t, "ey[a-zA-Z0-9]{40}[.]ey[a-zA-Z0-9]{40}[.]", random)
	for range 12 {
		token += sample(t, "[a-zA-Z0-9]{900}", random)
	}
	if got := Text("x " + token + "! x"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
