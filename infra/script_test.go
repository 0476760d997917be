package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeAWS answers by what it is asked, and writes down every call.
const fakeAWS = `#!/bin/sh
echo "$*" >> "$CALLS"
case "$1 $2" in
"sts get-caller-identity") echo "$ACCOUNT" ;;
"organizations describe-organization") printf 'o-exampleorgid\t999988887777\n' ;;
"organizations list-delegated-services-for-account") echo "$DELEGATED" ;;
"cloudformation describe-organizations-access") echo "$ACCESS" ;;
"cloudformation describe-stacks") [ -n "$STACKS" ] || exit 255; echo "$STACKS" ;;
esac
`

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com"

// script runs infra/organization.sh, with the fake AWS CLI or with none.
func script(t *testing.T, env map[string]string, args ...string) (out, said string, calls []string, ok bool) {
	t.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	dir := t.TempDir()
	if env != nil {
		write(t, filepath.Join(dir, "aws"), fakeAWS, 0o755)
	}
	cmd := exec.CommandContext(t.Context(), shell, append([]string{"organization.sh"}, args...)...)
	cmd.Env = []string{"PATH=" + dir, "CALLS=" + filepath.Join(dir, "calls"), "STACKS="}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if raw, missing := os.ReadFile(filepath.Join(dir, "calls")); missing == nil {
		calls = strings.Split(strings.TrimSpace(string(raw)), "\n")
	}
	return stdout.String(), stderr.String(), calls, err == nil
}

func TestWhatIsMissingForStackSetsIsSaid(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		env       map[string]string
		org       string
		out, said string
		ok        bool
	}{
		"a delegated administrator": {
			map[string]string{"ACCOUNT": "111122223333", "DELEGATED": stackSets, "ACCESS": "ENABLED"},
			"o-exampleorgid",
			"--parameters CallAs=DELEGATED_ADMIN --parameters ManagementAccount=999988887777\n", "", true,
		},
		"the management account": {
			map[string]string{"ACCOUNT": "999988887777", "ACCESS": "ENABLED"}, "o-exampleorgid", "--parameters CallAs=SELF --parameters ManagementAccount=999988887777\n", "", true,
		},
		"an account that is no administrator": {
			map[string]string{"ACCOUNT": "111122223333", "ACCESS": "ENABLED"},
			"o-exampleorgid", "",
			"aws organizations register-delegated-administrator --service-principal " + stackSets + " --account-id 111122223333", false,
		},
		"no trusted access": {
			map[string]string{"ACCOUNT": "111122223333", "DELEGATED": stackSets, "ACCESS": "DISABLED"},
			"o-exampleorgid", "",
			"trusted access is DISABLED. With the credentials of the management account (999988887777): aws cloudformation activate-organizations-access", false,
		},
		"another organisation": {
			map[string]string{"ACCOUNT": "111122223333"}, "o-otherorgid0", "", "account 111122223333 is in the organisation o-exampleorgid, and ORG says o-otherorgid0", false,
		},
		"no AWS CLI": {nil, "o-exampleorgid", "--parameters CallAs=DELEGATED_ADMIN\n", "so nothing could be checked", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, said, _, ok := script(t, one.env, "check", one.org)
			if out != one.out || !strings.Contains(said, one.said) || ok != one.ok {
				t.Errorf("ended well: %v, printed %q, said %s", ok, out, said)
			}
		})
	}
}

func TestACentreIsNotDeployedAsAnAccountThatStandsAlone(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		env map[string]string
		ok  bool
	}{
		"a centre":      {map[string]string{"STACKS": "arn:aws:events:eu-west-1:111122223333:event-bus/pipewarden-members"}, false},
		"stands alone":  {map[string]string{"STACKS": "None"}, true},
		"nothing there": {map[string]string{}, true},
		"no AWS CLI":    {nil, true},
	} {
		if _, said, _, ok := script(t, one.env, "alone"); ok != one.ok || !ok && !strings.Contains(said, "make deploy-org ORG=") {
			t.Errorf("%s: ended well: %v, said %s", name, ok, said)
		}
	}
}

const centralBus = "arn:aws:events:eu-west-1:111122223333:event-bus/pipewarden-members"

