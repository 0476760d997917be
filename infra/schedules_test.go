package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/heartbeat"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// beating lists the stacks that make heartbeats: always the one with everything on, and the default one since a check listens for them.
func beating(t *testing.T) []string {
	t.Helper()
	plan, err := blueprint.New(blueprint.Whole(), settings.Default())
	if err != nil {
		t.Fatal(err)
	}
	if plan.Heartbeat {
		return []string{"propose", "applies"}
	}
	return []string{"applies"}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	for _, stack := range beating(t) {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			tpl := load(t, stack)
			parameter := tpl.named(t, "AWS::SSM::Parameter", "HeartbeatParameter")
			same(t, parameter, "Name", heartbeat.Name)
			same(t, parameter, "Type", "String")

			schedule := tpl.named(t, "AWS::Scheduler::Schedule", "Heartbeat")
			same(t, schedule, "ScheduleExpression", "rate(20 minutes)")
			same(t, schedule, "State", "ENABLED")
			var input struct{ Heartbeat bool }
			if err := json.Unmarshal([]byte(text(schedule.at("Target.Input"))), &input); err != nil || !input.Heartbeat {
				t.Errorf("the sweeper is woken with %v: %v", schedule.at("Target.Input"), err)
			}
			if got, want := text(schedule.at("Target.Arn")), "${"+tpl.named(t, "AWS::Lambda::Function", "Sweeper").id+".Arn}"; got != want {
				t.Errorf("the schedule calls %s, want %s", got, want)
			}
			// The first beat comes with the schedule, so what brings it back is there before.
			for _, needed := range append(tpl.all(t, "AWS::Events::Rule"), parameter) {
				if !slices.Contains(schedule.DependsOn, needed.id) {
					t.Errorf("the first heartbeat may be made before %s", needed.id)
				}
			}
			if sweep := tpl.named(t, "AWS::Scheduler::Schedule", "Sweep"); sweep.at("Target.Input") != nil {
				t.Errorf("the sweep is woken with %v", sweep.at("Target.Input"))
			}
		})
	}
}

// The alarm needs nothing of what it watches: no rule, no trail and no function have to work for it to go off.
func TestAMissingHeartbeatIsAnAlarm(t *testing.T) {
	t.Parallel()
	for _, stack := range beating(t) {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			tpl := load(t, stack)
			alarm := tpl.named(t, "AWS::CloudWatch::Alarm", "HeartbeatMissing")
			for path, want := range map[string]any{
				"AlarmName": "pipewarden-HeartbeatMissing", "Namespace": "pipewarden", "MetricName": "Heartbeat", "Statistic": "Sum",
				"Period": 1200, "EvaluationPeriods": 3, "DatapointsToAlarm": 3, "Threshold": 1,
				"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching",
				"Dimensions": []any{map[string]any{"Name": "function", "Value": "pipewarden-auditor"}},
			} {
				same(t, alarm, path, want)
			}
			topic := []string{"${" + tpl.named(t, "AWS::SNS::Topic", "Topic").id + "}"}
			if !slices.Equal(texts(alarm.at("AlarmActions")), topic) || !slices.Equal(texts(alarm.at("OKActions")), topic) {
				t.Errorf("tells %v, and when it is over %v", alarm.at("AlarmActions"), alarm.at("OKActions"))
			}
			said := text(alarm.at("AlarmDescription"))
			for _, part := range []string{
				"deaf", "20 minutes", "for an hour", heartbeat.Name, "account-no-trail", "Likely reasons", "What to do", "aws cloudtrail describe-trails",
				"/pipewarden/auditor", "first deployment",
			} {
				if !strings.Contains(said, part) {
					t.Errorf("the alarm does not say %q: %s", part, said)
				}
			}
			if len(said) > 1024 { // Amazon CloudWatch API Reference, "PutMetricAlarm"
				t.Errorf("the alarm says %d characters", len(said))
			}
			if !strings.Contains(string(tpl.raw), `[\"pipewarden\",\"Heartbeat\",`) {
				t.Error("the dashboard does not show heartbeats")
			}
		})
	}
}
