package bucketblockpublic

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

var public = finding.Finding{
	Check: "bucket-public", Outcome: finding.Fail, Remedy: id,
	Resource: finding.Resource{Kind: "bucket", ID: "artifacts", Account: "111122223333", Region: "eu-central-1"},
}

// world is one bucket and its account.
type world struct {
	own, account *bucket.Flags // nil: no configuration
	tags         map[string]string
	fake         *awstest.Fake
}

func configuration(f bucket.Flags) *types.PublicAccessBlockConfiguration {
	return &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: &f.BlockPublicAcls, IgnorePublicAcls: &f.IgnorePublicAcls,
		BlockPublicPolicy: &f.BlockPublicPolicy, RestrictPublicBuckets: &f.RestrictPublicBuckets,
	}
}

func (w *world) start(t *testing.T) *world {
	t.Helper()
	absent := awstest.Error("NoSuchPublicAccessBlockConfiguration")
	w.fake = awstest.New(t).
		On("s3.GetPublicAccessBlock", func(any) (any, error) {
			if w.own == nil {
				return nil, absent
			}
			return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: configuration(*w.own)}, nil
		}).
		On("s3control.GetPublicAccessBlock", func(any) (any, error) {
			if w.account == nil {
				return nil, absent
			}
			return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
				BlockPublicAcls: &w.account.BlockPublicAcls, IgnorePublicAcls: &w.account.IgnorePublicAcls,
				BlockPublicPolicy: &w.account.BlockPublicPolicy, RestrictPublicBuckets: &w.account.RestrictPublicBuckets,
			}}, nil
		}).
		On("s3.GetBucketTagging", func(any) (any, error) {
			if w.tags == nil {
				return nil, awstest.Error("NoSuchTagSet")
			}
			out := &s3.GetBucketTaggingOutput{}
			for key, value := range w.tags {
				out.TagSet = append(out.TagSet, types.Tag{Key: &key, Value: &value})
			}
			return out, nil
		}).
		On("s3.PutPublicAccessBlock", func(input any) (any, error) {
			c := input.(*s3.PutPublicAccessBlockInput).PublicAccessBlockConfiguration
			w.own = &bucket.Flags{
				BlockPublicAcls: aws.ToBool(c.BlockPublicAcls), IgnorePublicAcls: aws.ToBool(c.IgnorePublicAcls),
				BlockPublicPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
			}
			return &s3.PutPublicAccessBlockOutput{}, nil
		}).
		On("s3.DeletePublicAccessBlock", func(any) (any, error) {
			w.own = nil
			return &s3.DeletePublicAccessBlockOutput{}, nil
		})
	return w
}

func (w *world) plan(t *testing.T) remedy.Plan {
	t.Helper()
	p, err := Remedy.Plan(t.Context(), w.fake.Config(), public)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.MarshalIndent(p, "", "  ") // as the ledger keeps it
	if err != nil {
		t.Fatal(err)
	}
	var kept remedy.Plan
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

func (w *world) writes() int {
	n := 0
	for _, call := range w.fake.Calls() {
		if strings.Contains(call.Operation, "Put") || strings.Contains(call.Operation, "Delete") {
			n++
		}
	}
	return n
}

func flagsOf(f bucket.Flags) *bucket.Flags { return &f }

// Whatever was there, applying twice writes once, and undoing gives back exactly that.
func TestApplyAndUndo(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]*bucket.Flags{
		"no configuration": nil,
		"all off":          {},
		"partly on":        {BlockPublicAcls: true, IgnorePublicAcls: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := (&world{own: before}).start(t)
			p := w.plan(t)
			if w.writes() != 0 || p.Done() || !p.Undoable {
				t.Fatalf("planning wrote %d times; plan %+v", w.writes(), p)
			}
			steps := []struct {
				do     func() error
				want   *bucket.Flags
				writes int
			}{
				{func() error { return Remedy.Apply(t.Context(), w.fake.Config(), p) }, flagsOf(bucket.AllOn()), 1},
				{func() error { return Remedy.Apply(t.Context(), w.fake.Config(), p) }, flagsOf(bucket.AllOn()), 1},
				{func() error { return Remedy.Undo(t.Context(), w.fake.Config(), p) }, before, 2},
				{func() error { return Remedy.Undo(t.Context(), w.fake.Config(), p) }, before, 2},
			}
			for i, step := range steps {
				if err := step.do(); err != nil {
					t.Fatalf("step %d: %v", i+1, err)
				}
				if !reflect.DeepEqual(w.own, step.want) || w.writes() != step.writes {
					t.Errorf("step %d: %+v after %d writes, want %+v after %d", i+1, w.own, w.writes(), step.want, step.writes)
				}
			}
		})
	}
}

