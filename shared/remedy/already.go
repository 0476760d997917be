package remedy

import "context"

// alreadyKey is under which a context carries where to note it.
type alreadyKey struct{}

// Noticing gives a context for Apply, and what that notes in it: that it found everything as it was to be, and wrote nothing.
func Noticing(ctx context.Context) (context.Context, *bool) {
	already := new(bool)
	return context.WithValue(ctx, alreadyKey{}, already), already
}

// Already notes that there was nothing to write, for whoever wants to know.
func Already(ctx context.Context) {
	if already, ok := ctx.Value(alreadyKey{}).(*bool); ok {
		*already = true
	}
}
