package estate

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
)

func TestReal(t *testing.T) {
	a := emulator.ForTest(t)
	o := NewOrganization(a, ExampleUnits())
	p, err := Make(t.Context(), "", func(s string) { t.Log(s, time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SynthFor(t.Context(), "", OrganizationID, []string{o.Root()}, regions); err != nil {
		t.Fatal(err)
	}
	Relay(t.Context(), a, func(err error) { t.Error(err) })
	s, err := p.Deploy(context.Background(), a, Options{Account: Central, Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	t.Log(s.Stack.Ignored)
	began := time.Now()
	if err := s.Roll(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Log("rolled", time.Since(began), len(o.Instances()))
	if err := o.Manage(t.Context(), s.Stack); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if err := BuildAt(t.Context(), a, Site{"444455556666", "eu-west-2"}); err != nil {
		t.Fatal(err)
	}
	t.Log("built", time.Since(began))
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails, err := s.Mails(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		t.Log(m.Subject)
	}
	n, err := s.Dead(t.Context())
	t.Log("dead", n, err)
	kept, err := s.Kept(t.Context())
	t.Log("kept", kept, err)
	for _, c := range a.Calls() {
		if c.Operation == "AssumeRole" {
			t.Log(c)
		}
	}
}
