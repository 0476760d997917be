package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	cbtypes "github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/estate"
	"github.com/pipewarden/pipewarden/shared/evidence"
)

// vault is pipewarden in an account of its own, and the bucket in which it keeps evidence.
type vault struct {
	*estate.System
	account, bucket string
	objects         *s3.Client
	store           evidence.Store
}

// planted is what a person left in a build project's variables, and what must not get into evidence.
const planted = "AKIAIOSFODNN7EXAMPLE/wJalrXUtnFEMI-planted"

// TestEvidence follows what happens in an account into the bucket: as records, sealed, verified, tampered with, and told of in a report.
func TestEvidence(t *testing.T) {
	const account = "666677778888"
	v := &vault{account: account}
	unheard(t, func() {
		var err error
		v.System, err = shared.product.Deploy(t.Context(), shared.aws, estate.Options{Account: account, Output: output(), Window: 60 * time.Millisecond})
		must(t, err)
	})
	defer func() { must(t, v.Close()) }()
	v.bucket = v.Output("EvidenceBucketName")
	v.objects, v.store = s3.NewFromConfig(v.Config()), evidence.NewBucket(v.Config(), v.bucket, "")
	t.Run("what happens is recorded", v.happenings)
	t.Run("what could not be written comes again", v.interrupted)
	t.Run("locked objects stay", v.locked)
	t.Run("a day is sealed, whatever it is stopped at", v.sealed)
	t.Run("tampering is named", v.tampered)
	t.Run("tampering in the bucket is named", v.overwritten)
	t.Run("a report lies beside the evidence", v.reported)
}

// now is the newest version of everything in the bucket.
func (v *vault) now(t *testing.T, prefix string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for file, err := range v.store.List(t.Context(), prefix) {
		must(t, err)
		in, err := v.store.Open(t.Context(), file.Name)
		must(t, err)
		all[file.Name], err = io.ReadAll(in)
		must(t, errors.Join(err, in.Close()))
	}
	return all
}

// records are those in the bucket, in the order of their objects. They fit the schema.
func (v *vault) records(t *testing.T) []evidence.Record {
	t.Helper()
	must(t, v.Settle(t.Context()))
	objects := v.now(t, "records/")
	var all []evidence.Record
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		some, err := evidence.DecodeRecords(objects[name])
		must(t, err)
		all = append(all, some...)
	}
	return all
}

// carol decides in this account.
func (v *vault) carol(t *testing.T, code int, args ...string) string {
	t.Helper()
	run, err := v.Run(t.Context(), emulator.Caller{Account: v.account, User: "carol", MFA: aws.Bool(true)}, args...)
	must(t, err)
	if run.Code != code {
		t.Fatalf("pipewarden %s: code %d, want %d: %s%s", strings.Join(args, " "), run.Code, code, run.Stdout, run.Stderr)
	}
	return run.Stdout
}

// opened lets alice make a project with a secret in it, and open it.
func (v *vault) opened(t *testing.T, project string) {
	t.Helper()
	c := codebuild.NewFromConfig(shared.aws.As(emulator.Caller{Account: v.account, User: "alice", MFA: aws.Bool(false)}, estate.Region))
	in := estate.NewProject(project)
	in.Environment.EnvironmentVariables = append(in.Environment.EnvironmentVariables, cbtypes.EnvironmentVariable{
		Name: aws.String("AWS_SECRET_ACCESS_KEY"), Value: aws.String(planted), Type: cbtypes.EnvironmentVariableTypePlaintext,
	})
	out, err := c.CreateProject(t.Context(), in)
	must(t, err)
	_, err = c.UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{
		ProjectArn: out.Project.Arn, ProjectVisibility: cbtypes.ProjectVisibilityTypePublicRead, ResourceAccessRole: out.Project.ServiceRole,
	})
	must(t, err)
}

