package key

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

const (
	id  = "1234abcd-12ab-34cd-56ef-1234567890ab"
	arn = "arn:aws:kms:eu-west-1:111122223333:key/" + id
)

func described(m types.KeyMetadata) *kms.DescribeKeyOutput {
	return &kms.DescribeKeyOutput{KeyMetadata: &m}
}

func TestRead(t *testing.T) {
	t.Parallel()
	gone := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	fake := awstest.New(t).On("kms.DescribeKey", described(types.KeyMetadata{
		Arn: aws.String(arn), KeyId: aws.String(id), KeyManager: types.KeyManagerTypeCustomer, KeyState: types.KeyStatePendingDeletion, DeletionDate: &gone,
	}))
	got, err := Kind.Read(t.Context(), fake.Config(), resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-central-1"})
	want := State{ARN: arn, KeyID: id, Manager: "CUSTOMER", State: "PendingDeletion", DeletionDate: &gone}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if r := fake.Calls()[0].Region; r != "eu-central-1" {
		t.Errorf("asked in %s", r)
	}
	if in := awstest.Inputs[*kms.DescribeKeyInput](fake, "kms.DescribeKey")[0]; *in.KeyId != id {
		t.Errorf("asked for %s", *in.KeyId)
	}
	for name, one := range map[string]struct {
		answer any
		is     func(error) bool
	}{
		"gone":      {awstest.Error("NotFoundException"), awserr.IsNotFound},
		"denied":    {awstest.Error("AccessDeniedException"), awserr.IsDenied},
		"throttled": {awstest.Error("ThrottlingException"), awserr.IsThrottled},
		"empty":     {&kms.DescribeKeyOutput{}, func(err error) bool { return err != nil }},
	} {
		_, err := Kind.Read(t.Context(), awstest.New(t).On("kms.DescribeKey", one.answer).Config(), resource.Ref{ID: id})
		if !one.is(err) || !strings.Contains(err.Error(), "read key "+id) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	foreign := "arn:aws:kms:us-east-1:444455556666:key/" + id
	for given, region := range map[string]string{
		id: "eu-west-1", "alias/mine": "eu-west-1", foreign: "us-east-1", "arn:aws:kms:ap-south-1:111122223333:alias/mine": "ap-south-1",
	} {
		fake := awstest.New(t).On("kms.DescribeKey", described(types.KeyMetadata{KeyId: aws.String(id)}))
		if _, err := Describe(t.Context(), fake.Config(), given); err != nil {
			t.Errorf("%s: %v", given, err)
		}
		if calls := fake.Calls(); len(calls) != 1 || calls[0].Region != region || *calls[0].Input.(*kms.DescribeKeyInput).KeyId != given {
			t.Errorf("%s: %+v, want it asked for in %s", given, calls, region)
		}
	}
	// What AWS manages needs no call, and has a state even before its first use.
	fake := awstest.New(t)
	for given, want := range map[string]State{
		"alias/aws/s3": {KeyID: "alias/aws/s3", Manager: AWS, State: Enabled},
		"arn:aws:kms:eu-west-1:111122223333:alias/aws/s3": {ARN: "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", KeyID: "alias/aws/s3", Manager: AWS, State: Enabled},
	} {
		if got, err := Describe(t.Context(), fake.Config(), given); got != want || err != nil {
			t.Errorf("%s: %+v, %v; want %+v", given, got, err, want)
		}
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	for _, state := range types.KeyState("").Values() {
		want := state == types.KeyStateEnabled || state == types.KeyStateCreating || state == types.KeyStateUpdating
		if got := (State{State: string(state)}).Usable(); got != want {
			t.Errorf("%s: usable %v, want %v", state, got, want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	listing := func() *awstest.Fake {
		return awstest.New(t).On("kms.ListKeys", func(input any) (any, error) {
			if input.(*kms.ListKeysInput).Marker == nil {
				return &kms.ListKeysOutput{Truncated: true, NextMarker: aws.String("next"), Keys: []types.KeyListEntry{{KeyId: aws.String("a")}, {KeyId: aws.String("b")}}}, nil
			}
			return &kms.ListKeysOutput{Keys: []types.KeyListEntry{{KeyId: aws.String("c")}}}, nil
		})
	}
	in := resource.Ref{Account: "111122223333", Region: "eu-central-1"}
	fake := listing()
	var ids []string
	for ref, err := range Kind.List(t.Context(), fake.Config(), in) {
		if err != nil || ref.Kind != "key" || ref.Account != in.Account || ref.Region != in.Region {
			t.Errorf("%+v, %v", ref, err)
		}
		ids = append(ids, ref.ID)
	}
	if !slices.Equal(ids, []string{"a", "b", "c"}) || fake.Calls()[0].Region != in.Region {
		t.Errorf("listed %v in %s", ids, fake.Calls()[0].Region)
	}
	fake = listing()
	for range Kind.List(t.Context(), fake.Config(), in) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d pages for a consumer that stopped at the first", n)
	}
	var failed error
	for _, err := range Kind.List(t.Context(), awstest.New(t).On("kms.ListKeys", awstest.Error("AccessDeniedException")).Config(), in) {
		failed = err
	}
	if !awserr.IsDenied(failed) {
		t.Errorf("a refused listing gave %v", failed)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	fake := awstest.New(t).On("kms.DescribeKey", described(types.KeyMetadata{})).On("kms.ListKeys", &kms.ListKeysOutput{})
	if _, err := Kind.Read(t.Context(), fake.Config(), resource.Ref{ID: id}); err != nil {
		t.Fatal(err)
	}
	for _, err := range Kind.List(t.Context(), fake.Config(), resource.Ref{}) {
		t.Fatal(err)
	}
	fake.ExpectActions(Kind.Actions)
}

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read("kms/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRefs(t *testing.T) {
	t.Parallel()
	only := func(keyID string) func(*event.Event) {
		return func(e *event.Event) {
			delete(e.Detail, "resources")
			delete(e.Detail, "responseElements")
			e.Request()["keyId"] = keyID
		}
	}
	mine := resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-west-1"}
	theirs := resource.Ref{Kind: "key", ID: id, Account: "444455556666", Region: "us-east-1"}
	alias := resource.Ref{Kind: "key", ID: "alias/mine", Account: "111122223333", Region: "eu-west-1"}
	for label, one := range map[string]struct {
		sample string
		change func(*event.Event)
		want   []resource.Ref
	}{
		"resources before an alias": {"ScheduleKeyDeletion-by-alias", nil, []resource.Ref{mine}},
		"an id":                     {"ScheduleKeyDeletion", nil, []resource.Ref{mine}},
		"an id alone":               {"ScheduleKeyDeletion", only(id), []resource.Ref{mine}},
		"an ARN alone":              {"ScheduleKeyDeletion", only("arn:aws:kms:us-east-1:444455556666:key/" + id), []resource.Ref{theirs}},
		"an alias alone":            {"ScheduleKeyDeletion", only("alias/mine"), []resource.Ref{alias}},
		"an alias ARN alone":        {"ScheduleKeyDeletion", only("arn:aws:kms:eu-west-1:111122223333:alias/mine"), []resource.Ref{alias}},
		"the answer before an alias": {"ScheduleKeyDeletion", func(e *event.Event) {
			delete(e.Detail, "resources")
			e.Request()["keyId"] = "alias/mine"
		}, []resource.Ref{mine}},
		"an alias in the answer, an id in the request": {"ScheduleKeyDeletion", func(e *event.Event) {
			delete(e.Detail, "resources")
			e.Response()["keyId"] = "alias/mine"
		}, []resource.Ref{mine}},
		"an alias ARN among the resources": {"ScheduleKeyDeletion", func(e *event.Event) {
			e.Detail["resources"] = []any{map[string]any{"ARN": "arn:aws:kms:eu-west-1:111122223333:alias/mine"}, map[string]any{"ARN": arn}}
		}, []resource.Ref{mine}},
		"a multi-region key":       {"ScheduleKeyDeletion", only("mrk-1234abcd12ab34cd56ef1234567890ab"), []resource.Ref{{Kind: "key", ID: "mrk-1234abcd12ab34cd56ef1234567890ab", Account: "111122223333", Region: "eu-west-1"}}},
		"a command":                {"ScheduleKeyDeletion", only("x; rm -rf ~"), nil},
		"an option":                {"ScheduleKeyDeletion", only("--profile"), nil},
		"an ARN of something else": {"ScheduleKeyDeletion", only("arn:aws:iam::111122223333:role/x"), nil},
		"an ARN of no key":         {"ScheduleKeyDeletion", only("arn:aws:kms:eu-west-1:111122223333:grant/x"), nil},
		"a torn ARN":               {"ScheduleKeyDeletion", only("arn:aws:kms:eu"), nil},
		"nothing":                  {"DeleteKey", nil, nil},
		"another service":          {"DisableKey", func(e *event.Event) { e.Detail["eventSource"] = "s3.amazonaws.com" }, nil},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			e := sample(t, one.sample)
			if one.change != nil {
				one.change(e)
			}
			if got := Kind.About(e); !slices.Equal(got, one.want) {
				t.Errorf("%+v, want %+v", got, one.want)
			}
		})
	}
}

func TestTold(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{
		"DisableKey": "Disabled", "EnableKey": "Enabled", "ScheduleKeyDeletion": "PendingDeletion", "ScheduleKeyDeletion-by-alias": "PendingDeletion",
		"CancelKeyDeletion": "Disabled", "DeleteImportedKeyMaterial": "PendingImport",
	} {
		s, ok := told(sample(t, name))
		if !ok || s.State != state || s.ARN != arn || s.KeyID != id || s.Manager != "CUSTOMER" {
			t.Errorf("%s tells %+v (%v), want %s", name, s, ok, state)
		}
		if !Kind.ChangedBy()[0].Matches(sample(t, name)) {
			t.Errorf("%s does not wake anybody", name)
		}
	}
	s, _ := told(sample(t, "ScheduleKeyDeletion"))
	if want := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC); s.DeletionDate == nil || !s.DeletionDate.Equal(want) {
		t.Errorf("deleted on %v, want %v", s.DeletionDate, want)
	}
	if s, ok := told(sample(t, "ScheduleKeyDeletion-by-alias")); !ok || s.DeletionDate != nil {
		t.Errorf("a record without an answer tells the date %v", s.DeletionDate)
	}
	for _, name := range []string{"PutKeyPolicy", "CreateGrant", "DeleteKey", "UpdateAlias", "PutKeyPolicy-denied"} {
		if s, ok := told(sample(t, name)); ok {
			t.Errorf("%s tells %+v", name, s)
		}
	}
	refused := sample(t, "DisableKey")
	refused.Detail["errorCode"] = "AccessDenied"
	if s, ok := told(refused); ok {
		t.Errorf("a refused call tells %+v", s)
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Nov 26, 2026, 12:00:00 AM": "2026-11-26T00:00:00Z", "Apr 12, 2021 18:58:30 PM": "2021-04-12T18:58:30Z",
		"Apr 12, 2021 6:58:30 PM": "2021-04-12T18:58:30Z", "2026-11-26T02:00:00+02:00": "2026-11-26T00:00:00Z", "soon": "", "": "",
	} {
		got := ""
		if at := date(given); at != nil {
			got = at.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
}

func FuzzTold(f *testing.F) {
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
		refs := Kind.About(e)
		for _, r := range refs {
			if r.ID == "" || strings.ContainsAny(r.ID, " ;'\"$`&|<>\n:") || r.ID[0] == '-' {
				t.Errorf("ref %+v", r)
			}
		}
		if _, ok := told(e); ok && len(refs) != 1 {
			t.Error("a state of no key")
		}
	})
}
