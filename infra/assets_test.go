package main

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/settings"
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
		"a field that is none":     {"version: 1\n\nremedies: apply\n", file + ":3: remedies: no such setting"},
		"a remedy that is none":    {"version: 1\nmodes:\n  - {remedy: bucket-block-publik, mode: apply}\n", file + `:3: modes.0.remedy: "bucket-block-publik" is no remedy that is known`},
		"everything that is wrong": {"version: 2\nmode: fix\n", file + ":1: version"},
		"no YAML":                  {"version: [\n", "settings of " + file + " cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, file, one.content, 0o644)
			_, err := readSettings(file, blueprint.Whole())
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("got %v, want %s", err, one.want)
			}
		})
	}
	write(t, file, "version: 1\nmodes:\n  - {remedy: trail-start, mode: ask}\nchecks:\n  off: [trail-stopped]\n", 0o644)
	if s, err := readSettings(file, blueprint.Whole()); err != nil || !s.Off("trail-stopped") || s.Boldest("trail-start") != settings.Ask {
		t.Errorf("good settings: %v %+v", err, s)
	}
	if _, err := readSettings(file+".gone", blueprint.Whole()); err == nil || !strings.Contains(err.Error(), file+".gone") {
		t.Errorf("no settings: %v", err)
	}
}

func TestStage(t *testing.T) {
	t.Parallel()
	build := t.TempDir()
	if err := stage(build, settings.Default(), blueprint.Whole(), whole()); err == nil || !strings.Contains(err.Error(), "bootstrap is missing: run make build") {
		t.Errorf("nothing built: %v", err)
	}
	for _, function := range blueprint.Functions {
		write(t, filepath.Join(build, function, "bootstrap"), "binary", 0o644)
	}
	if err := stage(build, settings.Default(), blueprint.Whole(), whole()); err == nil || !strings.Contains(err.Error(), "is not an executable file") {
		t.Errorf("not executable: %v", err)
	}
	for _, function := range blueprint.Functions {
		if err := os.Chmod(filepath.Join(build, function, "bootstrap"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plan := whole()
	plan.Rules = []blueprint.Rule{{ID: "RuleIam", Pattern: map[string]any{"source": []any{"aws.iam"}}}}
	if err := stage(build, settings.Default(), blueprint.Whole(), plan); err != nil {
		t.Fatal(err)
	}
	packed, err := settings.Pack(settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range blueprint.Functions {
		if raw, err := os.ReadFile(filepath.Join(build, function, deployment.SettingsName)); err != nil || !bytes.Equal(raw, packed) {
			t.Errorf("%s: %q, %v", function, raw, err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	env := func(string) string { return filepath.Join(build, blueprint.Exporter) }
	if got := deployment.Standards[report.Rule](env, log)["bucket-public"]; got.Title == "" || len(got.Requirements) == 0 {
		t.Errorf("the exporter reads %+v", got)
	}
	known, err := deployment.Checks(func(string) string { return filepath.Join(build, blueprint.Publisher) })
	if on := deployment.On(blueprint.Whole().Checks, settings.Default()); err != nil || len(known) != len(on) || len(known) == len(blueprint.Whole().Checks) {
		t.Errorf("the publisher reads %d checks, and %d are on: %v", len(known), len(on), err)
	}
	here := deployment.Place{RulesFile: filepath.Join(build, blueprint.Remediator, deployment.RulesName), Target: remedy.Target{ARN: "queue"}}
	want := map[string]remedy.Rule{"pipewarden-iam": {Name: "pipewarden-iam", Pattern: []byte(`{"source":["aws.iam"]}`), Targets: []remedy.Target{{ARN: "queue"}}}}
	if got := here.Rules(log); !reflect.DeepEqual(got, want) {
		t.Errorf("the remediator reads %+v", got)
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
		write(t, filepath.Join(folder, deployment.SettingsName), "{}", 0o644)
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
	write(t, filepath.Join(first, deployment.SettingsName), "version: 1\nmode: apply\n", 0o644)
	if hash(first) == before {
		t.Error("other settings are the same asset")
	}
}