// Somebody changed the flags in between: neither applying nor undoing touches them.
func TestMoved(t *testing.T) {
	t.Parallel()
	w := (&world{}).start(t)
	p := w.plan(t)
	w.own = &bucket.Flags{BlockPublicPolicy: true}
	for name, do := range map[string]func() error{
		"apply": func() error { return Remedy.Apply(t.Context(), w.fake.Config(), p) },
		"undo":  func() error { return Remedy.Undo(t.Context(), w.fake.Config(), p) },
	} {
		var moved *remedy.MovedError
		if err := do(); !errors.As(err, &moved) {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(moved.Error(), "artifacts") || !strings.Contains(moved.Got, "BlockPublicAcls") {
			t.Errorf("%s says %q", name, moved)
		}
	}
	// All flags off is not the same as no configuration.
	w.own = &bucket.Flags{}
	var moved *remedy.MovedError
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !errors.As(err, &moved) {
		t.Errorf("a configuration that came in between: %v", err)
	}
	if w.writes() != 0 {
		t.Errorf("%d writes", w.writes())
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	half, otherHalf := bucket.Flags{BlockPublicAcls: true, IgnorePublicAcls: true}, bucket.Flags{BlockPublicPolicy: true, RestrictPublicBuckets: true}
	for name, one := range map[string]struct {
		w    world
		says string
	}{
		"on for the bucket":  {world{own: flagsOf(bucket.AllOn())}, "are on for artifacts"},
		"on for the account": {world{account: flagsOf(bucket.AllOn())}, "account's own Block Public Access covers"},
		"on together":        {world{own: &half, account: &otherHalf}, "account's own Block Public Access covers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := one.w.start(t)
			p := w.plan(t)
			if !p.Done() || p.Undoable || !strings.Contains(p.Summary, one.says) {
				t.Errorf("plan %+v", p)
			}
			if err := errors.Join(Remedy.Apply(t.Context(), w.fake.Config(), p), Remedy.Undo(t.Context(), w.fake.Config(), p)); err != nil || w.writes() != 0 {
				t.Errorf("%v after %d writes", err, w.writes())
			}
		})
	}
}

func TestPlanTells(t *testing.T) {
	t.Parallel()
	w := (&world{own: &bucket.Flags{}, tags: map[string]string{"team": "web", "aws:cloudformation:stack-name": "web-pipeline"}}).start(t)
	p := w.plan(t)
	if p.Remedy != id || p.Resource != public.Resource || p.Stack != "web-pipeline" || p.Breaks == "" || !strings.HasPrefix(p.Manual, "aws s3api put-public-access-block --bucket artifacts") {
		t.Errorf("plan %+v", p)
	}
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	// The call that was planned is the call that was made.
	made := awstest.Inputs[*s3.PutPublicAccessBlockInput](w.fake, "s3.PutPublicAccessBlock")[0]
	raw, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	var got, want map[string]any
	if err := errors.Join(json.Unmarshal(raw, &got), json.Unmarshal(p.Calls[0].Input, &want)); err != nil {
		t.Fatal(err)
	}
	for member, value := range got {
		if value == nil || value == "" {
			delete(got, member)
		}
	}
	if !reflect.DeepEqual(got, want) || p.Calls[0].Operation != "PutPublicAccessBlock" || p.Calls[0].Service != "s3" {
		t.Errorf("made %v, planned %v", got, want)
	}
	if (&world{tags: map[string]string{"team": "web"}}).start(t).plan(t).Stack != "" {
		t.Error("a bucket of no stack has one")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		op, code string
		wrong    func(error) bool
	}{
		"gone":              {"s3.GetPublicAccessBlock", "NoSuchBucket", awserr.IsNotFound},
		"denied":            {"s3.GetPublicAccessBlock", "AccessDenied", awserr.IsDenied},
		"account throttled": {"s3control.GetPublicAccessBlock", "SlowDown", awserr.IsThrottled},
		"tags denied":       {"s3.GetBucketTagging", "AccessDenied", awserr.IsDenied},
	} {
		w := (&world{}).start(t)
		w.fake.On(one.op, awstest.Error(one.code))
		if _, err := Remedy.Plan(t.Context(), w.fake.Config(), public); !one.wrong(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// That the account's flags may not be read keeps nobody from setting the bucket's.
	w := (&world{}).start(t)
	w.fake.On("s3control.GetPublicAccessBlock", awstest.Error("AccessDenied"))
	if p := w.plan(t); p.Done() {
		t.Errorf("plan %+v", p)
	}
	// A write that is refused, in both directions.
	w = (&world{}).start(t)
	p := w.plan(t)
	w.fake.On("s3.PutPublicAccessBlock", awstest.Error("AccessDenied")).On("s3.DeletePublicAccessBlock", awstest.Error("AccessDenied"))
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !awserr.IsDenied(err) || !strings.Contains(err.Error(), "write block of bucket artifacts") {
		t.Errorf("apply: %v", err)
	}
	w.own = flagsOf(bucket.AllOn())
	if err := Remedy.Undo(t.Context(), w.fake.Config(), p); !awserr.IsDenied(err) {
		t.Errorf("undo: %v", err)
	}
	w.fake.On("s3.GetPublicAccessBlock", awstest.Error("AccessDenied"))
	if err := Remedy.Apply(t.Context(), w.fake.Config(), p); !awserr.IsDenied(err) {
		t.Errorf("apply unread: %v", err)
	}
	for _, torn := range []remedy.Plan{{Calls: p.Calls, Before: []byte("{"), After: p.After}, {Calls: p.Calls, Before: p.Before, After: []byte("[]")}} {
		if err := Remedy.Apply(t.Context(), w.fake.Config(), torn); err == nil {
			t.Error("a torn plan was applied")
		}
	}
	other := public
	other.Resource.Kind = "key"
	var refused *remedy.RefusedError
	if _, err := Remedy.Plan(t.Context(), w.fake.Config(), other); !errors.As(err, &refused) {
		t.Errorf("a finding about a key: %v", err)
	}
}

func TestOwnerAndRegion(t *testing.T) {
	t.Parallel()
	for _, account := range []string{"111122223333", ""} {
		w := (&world{}).start(t)
		f := public
		f.Resource.Account = account
		p, err := Remedy.Plan(t.Context(), w.fake.Config(), f)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(Remedy.Apply(t.Context(), w.fake.Config(), p), Remedy.Undo(t.Context(), w.fake.Config(), p)); err != nil {
			t.Fatal(err)
		}
		for _, call := range w.fake.Calls() {
			if call.Region != "eu-central-1" {
				t.Errorf("%s went to %s", call.Operation, call.Region)
			}
			if strings.HasPrefix(call.Operation, "s3control.") {
				continue
			}
			owner, _ := reflect.ValueOf(call.Input).Elem().FieldByName("ExpectedBucketOwner").Interface().(*string)
			if aws.ToString(owner) != account {
				t.Errorf("%s expects the owner %q, want %q", call.Operation, aws.ToString(owner), account)
			}
		}
	}
}

// What is read is declared as read, what is written is granted, and nothing else is either.
func TestActions(t *testing.T) {
	t.Parallel()
	w := (&world{}).start(t)
	p := w.plan(t)
	if err := errors.Join(Remedy.Apply(t.Context(), w.fake.Config(), p), Remedy.Undo(t.Context(), w.fake.Config(), p)); err != nil {
		t.Fatal(err)
	}
	declared := slices.Clone(Remedy.Reads)
	for _, g := range Remedy.Grants {
		declared = append(declared, g.Action)
	}
	w.fake.ExpectActions(declared)
	var writes []string
	for _, call := range w.fake.Calls() {
		if !strings.Contains(call.Operation, ".Get") {
			writes = append(writes, awstest.Action(call.Operation))
		}
	}
	if slices.Sort(writes); !slices.Equal(slices.Compact(writes), []string{Remedy.Grants[0].Action}) {
		t.Errorf("writes %v, granted %+v", writes, Remedy.Grants)
	}
}

func TestDoc(t *testing.T) {
	t.Parallel()
	for _, section := range []string{"What it does", "What it can break", "Undo", "Who must agree", "Sources"} {
		if !strings.Contains(Remedy.Doc, "\n## "+section+"\n") {
			t.Errorf("doc.md has no section %s", section)
		}
	}
	if Remedy.Title() == "" {
		t.Error("doc.md has no title")
	}
}