func (v *vault) happenings(t *testing.T) {
	v.opened(t, "payments-api")
	id := order(t, mails(t, v.System), "found", public)
	v.carol(t, 0, "undo", "--yes", id)
	v.carol(t, 0, "exempt", public, "--resource", "payments-api", "--until", time.Now().AddDate(0, 0, 9).Format(time.DateOnly), "--reason", "open source")
	must(t, v.Sweep(t.Context()))
	all := v.records(t)
	mails(t, v.System)
	kinds, acted := map[string]int{}, map[string]bool{}
	for _, r := range all {
		kinds[r.Kind]++
		if r.Who != nil && (r.Subject == id || r.Kind == "act") {
			acted[r.Kind+" by "+r.Who.Name] = true
		}
	}
	for _, kind := range []string{"finding", "act", "action", "exemption", "settings", "sweep", "sweep-leg", "tally"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing is recorded of the kind %s: %v", kind, kinds)
		}
	}
	for _, who := range []string{"act by alice", "action by carol"} {
		if !acted[who] {
			t.Errorf("no %s: %v", who, acted)
		}
	}
	var states []string
	for _, r := range all {
		if r.Kind == "action" && r.Subject == id {
			after, _ := r.After.(map[string]any)
			states = append(states, after["status"].(string))
		}
	}
	for _, want := range []string{"applied", "undone"} {
		if !slices.Contains(states, want) {
			t.Errorf("the action %s went through %q, and not %s", id, states, want)
		}
	}
	v.free(t)
}

// free holds that the secret got nowhere, though what it is in was judged.
func (v *vault) free(t *testing.T) {
	t.Helper()
	judged := false
	for name, raw := range v.now(t, "") {
		if bytes.Contains(raw, []byte(planted)) || bytes.Contains(raw, []byte("AKIAIOSFODNN7EXAMPLE")) {
			t.Errorf("%s holds the secret", name)
		}
		judged = judged || bytes.Contains(raw, []byte("AWS_SECRET_ACCESS_KEY"))
	}
	if !judged {
		t.Error("nothing is said of the variable that holds the secret")
	}
}

// ids counts how often a record is there for something that happened to a project.
func (v *vault) ids(t *testing.T, project string) map[string]int {
	t.Helper()
	times := map[string]int{}
	for _, r := range v.records(t) {
		if r.Resource != nil && r.Resource.ID == project {
			times[r.ID]++
		}
	}
	return times
}

// interrupted: the bucket refuses for a while, and then the archivist dies when its object is written, before it knows. Both times the stream
// hands the changes over again, and what was written already is there once.
func (v *vault) interrupted(t *testing.T) {
	for name, trouble := range map[string]func() func() bool{
		"refused": func() func() bool {
			shared.aws.Inject(emulator.Fault{Service: "s3", Operation: "PutObject", Principal: v.Principal("archivist"), Times: 3, Status: 403, Code: "AccessDenied"})
			return func() bool {
				return slices.ContainsFunc(shared.aws.Calls(), func(c emulator.Call) bool { return c.Operation == "PutObject" && c.Status == 403 })
			}
		},
		"crashed": func() func() bool {
			crash := v.CrashAfter("archivist", 1)
			return func() bool { _, did := crash.Happened(); return did }
		},
	} {
		shared.aws.ResetCalls()
		happened := trouble()
		v.opened(t, name)
		times := v.ids(t, name)
		if !happened() {
			t.Errorf("%s: nothing went wrong", name)
		}
		if len(times) < 3 {
			t.Errorf("%s: %d records", name, len(times))
		}
		for id, n := range times {
			if n != 1 && name == "refused" { // of a crash, the batch may be another one the next time
				t.Errorf("%s: the record %s is there %d times", name, id, n)
			}
		}
	}
	mails(t, v.System)
	if n := dead(t, v.System); n != 0 {
		t.Errorf("%d were given up", n)
	}
}

// locked: what was written keeps for as long as the template says, and nobody takes it away.
func (v *vault) locked(t *testing.T) {
	name := slices.Min(slices.Collect(maps.Keys(v.now(t, "records/"))))
	head, err := v.objects.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &v.bucket, Key: &name})
	must(t, err)
	if head.ObjectLockMode != s3types.ObjectLockModeGovernance || time.Until(aws.ToTime(head.ObjectLockRetainUntilDate)) < 365*24*time.Hour {
		t.Errorf("%s is kept until %v by %q", name, head.ObjectLockRetainUntilDate, head.ObjectLockMode)
	}
	_, err = v.objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &v.bucket, Key: &name, VersionId: head.VersionId})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a version was deleted: %v", err)
	}
	if err := v.store.Create(t.Context(), name, "application/json", []byte("{}")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written again: %v", err)
	}
	if got, err := v.objects.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &v.bucket, Prefix: &name}); err != nil || len(got.Versions) != 1 {
		t.Errorf("versions of %s: %+v, %v", name, got, err)
	}
}

