package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// late is how long a message may wait before people are told: longer than any batch takes, shorter than a night.
const late = 15 * 60

// alarmPrefix begins the names of all alarms: the topic and its key admit no others.
const alarmPrefix = "pipewarden-"

// observe makes the alarms and the dashboard.
func (s *stack) observe() {
	five := awscdk.Duration_Minutes(jsii.Number(5))
	for _, dead := range s.queues.dead() {
		s.alarm(dead.id+"NotEmpty", dead.means, 0,
			dead.queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Period: five, Statistic: jsii.String("Maximum")}))
	}
	age := &awscloudwatch.MetricOptions{Period: five, Statistic: jsii.String("Maximum")}
	s.alarm("LooksLate", fmt.Sprintf("the oldest event waits for more than %d minutes", late/60), late, s.queues.looks.MetricApproximateAgeOfOldestMessage(age))
	s.alarm("OrdersLate", fmt.Sprintf("the oldest order waits for more than %d minutes", late/60), late, s.queues.orders.MetricApproximateAgeOfOldestMessage(age))
	for _, function := range s.Plan.Deployed() {
		s.alarm(blueprint.Camel(function)+"Errors", "the "+function+" ends in errors", 0, lambdaMetric(function, "Errors", "Sum"))
		s.alarm(blueprint.Camel(function)+"Throttles", "the "+function+" is throttled", 0, lambdaMetric(function, "Throttles", "Sum"))
	}
	if s.vault.bucket != nil {
		s.alarm("ArchivistLate", fmt.Sprintf("changes of the ledger wait for more than %d minutes to be written as evidence", archiveLate/60), archiveLate*1000,
			lambdaMetric(blueprint.Archivist, "IteratorAge", "Maximum"))
		s.missSeal()
	}
	s.dashboard()
}

// archiveLate is how long a change may wait to be written as evidence: longer than any batch, a small part of the day that the stream keeps it.
const archiveLate = 3600

// missSeal tells people that no day was sealed. One that could not be ends in an error, which is told; this is for when nothing tries. Six hours
// are counted five times: in a row of days, each 30 hours hold the night. The first day of a deployment seals nothing, and no data is there from
// the beginning; that there is none any more is what is told.
func (s *stack) missSeal() {
	alarm := awscloudwatch.NewAlarm(s.Stack, jsii.String("EvidenceUnsealed"), &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(alarmPrefix + "EvidenceUnsealed"),
		AlarmDescription: jsii.String("pipewarden: for more than a day no day of the evidence was sealed. Is the schedule pipewarden-ArchivistSeal enabled? " +
			"aws scheduler list-schedules --name-prefix pipewarden-. What was written is kept, and is sealed with the next run; until then nobody can prove that it was not added to."),
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(telemetry.Namespace), MetricName: jsii.String(string(evidence.Sealings)), Statistic: jsii.String("Sum"),
			DimensionsMap: &map[string]*string{"function": jsii.String(functionName(blueprint.Archivist))}, Period: awscdk.Duration_Hours(jsii.Number(6)),
		}),
		Threshold: jsii.Number(1), ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, EvaluationPeriods: jsii.Number(5),
		TreatMissingData: awscloudwatch.TreatMissingData_MISSING,
	})
	tell := awscloudwatchactions.NewSnsAction(s.topic)
	alarm.AddAlarmAction(tell)
	alarm.AddInsufficientDataAction(tell)
}

// alarm tells people when a metric exceeds a threshold. No data is no news: functions that do not run and empty queues send none.
func (s *stack) alarm(id, what string, threshold float64, metric awscloudwatch.IMetric) {
	alarm := awscloudwatch.NewAlarm(s.Stack, jsii.String(id), &awscloudwatch.AlarmProps{
		AlarmName:        jsii.String(alarmPrefix + id),
		AlarmDescription: jsii.String("pipewarden: " + what + ". See the dashboard, and the logs below " + blueprint.LogGroup("")),
		Metric:           metric, Threshold: &threshold, EvaluationPeriods: jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD, TreatMissingData: awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(s.topic))
}

func lambdaMetric(function, name, statistic string) awscloudwatch.IMetric {
	return metric("AWS/Lambda", name, statistic, map[string]*string{"FunctionName": jsii.String(functionName(function))})
}

func metric(namespace, name, statistic string, dimensions map[string]*string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: &namespace, MetricName: &name, Statistic: &statistic, DimensionsMap: &dimensions, Period: awscdk.Duration_Minutes(jsii.Number(5)),
	})
}

// counted is what each function counts of its own work.
func counted(function string, names ...telemetry.Metric) []awscloudwatch.IMetric {
	metrics := make([]awscloudwatch.IMetric, 0, len(names))
	for _, name := range names {
		metrics = append(metrics, metric(telemetry.Namespace, string(name), "Sum", map[string]*string{"function": jsii.String(functionName(function))}))
	}
	return metrics
}

func (s *stack) dashboard() {
	var errors, durations, waiting, deadLetters []awscloudwatch.IMetric
	for _, function := range s.Plan.Deployed() {
		errors = append(errors, lambdaMetric(function, "Errors", "Sum"), lambdaMetric(function, "Throttles", "Sum"))
		durations = append(durations, lambdaMetric(function, "Duration", "p95"))
	}
	waiting = append(waiting, s.queues.looks.MetricApproximateAgeOfOldestMessage(nil), s.queues.orders.MetricApproximateAgeOfOldestMessage(nil))
	for _, dead := range s.queues.dead() {
		deadLetters = append(deadLetters, dead.queue.MetricApproximateNumberOfMessagesVisible(nil))
	}
	board := awscloudwatch.NewDashboard(s.Stack, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		// Dashboards of all regions share one list of names.
		DashboardName: jsii.String("pipewarden-" + *awscdk.Aws_REGION()),
	})
	board.AddWidgets(
		graph("Events and findings", counted(blueprint.Auditor, telemetry.Events, telemetry.Ignored, telemetry.Findings, telemetry.Unknowns, telemetry.Announced, telemetry.Ordered, telemetry.Heartbeat)),
		graph("What could not be judged", counted(blueprint.Auditor, telemetry.Undecodable, telemetry.Foreign, telemetry.Retried)),
		graph("Remedies", counted(blueprint.Remediator, telemetry.Remedied, telemetry.RemedyFailed, telemetry.Retried)),
	)
	board.AddWidgets(graph("Seconds that the oldest message waits", waiting), graph("Messages nobody worked off", deadLetters))
	board.AddWidgets(graph("Errors and throttles", errors), graph("Duration (95 of 100)", durations))
}

func graph(title string, metrics []awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{Title: &title, Left: &metrics, Width: jsii.Number(8)})
}

// warn says at synthesis what the deployment will not hear.
func (s *stack) warn() {
	deaf := blueprint.GlobalServices(s.Plan.Rules)
	if len(deaf) == 0 || s.Props.Region == blueprint.GlobalRegion || s.Organization != nil {
		return
	}
	where := "Deployed in " + s.Props.Region + ", it"
	if s.Props.Region == "" {
		where = "Deployed elsewhere than in " + blueprint.GlobalRegion + ", it"
	}
	awscdk.Annotations_Of(s.Stack).AddWarningV2(jsii.String("pipewarden:globalServices"), jsii.String(where+" hears no calls of "+
		strings.Join(deaf, ", ")+": EventBridge delivers those in "+blueprint.GlobalRegion+" only. Forward them with a rule there, or deploy there as well."))
}
