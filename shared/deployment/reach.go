package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/organization"
)

// ReachActions lists the IAM actions that getting into the accounts of an organisation takes, besides organization.AccountActions.
var ReachActions = []string{"sts:AssumeRole", "sts:TagSession"}

// Way is how a function gets into the accounts of an organisation.
type Way struct{ Role, Session, Tag string }

// The ways of the two functions that look into accounts.
var (
	AuditWay     = Way{AuditRole, AuditSession, AuditTag}
	RemediateWay = Way{RemediateRole, RemediateSession, RemediateTag}
)

// Reach gives credentials for the accounts of an organisation. Each account has its own, and a retryer of its own: one that is throttled
// slows no other.
type Reach struct {
	way                     Way
	home                    aws.Config
	single                  func(context.Context, string, string) (aws.Config, error) // for the account that the function is in
	account, partition, org string
	member                  func(context.Context, string) (ledger.Member, bool, error)
	now                     func() time.Time

	mu    sync.Mutex
	known map[string]known
}

// known is what came of trying to get into an account.
type known struct {
	cfg   aws.Config
	err   error
	until time.Time
	stood time.Time // when AWS Organizations said that it was one of ours
}

// How long what was found out holds, and of how many accounts at a time. A role that was just deployed is refused for up to a minute
// (AWS IAM User Guide, "Changes that I make are not always immediately visible").
const (
	opened   = 10 * time.Minute // the credentials renew themselves; whether the account is still one of ours is asked again
	refused  = time.Minute
	mostOpen = 2000
	lasting  = time.Hour // of a session: role chaining allows no longer one (AWS IAM User Guide, "Terms and concepts: role chaining")
)

// Reach gets into the accounts of the deployment's organisation; without one, into the account that the function is in and no other.
// What the register does not know of an account is asked of AWS Organizations.
func (p Place) Reach(cfg aws.Config, way Way, member func(context.Context, string) (ledger.Member, bool, error), now func() time.Time) *Reach {
	return &Reach{
		way: way, home: cfg, single: Single(cfg, p.Account), account: p.Account, partition: cmp.Or(p.Partition, "aws"), org: p.Organization,
		member: member, now: now, known: map[string]known{},
	}
}

// Config gives the credentials for an account, in one of its regions; "" is the function's own account or region. It fails with
// engine.ErrForeign for an account that is none of ours, engine.ErrClosed for one that is suspended, and *engine.UnreachableError for one
// that lets nobody in.
func (r *Reach) Config(ctx context.Context, account, region string) (aws.Config, error) {
	if r.org == "" || account == "" || account == r.account {
		return r.single(ctx, account, region)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got, ok := r.known[account]
	if !ok || !r.now().Before(got.until) {
		got = r.enter(ctx, account, got.cfg)
	}
	return inRegion(got.cfg, cmp.Or(region, r.home.Region)), got.err
}

// Closed says whether an account that was entered was suspended, or left the organisation, since: engine.ErrClosed then. AWS Organizations is
// asked at most once a minute, as an account may refuse a call for other reasons, again and again; where it does not answer, the account is
// taken to be as it was.
func (r *Reach) Closed(ctx context.Context, account string) error {
	if r.org == "" || account == "" || account == r.account {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.known[account]
	if errors.Is(got.err, engine.ErrClosed) {
		return got.err
	}
	if got.err != nil || r.now().Before(got.stood.Add(refused)) {
		return nil
	}
	now := r.described(ctx, account)
	switch {
	case errors.Is(now, engine.ErrForeign):
		now = fmt.Errorf("account %s left the organisation: %w", account, engine.ErrClosed)
	case !errors.Is(now, engine.ErrClosed):
		got.stood = r.now()
		r.known[account] = got
		return nil
	}
	r.known[account] = known{err: now, until: r.now().Add(refused)}
	return now
}

// SignIn gets into an account through the Security Token Service of one of its regions, and does nothing there: CloudTrail writes that down
// in the region, so that it must come back as an event. That is the heartbeat of a region in which pipewarden may change nothing.
func (r *Reach) SignIn(ctx context.Context, account, region string) error {
	if r.org == "" || account == r.account {
		return nil
	}
	if err := r.admitted(ctx, account); err != nil {
		return err
	}
	if _, err := r.provider(account, SignInSession, region).Retrieve(ctx); err != nil {
		return r.refusal(ctx, account, err)
	}
	return nil
}

func inRegion(cfg aws.Config, region string) aws.Config {
	cfg = cfg.Copy()
	cfg.Region = region
	return cfg
}

// enter tries to get into an account, and keeps what came of it. Credentials that were given before renew themselves.
func (r *Reach) enter(ctx context.Context, account string, before aws.Config) known {
	got := known{cfg: before}
	got.err = r.admitted(ctx, account)
	if got.err == nil && got.cfg.Credentials == nil {
		got.cfg = r.config(account)
	}
	if got.err == nil {
		if _, err := got.cfg.Credentials.Retrieve(ctx); err != nil {
			got.err = r.refusal(ctx, account, err)
		}
	}
	if got.until = r.now().Add(opened); got.err != nil {
		got.cfg, got.until = aws.Config{}, r.now().Add(refused)
	}
	if ctx.Err() == nil { // else it was cut off, and the next to ask may have more time
		if len(r.known) >= mostOpen {
			clear(r.known)
		}
		r.known[account] = got
	}
	return got
}

// config assumes the role of the account when it is first used.
func (r *Reach) config(account string) aws.Config {
	cfg := r.home.Copy()
	cfg.Credentials = aws.NewCredentialsCache(r.provider(account, r.way.Session, r.home.Region), func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = opened })
	adaptive := retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
		o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) { s.MaxAttempts = attempts })
	})
	cfg.Retryer = func() aws.Retryer { return adaptive }
	return cfg
}

