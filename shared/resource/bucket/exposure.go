package bucket

import (
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// Exposure says how a bucket stands towards everyone. Access points are not part of it: they are not read.
type Exposure struct {
	Public bool
	Latent bool  // only Block Public Access keeps everyone out
	Ways   []Way // what opens the bucket; where the verdict is not known, what would unless something unread holds it back
	Own    error // set when the policy was judged by our own evaluator: why S3's own verdict was not to be had
	Why    error // when the verdict is not known: what was not learned
}

// Way is one grant to everyone.
type Way struct {
	By        string   // "ACL" or "policy"
	Short     string   // a few words
	Why       string   // a sentence
	Statement int      // of the policy, counted from 1; 0 when there is none to point at
	Chain     []string // from the bucket to whom it admits: "policy statement 2", "principal *"
}

// Says gives the sentences of all ways.
func (x Exposure) Says() string {
	var all []string
	for _, w := range x.Ways {
		all = append(all, w.Why)
	}
	return strings.Join(all, " ")
}

// Chain is the way from the bucket to whom the first of the ways admits.
func (x Exposure) Chain() []string {
	if len(x.Ways) == 0 {
		return nil
	}
	return x.Ways[0].Chain
}

// By names what opens the bucket in a few words each.
func (x Exposure) By() string {
	var all []string
	for _, w := range x.Ways {
		all = append(all, w.Short)
	}
	return strings.Join(all, "; ")
}

// way is one of the two ways in: is it granted, and does Block Public Access hold it back.
type way struct {
	granted, held resource.Fact[bool]
	ways          []Way
	own           error
}

func (w way) open() resource.Fact[bool]   { return allOf(w.granted, not(w.held)) }
func (w way) latent() resource.Fact[bool] { return allOf(w.granted, w.held) }

// Public applies the rule by which S3 calls a bucket public (S3 User Guide, "Blocking public access to your Amazon S3 storage"): one way in
// that is proven open decides; not public needs all ways proven closed. known is false otherwise.
func (s State) Public() (x Exposure, known bool) {
	acl, pol := s.byACL(), s.byPolicy()
	public := anyOf(acl.open(), pol.open())
	x.Public, known = public.Get()
	x.Why = public.Err()
	for _, w := range []way{pol, acl} {
		open, sure := w.open().Get()
		if granted, _ := w.granted.Get(); granted && (open || !known && !sure) {
			x.add(w)
		}
	}
	return x, known
}

// Latent says whether a bucket that is not public is kept so by Block Public Access alone. Grants of the ACL cannot be told: S3 does not
// show them while they are ignored.
func (s State) Latent() (x Exposure, known bool) {
	acl, pol := s.byACL(), s.byPolicy()
	latent := allOf(not(anyOf(acl.open(), pol.open())), anyOf(acl.latent(), pol.latent()))
	x.Latent, known = latent.Get()
	x.Why = latent.Err()
	for _, w := range []way{pol, acl} {
		if kept, _ := w.latent().Get(); kept && x.Latent {
			x.add(w)
		}
	}
	return x, known
}

func (x *Exposure) add(w way) {
	x.Ways = append(x.Ways, w.ways...)
	if w.own != nil {
		x.Own = w.own
	}
}

func (s State) byACL() way {
	ignored := anyOf(of(s.Block, ignores), of(s.AccountBlock, ignores))
	acl, known := s.ACL.Get()
	on, sure := ignored.Get()
	switch {
	case s.Ownership.Is(func(o string) bool { return o == enforced }):
		return way{granted: resource.Known(false), held: ignored}
	case known && acl.Shown && acl.public() && !sure:
		return way{granted: resource.Known(true), held: resource.Known(false), ways: acl.ways()}
	case known:
		return way{granted: resource.Known(acl.public()), held: ignored, ways: acl.ways()}
	case on:
		return way{granted: resource.Known(false), held: ignored} // in effect, which is all that S3 shows
	}
	return way{granted: resource.Unlearned[bool](s.ACL.Err()), held: ignored}
}

func (s State) byPolicy() way {
	w := way{held: anyOf(of(s.Block, restricts), of(s.AccountBlock, restricts)), granted: s.PolicyPublic}
	p, known := s.Policy.Get()
	verdict := p.Judge(policy.Bucket, "")
	public, asked := s.PolicyPublic.Get()
	switch {
	case !asked && !known:
		w.granted = resource.Unlearned[bool](joined(s.PolicyPublic.Err(), s.Policy.Err()))
		return w
	case !asked:
		public, w.own = verdict.Public, s.PolicyPublic.Err()
		w.granted = resource.Known(public)
	}
	for _, v := range verdict.Statements {
		if public && v.Public {
			name := fmt.Sprintf("statement %d", v.Index+1)
			if isWord(v.Sid) {
				name += " (" + v.Sid + ")"
			}
			w.ways = append(w.ways, Way{
				By: "policy", Statement: v.Index + 1, Short: name + " of the policy", Why: upper(name) + " of its policy " + v.Why + ".",
				Chain: []string{fmt.Sprintf("policy statement %d", v.Index+1), whom(p.Statements[v.Index])},
			})
		}
	}
	if public && len(w.ways) == 0 {
		w.ways = []Way{{By: "policy", Short: "the policy", Why: "S3 calls its policy public (GetBucketPolicyStatus).", Chain: []string{"policy", "everyone"}}}
	}
	return w
}

// whom a public statement admits.
func whom(s policy.Statement) string {
	switch {
	case s.NotPrincipal.Present:
		return "everyone but its NotPrincipal"
	case s.Principal.Any || !s.Principal.Present:
		return "principal *"
	}
	return "a principal that is not fixed"
}

// BlockGaps names the flags that neither the bucket nor its account sets. err says what was not learned when some flag is undecided.
func (s State) BlockGaps() (off []string, err error) {
	for _, flag := range flags {
		set := anyOf(of(s.Block, flag.of), of(s.AccountBlock, flag.of))
		switch on, known := set.Get(); {
		case !known:
			err = joined(err, set.Err())
		case !on:
			off = append(off, flag.name)
		}
	}
	return off, err
}

// Partners are the accounts and organisations besides home that the policy admits by name.
func (s State) Partners(home string) []string {
	p, _ := s.Policy.Get()
	return p.Judge(policy.Bucket, home).Outside
}
