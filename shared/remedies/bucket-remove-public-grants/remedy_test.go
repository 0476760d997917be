package bucketremovepublicgrants

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/remedy/remedytest"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
)

var latent = remedy.Case{Finding: remedytest.Finding("bucket-public-latent", "bucket", "artifacts")}

const (
	everyone = `{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
	again    = `{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::artifacts/*"}`
	partner  = `{"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::artifacts/*"}`
	tls      = `{"Sid":"Tls & more <x>","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	groups   = "http://acs.amazonaws.com/groups/"
)

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Id":"P","Statement":[` + strings.Join(statements, ",") + `]}`
}

// site is one bucket. S3 gives back its policy with the members in another order, and not the public grants of its ACL while these are ignored.
type site struct {
	Policy    string // "": none
	ACL       []types.Grant
	Ownership types.ObjectOwnership // "": no controls
	Flags     bucket.Flags
}

func owner(permission types.Permission) types.Grant {
	return types.Grant{Grantee: &types.Grantee{Type: types.TypeCanonicalUser, ID: aws.String("0123abcd")}, Permission: permission}
}

func toGroup(name string, permission types.Permission) types.Grant {
	return types.Grant{Grantee: &types.Grantee{Type: types.TypeGroup, URI: aws.String(groups + name)}, Permission: permission}
}

func private() []types.Grant {
	return []types.Grant{owner(types.PermissionFullControl), toGroup("s3/LogDelivery", types.PermissionWrite)}
}

func open() []types.Grant {
	return []types.Grant{toGroup("global/AllUsers", types.PermissionRead), owner(types.PermissionFullControl), toGroup("global/AuthenticatedUsers", types.PermissionWrite), toGroup("s3/LogDelivery", types.PermissionWrite)}
}

func (s *site) isPublic() bool {
	d, err := policy.Parse([]byte(s.Policy))
	return err == nil && d.Judge(policy.Bucket, "111122223333").Public
}

func (s *site) shown() []types.Grant {
	if s.Flags.IgnorePublicAcls || s.Ownership == types.ObjectOwnershipBucketOwnerEnforced {
		return slices.DeleteFunc(slices.Clone(s.ACL), public)
	}
	return slices.Clone(s.ACL)
}

func (s *site) putPolicy(in any) (any, error) {
	d, err := policy.Parse([]byte(*in.(*s3.PutBucketPolicyInput).Policy))
	if err != nil || len(d.Statements) == 0 {
		return nil, awstest.Error("MalformedPolicy")
	}
	if s.Flags.BlockPublicPolicy && d.Judge(policy.Bucket, "").Public {
		return nil, awstest.Error("AccessDenied")
	}
	s.Policy = string(d.JSON())
	return &s3.PutBucketPolicyOutput{}, nil
}

func (s *site) putACL(in any) (any, error) {
	list := in.(*s3.PutBucketAclInput).AccessControlPolicy
	switch {
	case s.Ownership == types.ObjectOwnershipBucketOwnerEnforced:
		return nil, awstest.Error("AccessControlListNotSupported")
	case list.Owner == nil || aws.ToString(list.Owner.ID) != "0123abcd":
		return nil, awstest.Error("MalformedACLError")
	case s.Flags.BlockPublicAcls && slices.ContainsFunc(list.Grants, public):
		return nil, awstest.Error("AccessDenied")
	}
	s.ACL = slices.Clone(list.Grants)
	return &s3.PutBucketAclOutput{}, nil
}

func world(t *testing.T, s site) remedytest.World {
	none := awstest.Error("NoSuchBucketPolicy")
	fake := awstest.New(t).
		On("s3.GetBucketPolicy", func(any) (any, error) {
			if s.Policy == "" {
				return nil, none
			}
			sorted, err := json.Marshal(decoded(t, s.Policy))
			return &s3.GetBucketPolicyOutput{Policy: aws.String(string(sorted))}, err
		}).
		On("s3.GetBucketPolicyStatus", func(any) (any, error) {
			if s.Policy == "" {
				return nil, none
			}
			return &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: new(s.isPublic())}}, nil
		}).
		On("s3.GetBucketAcl", func(any) (any, error) {
			return &s3.GetBucketAclOutput{Owner: &types.Owner{ID: aws.String("0123abcd")}, Grants: s.shown()}, nil
		}).
		On("s3.GetBucketOwnershipControls", func(any) (any, error) {
			if s.Ownership == "" {
				return nil, awstest.Error("OwnershipControlsNotFoundError")
			}
			return &s3.GetBucketOwnershipControlsOutput{OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: s.Ownership}}}}, nil
		}).
		On("s3.PutBucketPolicy", s.putPolicy).
		On("s3.DeleteBucketPolicy", func(any) (any, error) {
			s.Policy = ""
			return &s3.DeleteBucketPolicyOutput{}, nil
		}).
		On("s3.PutBucketAcl", s.putACL)
	return remedytest.World{
		Fake: fake,
		State: func() any {
			return struct {
				Policy any
				ACL    []types.Grant
			}{decoded(t, s.Policy), slices.Clone(s.ACL)}
		},
		Move: func() { s.Policy = document(partner) },
	}
}

func decoded(t *testing.T, text string) (v any) {
	if text != "" && json.Unmarshal([]byte(text), &v) != nil {
		t.Fatalf("no JSON: %s", text)
	}
	return v
}

// Block Public Access holds the policy back, and lets it be written again.
var held = bucket.Flags{RestrictPublicBuckets: true}

func Test(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		site  site
		calls []string
	}{
		"one statement of several":    {site{Policy: document(tls, everyone, partner), ACL: private()}, []string{"s3:PutBucketPolicy"}},
		"several":                     {site{Policy: document(everyone, tls, again), ACL: private()}, []string{"s3:PutBucketPolicy"}},
		"the only one":                {site{Policy: document(everyone), ACL: private()}, []string{"s3:DeleteBucketPolicy"}},
		"one that is in no list":      {site{Policy: `{"Statement":` + everyone + `}`, ACL: private()}, []string{"s3:DeleteBucketPolicy"}},
		"all of them":                 {site{Policy: document(everyone, again), ACL: private()}, []string{"s3:DeleteBucketPolicy"}},
		"grants of the ACL":           {site{Policy: document(tls), ACL: open(), Ownership: types.ObjectOwnershipObjectWriter}, []string{"s3:PutBucketAcl"}},
		"grants of the ACL alone":     {site{ACL: open()}, []string{"s3:PutBucketAcl"}},
		"both":                        {site{Policy: document(tls, everyone), ACL: open()}, []string{"s3:PutBucketPolicy", "s3:PutBucketAcl"}},
		"an ACL that has no effect":   {site{Policy: document(everyone, tls), ACL: open(), Ownership: types.ObjectOwnershipBucketOwnerEnforced}, []string{"s3:PutBucketPolicy"}},
		"an ACL that is not shown":    {site{Policy: document(everyone, tls), ACL: open(), Flags: bucket.Flags{IgnorePublicAcls: true}}, []string{"s3:PutBucketPolicy"}},
		"ownership that allows grant": {site{Policy: document(everyone), ACL: open(), Ownership: types.ObjectOwnershipBucketOwnerPreferred}, []string{"s3:DeleteBucketPolicy", "s3:PutBucketAcl"}},
	} {
		one.site.Flags.RestrictPublicBuckets = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remedytest.Run(t, remedytest.Test{
				Remedy: Remedy, Case: latent, Calls: one.calls,
				World: func(t *testing.T) remedytest.World { return world(t, one.site) },
			})
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Policy: document(tls, everyone, partner), ACL: open(), Flags: held}), latent)
	const (
		statement = `{"Action":"s3:GetObject","Effect":"Allow","Principal":"*","Resource":"arn:aws:s3:::artifacts/*","Sid":"Read"},`
		other     = `{"Action":"s3:GetObject","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Resource":"arn:aws:s3:::artifacts/*","Sid":"Partner"}`
		deny      = `{"Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*","Resource":["arn:aws:s3:::artifacts","arn:aws:s3:::artifacts/*"],"Sid":"Tls \u0026 more \u003cx\u003e"},`
		frame     = `{"Id":"P","Statement":[`
		before    = frame + deny + statement + other + `],"Version":"2012-10-17"}`
		after     = frame + deny + other + `],"Version":"2012-10-17"}`
		own       = `{"Grantee":{"ID":"0123abcd","Type":"CanonicalUser"},"Permission":"FULL_CONTROL"}`
		logs      = `{"Grantee":{"Type":"Group","URI":"` + groups + `s3/LogDelivery"},"Permission":"WRITE"}`
		all       = `{"Grantee":{"Type":"Group","URI":"` + groups + `global/AllUsers"},"Permission":"READ"}`
		users     = `{"Grantee":{"Type":"Group","URI":"` + groups + `global/AuthenticatedUsers"},"Permission":"WRITE"}`
		by        = `,"Owner":{"ID":"0123abcd"}}`
	)
	plain := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">") // a policy is written without escapes for HTML
	input, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		plain.Replace(string(p.Before)): plain.Replace(`{"policy":` + before + `,"acl":{"Grants":[` + all + "," + own + "," + users + "," + logs + `]` + by + `}`),
		plain.Replace(string(p.After)):  plain.Replace(`{"policy":` + after + `,"acl":{"Grants":[` + own + "," + logs + `]` + by + `}`),
		string(p.Calls[0].Input):        `{"Bucket":"artifacts","ExpectedBucketOwner":"111122223333","Policy":` + string(input) + `}`,
		string(p.Calls[1].Input):        `{"AccessControlPolicy":{"Grants":[` + own + "," + logs + `]` + by + `,"Bucket":"artifacts","ExpectedBucketOwner":"111122223333"}`,
		strings.Join(p.Changes, "\n"): "statement Read (Allow s3:GetObject): there -> gone\nACL, READ to " + groups + "global/AllUsers: there -> gone\n" +
			"ACL, WRITE to " + groups + "global/AuthenticatedUsers: there -> gone",
		p.Summary: "Take what the policy grants to everyone (statement Read) and the public grants of the ACL out of the bucket artifacts, and leave the rest.",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if !strings.HasPrefix(p.Manual, "aws s3api put-bucket-policy --region eu-west-1 --cli-input-json ") || !strings.Contains(p.Manual, "\naws s3api put-bucket-acl --region eu-west-1 --cli-input-json ") {
		t.Errorf("by hand: %s", p.Manual)
	}
	// Whom the policy names from outside gets in again, which is told.
	if !strings.HasSuffix(p.Breaks, "is not held back with it any more: 444455556666.") {
		t.Errorf("breaks: %s", p.Breaks)
	}
	if p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{Policy: document(tls, everyone), Flags: held}), latent); !strings.HasSuffix(p.Breaks, "while it is on.") {
		t.Errorf("breaks: %s", p.Breaks)
	}
}

func TestNothingToDo(t *testing.T) {
	t.Parallel()
	notPublic := world(t, site{Policy: document(everyone, tls), Flags: held})
	notPublic.Fake.On("s3.GetBucketPolicyStatus", &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: aws.Bool(false)}})
	for name, w := range map[string]remedytest.World{
		"no policy, a private ACL": world(t, site{ACL: private()}), "only what is named": world(t, site{Policy: document(tls, partner), ACL: private()}),
		"S3 says that it is not public": notPublic,
		"an ACL without effect":         world(t, site{ACL: open(), Ownership: types.ObjectOwnershipBucketOwnerEnforced}),
	} {
		if p := remedytest.Plan(t.Context(), t, Remedy, w, latent); !p.Done() || p.Undoable || !strings.HasPrefix(p.Summary, "Neither policy nor ACL") {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

// TestEnforced: where ownership is enforced S3 takes no ACL, whatever it shows.
func TestEnforced(t *testing.T) {
	t.Parallel()
	w := world(t, site{Policy: document(everyone, tls), Ownership: types.ObjectOwnershipBucketOwnerEnforced, Flags: held})
	w.Fake.On("s3.GetBucketAcl", &s3.GetBucketAclOutput{Owner: &types.Owner{ID: aws.String("0123abcd")}, Grants: open()})
	if p := remedytest.Plan(t.Context(), t, Remedy, w, latent); len(p.Calls) != 1 || p.Calls[0].Operation != "PutBucketPolicy" || strings.Contains(p.Summary, "ACL") {
		t.Errorf("plan %+v", p)
	}
}

// TestOwnJudgement: where S3 may not be asked for its verdict, or gives none, ours decides.
func TestOwnJudgement(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]any{"denied": awstest.Error("AccessDenied"), "silent": &s3.GetBucketPolicyStatusOutput{}} {
		w := world(t, site{Policy: document(everyone, tls), Flags: held})
		w.Fake.On("s3.GetBucketPolicyStatus", reply)
		if p := remedytest.Plan(t.Context(), t, Remedy, w, latent); len(p.Calls) != 1 || strings.Contains(string(p.After), "Read") {
			t.Errorf("%s: plan %+v", name, p)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	w := world(t, site{Policy: document(tls, partner), Flags: held})
	w.Fake.On("s3.GetBucketPolicyStatus", &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: aws.Bool(true)}})
	if why := remedytest.Refuses(t, Remedy, w, latent); !strings.Contains(why, "cannot be told") {
		t.Error(why)
	}
}

// TestUndoWhileBlocked: S3 takes no public statement while BlockPublicPolicy is on; what was closed stays closed, and that is told.
func TestUndoWhileBlocked(t *testing.T) {
	t.Parallel()
	w := world(t, site{Policy: document(tls, everyone), Flags: bucket.AllOn()})
	p := remedytest.Plan(t.Context(), t, Remedy, w, latent)
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	closed := w.State()
	if err := Remedy.Undo(t.Context(), w.Fake.Config(), p, false); !awserr.IsDenied(err) {
		t.Errorf("undo: %v", err)
	}
	if now, err := json.Marshal(w.State()); err != nil || string(now) != encoded(t, closed) {
		t.Errorf("it is not as it was closed: %s, %v", now, err)
	}
}

func encoded(t *testing.T, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestBrokenOff: the policy was written and the ACL was not; applying goes on.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	w := world(t, site{Policy: document(tls, everyone), ACL: open(), Flags: held})
	p := remedytest.Plan(t.Context(), t, Remedy, w, latent)
	half := world(t, site{Policy: document(tls, everyone), ACL: open(), Flags: held})
	half.Fake.On("s3.PutBucketAcl", awstest.Error("SlowDown"))
	if err := Remedy.Apply(t.Context(), half.Fake.Config(), p); !awserr.IsThrottled(err) {
		t.Fatal(err)
	}
	w = world(t, site{Policy: document(tls), ACL: open(), Flags: held})
	if err := Remedy.Apply(t.Context(), w.Fake.Config(), p); err != nil {
		t.Fatal(err)
	}
	if in := awstest.Inputs[*s3.PutBucketAclInput](w.Fake, "s3.PutBucketAcl"); len(in) != 1 || len(awstest.Inputs[*s3.PutBucketPolicyInput](w.Fake, "s3.PutBucketPolicy")) != 0 {
		t.Errorf("calls %+v", w.Fake.Calls())
	}
}

// TestMovedACL: a grant that somebody added since is left alone, and told.
func TestMovedACL(t *testing.T) {
	t.Parallel()
	p := remedytest.Plan(t.Context(), t, Remedy, world(t, site{ACL: open()}), latent)
	err := Remedy.Apply(t.Context(), world(t, site{ACL: append(open(), owner(types.PermissionReadAcp))}).Fake.Config(), p)
	if moved, is := errors.AsType[*remedy.MovedError](err); !is || !slices.Equal(moved.Differs, []string{"ACL, READ_ACP to 0123abcd: not there -> there"}) {
		t.Errorf("%v", err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for operation, code := range map[string]string{
		"s3.GetBucketPolicy": "AccessDenied", "s3.GetBucketAcl": "AccessDenied", "s3.GetBucketOwnershipControls": "AccessDenied", "s3.GetBucketPolicyStatus": "SlowDown",
	} {
		w := world(t, site{Policy: document(tls, everyone), Flags: held})
		w.Fake.On(operation, awstest.Error(code))
		if p, err := Remedy.Plan(t.Context(), w.Fake.Config(), latent); awserr.Code(err) != code {
			t.Errorf("%s: %+v, %v", operation, p, err)
		}
	}
	w := world(t, site{})
	w.Fake.On("s3.GetBucketPolicy", awstest.Error("NoSuchBucket"))
	if _, err := Remedy.Plan(t.Context(), w.Fake.Config(), latent); !awserr.IsNotFound(err) {
		t.Errorf("a bucket that is gone: %v", err)
	}
}
