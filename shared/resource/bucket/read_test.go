package bucket

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// What is asked depends on what was learned, and nothing is asked that cannot change a verdict.
func TestReadAsksOnlyWhatMatters(t *testing.T) {
	t.Parallel()
	ignoring := Flags{IgnorePublicAcls: true}
	for name, one := range map[string]struct {
		change func(*awstest.Fake)
		calls  []string
	}{
		"all flags on, no policy": {func(*awstest.Fake) {}, []string{opBlock, opPolicy}},
		"all flags on, a policy": {
			func(f *awstest.Fake) { f.On(opPolicy, document(privatePolicy)) },
			[]string{opBlock, opPolicy, opStatus},
		},
		"own flags ignore ACLs": {func(f *awstest.Fake) { f.On(opBlock, block(ignoring)) }, []string{opBlock, opAccount, opPolicy}},
		"the account ignores ACLs": {
			func(f *awstest.Fake) { f.On(opBlock, awstest.Error(noBlock)).On(opAccount, accountBlock(ignoring)) },
			[]string{opBlock, opAccount, opPolicy},
		},
		"nothing blocks, private ACL": {func(f *awstest.Fake) { f.On(opBlock, awstest.Error(noBlock)) }, []string{opBlock, opAccount, opPolicy, opACL}},
		"nothing blocks, public ACL": {
			func(f *awstest.Fake) { f.On(opBlock, awstest.Error(noBlock)).On(opACL, aclOf(allUsers)) },
			[]string{opBlock, opAccount, opPolicy, opACL, opOwnership},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := safe(t)
			one.change(fake)
			if _, err := Kind.Read(t.Context(), fake.Config(), ref); err != nil {
				t.Fatal(err)
			}
			if got := operations(fake); !slices.Equal(got, one.calls) {
				t.Errorf("calls %v, want %v", got, one.calls)
			}
		})
	}
}

func TestReadPassesOwnerAndRegion(t *testing.T) {
	t.Parallel()
	fake := safe(t).On(opBlock, awstest.Error(noBlock)).On(opPolicy, document(privatePolicy)).On(opACL, aclOf(allUsers))
	if _, err := Kind.Read(t.Context(), fake.Config(), ref); err != nil {
		t.Fatal(err)
	}
	for _, call := range fake.Calls() {
		if call.Region != ref.Region {
			t.Errorf("%s went to %s, want %s", call.Operation, call.Region, ref.Region)
		}
		input := reflect.ValueOf(call.Input).Elem()
		field := "ExpectedBucketOwner"
		if call.Operation == opAccount {
			field = "AccountId"
		}
		if owner, _ := input.FieldByName(field).Interface().(*string); aws.ToString(owner) != ref.Account {
			t.Errorf("%s: %s %q, want %q", call.Operation, field, aws.ToString(owner), ref.Account)
		}
	}
	fake.Forget()
	unowned := ref
	unowned.Account = ""
	s, err := Kind.Read(t.Context(), fake.Config(), unowned)
	if err != nil {
		t.Fatal(err)
	}
	if s.AccountBlock.Err() == nil || slices.Contains(operations(fake), opAccount) {
		t.Errorf("the account's flags were asked for without an account: %v", s.AccountBlock.Err())
	}
	for _, in := range awstest.Inputs[*s3.GetBucketAclInput](fake, opACL) {
		if in.ExpectedBucketOwner != nil {
			t.Errorf("owner %q was expected of a bucket whose owner is not known", *in.ExpectedBucketOwner)
		}
	}
}

func TestReadState(t *testing.T) {
	t.Parallel()
	fake := safe(t).On(opBlock, block(Flags{BlockPublicAcls: true})).On(opAccount, accountBlock(Flags{BlockPublicPolicy: true})).
		On(opPolicy, document(publicPolicy)).On(opStatus, status(true)).On(opACL, aclOf(allUsers)).On(opOwnership, owned(types.ObjectOwnershipObjectWriter))
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again State
	if err := json.Unmarshal(raw, &again); err != nil {
		t.Fatal(err)
	}
	for _, s := range []State{s, again} { // what was read, and what a store would give back
		own, _ := s.Block.Get()
		account, _ := s.AccountBlock.Get()
		p, _ := s.Policy.Get()
		public, _ := s.PolicyPublic.Get()
		acl, _ := s.ACL.Get()
		ownership, _ := s.Ownership.Get()
		if own != (Flags{BlockPublicAcls: true}) || account != (Flags{BlockPublicPolicy: true}) || len(p.Statements) != 2 || !public ||
			!acl.Shown || len(acl.Grants) != 2 || ownership != "ObjectWriter" {
			t.Errorf("read %s", raw)
		}
	}
}