// provider takes the role of an account, through the Security Token Service of a region.
func (r *Reach) provider(account, session, through string) aws.CredentialsProvider {
	role := "arn:" + r.partition + ":iam::" + account + ":role/" + r.way.Role
	return stscreds.NewAssumeRoleProvider(sts.NewFromConfig(inRegion(r.home, through)), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = session, lasting
		o.Tags = []types.Tag{{Key: aws.String(SessionTag), Value: aws.String(r.way.Tag)}}
	})
}

// admitted says whether an account is one to get into, by the register.
func (r *Reach) admitted(ctx context.Context, account string) error {
	m, listed, err := r.member(ctx, account)
	if err != nil {
		return err
	}
	if listed {
		return standing(account, m.State)
	}
	err = r.described(ctx, account)
	if awserr.IsDenied(err) {
		return nil // the role decides, which lies in the organisation or is not assumed
	}
	return err
}

func standing(account, state string) error {
	switch state {
	case organization.Active:
		return nil
	case ledger.Left:
		return fmt.Errorf("account %s left the organisation: %w", account, engine.ErrForeign)
	}
	return fmt.Errorf("account %s is %s: %w", account, state, engine.ErrClosed)
}

// described asks AWS Organizations how it stands with an account.
func (r *Reach) described(ctx context.Context, account string) error {
	found, ok, err := organization.Describe(ctx, r.home, account)
	switch {
	case err != nil:
		return err
	case !ok:
		return fmt.Errorf("account %.20q is not in the organisation: %w", account, engine.ErrForeign)
	}
	return standing(account, found.State)
}

// refusal says why the role of an account could not be assumed. One that was suspended, or left, since the register was written is no
// reason to bother people.
func (r *Reach) refusal(ctx context.Context, account string, err error) error {
	if !awserr.IsPassing(err) {
		now := r.described(ctx, account)
		if errors.Is(now, engine.ErrForeign) || errors.Is(now, engine.ErrClosed) {
			return now
		}
		_, listed, _ := r.member(ctx, account)
		if now != nil && !listed { // nobody can say that it is one of ours
			return fmt.Errorf("account %.20q: %w", account, errors.Join(engine.ErrForeign, err))
		}
	}
	why := fmt.Sprintf("its role %s does not let pipewarden in: %s (pipewarden accounts says what to do)", r.way.Role, awserr.Reason(err))
	return &engine.UnreachableError{Account: account, Why: why, Err: err}
}

// split reads a list from the environment.
func split(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
}
