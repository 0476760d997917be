package loggroupmask

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/loggroup"
)

const (
	name = "/aws/codebuild/web"
	arns = "arn:aws:dataprotection::aws:data-identifier/"
)

// printed is a finding about a build that logged to the group and the stream.
func printed(log string) remedy.Case {
	f := remedytest.Finding("build-log-secret", "build", "web:1234abcd")
	f.Facts = []finding.Fact{{Label: "Log", Value: log}, {Label: "line 7", Value: "github-pat, ghp_…"}}
	return remedy.Case{Finding: f}
}

var secret = printed(name + " 1234abcd")

// policyOf has those names in both of its statements.
func policyOf(custom string, names ...string) string {
	list, err := json.Marshal(names)
	if err != nil {
		panic(err)
	}
	if custom != "" {
		custom = `"Configuration":{"CustomDataIdentifier":[` + custom + `],"Other":1.50},`
	}
	return `{"Name":"theirs","Version":"2021-06-01",` + custom + `"Statement":[{"Sid":"a","DataIdentifier":` + string(list) + `,"Operation":{"Audit":{"FindingsDestination":{}}}},` +
		`{"Sid":"d","DataIdentifier":` + string(list) + `,"Operation":{"Deidentify":{"MaskConfig":{}}}}]}`
}

// document is a policy as far as CloudWatch Logs looks at it.
type document struct {
	Configuration struct {
		CustomDataIdentifier []struct{ Name, Regex string }
	}
	Statement []struct {
		DataIdentifier []string
		Operation      struct {
			Audit      *struct{ FindingsDestination map[string]any }
			Deidentify *struct{ MaskConfig map[string]any }
		}
	}
}

// refused says whether CloudWatch Logs takes no such policy (CloudWatch Logs API Reference, "PutDataProtectionPolicy").
func (d document) refused() bool {
	if len(d.Statement) != 2 || d.Statement[0].Operation.Audit == nil || d.Statement[1].Operation.Deidentify == nil || len(d.Statement[1].Operation.Deidentify.MaskConfig) > 0 {
		return true
	}
	names := map[string]bool{}
	for _, one := range d.Configuration.CustomDataIdentifier {
		if names[one.Name] || !regexp.MustCompile(`^[a-zA-Z0-9_#=@/;, \-^$?\[\]{}|\\*+.]{1,200}$`).MatchString(one.Regex) {
			return true
		}
		names[one.Name] = true
	}
	find, mask := d.Statement[0].DataIdentifier, d.Statement[1].DataIdentifier
	slices.Sort(find)
	slices.Sort(mask)
	unknown := slices.ContainsFunc(mask, func(name string) bool { return !strings.HasPrefix(name, arns) && !names[name] })
	return !slices.Equal(find, mask) || len(slices.Compact(mask)) != len(find) || unknown || len(names) > 10
}

func world(t *testing.T, text string, class types.LogGroupClass) remedytest.World {
	fake := awstest.New(t).
		On("cloudwatchlogs.DescribeLogGroups", &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{{LogGroupName: aws.String(name), LogGroupClass: class}}}).
		On("cloudwatchlogs.GetDataProtectionPolicy", func(in any) (any, error) {
			if *in.(*cloudwatchlogs.GetDataProtectionPolicyInput).LogGroupIdentifier != name {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			out := &cloudwatchlogs.GetDataProtectionPolicyOutput{LogGroupIdentifier: aws.String(name)}
			if text != "" {
				out.PolicyDocument = aws.String(" " + text + "\n")
			}
			return out, nil
		}).
		On("cloudwatchlogs.PutDataProtectionPolicy", func(in any) (any, error) {
			input := in.(*cloudwatchlogs.PutDataProtectionPolicyInput)
			var d document
			if err := json.Unmarshal([]byte(*input.PolicyDocument), &d); err != nil || d.refused() || *input.LogGroupIdentifier != name {
				return nil, awstest.Error("InvalidParameterException")
			}
			text = *input.PolicyDocument
			return &cloudwatchlogs.PutDataProtectionPolicyOutput{PolicyDocument: input.PolicyDocument}, nil
		}).
		On("cloudwatchlogs.DeleteDataProtectionPolicy", func(in any) (any, error) {
			if *in.(*cloudwatchlogs.DeleteDataProtectionPolicyInput).LogGroupIdentifier != name {
				return nil, awstest.Error("ResourceNotFoundException")
			}
			text = ""
			return &cloudwatchlogs.DeleteDataProtectionPolicyOutput{}, nil
		})
	return remedytest.World{
		Fake: fake, State: func() any { return decoded(t, text) },
		Move: func() { text = policyOf("", arns+"EmailAddress") },
	}
}

func decoded(t *testing.T, text string) (v any) {
	if text != "" && json.Unmarshal([]byte(text), &v) != nil {
		t.Fatalf("no JSON: %s", text)
	}
	return v
}

const theirs = `{"Name":"EmployeeId","Regex":"EmployeeID-\\d{9}"}`

