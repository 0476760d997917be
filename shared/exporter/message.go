package exporter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

var errNothing = errors.New("it names no finding")

// parse reads a message.
func parse(body string) (queue.Export, error) {
	var e queue.Export
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return queue.Export{}, fmt.Errorf("read message: %w", err)
	}
	if len(e.Findings) == 0 {
		return queue.Export{}, fmt.Errorf("read message: %w", errNothing)
	}
	return e, nil
}

// keep puts a message aside that cannot be read: it must not hold up its neighbours.
func (x *Exporter) keep(ctx context.Context, m queue.Message, reason error) error {
	sum := sha256.Sum256([]byte(m.Body))
	id := hex.EncodeToString(sum[:16])
	x.Count.Add(telemetry.Undecodable, 1)
	x.Log.Error("message kept aside", "message", m.ID, "kept", id, "error", reason.Error())
	return x.Ledger.Keep(ctx, ledger.Kept{ID: id, Reason: reason.Error(), Body: []byte(m.Body), At: x.Now()})
}

// Rules says of checks what other systems are told of them.
func Rules(checks []*check.Check) map[string]report.Rule {
	rules := make(map[string]report.Rule, len(checks))
	for _, c := range checks {
		rule := report.Rule{Title: c.Title(), Why: c.Why(), Severity: c.Severity}
		for _, control := range c.Controls {
			rule.Requirements = append(rule.Requirements, report.Requirement{Standard: control.Framework + " " + control.Version, ID: control.ID})
		}
		rules[c.ID] = rule
	}
	return rules
}
