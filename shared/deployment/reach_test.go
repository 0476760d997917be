package deployment_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/deployment"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
)

const web = "444455556666"

// realm is an organisation as a function meets it.
type realm struct {
	*awstest.Fake
	reach    *deployment.Reach
	now      time.Time
	register map[string]string // state by account
	broken   error             // of the register
}

// newRealm lets the role of every account be assumed, and AWS Organizations know of nobody.
func newRealm(t *testing.T) *realm {
	t.Helper()
	r := &realm{Fake: awstest.New(t), now: time.Now(), register: map[string]string{web: "ACTIVE"}}
	r.On("sts.AssumeRole", func(in any) (any, error) {
		asked, _ := in.(*sts.AssumeRoleInput)
		return &sts.AssumeRoleOutput{Credentials: &types.Credentials{
			AccessKeyId: aws.String("ASIA " + *asked.RoleArn), SecretAccessKey: aws.String("not-a-secret"), SessionToken: aws.String("not-a-token"),
			Expiration: aws.Time(time.Now().Add(time.Duration(*asked.DurationSeconds) * time.Second)),
		}}, nil
	})
	r.On("organizations.DescribeAccount", awstest.Error("AccountNotFoundException"))
	cfg := r.Config()
	cfg.Region = "eu-west-1"
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "own", SecretAccessKey: "not-a-secret"}, nil
	})
	place := deployment.Place{Account: account, Organization: "o-exampleorgid", Region: "eu-west-1"}
	r.reach = place.Reach(cfg, deployment.AuditWay, func(_ context.Context, id string) (ledger.Member, bool, error) {
		state, ok := r.register[id]
		return ledger.Member{Account: id, State: state}, ok, r.broken
	}, func() time.Time { return r.now })
	return r
}

// described lets AWS Organizations know an account.
func (r *realm) described(state orgtypes.AccountState) {
	r.On("organizations.DescribeAccount", &organizations.DescribeAccountOutput{Account: &orgtypes.Account{State: state}})
}

func (r *realm) key(t *testing.T, of, region string) string {
	t.Helper()
	cfg, err := r.reach.Config(t.Context(), of, region)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got.AccessKeyID + " in " + cfg.Region
}

func (r *realm) assumed() int {
	return len(awstest.Inputs[*sts.AssumeRoleInput](r.Fake, "sts.AssumeRole"))
}

