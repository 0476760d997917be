package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/engine"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// gate is what stands between the auditor and the accounts: who is not let in, and why.
type gate map[string]error

// barred is an account whose role is refused in that way.
func barred(code string) error {
	return &engine.UnreachableError{Account: account, Why: "its role does not let pipewarden in", Err: awstest.Error(code)}
}

// guarded is the house behind a gate, with a check that tells of accounts that let nobody in.
func guarded(h *house, g gate) *engine.Engine {
	seen := &resource.Kind[bool]{
		Name: "account", Facet: "access",
		Read: func(_ context.Context, _ aws.Config, ref resource.Ref) (bool, error) {
			h.reads = append(h.reads, "account "+ref.ID)
			return true, nil
		},
	}
	e := live(h)
	return engine.New(engine.Engine{
		Checks: append(e.Checks, &check.Check{ID: "account-shut", Doc: "# Shut\n", Severity: finding.High, Access: true, Reads: seen, Run: func(p *check.Pass) { p.OK() }}),
		Now:    e.Now,
		Config: func(ctx context.Context, of, region string) (aws.Config, error) {
			if err := g[of]; err != nil {
				return aws.Config{}, err
			}
			return e.Config(ctx, of, region)
		},
	})
}

func whole() resource.Ref {
	return resource.Ref{Kind: "account", ID: account, Account: account}
}

// What somebody did is judged from the event, and what cannot be looked at is one finding of the account, not one of everything in it.
func TestAnEventInAnAccountThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"front": true}}
	b := guarded(h, gate{account: barred("AccessDenied")}).Batch(nil)
	r := judge(t, b, happening(t, "OpenDoor", `["front"]=>["front","back"]`))
	expect(t, said(r), "account-shut unknown "+account, "door-act fail "+account)
	for _, f := range r.Findings {
		if f.Check == "account-shut" && (f.Resource != finding.Resource(whole()) || f.Severity != finding.High ||
			f.Detail != "What account "+account+" holds is not known: its role does not let pipewarden in") {
			t.Errorf("%+v", f)
		}
	}
	if len(h.reads) != 0 || len(r.Readings) != 0 || len(r.Gone) != 0 || r.Passing != nil {
		t.Errorf("read %v, %+v", h.reads, r)
	}
	if r.Woken != 3 || r.Actor.Actor.Name != "alice" {
		t.Errorf("woken %d, by %q", r.Woken, r.Actor.Actor.Name)
	}
	// The same is said each time, about the same: however many events come from there, it is one finding.
	again := judge(t, b, happening(t, "CloseDoor", `"e-1"=>"e-2"`))
	expect(t, said(again), "account-shut unknown "+account)
	for _, f := range r.Findings {
		if f.Check == "account-shut" && (f.Key() != again.Findings[0].Key() || f.Digest() != again.Findings[0].Digest()) {
			t.Errorf("told twice: %+v, %+v", f, again.Findings[0])
		}
	}
}

func TestALookIntoAnAccountThatLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := &house{open: map[string]bool{"front": true}}
	b := guarded(h, gate{account: barred("AccessDenied")}).Batch(nil)
	for _, ref := range []resource.Ref{{Kind: "door", ID: "front", Account: account, Region: "eu-west-1"}, whole()} {
		r, err := b.Look(t.Context(), ref, nil)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, said(r), "account-shut unknown "+account)
		if f := r.Findings[0]; f.Resource != finding.Resource(whole()) || f.Event != nil || f.Basis != finding.State {
			t.Errorf("%s: %+v", ref.Kind, f)
		}
	}
	if len(h.reads) != 0 {
		t.Errorf("read %v", h.reads)
	}
}

// Where no check is on that tells of it, nobody is told; and nothing is read all the same.
func TestNobodyIsToldOfAccessWhereNoCheckIsOn(t *testing.T) {
	t.Parallel()
	h := &house{}
	e := live(h)
	e.Config = func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, barred("AccessDenied") }
	r := judge(t, e.Batch(nil), happening(t, "OpenDoor", ""))
	expect(t, said(r), "door-act fail "+account)
	if len(h.reads) != 0 {
		t.Errorf("read %v", h.reads)
	}
}

