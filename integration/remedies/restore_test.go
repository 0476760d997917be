package remedies

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/ledger/ledgertest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const ledgerTable = "pipewarden-ledger"

// loss is what was deleted and is to come back.
type loss struct {
	noun   string
	about  resource.Ref
	remedy string
	make   func(*world, aws.Config) error
	state  func(*world) (any, error) // without what a new one has of its own, and what the plan says is no part of a definition
	lose   func(*world, aws.Config) error
	change func(*world) error // of what came back
}

func losses() []loss {
	return []loss{
		{
			noun: "project", about: aProject, remedy: "build-revert", state: (*world).newProjectState,
			make: func(w *world, cfg aws.Config) error {
				c := codebuild.NewFromConfig(cfg)
				in := estate.NewProject(project)
				in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
				if _, err := c.CreateProject(w, in); err != nil {
					return err
				}
				_, err := c.UpdateProject(w, rich())
				return err
			},
			lose: func(w *world, cfg aws.Config) error {
				_, err := codebuild.NewFromConfig(cfg).DeleteProject(w, &codebuild.DeleteProjectInput{Name: aws.String(project)})
				return err
			},
			change: func(w *world) error { return w.update(bare()) },
		},
		{
			noun: "pipeline", about: aPipeline, remedy: "pipeline-revert", state: (*world).newPipelineState,
			make: (*world).pipeline,
			lose: func(w *world, cfg aws.Config) error {
				_, err := codepipeline.NewFromConfig(cfg).DeletePipeline(w, &codepipeline.DeletePipelineInput{Name: aws.String(pipelineName)})
				return err
			},
			change: func(w *world) error {
				p := declaration()
				p.Stages[2].Actions = p.Stages[2].Actions[1:]
				return w.updatePipeline(w.cfg, p)
			},
		},
	}
}

// TestRestore holds the command to what is promised for a disaster: what was deleted is made again, equal in each field, and no command of
// pipewarden takes it away again.
func TestRestore(t *testing.T) {
	a := emulator.ForTest(t)
	command := build(t)
	for _, l := range losses() {
		t.Run(l.noun, func(t *testing.T) {
			if err := a.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, a)
			ledgertest.CreateTable(t, w.cfg, ledgerTable)
			w.ledger = ledger.Open(ledger.NewDynamoDB(w.cfg, ledgerTable, w.clock), w.clock)
			r := &recovery{T: t, world: w, loss: l, command: command}
			r.lost()
			r.madeAgain()
			r.stays()
			r.replaced()
		})
	}
}

// recovery is one run of a disaster.
type recovery struct {
	*testing.T
	*world
	loss
	command string
}

func (r *recovery) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *recovery) is() any {
	r.Helper()
	state, err := r.state(r.world)
	r.must(err)
	return detached(r.T, state)
}

// lost is the disaster: what a trusted person left behind is deleted by somebody, of whose doing the auditor hears.
func (r *recovery) lost() {
	r.must(r.trust(func(cfg aws.Config) error { return r.make(r.world, cfg) }, r.state))
	_, err := r.by(stranger, func(cfg aws.Config) error { return r.lose(r.world, cfg) })
	r.must(err)
	if state, err := r.state(r.world); err == nil {
		r.Fatalf("it is still there: %v", state)
	}
}

func (r *recovery) madeAgain() {
	out := r.run(0, "restore", r.noun, r.about.ID, "--yes")
	if !strings.Contains(out, "carol left behind (proven MFA)") || !strings.Contains(out, "cannot undo this") {
		r.Errorf("it says: %s", out)
	}
	if diff := cmp.Diff(detached(r.T, r.right), r.is()); diff != "" {
		r.Errorf("it is otherwise than it was: was (-), is (+):\n%s", diff)
	}
	if out := r.run(1, "restore", r.noun, r.about.ID, "--yes"); !strings.Contains(out, "already so") {
		r.Errorf("restored twice, it says: %s", out)
	}
}