// A part that is refused is unlearned with the reason; the rest is read all the same.
func TestReadLearnsWhatItCan(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) *awstest.Fake {
		return safe(t).On(opBlock, awstest.Error(noBlock)).On(opPolicy, document(publicPolicy)).On(opStatus, status(true)).On(opACL, aclOf(allUsers))
	}
	errOf := map[string]func(State) error{
		opBlock:     func(s State) error { return s.Block.Err() },
		opAccount:   func(s State) error { return s.AccountBlock.Err() },
		opPolicy:    func(s State) error { return s.Policy.Err() },
		opStatus:    func(s State) error { return s.PolicyPublic.Err() },
		opACL:       func(s State) error { return s.ACL.Err() },
		opOwnership: func(s State) error { return s.Ownership.Err() },
	}
	for refused := range errOf {
		for code, says := range map[string]string{"AccessDenied": "access denied", "SlowDown": "throttled"} {
			t.Run(refused+" "+code, func(t *testing.T) {
				t.Parallel()
				s, err := Kind.Read(t.Context(), open(t).On(refused, awstest.Error(code)).Config(), ref)
				if err != nil {
					t.Fatal(err)
				}
				for op, of := range errOf {
					err := of(s)
					if op == refused && (err == nil || !strings.Contains(err.Error(), says) || awserr.Code(err) != code) {
						t.Errorf("%s: %v, want it to say %q", op, err, says)
					}
					if op != refused && err != nil && !(refused == opACL && op == opOwnership) {
						t.Errorf("%s was not learned though only %s was refused: %v", op, refused, err)
					}
				}
			})
		}
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	for _, op := range []string{opBlock, opPolicy} {
		fake := safe(t).On(op, awstest.Error("NoSuchBucket"))
		if _, err := Kind.Read(t.Context(), fake.Config(), ref); !awserr.IsNotFound(err) || !strings.Contains(err.Error(), "read bucket artifacts") {
			t.Errorf("%s finds no bucket: %v", op, err)
		}
	}
	fake := awstest.New(t)
	for _, op := range []string{opBlock, opAccount, opPolicy, opStatus, opACL} {
		fake.On(op, awstest.Error("AccessDenied"))
	}
	if _, err := Kind.Read(t.Context(), fake.Config(), ref); !awserr.IsDenied(err) {
		t.Errorf("all is refused: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Kind.Read(ctx, safe(t).Config(), ref); err == nil {
		t.Error("a cancelled reading gave a state")
	}
}

func TestReadOddAnswers(t *testing.T) {
	t.Parallel()
	fake := safe(t).On(opBlock, &s3.GetPublicAccessBlockOutput{}).On(opPolicy, document(`{"Statement":`)).
		On(opStatus, &s3.GetBucketPolicyStatusOutput{}).On(opACL, aclOf(authenticatedUsers)).On(opOwnership, &s3.GetBucketOwnershipControlsOutput{})
	s, err := Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if own, known := s.Block.Get(); !known || own != (Flags{}) {
		t.Errorf("an empty configuration is %v (%v), want all off", own, known)
	}
	if s.Policy.Err() == nil || s.PolicyPublic.Err() == nil {
		t.Errorf("a torn policy and an empty status were learned: %v, %v", s.Policy, s.PolicyPublic)
	}
	if o, known := s.Ownership.Get(); !known || o != "" {
		t.Errorf("ownership %q (%v), want none", o, known)
	}
	// The status tells that there is no policy when the policy itself may not be read.
	fake = safe(t).On(opPolicy, awstest.Error("AccessDenied")).On(opStatus, awstest.Error("NoSuchBucketPolicy"))
	s, err = Kind.Read(t.Context(), fake.Config(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if p, known := s.Policy.Get(); !known || p.Document != nil {
		t.Errorf("policy %v (%v), want none", p, known)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	fake := listing(t)
	var names []string
	for ref, err := range Kind.List(t.Context(), fake.Config(), resource.Ref{Account: "111122223333", Region: "eu-central-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, ref.ID+" "+ref.Account+" "+ref.Region+" "+ref.Kind)
	}
	want := []string{"a 111122223333 eu-central-1 bucket", "c 111122223333 eu-central-1 bucket", "d 111122223333 eu-central-1 bucket"}
	if !slices.Equal(names, want) {
		t.Errorf("listed %v, want %v", names, want)
	}
	first := awstest.Inputs[*s3.ListBucketsInput](fake, "s3.ListBuckets")[0]
	if aws.ToString(first.BucketRegion) != "eu-central-1" || aws.ToInt32(first.MaxBuckets) == 0 || fake.Calls()[0].Region != "eu-central-1" {
		t.Errorf("asked %+v of %s", first, fake.Calls()[0].Region)
	}

	fake = listing(t)
	for range Kind.List(t.Context(), fake.Config(), ref) {
		break
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d pages were read for a consumer that stopped at the first bucket", n)
	}

	fake = awstest.New(t).On("s3.ListBuckets", awstest.Error("AccessDenied"))
	var failed error
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		failed = err
	}
	if !awserr.IsDenied(failed) {
		t.Errorf("a refused listing gave %v", failed)
	}
}

// listing has two pages; one bucket lies elsewhere and one does not say where.
func listing(t testing.TB) *awstest.Fake {
	bucket := func(name, region string) types.Bucket {
		b := types.Bucket{Name: &name}
		if region != "" {
			b.BucketRegion = &region
		}
		return b
	}
	return awstest.New(t).On("s3.ListBuckets", func(input any) (any, error) {
		if input.(*s3.ListBucketsInput).ContinuationToken == nil {
			return &s3.ListBucketsOutput{ContinuationToken: aws.String("next"), Buckets: []types.Bucket{bucket("a", "eu-central-1"), bucket("b", "us-east-1")}}, nil
		}
		return &s3.ListBucketsOutput{Buckets: []types.Bucket{bucket("c", ""), bucket("d", "eu-central-1")}}, nil
	})
}

// Every call that reading and listing make is declared, and nothing else is.
func TestActions(t *testing.T) {
	t.Parallel()
	fake := safe(t).On(opBlock, awstest.Error(noBlock)).On(opPolicy, document(publicPolicy)).On(opACL, aclOf(allUsers)).On("s3.ListBuckets", &s3.ListBucketsOutput{})
	if _, err := Kind.Read(t.Context(), fake.Config(), ref); err != nil {
		t.Fatal(err)
	}
	for _, err := range Kind.List(t.Context(), fake.Config(), ref) {
		t.Fatal(err)
	}
	fake.ExpectActions(Kind.Actions)
}

func TestReadEncryption(t *testing.T) {
	t.Parallel()
	rule := func(algorithm types.ServerSideEncryption, key *string) *s3.GetBucketEncryptionOutput {
		return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: algorithm, KMSMasterKeyID: key}}},
		}}
	}
	for name, one := range map[string]struct {
		answer any
		want   Encryption
		denied bool
	}{
		"SSE-S3":       {rule(types.ServerSideEncryptionAes256, nil), Encryption{Algorithm: "AES256"}, false},
		"aws/s3":       {rule(types.ServerSideEncryptionAwsKms, nil), Encryption{Algorithm: "aws:kms"}, false},
		"a key":        {rule(types.ServerSideEncryptionAwsKmsDsse, aws.String("alias/mine")), Encryption{"aws:kms:dsse", "alias/mine"}, false},
		"no rule":      {awstest.Error("ServerSideEncryptionConfigurationNotFoundError"), Encryption{Algorithm: "AES256"}, false},
		"empty answer": {&s3.GetBucketEncryptionOutput{}, Encryption{Algorithm: "AES256"}, false},
		"empty rules":  {&s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{}}}}, Encryption{Algorithm: "AES256"}, false},
		"refused":      {awstest.Error("AccessDenied"), Encryption{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := awstest.New(t).On("s3.GetBucketEncryption", one.answer)
			got, err := readEncryption(t.Context(), fake.Config(), ref)
			if got != one.want || awserr.IsDenied(err) != one.denied || (err != nil) != one.denied {
				t.Errorf("%+v, %v; want %+v", got, err, one.want)
			}
			fake.ExpectActions([]string{EncryptionAction})
			if in := awstest.Inputs[*s3.GetBucketEncryptionInput](fake, "s3.GetBucketEncryption")[0]; aws.ToString(in.ExpectedBucketOwner) != ref.Account {
				t.Errorf("owner %q", aws.ToString(in.ExpectedBucketOwner))
			}
		})
	}
}

// BenchmarkRead is the usual bucket: all flags on and a policy, three calls.
func BenchmarkRead(b *testing.B) {
	cfg := safe(b).On(opPolicy, document(privatePolicy)).Config()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Kind.Read(b.Context(), cfg, ref); err != nil {
			b.Fatal(err)
		}
	}
}