// A suspended account, and one that is none of ours, is an error for whoever sent the event, and no finding of anybody's.
func TestClosedAndForeignAccountsAreNotJudged(t *testing.T) {
	t.Parallel()
	for what, why := range map[string]error{
		"closed": fmt.Errorf("account %s is SUSPENDED: %w", account, engine.ErrClosed), "foreign": fmt.Errorf("account %s: %w", account, engine.ErrForeign),
	} {
		h := &house{open: map[string]bool{"front": true}}
		b := guarded(h, gate{account: why}).Batch(nil)
		r, err := b.Judge(t.Context(), happening(t, "OpenDoor", ""))
		if !errors.Is(err, errors.Unwrap(why)) || len(r.Findings) != 0 || len(r.Notes) != 0 || len(h.reads) != 0 {
			t.Errorf("%s: %v, %v, read %v", what, err, said(r), h.reads)
		}
	}
	h := &house{}
	r, err := guarded(h, gate{account: fmt.Errorf("account: %w", engine.ErrClosed)}).Batch(nil).Look(t.Context(), whole(), nil)
	if !errors.Is(err, engine.ErrClosed) || len(r.Findings) != 0 || len(h.reads) != 0 {
		t.Errorf("a look into a closed account: %v, %v, read %v", err, said(r), h.reads)
	}
}

