package emulator

import "context"

// itemMends have items written one at a time. A condition and the write that depends on it are one step in DynamoDB, and two in moto, between
// which another thread may write (Amazon DynamoDB Developer Guide, "DynamoDB condition expressions").
func itemMends() map[string]mended {
	mends := map[string]mended{}
	for _, operation := range []string{"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"} {
		mends["dynamodb."+operation] = oneByOne
	}
	return mends
}

func oneByOne(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	a.writing.Lock()
	defer a.writing.Unlock()
	return a.pass(ctx, x)
}