func Test(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no policy": "", "another's": policyOf("", arns+"Address"), "with identifiers of its own": policyOf(theirs, arns+"AwsSecretKey", "EmployeeId"),
		"an expression under another name": policyOf(`{"Name":"Npm","Regex":"npm_[A-Za-z0-9]{36}"}`, "Npm"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: secret, Calls: []string{"logs:PutDataProtectionPolicy"},
				World: func(t *testing.T) remedytest.World { return world(t, text, types.LogGroupClassStandard) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, "", types.LogGroupClassInfrequentAccess), secret)
	var names, defined []string
	for _, id := range []string{"AwsSecretKey", "OpenSshPrivateKey", "PgpPrivateKey", "PkcsPrivateKey", "PuttyPrivateKey"} {
		names = append(names, `"`+arns+id+`"`)
	}
	changes := []string{"AwsSecretKey: not masked -> masked"}
	for _, one := range loggroup.CustomIdentifiers() {
		names = append(names, `"`+one.Name+`"`)
		defined = append(defined, fmt.Sprintf(`{"Name":%q,"Regex":%q}`, one.Name, one.Regex))
	}
	list := strings.Join(names, ",")
	policy := `{"Configuration":{"CustomDataIdentifier":[` + strings.Join(defined, ",") + `]},"Description":"Masks credentials that builds print","Name":"pipewarden-credentials","Statement":[` +
		`{"DataIdentifier":[` + list + `],"Operation":{"Audit":{"FindingsDestination":{}}},"Sid":"find"},{"DataIdentifier":[` + list + `],"Operation":{"Deidentify":{"MaskConfig":{}}},"Sid":"mask"}],"Version":"2021-06-01"}`
	input, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		string(p.Before): `{}`, string(p.After): `{"policyDocument":` + policy + `}`,
		string(p.Calls[0].Input): `{"logGroupIdentifier":"` + name + `","policyDocument":` + string(input) + `}`,
		p.Changes[0]:             changes[0],
		p.Resource.Key():         "loggroup/111122223333/eu-west-1/" + name,
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if len(p.Changes) != len(names) || !strings.HasPrefix(p.Manual, "aws logs put-data-protection-policy --region eu-west-1 --cli-input-json '") {
		t.Errorf("%v, by hand %s", p.Changes, p.Manual)
	}
}

// TestMerged: what a policy has stays, in its place, and nothing is in it twice.
func TestMerged(t *testing.T) {
	t.Parallel()
	text := policyOf(theirs, arns+"Address", arns+"PgpPrivateKey", "EmployeeId")
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, text, ""), secret)
	var after struct{ PolicyDocument document }
	if err := json.Unmarshal(p.After, &after); err != nil {
		t.Fatal(err)
	}
	list := after.PolicyDocument.Statement[1].DataIdentifier
	if !slices.Equal(list[:4], []string{arns + "Address", arns + "PgpPrivateKey", "EmployeeId", arns + "AwsSecretKey"}) || after.PolicyDocument.refused() {
		t.Errorf("%v", list)
	}
	if !strings.Contains(string(p.After), `"Name":"theirs"`) || !strings.Contains(string(p.After), `"Other":1.50`) || slices.ContainsFunc(p.Changes, func(c string) bool { return strings.HasPrefix(c, "PgpPrivateKey") }) {
		t.Errorf("after %s, changes %v", p.After, p.Changes)
	}
}

// TestKnownExpression: an expression that is there counts under the name it has.
func TestKnownExpression(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, policyOf(`{"Name":"Npm","Regex":"npm_[A-Za-z0-9]{36}"}`, "Npm"), ""), secret)
	if strings.Contains(string(p.After), "pipewarden-npm-token") || strings.Count(string(p.After), `"Npm"`) != 3 {
		t.Errorf("after %s", p.After)
	}
}

// TestStand: the names may come back in another order.
func TestStand(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, "", ""), secret)
	var after struct{ PolicyDocument json.RawMessage }
	if err := json.Unmarshal(p.After, &after); err != nil {
		t.Fatal(err)
	}
	text := string(after.PolicyDocument)
	turned := strings.ReplaceAll(text, `"`+arns+`AwsSecretKey","`+arns+`OpenSshPrivateKey"`, `"`+arns+`OpenSshPrivateKey","`+arns+`AwsSecretKey"`)
	if differs, err := Remedy.Stand(t.Context(), world(t, turned, "").Fake.Config(), p); err != nil || len(differs) > 0 || turned == text {
		t.Errorf("%v, %v", differs, err)
	}
}

// TestUndo takes the policy away where there was none.
func TestUndo(t *testing.T) {
	t.Parallel()
	for before, operation := range map[string]string{"": "cloudwatchlogs.DeleteDataProtectionPolicy", policyOf("", arns+"Address"): "cloudwatchlogs.PutDataProtectionPolicy"} {
		w := world(t, before, "")
		p := remedytest.Plan(t.Context(), t, Remedy, w, secret)
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
			t.Fatal(err)
		}
		if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
			t.Fatal(err)
		}
		if calls := w.Fake.Calls(); calls[len(calls)-1].Operation != operation {
			t.Errorf("%q: calls %+v", before, calls)
		}
	}
}

