package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/event"
)

func TestChild(t *testing.T) {
	t.Parallel()
	if os.Getenv("EMULATOR_CHILD") != "" {
		callAsChild(t)
		return
	}
	a := ForTest(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v")
	child.Env = append(a.EnvAs(Caller{Account: account, Role: "auditor"}, region), "EMULATOR_CHILD=1", "HOME="+t.TempDir())
	if said, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var have []string
	for _, c := range a.Calls() {
		have = append(have, fmt.Sprintln(c.Service, c.Operation, c.Account, c.Region, c.Principal, c.Status))
	}
	const tail = " 111122223333 eu-west-1 arn:aws:sts::111122223333:assumed-role/auditor/session "
	want := []string{"s3 CreateBucket" + tail + "200\n", "s3 GetBucketPolicy" + tail + "404\n", "s3control GetPublicAccessBlock" + tail + "404\n", "codebuild ListProjects" + tail + "200\n"}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

// callAsChild uses nothing but the environment: no client option, no path style.
func callAsChild(t *testing.T) {
	cfg, err := config.LoadDefaultConfig(t.Context())
	ok(t, cfg, err)
	c := s3.NewFromConfig(cfg)
	bucket := newBucket(t, c, "artifacts")
	_, err = c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
	refused(t, err, "NoSuchBucketPolicy")
	_, err = s3control.NewFromConfig(cfg).GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: s(account)})
	refused(t, err, "NoSuchPublicAccessBlockConfiguration")
	projects, err := codebuild.NewFromConfig(cfg).ListProjects(t.Context(), &codebuild.ListProjectsInput{})
	ok(t, projects, err)
}

func TestUnimplementedIsNamed(t *testing.T) {
	t.Parallel()
	ForTest(t)
	a, err := Start(t.Context(), Options{})
	ok(t, a, err)
	began := time.Now()
	_, err = iam.NewFromConfig(a.Config(account, region)).SimulatePrincipalPolicy(t.Context(), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: s("arn:aws:iam::111122223333:role/x"), ActionNames: []string{"s3:GetObject"},
	})
	refused(t, err, "NotImplemented")
	_, err = codebuild.NewFromConfig(a.Config(account, region)).ListFleets(t.Context(), &codebuild.ListFleetsInput{})
	refused(t, err, "NotImplemented")
	equal(t, "named", fmt.Sprint(a.Unimplemented()), "[iam.SimulatePrincipalPolicy codebuild.ListFleets]")
	equal(t, "retried", time.Since(began) > 10*time.Second, false)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestForeignHostsAreRefused(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	front, err := url.Parse(a.Endpoint())
	ok(t, front, err)
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(front)}}
	reply, err := client.Get("http://example.com/")
	equal(t, "status", ok(t, reply, err).StatusCode, http.StatusBadGateway)
	reply.Body.Close()
	if _, err := client.Get("https://example.com/"); err == nil {
		t.Error("https://example.com/ was reached")
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	cfg := a.Config(account, region)
	cfg.RetryMaxAttempts = 1
	c, buckets := codebuild.NewFromConfig(cfg), s3.NewFromConfig(cfg)
	list := func() error {
		_, err := c.ListProjects(t.Context(), &codebuild.ListProjectsInput{})
		return err
	}
	a.Inject(Fault{Service: "codebuild", Operation: "ListProjects", Code: "ThrottlingException", Message: "slow down", Times: 2})
	refused(t, list(), "ThrottlingException")
	refused(t, list(), "ThrottlingException")
	if err := list(); err != nil {
		t.Error(err)
	}
	a.Inject(Fault{Service: "s3", Status: 403, Code: "AccessDenied"})
	_, err := buckets.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	refused(t, err, "AccessDenied")
	a.Inject(Fault{Service: "iam", Code: "AccessDenied", Times: 1})
	_, err = iam.NewFromConfig(cfg).GetRole(t.Context(), &iam.GetRoleInput{RoleName: s("x")})
	refused(t, err, "AccessDenied")

	a.Inject(Fault{Operation: "CreateProject", DropReply: true, Times: 1})
	if _, err := c.CreateProject(t.Context(), newProject("api")); err == nil {
		t.Error("the answer arrived")
	}
	got, err := c.BatchGetProjects(t.Context(), &codebuild.BatchGetProjectsInput{Names: []string{"api"}})
	equal(t, "made all the same", len(ok(t, got, err).Projects), 1)
	a.Inject(Fault{Operation: "ListProjects", Delay: 50 * time.Millisecond, Times: 1})
	began := time.Now()
	if err := list(); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// TestFaultsAreLifted: one that strikes until it is lifted strikes as long as that, and takes no other with it.
func TestFaultsAreLifted(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	cfg := a.Config(account, region)
	cfg.RetryMaxAttempts = 1
	c := codebuild.NewFromConfig(cfg)
	list := func() error {
		_, err := c.ListProjects(t.Context(), &codebuild.ListProjectsInput{})
		return err
	}
	lift := a.Inject(Fault{Operation: "ListProjects", Code: "ThrottlingException"})
	a.Inject(Fault{Operation: "ListProjects", Code: "AccessDeniedException", Times: 1})
	for range 3 {
		refused(t, list(), "ThrottlingException")
	}
	lift()
	lift()
	refused(t, list(), "AccessDeniedException")
	if err := list(); err != nil {
		t.Error(err)
	}
}

func TestResetKeepsCallers(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	cfg := a.Config(other, region)
	c, buckets := codebuild.NewFromConfig(cfg), s3.NewFromConfig(cfg)
	newBucket(t, buckets, "artifacts")
	created, err := c.CreateProject(t.Context(), newProject("api"))
	ok(t, created, err)
	if err := a.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "calls", len(a.Calls()), 0)
	projects, err := c.ListProjects(t.Context(), &codebuild.ListProjectsInput{})
	equal(t, "projects", len(ok(t, projects, err).Projects), 0)
	listed, err := buckets.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	equal(t, "buckets", len(ok(t, listed, err).Buckets), 0)
	equal(t, "account", a.Calls()[0].Account, other)
	a.ResetCalls()
	equal(t, "calls", len(a.Calls()), 0)
}