// sealed lets the schedule strike in the night after a day. Nobody waits for midnight: what was written today is put where it would lie had it
// been written yesterday; some of it, as each object is a call after which it may die. The function dies after its first call, after its second and so on, until it gets through; then all is well.
// What was written today is sealed with tomorrow's clock, by the same code and the same key.
func (v *vault) sealed(t *testing.T) {
	today := evidence.DayOf(time.Now())
	folder := func(day evidence.Day) string { return "records/" + strings.ReplaceAll(string(day), "-", "/") + "/" }
	written := v.now(t, folder(today))
	for _, name := range slices.Sorted(maps.Keys(written))[:min(5, len(written))] {
		must(t, v.store.Create(t.Context(), strings.Replace(name, folder(today), folder(today.Add(-1)), 1), "application/json", written[name]))
	}
	deaths, after := 0, map[string]bool{}
	for n := 1; n <= most; n++ {
		crash := v.CrashAfter("archivist", n)
		err := v.Host.Fire(t.Context(), "ArchivistSeal")
		call, did := crash.Happened()
		if !did {
			must(t, err)
			break
		}
		deaths++
		after[call] = true
	}
	if deaths < 5 || !after["Sign"] {
		t.Errorf("it died %d times: %v", deaths, after)
	}
	must(t, v.Host.Fire(t.Context(), "ArchivistSeal")) // which finds nothing to do
	sealer := evidence.Sealer{
		Store: v.store, Signer: evidence.NewKMS(v.Config(), v.Output("EvidenceKeyArn")), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().AddDate(0, 0, 1) },
	}
	days, err := sealer.Seal(t.Context())
	must(t, err)
	if !slices.Equal(days, []evidence.Day{today}) {
		t.Errorf("sealed with tomorrow's clock: %v", days)
	}
	got := v.verify(t, 0, "s3://"+v.bucket)
	if got.First != today.Add(-1) || got.Last != today || got.Manifests != 2 || got.Records == 0 || len(got.Problems) != 0 {
		t.Errorf("verified: %+v", got)
	}
	if got, code := byHand(t, v.copy(t)); len(got) != 0 || code != 0 {
		t.Errorf("by hand (code %d): %q", code, got)
	}
	versions, err := v.objects.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &v.bucket, Prefix: aws.String("manifests/")})
	must(t, err)
	if len(versions.Versions) != 4 {
		t.Errorf("%d versions of two manifests and their signatures", len(versions.Versions))
	}
}

// verify is the command's verdict on a folder or the bucket, with the key as KMS gives it.
func (v *vault) verify(t *testing.T, code int, where string) evidence.Result {
	t.Helper()
	var out evidence.Result
	must(t, json.Unmarshal([]byte(v.carol(t, code, "verify", where, "--format", "json", "--key", v.key(t))), &out))
	return out
}

// key writes the public key as KMS gives it into a file.
func (v *vault) key(t *testing.T) string {
	t.Helper()
	der, err := evidence.NewKMS(v.Config(), v.Output("EvidenceKeyArn")).Public(t.Context())
	must(t, err)
	file := filepath.Join(t.TempDir(), "public-key.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	return file
}

// copy is the bucket as a folder.
func (v *vault) copy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, raw := range v.now(t, "") {
		file := filepath.Join(dir, filepath.FromSlash(name))
		must(t, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, raw, 0o600)))
	}
	must(t, os.Rename(v.key(t), filepath.Join(dir, ".trusted.pem")))
	return dir
}

// tampered: whatever is done to a copy, both ways of verifying name it.
func (v *vault) tampered(t *testing.T) {
	yesterday := string(evidence.DayOf(time.Now()).Add(-1))
	manifest := "manifests/" + yesterday + ".json"
	record := slices.Min(slices.Collect(maps.Keys(v.now(t, "records/"))))
	extra := strings.Replace(record, record[len(record)-21:], "0123456789abcdef.json", 1)
	alter := func(file string) error {
		raw, err := os.ReadFile(file)
		return errors.Join(err, os.WriteFile(file, bytes.Replace(raw, []byte("alice"), []byte("mallo"), 1), 0o600))
	}
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"altered": {func(dir string) error { return os.WriteFile(filepath.Join(dir, record), []byte("{}"), 0o600) }, "altered " + record},
		"removed": {func(dir string) error { return os.Remove(filepath.Join(dir, record)) }, "missing " + record},
		"added":   {func(dir string) error { return os.Rename(filepath.Join(dir, record), filepath.Join(dir, extra)) }, "added " + extra},
		"forged":  {func(dir string) error { return forge(filepath.Join(dir, manifest)) }, "forged " + manifest},
		"no day":  {func(dir string) error { return os.Remove(filepath.Join(dir, manifest)) }, "gap " + yesterday},
		"somebody else": {func(dir string) error {
			return filepath.WalkDir(filepath.Join(dir, "records"), func(file string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				return alter(file)
			})
		}, "altered records/"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := v.copy(t)
			must(t, c.do(dir))
			var got []string
			for _, p := range v.verify(t, 1, dir).Problems {
				got = append(got, string(p.What)+" "+p.Name)
			}
			if !slices.ContainsFunc(got, func(one string) bool { return strings.HasPrefix(one, c.want) }) {
				t.Errorf("want %s, got %q", c.want, got)
			}
			by, code := byHand(t, dir)
			if slices.Sort(got); code != 1 || !slices.Equal(by, got) {
				t.Errorf("by hand (code %d): %q, and by the command: %q", code, by, got)
			}
		})
	}
}

