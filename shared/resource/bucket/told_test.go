package bucket

import (
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/events"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func sample(t testing.TB, name string) *event.Event {
	t.Helper()
	raw, err := events.Read("s3/" + name + ".json")
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
	const name = "web-prod-artifacts-111122223333"
	named := func(value string) func(*event.Event) {
		return func(e *event.Event) { e.Request()["bucketName"] = value }
	}
	owner := func(account string) func(*event.Event) {
		return func(e *event.Event) { e.Detail.Objects("resources")[0]["accountId"] = account }
	}
	without := func(members ...string) func(*event.Event) {
		return func(e *event.Event) {
			for _, m := range members {
				delete(e.Detail, m)
			}
		}
	}
	for label, one := range map[string]struct {
		sample  string
		change  func(*event.Event)
		id      string // "": no ref
		account string
	}{
		"by name":               {"PutBucketPolicy", nil, name, "111122223333"},
		"by ARN":                {"PutBucketPolicy", named("arn:aws-cn:s3:::" + name), name, "111122223333"},
		"by resources alone":    {"PutBucketPolicy", without("requestParameters"), name, "111122223333"},
		"by request alone":      {"PutBucketPolicy", without("resources"), name, "111122223333"},
		"not at all":            {"PutBucketPolicy-request-null", nil, "", ""},
		"another owner":         {"PutBucketPolicy", owner("444455556666"), name, "444455556666"},
		"owner of another":      {"PutBucketPolicy", func(e *event.Event) { named("other-bucket")(e); owner("444455556666")(e) }, "other-bucket", "111122223333"},
		"another caller":        {"PutBucketPolicy-cross-account", nil, name, "111122223333"},
		"the account":           {"PutAccountPublicAccessBlock-off", nil, "", ""},
		"an access point":       {"PutAccessPointPolicy", nil, "", ""},
		"access point as name":  {"PutBucketPolicy", named("arn:aws:s3:eu-west-1:111122223333:accesspoint/site"), name, "111122223333"},
		"a command as name":     {"PutBucketPolicy", func(e *event.Event) { named("x; rm -rf ~")(e); without("resources")(e) }, "", ""},
		"an option as name":     {"PutBucketPolicy", func(e *event.Event) { named("--profile")(e); without("resources")(e) }, "", ""},
		"too short a name":      {"PutBucketPolicy", func(e *event.Event) { named("ab")(e); without("resources")(e) }, "", ""},
		"an old name":           {"PutBucketPolicy", func(e *event.Event) { named("Old_Bucket")(e); without("resources")(e) }, "Old_Bucket", "111122223333"},
		"not an event of S3":    {"PutBucketPolicy", func(e *event.Event) { e.Detail["eventSource"] = "glacier.amazonaws.com" }, "", ""},
		"resources of no types": {"PutBucketPolicy", func(e *event.Event) { e.Detail["resources"] = []any{"x", nil, map[string]any{}} }, name, "111122223333"},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			e := sample(t, one.sample)
			if one.change != nil {
				one.change(e)
			}
			var want []resource.Ref
			if one.id != "" {
				want = []resource.Ref{{Kind: "bucket", ID: one.id, Account: one.account, Region: "eu-west-1"}}
			}
			if got := Kind.About(e); !slices.Equal(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestChangedCoversTheSamples(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"PutBucketPolicy-public": true, "PutBucketPolicy-denied": false, "DeleteBucketPolicy": true, "PutBucketAcl-public": true,
		"PutBucketPublicAccessBlock-off": true, "PutPublicAccessBlock-off": true, "DeleteBucketPublicAccessBlock": true, "DeletePublicAccessBlock": true,
		"PutBucketOwnershipControls": true, "DeleteBucketOwnershipControls": true, "PutBucketEncryption": false, "DeleteBucketEncryption": false,
		"CreateBucket": true, "DeleteBucket": true, "PutAccountPublicAccessBlock": false, "PutObject": false, "PutBucketVersioning": false,
	} {
		e := sample(t, name)
		if got := slices.ContainsFunc(Kind.ChangedBy(), func(s event.Selector) bool { return s.Matches(e) }); got != want {
			t.Errorf("%s: selected %v, want %v", name, got, want)
		}
	}
}

func TestToldPolicy(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string]int{"PutBucketPolicy-public": 2, "PutBucketPolicy-public-text": 1, "DeleteBucketPolicy": 0} {
		s, ok := told(sample(t, name))
		p, known := s.Policy.Get()
		if !ok || !known || statements > 0 != (p.Document != nil) || p.Document != nil && len(p.Statements) != statements {
			t.Errorf("%s: %v, %v, %+v", name, ok, known, p.Document)
		}
		if s.Block.Err() == nil || s.ACL.Err() == nil {
			t.Errorf("%s tells more than the policy: %+v", name, s)
		}
	}
	s, ok := told(sample(t, "PutBucketPolicy-public-text-cut"))
	if !ok || s.Policy.Err() == nil {
		t.Errorf("a policy that was cut is told: %v %v", ok, s.Policy)
	}
}

func TestToldFlags(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Flags{
		"PutBucketPublicAccessBlock":                AllOn(),
		"PutBucketPublicAccessBlock-off":            {},
		"PutBucketPublicAccessBlock-lists":          {},
		"PutBucketPublicAccessBlock-values-text":    {},
		"PutBucketPublicAccessBlock-values-missing": {BlockPublicAcls: true},
		"PutBucketPublicAccessBlock-partly-off":     {BlockPublicAcls: true, IgnorePublicAcls: true},
		"PutPublicAccessBlock-off":                  {},
		"DeleteBucketPublicAccessBlock":             {},
		"DeletePublicAccessBlock":                   {},
	} {
		s, ok := told(sample(t, name))
		if got, known := s.Block.Get(); !ok || !known || got != want {
			t.Errorf("%s: %+v (%v, %v), want %+v", name, got, ok, known, want)
		}
		if s.AccountBlock.Err() == nil || s.Policy.Err() == nil {
			t.Errorf("%s tells more than the bucket's flags: %+v", name, s)
		}
	}
}

func TestToldACL(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"PutBucketAcl-public":               "Its ACL grants everyone (AllUsers) READ.",
		"PutBucketAcl-public-one-grant":     "Its ACL grants everyone (AllUsers) READ.",
		"PutBucketAcl-public-user-key":      "Its ACL grants everyone (AllUsers) WRITE.",
		"PutBucketAcl-public-authenticated": "Its ACL grants everyone with an AWS account (AuthenticatedUsers) READ_ACP.",
		"PutBucketAcl-canned-public":        "Its ACL grants everyone (AllUsers) READ.",
		"PutBucketAcl-canned-public-list":   "Its ACL grants everyone (AllUsers) READ.",
		"PutBucketAcl-canned-public-write":  "Its ACL grants everyone (AllUsers) READ, WRITE.",
		"PutBucketAcl-canned-authenticated": "Its ACL grants everyone with an AWS account (AuthenticatedUsers) READ.",
		"PutBucketAcl-header-public":        "Its ACL grants everyone (AllUsers) READ.",
		"PutBucketAcl-canned-private":       "",
		"PutBucketAcl-private":              "",
		"PutBucketAcl-foreign-account":      "",
		"PutBucketAcl-log-delivery":         "",
	} {
		s, ok := told(sample(t, name))
		acl, known := s.ACL.Get()
		if !ok || !known || acl.Shown {
			t.Errorf("%s: told %v, known %v, shown %v", name, ok, known, acl.Shown)
		}
		var says []string
		for _, w := range acl.ways() {
			says = append(says, w.Why)
		}
		if got := strings.Join(says, " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestNotTold(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"PutBucketPolicy-denied", "PutBucketPolicy-request-null", "PutBucketAcl-denied", "PutBucketVersioning", "PutAccountPublicAccessBlock-off", "CreateBucket", "DeleteBucket",
	} {
		if s, ok := told(sample(t, name)); ok {
			t.Errorf("%s tells %+v", name, s)
		}
	}
	for name, member := range map[string]string{
		"PutBucketPolicy": "bucketPolicy", "PutBucketAcl-public": "AccessControlPolicy", "PutBucketPublicAccessBlock-off": "PublicAccessBlockConfiguration",
	} {
		e := sample(t, name)
		delete(e.Request(), member)
		if s, ok := told(e); ok {
			t.Errorf("%s without %s tells %+v", name, member, s)
		}
	}
}

// Whatever a record holds, it is heard without a panic, and what is told names a bucket that can be pasted into a command.
func FuzzTold(f *testing.F) {
	for name, raw := range events.All() {
		if strings.HasPrefix(name, "s3/") {
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
			if r.ID == "" || strings.ContainsAny(r.ID, " ;'\"$`&|<>\n") || r.ID[0] == '-' {
				t.Errorf("ref %+v", r)
			}
		}
		s, ok := told(e)
		if ok && len(refs) == 0 {
			t.Error("a state of no bucket")
		}
		x, known := s.Public()
		if l, _ := s.Latent(); x.Public && l.Latent || x.Public && !known {
			t.Errorf("public %v known %v latent %v", x.Public, known, l.Latent)
		}
		_, _ = s.BlockGaps()
	})
}