// What may pass is worth another try, and what is refused is not.
func TestATryAtAnAccountMayPass(t *testing.T) {
	t.Parallel()
	for code, passing := range map[string]bool{"AccessDenied": false, "ThrottlingException": true} {
		b := guarded(&house{}, gate{account: barred(code)}).Batch(nil)
		event := judge(t, b, happening(t, "OpenDoor", ""))
		look, err := b.Look(t.Context(), whole(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for way, r := range map[string]engine.Result{"an event": event, "a look": look} {
			if (r.Passing != nil) != passing {
				t.Errorf("%s, %s: worth another try: %v, want %v", code, way, r.Passing, passing)
			}
		}
	}
}

// Who may put events on a bus chooses what the record says. From which account an event comes is said by EventBridge.
func TestAnEventOfAnotherAccountThanItCameFromIsRefused(t *testing.T) {
	t.Parallel()
	for from, refused := range map[string]bool{account: false, "": false, "444455556666": true} {
		h := &house{}
		ev := happening(t, "OpenDoor", "")
		ev.From = from
		r, err := guarded(h, nil).Batch(nil).Judge(t.Context(), ev)
		if errors.Is(err, engine.ErrForeign) != refused || (len(r.Findings) == 0) != refused || (len(h.reads) == 0) != refused {
			t.Errorf("from %q: %v, %v, read %v", from, err, said(r), h.reads)
		}
		if refused && (!strings.Contains(err.Error(), "444455556666") || !strings.Contains(err.Error(), account)) {
			t.Errorf("who pretended to be whom is not said: %v", err)
		}
	}
}

// Once somebody is let in again, the account passes under the key of the finding that said otherwise: so the ledger resolves it.
func TestAnAccountThatLetsSomebodyInAgainPasses(t *testing.T) {
	t.Parallel()
	h, g := &house{}, gate{account: barred("AccessDenied")}
	e := guarded(h, g)
	shut := judge(t, e.Batch(nil), happening(t, "CloseDoor", ""))
	expect(t, said(shut), "account-shut unknown "+account)
	delete(g, account)
	open, err := e.Batch(nil).Look(t.Context(), whole(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, said(open), "account-shut pass "+account)
	if shut.Findings[0].Key() != open.Findings[0].Key() {
		t.Errorf("what passes is another finding: %+v, %+v", shut.Findings[0], open.Findings[0])
	}
	expect(t, h.reads, "account "+account)
}

// Only one account is shut: its neighbours in the same batch are judged.
func TestOneShutAccountHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const other = "444455556666"
	h := &house{open: map[string]bool{"front": true}}
	e := guarded(h, gate{other: &engine.UnreachableError{Account: other, Why: "no", Err: awstest.Error("AccessDenied")}})
	b := e.Batch(nil)
	expect(t, said(judge(t, b, happening(t, "CloseDoor", account+"=>"+other))), "account-shut unknown "+other)
	expect(t, said(judge(t, b, happening(t, "CloseDoor", ""))), "door-open fail front", "door-breaks pass front")
}

// Offline there is nothing to be let into.
func TestOfflineNoAccountIsShut(t *testing.T) {
	t.Parallel()
	h := &house{}
	e := engine.New(engine.Engine{Checks: guarded(h, nil).Checks, Now: func() time.Time { return time.Time{} }})
	ev := happening(t, "OpenDoor", "")
	ev.From = "444455556666"
	expect(t, said(judge(t, e.Batch(nil), ev)), "door-open fail front", "door-breaks pass front", "door-act fail "+account)
}

// Credentials of an account that was closed are good for a while, and what is read with them is refused. That is nobody's finding.
func TestARefusedReadingInAnAccountThatWasClosed(t *testing.T) {
	t.Parallel()
	closed := fmt.Errorf("account %s is SUSPENDED: %w", account, engine.ErrClosed)
	in := func(code string) door {
		return door{Locks: map[string][]lock{"upper": {{Key: resource.Unlearned[int](awstest.Error(code))}}}}
	}
	for name, c := range map[string]struct {
		state   door
		reading error
		closed  error
		asked   int // of the account
		want    string
	}{
		"closed meanwhile":           {reading: awstest.Error("AccessDenied"), closed: closed, asked: 1},
		"closed, as others say it":   {reading: awstest.Error("UnrecognizedClientException"), closed: closed, asked: 1},
		"closed in the middle of it": {state: in("AccessDenied"), closed: closed, asked: 1},
		"refused for other reasons":  {reading: awstest.Error("AccessDenied"), asked: 1, want: "door-open unknown front"},
		"a part refused":             {state: in("AccessDenied"), asked: 1, want: "door-open pass front"},
		"throttled":                  {reading: awstest.Error("ThrottlingException"), closed: closed, want: "door-open unknown front"},
		"gone":                       {reading: awstest.Error("ResourceNotFoundException"), closed: closed, want: "door-open not-applicable front"},
		"read":                       {closed: closed, want: "door-open pass front"},
	} {
		kind, asked := (&house{}).kind(), 0
		kind.Read = func(context.Context, aws.Config, resource.Ref) (door, error) { return c.state, c.reading }
		e := engine.New(engine.Engine{
			Checks: []*check.Check{{ID: "door-open", Severity: finding.High, Reads: kind, Run: func(p *check.Pass) { p.OK() }}},
			Config: func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil },
			Closed: func(_ context.Context, of string) error {
				if asked++; of != account {
					t.Errorf("%s: asked of %s", name, of)
				}
				return c.closed
			},
		})
		for way, judged := range map[string]func() (engine.Result, error){
			"an event": func() (engine.Result, error) { return e.Batch(nil).Judge(t.Context(), happening(t, "OpenDoor", "")) },
			"a look": func() (engine.Result, error) {
				return e.Batch(nil).Look(t.Context(), resource.Ref{Kind: "door", ID: "front", Account: account, Region: "eu-west-1"}, nil)
			},
		} {
			asked = 0
			r, err := judged()
			if errors.Is(err, engine.ErrClosed) != (c.want == "") || (err != nil) != (c.want == "") || asked != c.asked || strings.Join(said(r), ", ") != c.want {
				t.Errorf("%s, %s: %v, asked %d times, %v", name, way, err, asked, said(r))
			}
		}
	}
}

// What is read in another account for the sake of an event is no reason to drop the event.
func TestAnEventAboutWhatLiesInAClosedAccount(t *testing.T) {
	t.Parallel()
	const other = "444455556666"
	h := &house{broken: map[string]error{"front": awstest.Error("AccessDenied")}}
	kind := h.kind()
	kind.Refs = func(*event.Event) []resource.Ref {
		return []resource.Ref{{Kind: "door", ID: "front", Account: other, Region: "eu-west-1"}}
	}
	e := engine.New(engine.Engine{
		Checks: []*check.Check{{ID: "door-open", Severity: finding.High, Reads: kind, Run: func(p *check.Pass) { p.OK() }}},
		Config: func(context.Context, string, string) (aws.Config, error) { return aws.Config{}, nil },
		Closed: func(context.Context, string) error { return engine.ErrClosed },
	})
	expect(t, said(judge(t, e.Batch(nil), happening(t, "OpenDoor", ""))), "door-open unknown front")
}