// overwritten: who may write to the bucket can put a version over another and hide objects. Both are named, and what was there can be had back.
func (v *vault) overwritten(t *testing.T) {
	names := slices.Sorted(maps.Keys(v.now(t, "records/")))
	over, hidden := names[0], names[1]
	put, err := v.objects.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &v.bucket, Key: &over, Body: strings.NewReader(`{"version":1,"records":[]}`), ChecksumAlgorithm: s3types.ChecksumAlgorithmSha256,
	})
	must(t, err)
	gone, err := v.objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &v.bucket, Key: &hidden})
	must(t, err)
	var got []string
	for _, p := range v.verify(t, 1, "s3://"+v.bucket).Problems {
		got = append(got, string(p.What)+" "+p.Name)
	}
	for _, want := range []string{"altered " + over, "missing " + hidden} {
		if !slices.Contains(got, want) {
			t.Errorf("want %s, got %q", want, got)
		}
	}
	for name, version := range map[string]*string{over: put.VersionId, hidden: gone.VersionId} {
		_, err := v.objects.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &v.bucket, Key: &name, VersionId: version, BypassGovernanceRetention: aws.Bool(true)})
		must(t, err)
	}
	v.verify(t, 0, "s3://"+v.bucket)
}

// reported lets the schedule of the weekly report strike, twice as it may: one report, and one message with the way to it.
func (v *vault) reported(t *testing.T) {
	must(t, v.Settle(t.Context()))
	mails(t, v.System)
	for range 2 {
		must(t, v.Host.Fire(t.Context(), "PublisherWeekly"))
	}
	written := v.now(t, "reports/weekly-")
	var page string
	for name, raw := range written {
		if len(raw) == 0 {
			t.Errorf("%s is empty", name)
		}
		if strings.HasSuffix(name, "/report.html") {
			page = name
		}
	}
	if page == "" || len(written) < 6 || !bytes.Contains(written[page], []byte(public)) { // the checks are known to the function, also those that found nothing
		t.Errorf("written: %v", slices.Sorted(maps.Keys(written)))
	}
	all := mails(t, v.System)
	if len(all) != 1 || !strings.Contains(all[0].Text, v.bucket) || !strings.Contains(strings.ReplaceAll(all[0].Text, "%2F", "/"), page) {
		t.Errorf("%d messages, that do not lead to %s: %+v", len(all), page, all)
	}
	v.verify(t, 0, "s3://"+v.bucket) // a report is no evidence, and no intruder there
}

// byHand is what the way without pipewarden finds wrong with a copy, sorted, and its exit code.
func byHand(t *testing.T, dir string) (wrong []string, code int) {
	t.Helper()
	for _, tool := range []string{"bash", "openssl", "jq", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not there, with which evidence is verified by hand", tool)
		}
	}
	c := exec.CommandContext(t.Context(), "bash", filepath.Join(shared.product.Root, "docs", "evidence", "verify.sh"), dir, filepath.Join(dir, ".trusted.pem"))
	raw, err := c.Output()
	var ended *exec.ExitError
	if err != nil && (!errors.As(err, &ended) || ended.ExitCode() != 1) {
		t.Fatalf("verify.sh: %v: %s", err, ended.Stderr)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	wrong = slices.DeleteFunc(lines[:len(lines)-1], func(line string) bool { return strings.HasPrefix(line, "note: ") }) // the last line sums up
	return slices.Sorted(slices.Values(wrong)), c.ProcessState.ExitCode()
}

// forge has a manifest say that it names nothing.
func forge(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	m, err := evidence.DecodeManifest(raw)
	if err != nil {
		return err
	}
	m.Objects = []evidence.Sealed{}
	raw, err = json.Marshal(m)
	return errors.Join(err, os.WriteFile(file, raw, 0o600))
}
