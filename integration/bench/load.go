package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/integration/lambdahost"
	"github.com/pipewarden/pipewarden/shared/deployment"
)

// organization is the one that the load is made of; its members are called by numbers.
const (
	organization = "o-exampleorgid"
	management   = "999900000000"
	perBatch     = 10
)

func memberAccount(i int) string { return fmt.Sprintf("2000%08d", i) }

// burden is so many events, spread over so many accounts.
type burden struct{ accounts, events int }

// strain is what a load took.
type strain struct {
	burden
	took     time.Duration
	cpu      time.Duration
	resident int64          // bytes, at most
	sessions int            // roles that were taken
	calls    map[string]int // by service
}

func (s strain) String() string {
	return fmt.Sprintf("%4d accounts %6d events %7.1f s %6.0f events/s %5.2f ms CPU an event %5.1f MB %4d sessions", s.accounts, s.events, s.took.Seconds(),
		float64(s.events)/s.took.Seconds(), milliseconds(s.cpu)/float64(s.events), float64(s.resident)/mega, s.sessions)
}

// loads are compared: ten times the events, and a tenth of the accounts.
var loads = []burden{{100, 5_000}, {100, 50_000}, {10, 5_000}}

// loading plays the events of many accounts to one auditor, and compares what they take. Answers of AWS come from memory: what is measured is the
// auditor, whose process works off one batch after another.
func (b *bench) loading(ctx context.Context, w *world) error {
	if err := w.found(ctx, loads[0].accounts); err != nil {
		return err
	}
	all := make([]strain, 0, len(loads))
	for _, l := range loads {
		s, err := w.bear(ctx, l)
		if err != nil {
			return fmt.Errorf("%d events of %d accounts: %w", l.events, l.accounts, err)
		}
		all = append(all, s)
		if _, err := fmt.Fprintln(b.say, s); err != nil {
			return err
		}
	}
	each := func(s strain) float64 { return milliseconds(s.cpu) / float64(s.events) }
	b.add(figure{
		Budget: "CPU of an event with ten times the events", Limit: 1.2, Reached: each(all[1]) / each(all[0]), Unit: "times",
		How: all[1].String() + "; none lost",
	})
	b.add(figure{
		Budget: "CPU of an event with ten times the accounts", Limit: 1.2, Reached: each(all[0]) / each(all[2]), Unit: "times",
		How: all[0].String() + " against " + all[2].String(),
	})
	return nil
}

// found makes an organisation of so many members, each with the role that the auditor takes.
func (w *world) found(ctx context.Context, accounts int) error {
	o := w.aws.NewOrganization(organization, management)
	o.Add(account, "centre", o.Root())
	o.Delegate(account)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:role/` + auditor + `"},"Action":["sts:AssumeRole","sts:TagSession"],
		"Condition":{"StringEquals":{"aws:PrincipalOrgID":"` + organization + `"}}}]}`
	for i := range accounts {
		o.Add(memberAccount(i), fmt.Sprint("member ", i), o.Root())
		client := iam.NewFromConfig(w.aws.As(emulator.Caller{Account: memberAccount(i), Role: "platform"}, region))
		if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(deployment.AuditRole), AssumeRolePolicyDocument: &trust}); err != nil {
			return fmt.Errorf("make the role of %s: %w", memberAccount(i), err)
		}
	}
	return nil
}

// bear hands a load to a fresh auditor, in batches that mix the accounts. Each message must be done with: one that is given back, kept aside or
// complained of is an error.
func (w *world) bear(ctx context.Context, l burden) (strain, error) {
	h, err := newHappenings(kinds(w.estate.key)[0], true)
	if err != nil {
		return strain{}, err
	}
	w.recorder.forget(true)
	r, err := w.startIn(ctx, "PIPEWARDEN_ORGANIZATION="+organization)
	if err != nil {
		return strain{}, err
	}
	s := strain{burden: l}
	began := time.Now()
	err = func() error {
		for sent := 0; sent < l.events; sent += perBatch {
			batch, err := h.some(sent/l.accounts, perBatch)
			if err != nil {
				return err
			}
			for i := range batch {
				batch[i] = bytes.ReplaceAll(batch[i], []byte(account), []byte(memberAccount((sent+i)%l.accounts)))
			}
			if err := r.send(ctx, batch...); err != nil {
				return err
			}
		}
		return nil
	}()
	s.took = time.Since(began)
	s.calls = w.recorder.count()
	s.sessions = s.calls["sts"]
	err = errors.Join(err, r.host.Close())
	stats := r.host.Stats()[auditor]
	s.cpu, s.resident = stats.CPU, stats.PeakRSS
	return s, err
}

// startIn begins fresh processes behind the recorder, with more in their environment.
func (w *world) startIn(ctx context.Context, env ...string) (*runner, error) {
	r := &runner{log: &journal{}}
	var err error
	r.host, err = lambdahost.Start(ctx, w.stack, lambdahost.Options{Binaries: w.binaries, Output: r.log, Env: append(env, "HTTP_PROXY="+w.recorder.address())})
	return r, err
}
