package emulator

import "context"

// oneByOne has items written one at a time. A condition and the write that depends on it are one step in DynamoDB, and two in moto, between
// which another thread may write (Amazon DynamoDB Developer Guide, "DynamoDB condition expressions").
func oneByOne(write mended) mended {
	return func(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
		a.writing.Lock()
		defer a.writing.Unlock()
		return write(ctx, a, x)
	}
}
