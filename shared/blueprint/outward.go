package blueprint

import (
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/exporter"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/slack"
)

// outward is what the functions may do that talk with other systems than AWS's own mail, of which the settings take some or none.
func outward(s *settings.Settings) map[string][]Statement {
	all := map[string][]Statement{}
	if s.Slack.Mode != settings.SlackOff {
		all[Notifier] = notifierPolicy(s.Slack)
	}
	if s.Slack.Buttons() {
		all[Responder] = append(own(Responder, remember()...),
			Statement{Sid: "SendOrders", Actions: queue.Actions, Resources: []string{"{orders}"}}, readSecret(s.Slack))
	}
	if s.Export.On() {
		all[Exporter] = exporterPolicy(s.Export)
	}
	return all
}

// reporterPolicy tells people what the table holds.
func reporterPolicy(s *settings.Settings) []Statement {
	statements := own(Reporter, remember()...)
	if to := exported(s); len(to) > 0 {
		statements = append(statements, Statement{Sid: "SendExports", Actions: queue.Actions, Resources: to})
	}
	return statements
}

// exported adds the exporter's queue to those that a function sends to, where there is one.
func exported(s *settings.Settings, queues ...string) []string {
	if s.Export.On() {
		queues = append(queues, "{exports}")
	}
	return queues
}

func notifierPolicy(s settings.Slack) []Statement {
	statements := append(own(Notifier, remember()...), Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{posts}"}})
	if s.Mode.Own() {
		return append(statements, readSecret(s))
	}
	return append(statements, Statement{Sid: "TellChat", Actions: announce.Actions, Resources: []string{"{chat}"}})
}

func readSecret(s settings.Slack) Statement {
	return Statement{
		Sid: "ReadSecret", Actions: slack.Actions, Resources: []string{"arn:{partition}:secretsmanager:{region}:{account}:secret:" + s.Secret + "-*"},
		Reason: "Secrets Manager puts six characters of its own behind the name of a secret.",
	}
}

func exporterPolicy(e settings.Export) []Statement {
	statements := append(own(Exporter, remember()...), Statement{Sid: "TakeMessages", Actions: pollActions, Resources: []string{"{exports}"}})
	if e.SecurityHub {
		statements = append(statements, Statement{
			Sid: "KeepUpSecurityHub", Actions: exporter.HubActions,
			Resources: []string{"arn:{partition}:securityhub:{region}:{account}:product/{account}/default", "arn:{partition}:securityhub:{region}:{account}:hub/default"},
		})
	}
	if e.EventBus != "" {
		statements = append(statements, Statement{
			Sid: "PutEvents", Actions: exporter.BusActions, Resources: []string{"arn:{partition}:events:{region}:{account}:event-bus/" + e.EventBus},
		})
	}
	return statements
}
