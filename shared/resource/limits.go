package resource

import "context"

// Limits bound what one reading takes, where a resource may be of any size.
type Limits struct {
	LogBytes int64 // of one build's log; 0: nothing of it is read
}

type limitsKey struct{}

// WithLimits puts the limits that the settings ask for before readings.
func WithLimits(ctx context.Context, l Limits) context.Context {
	return context.WithValue(ctx, limitsKey{}, l)
}

// LimitsOf are the limits that readings are held to; the zero Limits where nobody set any.
func LimitsOf(ctx context.Context) Limits {
	l, _ := ctx.Value(limitsKey{}).(Limits)
	return l
}

type freshKey struct{}

// Fresh asks for calls that reach AWS each time they are made: for asking again whether a job is done, and for pages too large to be kept.
// All other calls are made once in a batch.
func Fresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

// IsFresh says whether Fresh was asked for.
func IsFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }
