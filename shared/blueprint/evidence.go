package blueprint

import (
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/publisher"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// streamActions are what an event source mapping of a table's stream takes (AWS Lambda Developer Guide, "Process Amazon DynamoDB records with
// Lambda").
var streamActions = []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}

// sealedActions are what S3 does with the stack's key in the caller's name, and what reading the stream of a table under it takes
// (Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"; Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest: usage notes").
var sealedActions = []string{"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}

// evidenced is what the functions may do that keep evidence, and that write reports beside it, of which the settings take some or none.
func evidenced(s *settings.Settings) map[string][]Statement {
	all := map[string][]Statement{}
	if s.Evidence.Keep {
		all[Archivist] = archivistPolicy()
	}
	if s.Publishes() {
		all[Publisher] = append(own(Publisher, remember()...), Statement{
			Sid: "WriteReports", Actions: publisher.Actions, Resources: []string{"{evidence}/" + publisher.Prefix + "*"},
			Reason: "A report is named after its period and when it was written; only reports lie there.",
		})
	}
	return all
}

// archivistPolicy writes evidence and never deletes any. It reads what it seals, and not the reports.
func archivistPolicy() []Statement {
	var objects []string
	for _, prefix := range evidence.Prefixes {
		objects = append(objects, "{evidence}/"+prefix+"*")
	}
	return own(Archivist,
		Statement{Sid: "FollowLedger", Actions: streamActions, Resources: []string{"{stream}"}},
		Statement{Sid: "GiveUp", Actions: queue.Actions, Resources: []string{"{evidenceDead}"}},
		Statement{Sid: "UseKey", Actions: sealedActions, Resources: []string{"{key}"}},
		Statement{
			Sid: "KeepEvidence", Actions: evidence.ObjectActions, Resources: objects,
			Reason: "An object is named after its day and what it holds; only evidence lies there.",
		},
		// Without it, S3 answers for what is not there that nobody may read it (Amazon S3 API Reference, GetObject).
		Statement{Sid: "ListEvidence", Actions: evidence.ListActions, Resources: []string{"{evidence}"}},
		Statement{Sid: "Sign", Actions: evidence.SignActions, Resources: []string{"{signing}"}},
	)
}
