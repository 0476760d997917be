package deployment_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestChecksAsTheyAreWrittenAbout(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env := func(name string) string { return map[string]string{"LAMBDA_TASK_ROOT": folder}[name] }
	if got, err := deployment.Checks(env); err == nil || got != nil {
		t.Errorf("without the file: %v, %v", got, err)
	}
	given := checks()
	given[0].Severity, given[0].Controls = finding.Critical, []check.Control{{Framework: "SOC 2", Version: "2017", ID: "CC6.1", Source: "own"}}
	given[1].Severity = finding.Low
	raw, err := json.Marshal(deployment.Briefs(given))
	if err != nil {
		t.Fatal(err)
	}
	write := func(raw []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, deployment.ChecksName), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(raw)
	got, err := deployment.Checks(env)
	if err != nil || len(got) != len(given) {
		t.Fatalf("%v, %v", got, err)
	}
	for i, c := range got {
		if c.ID != given[i].ID || c.Severity != given[i].Severity || c.Judges() != given[i].Judges() || !reflect.DeepEqual(c.Controls, given[i].Controls) {
			t.Errorf("%+v is not %+v", c, given[i])
		}
	}
	write([]byte(`{`))
	if got, err := deployment.Checks(env); err == nil || got != nil {
		t.Errorf("a file that cannot be read: %v, %v", got, err)
	}
}
