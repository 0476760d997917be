package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// The most bytes that are read of one file, so that a hostile one cannot fill the memory. A manifest of 100,000 objects has 18 MB, and a batch of
// changes that AWS Lambda is called with has 6 (AWS Lambda Developer Guide, "Lambda quotas").
const (
	keyBytes       = 1 << 16
	signatureBytes = 1 << 12
	manifestBytes  = 64 << 20
	objectBytes    = 32 << 20
)

var errTooLong = errors.New("it is too long")

// readAll reads a file whole. It fails with errTooLong on one of more bytes than that.
func readAll(ctx context.Context, from Source, name string, most int64) (raw []byte, err error) {
	in, err := from.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	raw, err = io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(raw)) > most {
		err = errTooLong
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return raw, nil
}
