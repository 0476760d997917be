package key

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	opDescribe = "kms.DescribeKey"
	opRotation = "kms.GetKeyRotationStatus"
	opPolicy   = "kms.GetKeyPolicy"
)

var ref = resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-central-1"}

// own is a key that can rotate.
func own() types.KeyMetadata {
	return types.KeyMetadata{
		Arn: aws.String(arn), KeyId: aws.String(id), KeyManager: types.KeyManagerTypeCustomer, KeyState: types.KeyStateEnabled,
		KeySpec: types.KeySpecSymmetricDefault, Origin: types.OriginTypeAwsKms,
	}
}

func TestReadRotation(t *testing.T) {
	t.Parallel()
	status := func(on bool) *kms.GetKeyRotationStatusOutput {
		return &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: on}
	}
	for name, one := range map[string]struct {
		change func(*types.KeyMetadata)
		answer any
		calls  int
		want   string // of Rotates as JSON; "" where nobody asks
	}{
		"on":         {nil, status(true), 2, "true"},
		"off":        {nil, status(false), 2, "false"},
		"disabled":   {func(m *types.KeyMetadata) { m.KeyState = types.KeyStateDisabled }, status(false), 2, "false"},
		"denied":     {nil, awstest.Error("AccessDeniedException"), 2, `{"unknown":"read rotation of key ` + id + `: access denied"}`},
		"throttled":  {nil, awstest.Error("ThrottlingException"), 2, `{"unknown":"read rotation of key ` + id + `: AWS throttled the call"}`},
		"AWS's":      {func(m *types.KeyMetadata) { m.KeyManager = types.KeyManagerTypeAws }, nil, 1, ""},
		"asymmetric": {func(m *types.KeyMetadata) { m.KeySpec = types.KeySpecRsa2048 }, nil, 1, ""},
		"imported":   {func(m *types.KeyMetadata) { m.Origin = types.OriginTypeExternal }, nil, 1, ""},
		"on its way": {func(m *types.KeyMetadata) { m.KeyState = types.KeyStatePendingDeletion }, nil, 1, ""},
		"a replica on its way": {
			func(m *types.KeyMetadata) { m.KeyState = types.KeyStatePendingReplicaDeletion }, nil, 1, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := own()
			if one.change != nil {
				one.change(&m)
			}
			fake := awstest.New(t).On(opDescribe, described(m)).On(opRotation, one.answer)
			s, err := Rotation.Read(t.Context(), fake.Config(), ref)
			if err != nil || s.ARN != arn || s.KeyID != id || s.Primary != "" {
				t.Fatalf("%+v, %v", s, err)
			}
			raw, _ := json.Marshal(s.Rotates)
			if can, why := s.CanRotate(); can != (one.want != "") || can == (why != "") || one.want != "" && string(raw) != one.want {
				t.Errorf("can %v (%s), rotates %s, want %s", can, why, raw, one.want)
			}
			for _, call := range fake.Calls() {
				if call.Region != "eu-central-1" {
					t.Errorf("%s in %s", call.Operation, call.Region)
				}
			}
			if n := len(fake.Calls()); n != one.calls {
				t.Errorf("%d calls, want %d", n, one.calls)
			}
		})
	}
	replica := own()
	replica.MultiRegionConfiguration = &types.MultiRegionConfiguration{PrimaryKey: &types.MultiRegionKey{Region: aws.String("us-east-1")}}
	answer := &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: true, RotationPeriodInDays: aws.Int32(180)}
	s, err := Rotation.Read(t.Context(), awstest.New(t).On(opDescribe, described(replica)).On(opRotation, answer).Config(), ref)
	if err != nil || s.Primary != "us-east-1" || s.Days != 180 {
		t.Errorf("a replica: %+v, %v", s, err)
	}
	for code, is := range map[string]func(error) bool{"NotFoundException": awserr.IsNotFound, "AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled} {
		if _, err := Rotation.Read(t.Context(), awstest.New(t).On(opDescribe, awstest.Error(code)).Config(), ref); !is(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

const public = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`

func TestReadAdmission(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On(opPolicy, &kms.GetKeyPolicyOutput{Policy: aws.String(public)})
	s, err := Admission.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again AdmissionState
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	for _, s := range []AdmissionState{s, again} {
		if p, known := s.Policy.Get(); !known || !p.Judge(policy.Key, "111122223333").Public {
			t.Errorf("%s", raw)
		}
	}
	in := awstest.Inputs[*kms.GetKeyPolicyInput](fake, opPolicy)[0]
	if *in.KeyId != id || *in.PolicyName != "default" || fake.Calls()[0].Region != "eu-central-1" {
		t.Errorf("asked for %s of %s", *in.PolicyName, *in.KeyId)
	}
	for _, torn := range []string{`{"Statement":`, ""} {
		if s, err := Admission.Read(t.Context(), awstest.New(t).On(opPolicy, &kms.GetKeyPolicyOutput{Policy: &torn}).Config(), ref); err != nil || s.Policy.Err() == nil {
			t.Errorf("%q: %+v, %v", torn, s, err)
		}
	}
	for code, is := range map[string]func(error) bool{"NotFoundException": awserr.IsNotFound, "AccessDeniedException": awserr.IsDenied, "ThrottlingException": awserr.IsThrottled} {
		if _, err := Admission.Read(t.Context(), awstest.New(t).On(opPolicy, awstest.Error(code)).Config(), ref); !is(err) || !strings.Contains(err.Error(), "read policy of key "+id) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if raw, err := json.Marshal(Policy{}); err != nil || string(raw) != "null" {
		t.Errorf("no policy: %s, %v", raw, err)
	}
}

// Every call that a facet makes is declared, and nothing else is.
func TestFacetActions(t *testing.T) {
	t.Parallel()
	fake := func() *awstest.Fake {
		return awstest.New(t).On(opDescribe, described(own())).On(opRotation, &kms.GetKeyRotationStatusOutput{}).
			On(opPolicy, &kms.GetKeyPolicyOutput{Policy: aws.String(public)}).On("kms.ListKeys", &kms.ListKeysOutput{})
	}
	for _, kind := range []resource.Source{Rotation, Admission} {
		f := fake()
		if _, err := kind.Look(t.Context(), f.Config(), ref); err != nil {
			t.Fatal(err)
		}
		for _, err := range kind.All(t.Context(), f.Config(), ref) {
			t.Fatal(err)
		}
		f.ExpectActions(kind.Permissions())
	}
}

func TestFacetsTold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"EnableKeyRotation": true, "DisableKeyRotation": false} {
		e := sample(t, name)
		s, ok := toldRotation(e)
		if got, known := s.Rotates.Get(); !ok || !known || got != want || s.KeyID != id || s.ARN != arn {
			t.Errorf("%s: %+v, %v", name, s, ok)
		}
		if can, _ := s.CanRotate(); !can || !Rotation.ChangedBy()[0].Matches(e) || len(Rotation.About(e)) != 1 {
			t.Errorf("%s: can rotate %v", name, can)
		}
	}
	for name, want := range map[string]bool{"PutKeyPolicy": false, "PutKeyPolicy-public": true, "PutKeyPolicy-bound": false, "PutKeyPolicy-foreign-account": false} {
		e := sample(t, name)
		s, ok := toldAdmission(e)
		if p, known := s.Policy.Get(); !ok || !known || p.Judge(policy.Key, "").Public != want || !Admission.ChangedBy()[0].Matches(e) {
			t.Errorf("%s: %+v, %v", name, s, ok)
		}
	}
	if s, ok := toldAdmission(sample(t, "PutKeyPolicy-document-cut")); !ok || s.Policy.Err() == nil {
		t.Errorf("a policy that was cut: %+v, %v", s, ok)
	}
	for _, name := range []string{"PutKeyPolicy-denied", "ScheduleKeyDeletion", "DeleteKey"} {
		_, policy := toldAdmission(sample(t, name))
		if _, rotation := toldRotation(sample(t, name)); policy || rotation {
			t.Errorf("%s tells something", name)
		}
	}
	refused := sample(t, "DisableKeyRotation")
	refused.Detail["errorCode"] = "AccessDenied"
	if s, ok := toldRotation(refused); ok {
		t.Errorf("a refused call tells %+v", s)
	}
	empty := sample(t, "PutKeyPolicy")
	delete(empty.Request(), "policy")
	if s, ok := toldAdmission(empty); ok {
		t.Errorf("no policy tells %+v", s)
	}
}

// FuzzFacetsTold: whatever a record holds, it is heard without a panic, and what is told is told of a key.
func FuzzFacetsTold(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "kms/") {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := event.Decode(raw)
		if err != nil {
			return
		}
		_, rotation := toldRotation(e)
		s, admission := toldAdmission(e)
		if (rotation || admission) && len(Rotation.About(e)) != 1 {
			t.Error("a state of no key")
		}
		if p, known := s.Policy.Get(); known {
			_ = p.Judge(policy.Key, e.Account)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	use := func(id string) resource.Use {
		return resource.Use{User: resource.Ref{Kind: "pipeline", ID: id}, As: "artifact key"}
	}
	used := []resource.Use{use("web-test"), use("web-prod")}
	if got := Called(ref, used); got != "key "+id+" (artifact key of web-prod and 1 more)" {
		t.Error(got)
	}
	if got := strings.Join(Path(ref, used, "policy"), " > "); got != "pipeline web-prod > artifact key > key "+id+" > policy" {
		t.Error(got)
	}
	if got := strings.Join(Path(ref, nil), " > "); got != "key "+id {
		t.Error(got)
	}
}
