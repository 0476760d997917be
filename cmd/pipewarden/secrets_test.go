package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// secretLog holds two secrets, which no text of this repository does.
func secretLog() string {
	return "[Container] 2026/11/20 09:14:07 Running command ./build.sh\n+ export DB_PASSWORD=" + strings.Repeat("ab12", 4) + "\nDone.\n" +
		"git clone https://builder:" + strings.Repeat("xy98", 3) + "@git.example.com/app.git\n"
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "build.log"), secretLog())
	table, asJSON := run(t, offline(t, nil), "secrets", file), run(t, offline(t, nil), "secrets", "--format", "json", file)
	golden(t, "secrets.txt", table.out+asJSON.out)
	if table.code != done || asJSON.code != done || table.err+asJSON.err != "" {
		t.Errorf("%+v %+v", table, asJSON)
	}
	for text := range strings.Lines(asJSON.out) {
		var members map[string]any
		if err := json.Unmarshal([]byte(text), &members); err != nil || len(members) != 4 || members["rule"] == nil || members["line"] == nil || members["masked"] == nil || members["fingerprint"] == nil {
			t.Errorf("exactly rule, line, masked and fingerprint: %s (%v)", text, err)
		}
	}
	p := offline(t, nil)
	p.in = strings.NewReader(secretLog())
	if got := run(t, p, "secrets", "--format", "json", "-"); got != asJSON {
		t.Errorf("from the standard input: %+v", got)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	fmt.Fprint(w, secretLog())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file = write(t, filepath.Join(t.TempDir(), "build.log.gz"), zipped.String())
	if got := run(t, offline(t, nil), "secrets", "--format", "json", file); got != asJSON {
		t.Errorf("gzipped: %+v", got)
	}
	cut := write(t, filepath.Join(t.TempDir(), "cut.gz"), zipped.String()[:zipped.Len()/2])
	if got := run(t, offline(t, nil), "secrets", cut); got.code != usage || !strings.Contains(got.err, "pipewarden: secrets: "+cut+": read the text: unexpected EOF") {
		t.Errorf("cut: %+v", got)
	}
}

func TestNoSecrets(t *testing.T) {
	t.Parallel()
	p := offline(t, nil)
	run(t, p, "secrets", "-").want(t, done, "No secrets found.\n", "")
	run(t, p, "secrets", "--format", "json", "-").want(t, done, "", "")
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing")
	run(t, p, "secrets", missing).want(t, usage, "", "pipewarden: secrets: "+missing+": no such file. Name one that is there, or - for the standard input\n")
	if got := run(t, p, "secrets", folder); got.code != usage || !strings.HasPrefix(got.err, "pipewarden: secrets: "+folder+": ") || !strings.Contains(got.err, "is a directory") {
		t.Errorf("a folder: %+v", got)
	}
	p.in = iotest.ErrReader(io.ErrClosedPipe)
	if got := run(t, p, "secrets", "-"); got.code != usage || !strings.Contains(got.err, "closed pipe") {
		t.Errorf("a reader that breaks: %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.in = strings.NewReader("x")
	if code := p.run(ctx, []string{"secrets", "-"}); code != usage {
		t.Errorf("stopped: %d", code)
	}
}

// TestManySecrets: the table is laid out in parts.
func TestManySecrets(t *testing.T) {
	t.Parallel()
	p := offline(t, nil)
	p.in = strings.NewReader(strings.Repeat("export DB_PASSWORD="+strings.Repeat("ab12", 4)+"\n", 2*secretRows+1))
	got := run(t, p, "secrets", "-")
	if !strings.HasSuffix(got.out, "\n2,001 secrets found.\n") || strings.Count(got.out, "secret-variable") != 2*secretRows+1 {
		t.Errorf("%.200s … %s", got.out, got.out[max(0, len(got.out)-200):])
	}
}