func TestTheManagementAccountGetsTheMembersStacks(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(out, "default", "organization")
	_, said, calls, ok := script(t, map[string]string{}, "deploy", folder, "o-exampleorgid", centralBus, "arn:aws:iam::111122223333:role/auditor", "arn:aws:iam::111122223333:role/remediator")
	if !ok {
		t.Fatal(said)
	}
	var want []string
	for _, one := range [][3]string{
		{"eu-west-1", rolesSet, "OrganizationId=o-exampleorgid AuditorRoleArn=arn:aws:iam::111122223333:role/auditor RemediatorRoleArn=arn:aws:iam::111122223333:role/remediator"},
		{"eu-west-1", rulesSet, "BusArn=" + centralBus + " CentralAccount=111122223333 CentralRegion=eu-west-1"},
		{"eu-central-1", rulesSet, "BusArn=" + centralBus + " CentralAccount=111122223333 CentralRegion=eu-west-1"},
		{"us-east-1", rulesSet, "BusArn=" + centralBus + " CentralAccount=111122223333 CentralRegion=eu-west-1"},
	} {
		want = append(
			want,
			"cloudformation deploy --region "+one[0]+" --stack-name "+one[1]+" --template-file "+filepath.Join(folder, one[1]+".template.json")+
				" --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset --tags app=pipewarden --parameter-overrides "+one[2],
			"cloudformation update-termination-protection --region "+one[0]+" --stack-name "+one[1]+" --enable-termination-protection",
		)
	}
	if got := strings.Join(calls, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("it called\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	// What it gives is what the templates ask for.
	m := members["default"]
	for name, tpl := range map[string]*template{rolesSet: m.load(t, m.made.Roles), rulesSet: m.load(t, m.made.Rules)} {
		for parameter := range tpl.Parameters {
			if !strings.Contains(strings.Join(calls, "\n"), " "+parameter+"=") {
				t.Errorf("%s is not told %s", name, parameter)
			}
		}
	}

	for name, one := range map[string]struct {
		env  map[string]string
		bus  string
		said string
	}{
		"no AWS CLI": {nil, centralBus, "the AWS CLI is needed"},
		"no bus":     {map[string]string{}, "arn:aws:sqs:eu-west-1:111122223333:pipewarden", "no event bus's ARN"},
	} {
		if _, said, calls, ok := script(t, one.env, "deploy", folder, "o-exampleorgid", one.bus, "a", "b"); ok || !strings.Contains(said, one.said) || len(calls) > 0 {
			t.Errorf("%s: ended well: %v, said %s, called %v", name, ok, said, calls)
		}
	}
}

func TestTheManagementAccountLosesTheMembersStacks(t *testing.T) {
	t.Parallel()
	_, said, calls, ok := script(t, map[string]string{"STACKS": "there"}, "destroy", filepath.Join(out, "default", "organization"), centralBus)
	var gone []string
	for _, call := range calls {
		if rest, is := strings.CutPrefix(call, "cloudformation delete-stack "); is {
			gone = append(gone, rest)
		}
	}
	want := "--region eu-west-1 --stack-name pipewarden-rules\n--region eu-central-1 --stack-name pipewarden-rules\n--region us-east-1 --stack-name pipewarden-rules\n--region eu-west-1 --stack-name pipewarden-roles"
	if got := strings.Join(gone, "\n"); !ok || got != want {
		t.Errorf("ended well: %v, said %s, removed\n%s", ok, said, got)
	}
}

// make says what is missing before it builds anything.
func TestMakeAsksForWhatAnOrganisationTakes(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("make")
	if err != nil {
		t.Skip("there is no make here")
	}
	for args, want := range map[string]string{
		"deploy-org": "ORG=o-exampleorgid OUS=ou-ab12-cd34ef56,ou-ab12-gh78ij90 REGIONS=eu-west-1,us-east-1",
		"deploy-org ORG=o-exampleorgid OUS=r-ab12": "make deploy-org: say which organisation",
		"deploy-org ORG=o-a OUS=r-ab12 REGIONS=x":  "EMAIL=you@example.com",
		"diff-org":            "make diff-org: say which organisation",
		"destroy-org ORG=o-a": "make destroy-org: say which organisation",
		"deploy-management ORG=o-a OUS=r-a REGIONS=x":      "give it BUS",
		"deploy-management ORG=a OUS=b REGIONS=c BUS=arn":  "Next5Management is the whole command",
		"destroy-management ORG=a OUS=b REGIONS=c":         "give it BUS",
		"deploy EMAIL=you@example.com ORG=o-exampleorgid0": "make deploy is for one account",
	} {
		cmd := exec.CommandContext(t.Context(), tool, append([]string{"-C", ".."}, strings.Fields(args)...)...)
		if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), want) {
			t.Errorf("make %s: %v, said %s", args, err, said)
		}
	}
}
