package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

func write(t *testing.T, file, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsThatCannotBeUsedStopTheSynthesis(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pipewarden.yaml")
	for name, one := range map[string]struct{ content, want string }{
		"a mode that is none":      {"version: 1\nmode: fix\n", file + `:2: mode: "fix" is not one of`},
		"a field that is none":     {"version: 1\n\nmodes: apply\n", file + ":3: modes: no such setting"},
		"a remedy that is none":    {"version: 1\nremedies:\n  bucket-block-publik: apply\n", file + `:3: remedies.bucket-block-publik: "bucket-block-publik" is no remedy that is known`},
		"everything that is wrong": {"version: 2\nmode: fix\n", file + ":1: version"},
		"no YAML":                  {"version: [\n", "settings of " + file + " cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, file, one.content, 0o644)
			_, _, err := readSettings(file, estate())
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("got %v, want %s", err, one.want)
			}
		})
	}
	write(t, file, "version: 1\nremedies:\n  private: ask\nchecks:\n  off: [project-too]\n", 0o644)
	if raw, s, err := readSettings(file, estate()); err != nil || !s.Off("project-too") || !strings.Contains(string(raw), "ask") {
		t.Errorf("good settings: %v %+v", err, s)
	}
	if _, _, err := readSettings(file+".gone", estate()); err == nil || !strings.Contains(err.Error(), file+".gone") {
		t.Errorf("no settings: %v", err)
	}
}

func TestStage(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	if err := stage(build, nil); err == nil || !strings.Contains(err.Error(), "bootstrap is missing: run make build") {
		t.Errorf("nothing built: %v", err)
	}
	for _, function := range functions {
		write(t, filepath.Join(build, function, "bootstrap"), "binary", 0o644)
	}
	if err := stage(build, nil); err == nil || !strings.Contains(err.Error(), "is not an executable file") {
		t.Errorf("not executable: %v", err)
	}
	for _, function := range functions {
		if err := os.Chmod(filepath.Join(build, function, "bootstrap"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := stage(build, []byte("version: 1\n")); err != nil {
		t.Fatal(err)
	}
	for _, function := range functions {
		if raw, err := os.ReadFile(filepath.Join(build, function, settingsName)); err != nil || string(raw) != "version: 1\n" {
			t.Errorf("%s: %q, %v", function, raw, err)
		}
	}
}

// Not parallel: it asks the CDK.
func TestAssetsChangeWithTheBinaryAndNotWithTheBuild(t *testing.T) {
	dir := t.TempDir()
	built := func(name, source string) string {
		write(t, filepath.Join(dir, name, "go.mod"), "module tiny\n\ngo 1.26\n", 0o644)
		write(t, filepath.Join(dir, name, "main.go"), "package main\n\nfunc main() { println(\""+source+"\") }\n", 0o644)
		folder := filepath.Join(dir, "build", name)
		// The flags of make build.
		cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w -buildid=", "-o", filepath.Join(folder, "bootstrap"), ".")
		cmd.Dir = filepath.Join(dir, name)
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, said)
		}
		write(t, filepath.Join(folder, settingsName), "version: 1\n", 0o644)
		return folder
	}
	hash := func(folder string) string { return *awscdk.FileSystem_Fingerprint(&folder, nil) }
	first, again, other := built("first", "one"), built("again", "one"), built("other", "two")
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(again, "bootstrap"), hour, hour); err != nil {
		t.Fatal(err)
	}
	if hash(first) != hash(again) {
		t.Error("the same source, built elsewhere and at another time, is another asset")
	}
	if hash(first) == hash(other) {
		t.Error("another binary is the same asset")
	}
	before := hash(first)
	write(t, filepath.Join(first, settingsName), "version: 1\nmode: apply\n", 0o644)
	if hash(first) == before {
		t.Error("other settings are the same asset")
	}
}