// TestNothingToDo: also where the names are in another order.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	w := world(t, "", "")
	p := remedytest.Plan(t.Context(), t, Remedy, w, secret)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	text := *awstest.Inputs[*cloudwatchlogs.PutDataProtectionPolicyInput](w.Fake, "cloudwatchlogs.PutDataProtectionPolicy")[0].PolicyDocument
	turned := strings.ReplaceAll(text, `"`+arns+`AwsSecretKey","`+arns+`OpenSshPrivateKey"`, `"`+arns+`OpenSshPrivateKey","`+arns+`AwsSecretKey"`)
	if turned == text {
		t.Fatal("nothing was turned")
	}
	for _, there := range []string{text, turned} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, there, ""), secret); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "already") {
			t.Errorf("plan %+v", p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 9 {
		many = append(many, fmt.Sprintf(`{"Name":"C%d","Regex":"c%d"}`, i, i))
	}
	audits := strings.Replace(policyOf("", arns+"Address"), `"FindingsDestination":{}`, `"FindingsDestination":{"S3":{"Bucket":"b"}}`, 1)
	for name, one := range map[string]struct {
		text  string
		class types.LogGroupClass
		c     remedy.Case
		says  string
	}{
		"a group that passes on":      {"", types.LogGroupClassDelivery, secret, "masks nothing"},
		"findings go elsewhere":       {audits, "", secret, "to another place"},
		"too many of its own":         {policyOf(strings.Join(many, ","), arns+"Address"), "", secret, "17 identifiers of its own"},
		"too long":                    {policyOf("", strings.Repeat("a", 16000)), "", secret, "CloudWatch Logs takes 30720"},
		"only one statement":          {`{"Statement":[{"DataIdentifier":[],"Operation":{"Deidentify":{"MaskConfig":{}}}}]}`, "", secret, "not known here"},
		"a statement of another kind": {strings.Replace(policyOf("", arns+"Address"), `[{"Sid":"a"`, `[{"Operation":{"Hide":{}}},{"Sid":"a"`, 1), "", secret, "not known here"},
		"two that mask":               {strings.Replace(policyOf("", arns+"Address"), `[{"Sid":"a"`, `[{"DataIdentifier":[],"Operation":{"Deidentify":{}}},{"Sid":"a"`, 1), "", secret, "not known here"},
		"a list that is none":         {strings.ReplaceAll(policyOf("", "x"), `["x"]`, `"x"`), "", secret, "not known here"},
		"no object":                   {`[]`, "", secret, "cannot be read"},
		"no log in the finding":       {"", "", remedy.Case{Finding: remedytest.Finding("build-log-secret", "build", "web:1")}, "does not tell"},
		"half a log":                  {"", "", printed("1234abcd"), "does not tell"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, one.text, one.class), one.c); !strings.Contains(why, one.says) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// TestMoved tells what somebody else changed, though the same is masked.
func TestMoved(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, policyOf("", arns+"Address"), ""), secret)
	for text, says := range map[string]string{
		strings.Replace(policyOf("", arns+"Address"), "theirs", "others", 1): "policyDocument: changed in what it says besides",
		policyOf("", arns+"EmailAddress"):                                    "Address: masked -> not masked; EmailAddress: not masked -> masked",
	} {
		err := Remedy.Apply(t.Context(), world(t, text, "").Fake.Config(), p)
		if moved, is := errors.AsType[*remedy.MovedError](err); !is || strings.Join(moved.Differs, "; ") != says {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"cloudwatchlogs.DescribeLogGroups", "cloudwatchlogs.GetDataProtectionPolicy"} {
		w := world(t, "", "")
		w.Fake.On(operation, awstest.Error("ThrottlingException"))
		if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), secret); !awserr.IsThrottled(err) {
			t.Errorf("%s: %v", operation, err)
		}
	}
	w := world(t, "", "")
	w.Fake.On("cloudwatchlogs.DescribeLogGroups", &cloudwatchlogs.DescribeLogGroupsOutput{})
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), secret); !awserr.IsNotFound(err) {
		t.Errorf("a group that is gone: %v", err)
	}
	// That there is no policy may be told by an error.
	w = world(t, "", "")
	w.Fake.On("cloudwatchlogs.GetDataProtectionPolicy", awstest.Error("ResourceNotFoundException"))
	if p := remedytest.Plan(t.Context(), t, Remedy, w, secret); string(p.Before) != "{}" || p.Done() {
		t.Errorf("plan %+v", p)
	}
	w = world(t, "{", "")
	if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), secret); err == nil {
		t.Errorf("a policy that is no JSON: %+v", p)
	}
}
