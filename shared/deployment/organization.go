package deployment

import "github.com/pipewarden/pipewarden/shared/heartbeat"

// What an organisation's deployment is called. The roles have the same names in every member, so that the policies here and there can name them.
const (
	AuditRole     = Stack + "-audit"     // reads in a member, for the auditor
	RemediateRole = Stack + "-remediate" // changes in a member, for the remediator

	AuditSession     = Stack + "-auditor" // how their sessions are called: who may take a role must call it so
	SignInSession    = heartbeat.SignInSession
	RemediateSession = Stack + "-remediator"

	SessionTag   = Stack // the tag that sessions carry
	AuditTag     = "auditor"
	RemediateTag = "remediator"

	Bus = Stack + "-members" // on which the members' events arrive
)
