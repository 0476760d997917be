package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
)

// definitionOf is the request of a sample.
func definitionOf(t testing.TB, sample string) string {
	t.Helper()
	raw, err := events.Read(sample)
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Detail struct{ RequestParameters json.RawMessage }
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return string(e.Detail.RequestParameters)
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after string
		code          int
	}{
		"approval": {"codepipeline/UpdatePipeline.json", "codepipeline/UpdatePipeline-approval-removed.json", verdict},
		"source":   {"codepipeline/UpdatePipeline.json", "codepipeline/UpdatePipeline-source-repointed.json", verdict},
		"project":  {"codebuild/UpdateProject.json", "codebuild/UpdateProject-privileged.json", verdict},
		"equal":    {"codepipeline/UpdatePipeline.json", "codepipeline/UpdatePipeline-role.json", done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			before := write(t, filepath.Join(dir, "a.json"), definitionOf(t, c.before))
			piped := offline(t, nil)
			piped.in = strings.NewReader(definitionOf(t, c.after))
			after := write(t, filepath.Join(dir, "b.json"), definitionOf(t, c.after))
			people, machines := run(t, piped, "diff", before, "-"), run(t, offline(t, nil), "diff", before, after, "--format", "json")
			golden(t, "diff-"+name+".txt", people.out+machines.out)
			if people.code != c.code || machines.code != c.code || people.err+machines.err != "" {
				t.Errorf("%+v %+v", people, machines)
			}
		})
	}
}

func TestDiffBroken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipeline := write(t, filepath.Join(dir, "pipeline.json"), definitionOf(t, "codepipeline/UpdatePipeline.json"))
	project := write(t, filepath.Join(dir, "project.json"), definitionOf(t, "codebuild/UpdateProject.json"))
	broken := write(t, filepath.Join(dir, "broken.json"), "{")
	const advice = ". Give what aws codepipeline get-pipeline or aws codebuild batch-get-projects (one name) answers\n"
	for line, want := range map[string]string{
		pipeline:                       "pipewarden: diff: the file of the former definition and that of the later one, one of them - for the standard input, expected. See: pipewarden diff --help\n",
		"- -":                          "pipewarden: diff: only one of the two can come from the standard input\n",
		pipeline + " " + dir + "/none": "pipewarden: diff: " + dir + "/none: no such file. Name one that is there, or - for the standard input\n",
		dir + "/none " + pipeline:      "pipewarden: diff: " + dir + "/none: no such file. Name one that is there, or - for the standard input\n",
		pipeline + " " + broken:        "pipewarden: diff " + pipeline + " " + broken + ": read the later definition: not a definition of a pipeline or a project" + advice,
		pipeline + " " + project:       "pipewarden: diff " + pipeline + " " + project + ": compare definitions: one is a pipeline and the other a build project" + advice,
		pipeline + " -":                "pipewarden: diff " + pipeline + " -: read the later definition: not a definition of a pipeline or a project" + advice,
	} {
		run(t, offline(t, nil), append([]string{"diff"}, strings.Fields(line)...)...).want(t, usage, "", want)
	}
	if got := run(t, offline(t, nil), "diff", "--help"); got.code != done || !strings.Contains(got.out, "Examples:\n  pipewarden diff before.json after.json") {
		t.Errorf("%+v", got)
	}
}