// stays holds that what was made again is not taken away, not even by force.
func (r *recovery) stays() {
	before := r.is()
	for _, force := range [][]string{nil, {"--force", "--reason", "a drill"}} {
		r.ResetCalls()
		out := r.run(1, append([]string{"undo", "--yes", r.newest().ID}, force...)...)
		if !strings.Contains(out, "cannot be undone") || !cmp.Equal(before, r.is()) {
			r.Errorf("undo %q: %s", force, out)
		}
		for _, call := range r.Calls() {
			if strings.HasPrefix(call.Operation, "Delete") || strings.HasPrefix(call.Operation, "Update") && call.Service != "dynamodb" {
				r.Errorf("undo %q calls %s", force, call.Operation)
			}
		}
	}
}

// replaced has what is there put back by the same command, which is undone as any other change.
func (r *recovery) replaced() {
	r.must(r.change(r.world))
	changed := r.is()
	if out := r.run(0, "restore", r.noun, r.about.ID, "--yes"); !strings.Contains(out, "Undo: pipewarden undo") {
		r.Errorf("it says: %s", out)
	}
	if diff := cmp.Diff(detached(r.T, r.right), r.is()); diff != "" {
		r.Errorf("it is otherwise than it was: was (-), is (+):\n%s", diff)
	}
	r.run(0, "undo", "--yes", r.newest().ID)
	if diff := cmp.Diff(changed, r.is()); diff != "" {
		r.Errorf("undone, it is not as it was: was (-), is (+):\n%s", diff)
	}
}

// newest is the action of the last restore.
func (r *recovery) newest() ledger.Action {
	r.Helper()
	var last ledger.Action
	for action, err := range r.ledger.Actions(r, time.Now().Add(-time.Hour)) {
		r.must(err)
		if action.Created.After(last.Created) {
			last = action
		}
	}
	if last.Remedy != r.remedy || !last.Restore {
		r.Fatalf("the last action is %s of %s", last.ID, last.Remedy)
	}
	return last
}

// run runs the command as a trusted person, who must get that exit code, and gives what it prints.
func (r *recovery) run(code int, args ...string) string {
	r.Helper()
	var said bytes.Buffer
	c := exec.CommandContext(r, r.command, args...)
	c.Dir, c.Stdout, c.Stderr = r.TempDir(), &said, &said
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir, "PIPEWARDEN_TABLE=" + ledgerTable}, r.EnvAs(trustedPerson, region)...)
	if err := c.Run(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			r.Fatal(err)
		}
	}
	if got := c.ProcessState.ExitCode(); got != code {
		r.Fatalf("%q ended with %d: %s", args, got, said.String())
	}
	return strings.Join(strings.Fields(said.String()), " ")
}

// build makes the command.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipewarden")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", path, "github.com/pipewarden/pipewarden/cmd/pipewarden")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v: %s", err, said)
	}
	return path
}

// newProjectState is a project without the time at which it was made.
func (w *world) newProjectState() (any, error) {
	out, err := codebuild.NewFromConfig(w.cfg).BatchGetProjects(w, &codebuild.BatchGetProjectsInput{Names: []string{project}})
	if err != nil {
		return nil, err
	}
	if len(out.Projects) == 0 {
		return nil, errors.New("there is no such project")
	}
	p := out.Projects[0]
	p.Created, p.LastModified = nil, nil
	return p, nil
}

// newPipelineState is a pipeline without its version. Its tags are no part of its definition, as the plan says.
func (w *world) newPipelineState() (any, error) {
	out, err := codepipeline.NewFromConfig(w.cfg).GetPipeline(w, &codepipeline.GetPipelineInput{Name: aws.String(pipelineName)})
	if err != nil {
		return nil, err
	}
	out.Pipeline.Version = nil
	return []any{out.Pipeline, out.Metadata.PipelineArn}, nil
}
