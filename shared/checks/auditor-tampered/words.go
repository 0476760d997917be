package auditortampered

// words are what happened, by the call without its date, or by service and call where several services have one of that name.
var words = map[string]string{
	"DisableRule": "rule %s was disabled", "DeleteRule": "rule %s was deleted", "RemoveTargets": "rule %s was given no target any more",
	"PutRule": "rule %s was changed", "PutTargets": "rule %s was given another target", "PutPermission": "bus %s was opened to others",
	"events RemovePermission": "bus %s was closed to accounts that send to it", "DeleteEventBus": "bus %s was deleted", "UpdateEventBus": "bus %s was changed",

	"DeleteQueue": "queue %s was deleted", "PurgeQueue": "queue %s was emptied", "SetQueueAttributes": "queue %s was changed",
	"sqs AddPermission": "queue %s was opened to others", "sqs RemovePermission": "queue %s was closed to what delivers to it",

	"UpdateFunctionCode": "function %s was given other code", "UpdateFunctionConfiguration": "function %s was configured otherwise",
	"DeleteFunction": "function %s was deleted", "DeleteFunctionConcurrency": "function %s was configured otherwise",
	"DeleteFunctionEventInvokeConfig": "function %s was configured otherwise",
	"lambda AddPermission":            "function %s may be called by others", "lambda RemovePermission": "function %s may not be called any more by what called it",
	"PutFunctionConcurrency": "function %s was limited in how often it runs", "UpdateEventSourceMapping": "function %s was set apart from its queue, or asked to work it off otherwise",
	"DeleteEventSourceMapping": "function %s was cut off from its queue",

	"DeleteTopic": "topic %s was deleted", "Unsubscribe": "topic %s lost a receiver", "SetTopicAttributes": "topic %s was changed",
	"SetSubscriptionAttributes": "topic %s was made to tell a receiver otherwise", "sns AddPermission": "topic %s was opened to others",
	"sns RemovePermission": "topic %s was closed to what publishes there",

	"DeleteTable": "table %s was deleted", "UpdateTable": "table %s was changed", "UpdateTimeToLive": "table %s was made to forget otherwise",
	"UpdateContinuousBackups": "table %s has other backups now", "PutResourcePolicy": "table %s was opened by a policy",

	"UpdateSchedule": "schedule %s was changed", "DeleteSchedule": "schedule %s was deleted",

	"DeleteAlarms": "alarm %s was deleted", "DisableAlarmActions": "alarm %s tells nobody any more", "PutMetricAlarm": "alarm %s was changed",

	"PutRolePolicy": "role %s was given another policy", "DeleteRolePolicy": "role %s lost a policy", "AttachRolePolicy": "role %s was given another policy",
	"DetachRolePolicy": "role %s lost a policy", "UpdateAssumeRolePolicy": "role %s may be assumed by others",
	"PutRolePermissionsBoundary": "role %s was given another boundary", "DeleteRolePermissionsBoundary": "role %s lost its boundary",
	"DeleteRole": "role %s was deleted", "UpdateRole": "role %s was changed",

	"DeleteLogGroup": "log group %s was deleted", "DeleteLogStream": "log group %s lost a stream", "PutRetentionPolicy": "log group %s keeps its logs for another time",
	"AssociateKmsKey": "log group %s was sealed with another key", "DisassociateKmsKey": "log group %s is not sealed with a key any more",
	"PutSubscriptionFilter": "log group %s sends its logs elsewhere as well",

	"DeleteParameter": "parameter %s was deleted", "DeleteParameters": "parameter %s was deleted",

	"DisableKey": "key %s was disabled", "ScheduleKeyDeletion": "key %s was scheduled for deletion", "PutKeyPolicy": "key %s may be used by others now",
	"DisableKeyRotation": "key %s is not rotated any more", "DeleteAlias": "alias %s was deleted", "UpdateAlias": "alias %s was pointed at another key",

	"DeleteBucket": "bucket %s was deleted", "PutBucketPolicy": "bucket %s may be used by others now", "DeleteBucketPolicy": "bucket %s lost its policy",
	"PutObjectLockConfiguration": "bucket %s locks what is written for another time",
	"PutBucketVersioning":        "bucket %s keeps versions otherwise", "PutBucketLifecycle": "bucket %s removes objects at another time",
	"PutBucketLifecycleConfiguration": "bucket %s removes objects at another time", "PutBucketEncryption": "bucket %s is sealed with another key",
	"DeleteBucketEncryption": "bucket %s is not sealed with a key any more", "PutBucketPublicAccessBlock": "bucket %s is closed to the public otherwise",
	"DeleteBucketPublicAccessBlock": "bucket %s may be opened to the public", "PutBucketReplication": "bucket %s is copied elsewhere as well",

	"DeleteStack": "stack %s was deleted", "DeleteStackSet": "stack set %s was deleted", "DeleteStackInstances": "stack set %s lost stacks in accounts",
	"UpdateTerminationProtection": "stack %s may be deleted now", "SetStackPolicy": "stack %s has another policy of what may be updated",
}

// losses are what is lost, by service.
var losses = map[string]string{
	"events":         "The rules bring the events of changes: what a rule does not bring is not heard, and nobody is told.",
	"sqs":            "Events wait in a queue until they are judged, and orders until they are carried out.",
	"lambda":         "The functions judge, look around and put right: what runs in their place does so in their name.",
	"sns":            "Findings reach people through the topic.",
	"dynamodb":       "The table holds what was found, told and done, and what was there before.",
	"scheduler":      "The schedules wake the sweep, which finds what no event told, and the heartbeat.",
	"monitoring":     "The alarms tell people when pipewarden itself does not work.",
	"iam":            "The role bounds what a function may do: with too little it is blind, and with too much it is a way in.",
	"logs":           "The logs show what pipewarden itself did.",
	"ssm":            "Through the parameter pipewarden notices that it hears nothing.",
	"kms":            "The keys seal table, topic, logs and evidence, and sign the evidence: without them none of it can be read, written or proven.",
	"s3":             "The bucket holds the evidence: its policy lets nobody but the archivist write there, and its lock keeps what was written.",
	"cloudformation": "The stack is all of pipewarden in this region; without it nothing here is watched.",
}

// ways are the commands that undo a call, up to the name.
var ways = map[string]string{
	"DisableRule": "aws events enable-rule --name ", "DisableAlarmActions": "aws cloudwatch enable-alarm-actions --alarm-names ",
	"DisableKey": "aws kms enable-key --key-id ", "ScheduleKeyDeletion": "aws kms cancel-key-deletion --key-id ",
	"UpdateTerminationProtection": "aws cloudformation update-termination-protection --enable-termination-protection --stack-name ",
}
