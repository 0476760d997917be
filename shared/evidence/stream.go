package evidence

import (
	"cmp"
	"regexp"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Home is the deployment: the account and region of what has none of its own.
type Home struct{ Account, Region string }

// record makes a record of one change that the table's stream shows (AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB");
// ok is false where no evidence is made of it. now stands for a time that cannot be.
func (h Home) record(in events.DynamoDBEventRecord, now time.Time) (r Record, ok bool) {
	if forgotten(in) {
		return Record{}, false
	}
	change, ok := ledger.Changes(attributes(in.Change.Keys), attributes(in.Change.OldImage), attributes(in.Change.NewImage))
	if !ok {
		return Record{}, false
	}
	if r, ok = tell(change); !ok {
		return Record{}, false
	}
	r.ID, r.At = id(in), in.Change.ApproximateCreationDateTime.UTC().Truncate(time.Second)
	if year := r.At.Year(); year < 2000 || year > 9999 {
		r.At = now.UTC().Truncate(time.Second)
	}
	if r.Account == "" {
		r.Account = h.Account
	}
	if r.Account == h.Account && r.Resource == nil && r.Region == "" {
		r.Region = h.Region
	}
	return r, true
}

// forgotten says that the table dropped an item whose time was over (Amazon DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"): its
// record said until when it would be kept. Somebody who deletes an item is another matter.
func forgotten(in events.DynamoDBEventRecord) bool {
	return in.EventName == string(events.DynamoDBOperationTypeRemove) && in.UserIdentity != nil &&
		in.UserIdentity.Type == "Service" && in.UserIdentity.PrincipalID == "dynamodb.amazonaws.com"
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,128}$`)

// id is the change's own, which is the same at each delivery.
func id(in events.DynamoDBEventRecord) string {
	own := cmp.Or(in.EventID, in.Change.SequenceNumber)
	if !idForm.MatchString(own) {
		return "sha256-" + hashOf([]byte(own+" "+in.Change.SequenceNumber))
	}
	return own
}

// attributes are those that the ledger uses: texts, numbers and bytes. What else is there it does not read.
func attributes(image map[string]events.DynamoDBAttributeValue) map[string]types.AttributeValue {
	if image == nil {
		return nil
	}
	all := make(map[string]types.AttributeValue, len(image))
	for name, value := range image {
		switch value.DataType() {
		case events.DataTypeString:
			all[name] = &types.AttributeValueMemberS{Value: value.String()}
		case events.DataTypeNumber:
			all[name] = &types.AttributeValueMemberN{Value: value.Number()}
		case events.DataTypeBinary:
			all[name] = &types.AttributeValueMemberB{Value: value.Binary()}
		default:
			all[name] = &types.AttributeValueMemberNULL{Value: true}
		}
	}
	return all
}