func TestReach(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	r.register["777788889999"] = "ACTIVE"
	for _, test := range []struct{ of, region, want string }{
		{account, "us-east-1", "own in us-east-1"},
		{"", "", "own in eu-west-1"},
		{web, "", "ASIA arn:aws:iam::444455556666:role/pipewarden-audit in eu-west-1"},
		{web, "us-east-1", "ASIA arn:aws:iam::444455556666:role/pipewarden-audit in us-east-1"},
		{"777788889999", "us-east-1", "ASIA arn:aws:iam::777788889999:role/pipewarden-audit in us-east-1"},
	} {
		if got := r.key(t, test.of, test.region); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
	if r.assumed() != 2 {
		t.Errorf("%d roles were assumed for two accounts", r.assumed())
	}
	in := awstest.Inputs[*sts.AssumeRoleInput](r.Fake, "sts.AssumeRole")[0]
	if *in.RoleSessionName != "pipewarden-auditor" || *in.DurationSeconds != 3600 || len(in.Tags) != 1 || *in.Tags[0].Key != "pipewarden" || *in.Tags[0].Value != "auditor" {
		t.Errorf("the session: %+v", in)
	}
	r.now = r.now.Add(11 * time.Minute) // whether it is still one of ours is asked again; the credentials are good for longer
	if r.key(t, web, ""); r.assumed() != 2 {
		t.Errorf("%d roles were assumed", r.assumed())
	}
	r.register[web], r.now = ledger.Left, r.now.Add(11*time.Minute)
	if cfg, err := r.reach.Config(t.Context(), web, ""); !errors.Is(err, engine.ErrForeign) || cfg.Credentials != nil {
		t.Errorf("an account that left: %+v, %v", cfg, err)
	}
}

func TestRetryersOfAccountsAreApart(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	r.register["777788889999"] = "ACTIVE"
	retryer := func(of, region string) aws.Retryer {
		cfg, err := r.reach.Config(t.Context(), of, region)
		if err != nil {
			t.Fatal(err)
		}
		return cfg.Retryer()
	}
	if retryer(web, "eu-west-1") != retryer(web, "us-east-1") || retryer(web, "") == retryer("777788889999", "") || retryer(web, "") == retryer(account, "") {
		t.Error("one account's throttling slows another")
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	t.Parallel()
	denied := awstest.Error("AccessDenied")
	for name, test := range map[string]struct {
		state   string // in the register; "": not listed
		org     any    // what AWS Organizations answers; nil: it knows nobody
		assume  any    // nil: it is let in
		want    error
		unreach string
	}{
		"a stranger":                            {want: engine.ErrForeign},
		"new":                                   {org: orgtypes.AccountStateActive},
		"new and suspended":                     {org: orgtypes.AccountStateSuspended, want: engine.ErrClosed},
		"suspended":                             {state: "SUSPENDED", want: engine.ErrClosed},
		"left":                                  {state: ledger.Left, want: engine.ErrForeign},
		"no role":                               {state: "ACTIVE", org: orgtypes.AccountStateActive, assume: denied, unreach: "access denied"},
		"suspended since":                       {state: "ACTIVE", org: orgtypes.AccountStateSuspended, assume: denied, want: engine.ErrClosed},
		"left since":                            {state: "ACTIVE", assume: denied, want: engine.ErrForeign},
		"no role, and nobody to ask":            {state: "ACTIVE", org: awstest.Error("AccessDeniedException"), assume: denied, unreach: "access denied"},
		"unlisted, and nobody to ask":           {org: awstest.Error("AccessDeniedException")},
		"unlisted, no role, and nobody to ask":  {org: awstest.Error("AccessDeniedException"), assume: denied, want: engine.ErrForeign},
		"a throttled Security Token Service":    {state: "ACTIVE", assume: awstest.Error("Throttling"), unreach: "AWS throttled the call"},
		"a throttled AWS Organizations":         {org: awstest.Error("TooManyRequestsException"), want: awstest.Error("TooManyRequestsException")},
		"new, and its role is not deployed yet": {org: orgtypes.AccountStateActive, assume: denied, unreach: "access denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRealm(t)
			delete(r.register, web)
			if test.state != "" {
				r.register[web] = test.state
			}
			switch org := test.org.(type) {
			case orgtypes.AccountState:
				r.described(org)
			case error:
				r.On("organizations.DescribeAccount", org)
			}
			if test.assume != nil {
				r.On("sts.AssumeRole", test.assume)
			}
			cfg, err := r.reach.Config(t.Context(), web, "us-east-1")
			var shut *engine.UnreachableError
			switch {
			case test.want == nil && test.unreach == "":
				if err != nil || cfg.Credentials == nil {
					t.Errorf("%+v, %v", cfg, err)
				}
			case test.unreach != "":
				want := "its role pipewarden-audit does not let pipewarden in: " + test.unreach + " (pipewarden accounts says what to do)"
				if !errors.As(err, &shut) || shut.Account != web || shut.Why != want || cfg.Credentials != nil {
					t.Errorf("%+v, %v", cfg, err)
				}
			default:
				if !errors.Is(err, test.want) && !strings.Contains(fmt.Sprint(err), test.want.Error()) || errors.As(err, &shut) || cfg.Credentials != nil {
					t.Errorf("%+v, %v", cfg, err)
				}
			}
		})
	}
}

func TestARefusalHoldsForAMinute(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	r.described(orgtypes.AccountStateActive)
	r.On("sts.AssumeRole", awstest.Error("AccessDenied"))
	for range 100 { // a hundred events
		if _, err := r.reach.Config(t.Context(), web, ""); err == nil {
			t.Fatal("let in")
		}
	}
	if r.assumed() != 1 {
		t.Errorf("%d tries within a minute", r.assumed())
	}
	r.now = r.now.Add(61 * time.Second)
	if _, err := r.reach.Config(t.Context(), web, ""); err == nil || r.assumed() != 2 {
		t.Errorf("%d tries after a minute, %v", r.assumed(), err)
	}
}

// A session is good for an hour, whatever becomes of the account. Whether it was closed is asked once a minute at most, when it refuses calls.
func TestAnAccountThatIsClosedWhileItIsLookedInto(t *testing.T) {
	t.Parallel()
	suspendedNow := fmt.Errorf("account %s is SUSPENDED: %w", web, engine.ErrClosed)
	for name, c := range map[string]struct {
		org  any
		want string
	}{
		"suspended":               {orgtypes.AccountStateSuspended, suspendedNow.Error()},
		"left":                    {awstest.Error("AccountNotFoundException"), "account 444455556666 left the organisation: " + engine.ErrClosed.Error()},
		"as it was":               {orgtypes.AccountStateActive, ""},
		"nobody to ask":           {awstest.Error("AccessDeniedException"), ""},
		"Organizations throttles": {awstest.Error("TooManyRequestsException"), ""},
		"Organizations is faulty": {awstest.Error("ServiceException"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRealm(t)
			r.key(t, web, "")
			if state, ok := c.org.(orgtypes.AccountState); ok {
				r.described(state)
			} else {
				r.On("organizations.DescribeAccount", c.org)
			}
			asked := func() int {
				return len(awstest.Inputs[*organizations.DescribeAccountInput](r.Fake, "organizations.DescribeAccount"))
			}
			for range 100 { // refused readings
				err := r.reach.Closed(t.Context(), web)
				if fmt.Sprint(err) != cmp.Or(c.want, "<nil>") || errors.Is(err, engine.ErrClosed) != (c.want != "") || errors.Is(err, engine.ErrForeign) {
					t.Fatal(err)
				}
			}
			if asked() != 1 {
				t.Errorf("asked %d times in a minute", asked())
			}
			if _, err := r.reach.Config(t.Context(), web, ""); errors.Is(err, engine.ErrClosed) != (c.want != "") {
				t.Errorf("the next look into it: %v", err)
			}
			if r.now = r.now.Add(61 * time.Second); c.want == "" {
				if r.reach.Closed(t.Context(), web); asked() != 2 {
					t.Errorf("asked %d times in two minutes", asked())
				}
			}
		})
	}
	r := newRealm(t)
	for what, of := range map[string]string{"its own account": account, "none": ""} {
		if err := r.reach.Closed(t.Context(), of); err != nil || len(r.Calls()) > 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWhatWasCutOffIsNotKept(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	ended, end := context.WithCancel(t.Context())
	end()
	r.broken = ended.Err()
	if _, err := r.reach.Config(ended, web, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	r.broken = nil
	if got := r.key(t, web, ""); !strings.HasPrefix(got, "ASIA") {
		t.Errorf("the next to ask: %s", got)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		if err := r.reach.SignIn(t.Context(), web, region); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.reach.SignIn(t.Context(), account, "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	var regions []string
	for i, call := range r.Calls() {
		regions = append(regions, call.Region)
		if in := awstest.Inputs[*sts.AssumeRoleInput](r.Fake, "sts.AssumeRole")[i]; *in.RoleSessionName != "pipewarden-sign-in" {
			t.Errorf("session %s", *in.RoleSessionName) // one for reading would wake whoever waits for sign-ins
		}
	}
	if !slices.Equal(regions, []string{"eu-west-1", "us-east-1"}) {
		t.Errorf("signed in through %v", regions)
	}
	r.ExpectActions(slices.DeleteFunc(slices.Concat(deployment.ReachActions), func(a string) bool { return a == "sts:TagSession" })) // which no call is named after
}

func TestReachWithoutAnOrganisation(t *testing.T) {
	t.Parallel()
	reach := deployment.Place{Account: account}.Reach(aws.Config{Region: "eu-west-1"}, deployment.RemediateWay, nil, time.Now)
	if cfg, err := reach.Config(t.Context(), account, "us-east-1"); err != nil || cfg.Region != "us-east-1" {
		t.Errorf("its own account: %+v, %v", cfg, err)
	}
	if _, err := reach.Config(t.Context(), web, ""); !errors.Is(err, engine.ErrForeign) {
		t.Errorf("another: %v", err)
	}
	if err := reach.SignIn(t.Context(), account, "us-east-1"); err != nil {
		t.Errorf("signing in: %v", err)
	}
}

func TestSelf(t *testing.T) {
	t.Parallel()
	single := deployment.Place{RemediatorRole: "arn:aws:iam::111122223333:role/pipewarden-Remediator"}
	if got := single.Self(); !slices.Equal(got, []string{single.RemediatorRole}) {
		t.Errorf("a single account: %q", got)
	}
	single.Organization, single.Partition = "o-exampleorgid", "aws-us-gov"
	if got := single.Self(); !slices.Equal(got, []string{single.RemediatorRole, "arn:aws-us-gov:iam::*:role/pipewarden-remediate"}) {
		t.Errorf("an organisation: %q", got)
	}
}

func TestActionsOfAskingAnOrganisation(t *testing.T) {
	t.Parallel()
	r := newRealm(t)
	r.described(orgtypes.AccountStateActive)
	r.On("sts.AssumeRole", awstest.Error("AccessDenied"))
	_, _ = r.reach.Config(t.Context(), web, "") // refused
	r.ExpectActions(append([]string{"sts:AssumeRole"}, organization.AccountActions...))
}
