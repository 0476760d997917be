package bucketrequiretls

import (
	"encoding/json"
	"errors"
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
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
)

var plaintext = remedy.Case{Finding: remedytest.Finding("bucket-plaintext-transport", "bucket", "artifacts")}

const (
	deny    = `{"Sid":"DenyPlaintext","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	partner = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
	trail   = `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::artifacts/*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}}}`
	public  = `{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
)

// half denies plain HTTP for the objects only, under the very Sid that would be taken.
var half = strings.Replace(deny, `["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"]`, `"arn:aws:s3:::artifacts/*"`, 1)

func document(statements ...string) string {
	return `{"Version":"2008-10-17","Id":"P","Statement":[` + strings.Join(statements, ",") + `]}`
}

// site is one bucket: its policy, and whether its own or its account's flags refuse a public one.
type site struct {
	Policy       string // "": none
	Own, Account bool   // BlockPublicPolicy
	Unconfigured bool   // neither has a configuration
}

func world(t *testing.T, s site) remedytest.World {
	none := awstest.Error("NoSuchPublicAccessBlockConfiguration")
	fake := awstest.New(t).
		On("s3.GetBucketPolicy", func(any) (any, error) {
			if s.Policy == "" {
				return nil, awstest.Error("NoSuchBucketPolicy")
			}
			sorted, err := json.Marshal(decoded(t, s.Policy)) // S3 may give the members in another order
			return &s3.GetBucketPolicyOutput{Policy: aws.String(string(sorted))}, err
		}).
		On("s3.GetPublicAccessBlock", func(any) (any, error) {
			if s.Unconfigured {
				return nil, none
			}
			return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicPolicy: &s.Own}}, nil
		}).
		On("s3control.GetPublicAccessBlock", func(any) (any, error) {
			if s.Unconfigured {
				return nil, none
			}
			return &s3control.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{BlockPublicPolicy: &s.Account}}, nil
		}).
		On("s3.PutBucketPolicy", func(in any) (any, error) {
			d, err := policy.Parse([]byte(*in.(*s3.PutBucketPolicyInput).Policy))
			switch {
			case err != nil || len(d.Statements) == 0:
				return nil, awstest.Error("MalformedPolicy")
			case (s.Own || s.Account) && d.Judge(policy.Bucket, "").Public:
				return nil, awstest.Error("AccessDenied")
			}
			s.Policy = string(d.JSON())
			return &s3.PutBucketPolicyOutput{}, nil
		}).
		On("s3.DeleteBucketPolicy", func(any) (any, error) {
			s.Policy = ""
			return &s3.DeleteBucketPolicyOutput{}, nil
		})
	return remedytest.World{
		Fake: fake, State: func() any { return decoded(t, s.Policy) },
		Move: func() { s.Policy = document(strings.Replace(partner, "GetObject", "PutObject", 1)) },
	}
}

func decoded(t *testing.T, text string) (v any) {
	if text != "" && json.Unmarshal([]byte(text), &v) != nil {
		t.Fatalf("no JSON: %s", text)
	}
	return v
}

func Test(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]site{
		"no policy": {Unconfigured: true}, "other statements": {Policy: document(partner, trail), Own: true, Account: true},
		"one that falls short under its Sid": {Policy: document(half, partner)}, "a statement in no list": {Policy: `{"Statement":` + partner + `}`},
		"a public one that nothing blocks": {Policy: document(public)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: plaintext, Calls: []string{"s3:PutBucketPolicy"},
				World: func(t *testing.T) remedytest.World { return world(t, s) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	quoted := func(text string) string {
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	w := world(t, site{Unconfigured: true})
	p := remedytest.Plan(t.Context(), t, Remedy, w, plaintext)
	const fresh = `{"Version":"2012-10-17","Statement":[` + deny + `]}`
	for got, want := range map[string]string{
		string(p.Before): `{"policy":null}`, string(p.After): `{"policy":` + fresh + `}`,
		string(p.Calls[0].Input):     `{"Bucket":"artifacts","ExpectedBucketOwner":"111122223333","Policy":` + quoted(fresh) + `}`,
		strings.Join(p.Changes, ";"): "statement DenyPlaintext (Deny s3:*): not there -> there",
		p.Summary:                    "Have the policy of the bucket artifacts refuse plain HTTP.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	// What is there stays, in its order and with its Sids; a Sid that is taken is not taken again.
	p = remedytest.Plan(t.Context(), t, Remedy, world(t, site{Policy: document(half, partner)}), plaintext)
	var after struct {
		Policy struct {
			Version, ID string
			Statement   []struct{ Sid string }
		}
	}
	if err := json.Unmarshal(p.After, &after); err != nil {
		t.Fatal(err)
	}
	var sids []string
	for _, s := range after.Policy.Statement {
		sids = append(sids, s.Sid)
	}
	if !slices.Equal(sids, []string{"DenyPlaintext", "Partner", "DenyPlaintext2"}) || after.Policy.Version != "2008-10-17" || after.Policy.ID != "P" {
		t.Errorf("after %s", p.After)
	}
}

// TestUndo takes the policy away where there was none, and leaves no policy without a statement.
func TestUndo(t *testing.T) {
	t.Parallel()
	for before, operation := range map[string]string{"": "s3.DeleteBucketPolicy", document(partner): "s3.PutBucketPolicy"} {
		w := world(t, site{Policy: before})
		p := remedytest.Plan(t.Context(), t, Remedy, w, plaintext)
		if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
			t.Fatal(err)
		}
		w.Fake.Forget()
		if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
			t.Fatal(err)
		}
		if calls := w.Fake.Calls(); calls[len(calls)-1].Operation != operation {
			t.Errorf("%q: calls %+v", before, calls)
		}
	}
}

// TestStand: S3 may give back a policy with one value for a list of one, and lists in another order.
func TestStand(t *testing.T) {
	t.Parallel()
	w := world(t, site{Policy: document(partner)})
	p := remedytest.Plan(t.Context(), t, Remedy, w, plaintext)
	turned := strings.NewReplacer(`["arn:aws:iam::444455556666:root"]`, `"arn:aws:iam::444455556666:root"`, `["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"]`, `["arn:aws:s3:::artifacts/*","arn:aws:s3:::artifacts"]`)
	w = world(t, site{Policy: turned.Replace(document(partner, deny))})
	if differs, err := Remedy.Stand(t.Context(), w.Fake.Config(), p); err != nil || len(differs) > 0 {
		t.Errorf("%v, %v", differs, err)
	}
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); err != nil {
		t.Errorf("undo: %v", err)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	objects, itself := strings.Replace(half, "DenyPlaintext", "One", 1), strings.Replace(strings.Replace(half, "artifacts/*", "artifacts", 1), "DenyPlaintext", "Two", 1)
	for name, text := range map[string]string{
		"ours": document(partner, deny), "in two statements": document(objects, itself), "another operator": document(strings.Replace(deny, `"Bool"`, `"BoolIfExists"`, 1)),
		"of all buckets": document(strings.Replace(deny, `["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"]`, `"*"`, 1)),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Policy: text, Own: true}), plaintext); !p.Done() || p.Undoable || !strings.Contains(p.Summary, "refuses plain HTTP") {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		s    site
		says string
	}{
		"public, blocked for the bucket":  {site{Policy: document(public), Own: true}, "bucket-remove-public-grants"},
		"public, blocked for the account": {site{Policy: document(public), Account: true}, "bucket-remove-public-grants"},
		"too long":                        {site{Policy: document(strings.Replace(partner, "Partner", strings.Repeat("a", 20300), 1))}, "and S3 takes 20480"},
	} {
		if why := remedytest.Refuses(t, Remedy, world(t, one.s), plaintext); !strings.Contains(why, one.says) {
			t.Errorf("%s: %s", name, why)
		}
	}
}

// TestPartition: the statement names the bucket as its partition does.
func TestPartition(t *testing.T) {
	t.Parallel()
	china := plaintext
	china.Finding.Resource.Region = "cn-north-1"
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{}), china); !strings.Contains(string(p.After), `"arn:aws-cn:s3:::artifacts"`) {
		t.Errorf("%s", p.After)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for operation, code := range map[string]string{"s3.GetBucketPolicy": "AccessDenied", "s3.GetPublicAccessBlock": "SlowDown", "s3control.GetPublicAccessBlock": "SlowDown"} {
		w := world(t, site{Policy: document(partner)})
		w.Fake.On(operation, awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), plaintext); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", operation, p, err)
		}
	}
	// That the flags may not be read keeps nobody from writing: S3 refuses what they forbid.
	for _, operation := range []string{"s3.GetPublicAccessBlock", "s3control.GetPublicAccessBlock"} {
		w := world(t, site{Policy: document(public)})
		w.Fake.On(operation, awstest.Error("AccessDenied"))
		if p := remedytest.Plan(t.Context(), t, Remedy, w, plaintext); p.Done() {
			t.Errorf("%s: plan %+v", operation, p)
		}
	}
	// A policy that somebody wrote in between is left alone.
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{}), plaintext)
	err := Remedy.Apply(t.Context(), world(t, site{Policy: document(partner)}).Fake.Config(), p)
	if moved, is := errors.AsType[*remedy.MovedError](err); !is || !slices.Equal(moved.Differs, []string{"statement Partner (Allow s3:GetObject): not there -> there"}) {
		t.Errorf("%v", err)
	}
}
