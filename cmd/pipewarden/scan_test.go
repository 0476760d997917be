package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// nobody has a region and no credentials.
func nobody(_ context.Context, region string) (aws.Config, error) {
	if region == "" {
		region = "eu-west-1"
	}
	return aws.Config{Region: region, Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no EC2 IMDS role found")
	})}, nil
}

// alice is signed in to a fake AWS.
func alice(fake *awstest.Fake) func(context.Context, string) (aws.Config, error) {
	fake.On("sts.GetCallerIdentity", &sts.GetCallerIdentityOutput{Account: aws.String("111122223333"), Arn: aws.String("arn:aws:iam::111122223333:user/alice")})
	return func(_ context.Context, region string) (aws.Config, error) {
		cfg := fake.Config()
		cfg.Credentials = credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "secret", "token")
		if region != "" {
			cfg.Region = region
		}
		return cfg, nil
	}
}

func used(id string) []resource.Uses {
	return []resource.Uses{{Ref: resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-west-1"}, As: "lock"}}
}

func house() *estate {
	return &estate{
		doors: map[string]openness{"front": {open: true, uses: used("brass")}, "back": {uses: used("iron")}, "cellar": {}},
		keys:  map[string]openness{"brass": {open: true, uses: used("master")}, "iron": {}, "lost": {open: true}, "master": {open: true}},
	}
}

func scanning(t *testing.T, e *estate) *program {
	t.Helper()
	p := offline(t, nil)
	p.checks, p.remedies, p.aws = e.checks(), nil, alice(awstest.New(t))
	return p
}

func TestScan(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*estate){
		"all":           func(*estate) {},
		"kind-denied":   func(e *estate) { e.denied = "key" },
		"users-denied":  func(e *estate) { e.denied = "door" },
		"one-unread":    func(e *estate) { e.torn = "iron" },
		"user-unread":   func(e *estate) { e.torn = "back" },
		"nothing-there": func(e *estate) { e.doors, e.keys = nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := house()
			change(e)
			table, lines := run(t, scanning(t, e), "scan"), run(t, scanning(t, e), "scan", "--format", "json")
			golden(t, "scan-"+name+".txt", table.err+table.out+lines.out)
			if table.code != done || lines.code != done {
				t.Errorf("exit codes %d and %d", table.code, lines.code)
			}
		})
	}
}

func TestScanNothingReadable(t *testing.T) {
	t.Parallel()
	e := house()
	e.doors, e.denied = nil, "key"
	got := run(t, scanning(t, e), "scan")
	if got.code != usage || !strings.HasPrefix(got.err, "pipewarden: scan: nothing could be read. ") || !strings.Contains(got.out, "access denied") {
		t.Errorf("%+v", got)
	}
}

func TestScanOptions(t *testing.T) {
	t.Parallel()
	if got := run(t, scanning(t, house()), "scan", "--fail-on", "CRITICAL"); got.code != verdict || got.err != "" {
		t.Errorf("%+v", got)
	}
	settings := write(t, t.TempDir()+"/s.yaml", "scope: account\nexemptions:\n- {check: key-copied, resource: '*', owner: ann, reason: r, until: 2026-12-31}\n")
	got := run(t, scanning(t, house()), "scan", "--fail-on", "critical", "--settings", settings)
	if got.code != done || strings.Count(got.out, "critical, exempt") != 3 {
		t.Errorf("%+v", got)
	}
	if got := run(t, scanning(t, house()), "scan", "--region", "eu-north-1"); !strings.Contains(got.out, "of 111122223333, eu-north-1.") {
		t.Errorf("%+v", got)
	}
	if got := run(t, scanning(t, house()), "scan", "--all"); strings.Count(got.out, "\npass ") != 3 {
		t.Errorf("%+v", got)
	}
}

func TestScanWithCredentialsThatAWSRefuses(t *testing.T) {
	t.Parallel()
	p, fake := scanning(t, house()), awstest.New(t)
	p.aws = alice(fake)
	fake.On("sts.GetCallerIdentity", awstest.Error("ExpiredToken"))
	got := run(t, p, "scan")
	if got.code != usage || !strings.HasPrefix(got.err, "pipewarden: scan: AWS does not take the credentials: ") {
		t.Errorf("%+v", got)
	}
	if calls := fake.Actions(); !slices.Equal(calls, []string{"sts:GetCallerIdentity"}) {
		t.Errorf("calls %v", calls)
	}
}

func TestScanWithoutAWay(t *testing.T) {
	t.Parallel()
	fails := func(err error) func(context.Context, string) (aws.Config, error) {
		return func(context.Context, string) (aws.Config, error) { return aws.Config{}, err }
	}
	silent := awstest.New(t)
	unanswered := alice(silent)
	silent.On("sts.GetCallerIdentity", awstest.Error("RequestTimeout"))
	for _, c := range []struct {
		aws          func(context.Context, string) (aws.Config, error)
		region, want string
	}{
		{fails(config.SharedConfigProfileNotExistError{Profile: "prod"}), "", "there is no AWS profile prod. Those that there are: aws configure list-profiles"},
		{fails(config.SharedConfigLoadError{Filename: "/h/.aws/config", Err: errors.New("unclosed section")}), "", "the AWS configuration /h/.aws/config cannot be read: unclosed section"},
		{alice(awstest.New(t)), "eu west", `"eu west" is not the name of a region. They look like eu-west-1`},
		{alice(awstest.New(t)), "x.example.com/", `"x.example.com/" is not the name of a region. They look like eu-west-1`},
		{unanswered, "eu-moon-1", "AWS does not answer in eu-moon-1. Is there such a region, and a way to it from here?"},
	} {
		p := scanning(t, house())
		p.aws = c.aws
		run(t, p, "scan", "--region", c.region).want(t, usage, "", "pipewarden: scan: "+c.want+"\n")
	}
}

// A scan reads tags where an exemption asks for them, and by tags that are denied nothing is exempted.
func TestScanExemptsByTag(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.yaml")
	write(t, file, "exemptions:\n- {check: door-open, resource: '*', tag: stage=sandbox, owner: ann, reason: r, until: 2036-12-31}\n")
	for tag, want := range map[string]int{"sandbox": done, "prod": verdict, "": verdict} {
		e := house()
		e.keys = nil
		p := scanning(t, e)
		kind, ok := p.checks[0].Reads.(*resource.Kind[openness])
		if !ok {
			t.Fatalf("%T", p.checks[0].Reads)
		}
		var read []string
		kind.TagActions = []string{"codebuild:BatchGetProjects"}
		kind.Tagged = func(_ context.Context, _ aws.Config, ref resource.Ref) (map[string]string, error) {
			read = append(read, ref.ID)
			if tag == "" {
				return nil, awstest.Error("AccessDenied")
			}
			return map[string]string{"stage": tag}, nil
		}
		if got := run(t, p, "scan", "--settings", file, "--fail-on", "high"); got.code != want || !slices.Equal(read, []string{"front"}) {
			t.Errorf("%q: read %v, %+v", tag, read, got)
		}
	}
}
