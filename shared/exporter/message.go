package exporter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
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
