package emulator

import (
	"maps"
	"slices"
	"time"
)

// recordSession tells of a role that was taken: in the account whose role it is, which learns of a caller from elsewhere the account and no more,
// and in the caller's own (AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"). Both are in the region whose endpoint was
// asked.
func (a *AWS) recordSession(x *exchange, reply *answer, hear func(map[string]any)) {
	w, err := readWish(x)
	if err != nil {
		return // nothing was taken
	}
	out := childObject(reply.body, "AssumeRoleResult")
	credentials, user := child(out, "Credentials"), child(out, "AssumedRoleUser")
	until, err := time.Parse(time.RFC3339, text(credentials, "Expiration"))
	if err != nil {
		return
	}
	asked := object{"roleArn": w.role, "roleSessionName": w.session, "durationSeconds": w.lasts.Seconds()}
	tags := []any{}
	for _, key := range slices.Sorted(maps.Keys(w.tags)) {
		tags = append(tags, object{"key": key, "value": w.tags[key]})
	}
	if len(tags) > 0 {
		asked["tags"] = tags
	}
	if w.external != "" {
		asked["externalId"] = w.external
	}
	record := object{
		"eventVersion": "1.11", "userIdentity": x.who.identity, "eventTime": x.Time.Format(time.RFC3339), "eventSource": "sts.amazonaws.com",
		"eventName": "AssumeRole", "awsRegion": x.Region, "sourceIPAddress": "203.0.113.7", "userAgent": x.header.Get("User-Agent"),
		"requestParameters": asked,
		"responseElements": object{
			"credentials":     object{"accessKeyId": text(credentials, "AccessKeyId"), "expiration": until.Format("Jan 2, 2006, 3:04:05 PM")},
			"assumedRoleUser": object{"assumedRoleId": text(user, "AssumedRoleId"), "arn": text(user, "Arn")},
		},
		"requestID": newID(), "eventID": newID(), "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true,
		"resources":          []any{object{"accountId": w.account, "type": "AWS::IAM::Role", "ARN": w.role}},
		"recipientAccountId": x.Account, "sharedEventID": newID(), "eventCategory": "Management",
	}
	hear(record)
	if w.account == x.Account {
		return
	}
	there := maps.Clone(record)
	there["eventID"], there["recipientAccountId"] = newID(), w.account
	there["userIdentity"] = object{"type": "AWSAccount", "principalId": text(x.who.identity, "principalId"), "accountId": x.Account}
	hear(there)
}