func TestRecords(t *testing.T) {
	t.Parallel()
	a := ForTest(t)
	var records []map[string]any
	a.RecordTrail(func(record map[string]any) { records = append(records, record) })
	alice := a.AsUser(account, region, "alice", nil)
	c, buckets := codebuild.NewFromConfig(a.AsUser(account, region, "alice", aws.Bool(false))), s3.NewFromConfig(alice)
	created, err := c.CreateProject(t.Context(), newProject("api"))
	open, err2 := c.UpdateProjectVisibility(t.Context(), &codebuild.UpdateProjectVisibilityInput{ProjectArn: ok(t, created, err).Project.Arn, ProjectVisibility: types.ProjectVisibilityTypePublicRead})
	ok(t, open, err2)
	_, err = c.UpdateProject(t.Context(), &codebuild.UpdateProjectInput{Name: s("gone")})
	refused(t, err, "ResourceNotFoundException")
	bucket := newBucket(t, buckets, "artifacts")
	gone, err := buckets.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: bucket})
	ok(t, gone, err)
	put, err := buckets.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: s(publicPolicy)})
	ok(t, put, err)
	trails := cloudtrail.NewFromConfig(a.As(Caller{Account: account, Role: "Admin", Session: "bob", MFA: aws.Bool(true)}, region))
	trail, err := trails.CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: s("management-events"), S3BucketName: bucket})
	stopped, err2 := trails.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: ok(t, trail, err).TrailARN})
	ok(t, stopped, err2)
	role, err := iam.NewFromConfig(alice).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: s("build"), AssumeRolePolicyDocument: s(`{"Version":"2012-10-17","Statement":[]}`)})
	ok(t, role, err)

	var have []string
	for _, record := range records {
		raw, err := Envelope(record)
		e, err2 := event.Decode(ok(t, raw, err))
		identity := ok(t, e, err2).Identity()
		have = append(have, strings.Join([]string{e.Service(), e.Name(), e.Region, identity.String("type"), identity.String("sessionContext", "attributes", "mfaAuthenticated")}, " "))
	}
	want := []string{
		"codebuild.amazonaws.com CreateProject eu-west-1 IAMUser false",
		"codebuild.amazonaws.com UpdateProjectVisibility eu-west-1 IAMUser false",
		"s3.amazonaws.com CreateBucket eu-west-1 IAMUser ",
		"s3.amazonaws.com DeleteBucketPublicAccessBlock eu-west-1 IAMUser ",
		"s3.amazonaws.com PutBucketPolicy eu-west-1 IAMUser ",
		"cloudtrail.amazonaws.com CreateTrail eu-west-1 AssumedRole true",
		"cloudtrail.amazonaws.com StopLogging eu-west-1 AssumedRole true",
		"iam.amazonaws.com CreateRole us-east-1 IAMUser ",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Fatal(diff)
	}
	raw, err := json.Marshal([]any{records[1]["requestParameters"], records[4]["requestParameters"], records[6]["requestParameters"], records[7]["requestParameters"]})
	told := string(ok(t, raw, err))
	for _, part := range []string{`"projectVisibility":"PUBLIC_READ"`, `"bucketName":"artifacts"`, `"bucketPolicy":{"Statement":[{`, `"name":"arn:aws:cloudtrail:`, `"roleName":"build"`} {
		contains(t, "parameters", told, part)
	}
}
