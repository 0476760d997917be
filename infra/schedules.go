package main

import (
	"strconv"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/jsii-runtime-go"

	"github.com/pipewarden/pipewarden/shared/auditor"
	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/settings"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// waker is the role under which the scheduler wakes a function.
func (s *stack) waker(id string, f awslambda.Function) awsiam.Role {
	return awsiam.NewRole(s.Stack, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
		}),
		Description: jsii.String("Wakes a function of pipewarden's."),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"wake": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings("lambda:InvokeFunction"), Resources: &[]*string{f.FunctionArn()}}),
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: jsii.Strings("sqs:SendMessage"), Resources: &[]*string{s.queues.undelivered.QueueArn()}}),
		}})},
	})
}

// tellEvery is how often what waits is looked at: soon enough for what a sweep found, and a day of it costs less than a cent.
const tellEvery = 5 * time.Minute

// report makes the schedules of the reporter: it tells what waits, and once a day how everything stands.
func (s *stack) report(f awslambda.Function) {
	role := s.waker("ReporterScheduler", f)
	calm := `"calmSeconds":` + strconv.Itoa(int((auditor.Settle + time.Minute).Seconds()))
	s.schedule("Tell", "Tells people what waited to be told.", tellEvery, s.target(f, role, "{"+calm+"}"))
	at := s.Settings.Notify.DigestAt
	if !at.Set { // people are reminded all the same
		at = settings.Default().Notify.DigestAt
	}
	s.scheduleAt("Daily", "Reminds people, and tells them how everything stands.", "cron("+strconv.Itoa(at.Minute%60)+" "+strconv.Itoa(at.Minute/60)+" * * ? *)",
		s.Settings.Notify.Zone.Name, s.target(f, role, `{"daily":true,`+calm+"}"))
}

// wake makes the schedules of the sweeper: the sweep every so many hours, and the heartbeat.
func (s *stack) wake(f awslambda.Function) {
	role := s.waker("Scheduler", f)
	// A sweep that ended in errors is worth one more try; the next comes within hours.
	f.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{RetryAttempts: jsii.Number(1)})
	sweeps := time.Duration(s.Settings.Sweep.EveryHours) * time.Hour
	s.schedule("Sweep", "Looks at everything again: events may be lost.", sweeps, s.target(f, role, ""))
	if s.Plan.Heartbeat {
		s.beat(s.target(f, role, `{"heartbeat":true}`))
	}
}

// target is a function that the scheduler calls, with an input if there is one. What it cannot deliver within an hour ends where
// undelivered events do.
func (s *stack) target(f awslambda.Function, role awsiam.Role, input string) *awsscheduler.CfnSchedule_TargetProperty {
	target := &awsscheduler.CfnSchedule_TargetProperty{
		Arn: f.FunctionArn(), RoleArn: role.RoleArn(),
		DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: s.queues.undelivered.QueueArn()},
		RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumRetryAttempts: jsii.Number(3), MaximumEventAgeInSeconds: jsii.Number(3600)},
	}
	if input != "" {
		target.Input = &input
	}
	return target
}

func (s *stack) schedule(id, what string, every time.Duration, target *awsscheduler.CfnSchedule_TargetProperty) awsscheduler.CfnSchedule {
	rate := awsscheduler.ScheduleExpression_Rate(awscdk.Duration_Minutes(jsii.Number(every.Minutes())))
	return s.scheduleAt(id, what, *rate.ExpressionString(), "UTC", target)
}

func (s *stack) scheduleAt(id, what, expression, zone string, target *awsscheduler.CfnSchedule_TargetProperty) awsscheduler.CfnSchedule {
	return awsscheduler.NewCfnSchedule(s.Stack, &id, &awsscheduler.CfnScheduleProps{
		Description: &what, State: jsii.String("ENABLED"),
		ScheduleExpression: &expression, ScheduleExpressionTimezone: &zone,
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		Target:             target,
	})
}

// beat makes what heartbeats take: the parameter that they write, the schedule, and the alarm that misses them. A rate begins at once
// (EventBridge Scheduler User Guide, "Schedule types"), so the schedule comes after the rules that bring the first of them back, and the
// alarm after the schedule.
func (s *stack) beat(target *awsscheduler.CfnSchedule_TargetProperty) {
	parameter := awsssm.NewCfnParameter(s.Stack, jsii.String("HeartbeatParameter"), &awsssm.CfnParameterProps{
		Name: jsii.String(heartbeat.Name), Type: jsii.String("String"), Value: jsii.String("none yet"),
		Description: jsii.String("When pipewarden last made a change of its own, which it must hear of like of any other. No secret."),
	})
	schedule := s.schedule("Heartbeat", "Makes a harmless change that must come back: an auditor that hears nothing looks like one that has nothing to tell.", heartbeat.Every, target)
	schedule.Node().AddDependency(parameter)
	for _, rule := range s.rules {
		schedule.Node().AddDependency(rule)
	}
	alarm := awscloudwatch.NewAlarm(s.Stack, jsii.String("HeartbeatMissing"), &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(alarmPrefix + "HeartbeatMissing"), AlarmDescription: jsii.String(s.deaf()),
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(telemetry.Namespace), MetricName: jsii.String(string(telemetry.Heartbeat)), Statistic: jsii.String("Sum"),
			DimensionsMap: &map[string]*string{"function": jsii.String(functionName(blueprint.Auditor))},
			Period:        awscdk.Duration_Minutes(jsii.Number(heartbeat.Every.Minutes())),
		}),
		Threshold: jsii.Number(1), ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
		EvaluationPeriods: jsii.Number(heartbeat.Missed), DatapointsToAlarm: jsii.Number(heartbeat.Missed),
		TreatMissingData: awscloudwatch.TreatMissingData_BREACHING,
	})
	alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(s.topic))
	alarm.AddOkAction(awscloudwatchactions.NewSnsAction(s.topic))
	alarm.Node().AddDependency(schedule)
}

// deaf is what the alarm tells people: CloudWatch sends it as it stands here, in 1,024 characters at most.
func (s *stack) deaf() string {
	return "pipewarden is deaf in " + *awscdk.Aws_REGION() + ": for an hour no change of its own has come back. Every " + minutes(heartbeat.Every) +
		" it writes the parameter " + heartbeat.Name + ", and hears of that through CloudTrail, EventBridge and its queue, as it hears of every change. " +
		"Until it does again, changes to pipelines are not told; only sweeps go on. " +
		"Likely reasons: no trail logs management events here any more (the finding account-no-trail, CloudTrail > Trails); " +
		"a rule or a schedule named pipewarden-* was switched off; the auditor ends in errors (its log is " + blueprint.LogGroup(blueprint.Auditor) + "). " +
		"What to do: aws cloudtrail describe-trails; aws events list-rules --name-prefix pipewarden-; aws scheduler list-schedules --name-prefix pipewarden-. " +
		"The next sweep says where it is lost (pipewarden checks auditor-silent). Right after the first deployment this may be on for some minutes. It ends by itself with the next heartbeat that is heard."
}

func minutes(d time.Duration) string { return strconv.Itoa(int(d.Minutes())) + " minutes" }
