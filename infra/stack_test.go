package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/blueprint"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func number(t *testing.T, p *part, path string) float64 {
	t.Helper()
	n, ok := p.at(path).(float64)
	if !ok {
		t.Fatalf("%s: %s is %v, no number", p.id, path, p.at(path))
	}
	return n
}

func same(t *testing.T, p *part, path string, want any) {
	t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := p.at(path); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s is %v, want %v", p.id, path, got, want)
	}
}

func TestEverythingDemandsTLS(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for kind, of := range map[string]string{"AWS::SQS::QueuePolicy": "AWS::SQS::Queue", "AWS::SNS::TopicPolicy": "AWS::SNS::Topic"} {
			policies := tpl.all(t, kind)
			if len(policies) != len(tpl.all(t, of)) {
				t.Errorf("%d of %s for %d of %s", len(policies), kind, len(tpl.all(t, of)), of)
			}
			for _, policy := range policies {
				if !slices.ContainsFunc(policy.statements(t, "PolicyDocument"), func(s statement) bool {
					return s.Effect == "Deny" && text(s.Condition["Bool"]["aws:SecureTransport"]) == "false"
				}) {
					t.Errorf("%s lets plain HTTP in", policy.id)
				}
			}
		}
	})
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	settingsOf := map[string]string{
		"Auditor":    "ACCOUNT ACCOUNT_NAME KEY LOOKS ORDERS PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Remediator": "ACCOUNT ACCOUNT_NAME LOOKS_ARN ORDERS PARTITION REMEDIATOR_ROLE TABLE TOPIC UNDELIVERED_ARN",
		"Sweeper":    "ACCOUNT ACCOUNT_NAME LOOKS PARTITION TABLE",
		"Reporter":   "ACCOUNT ACCOUNT_NAME PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Notifier":   "ACCOUNT ACCOUNT_NAME PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Responder":  "ACCOUNT ACCOUNT_NAME ORDERS PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Exporter":   "ACCOUNT ACCOUNT_NAME PARTITION REMEDIATOR_ROLE TABLE TOPIC",
		"Archivist":  "ACCOUNT EVIDENCE EVIDENCE_KEY PARTITION",
		"Publisher":  "ACCOUNT ACCOUNT_NAME EVIDENCE PARTITION TABLE TOPIC",
	}
	more := map[string]string{"applies Auditor": "EXPORTS", "applies Remediator": "EXPORTS RESPONDER_ROLE", "applies Reporter": "EXPORTS", "chats Notifier": "CHAT_TOPIC"}
	for _, function := range []string{"Auditor", "Remediator", "Sweeper"} {
		more["central "+function] = "GLOBAL_REGION ORGANIZATION REGIONS UNITS"
	}
	for _, stack := range keeping {
		more[stack+" Auditor"] += " EVIDENCE_KEY"
	}
	memory := map[string]int{"Archivist": 256, "Publisher": 1024} // megabytes; of the others, 128
	each(t, func(t *testing.T, tpl *template) {
		if made := tpl.all(t, "AWS::Lambda::Function"); len(made) != len(functions[tpl.name]) {
			t.Errorf("%d functions", len(made))
		}
		for _, function := range functions[tpl.name] {
			id := blueprint.Camel(function)
			want := strings.Join(sorted(strings.Fields(settingsOf[id]+" "+more[tpl.name+" "+id])), " ")
			f := tpl.named(t, "AWS::Lambda::Function", id)
			same(t, f, "Runtime", "provided.al2023")
			same(t, f, "Architectures", []any{"arm64"})
			megabytes := cmp.Or(memory[id], 128)
			same(t, f, "MemorySize", megabytes)
			same(t, f, "FunctionName", functionName(strings.ToLower(id)))
			if f.at("ReservedConcurrentExecutions") != nil {
				t.Errorf("%s has reserved concurrency: throttles burn receives", f.id)
			}
			variables, _ := f.at("Environment.Variables").(map[string]any)
			same(t, f, "Environment.Variables.GOMAXPROCS", "1")
			same(t, f, "Environment.Variables.GOGC", "400")
			same(t, f, "Environment.Variables.GOMEMLIMIT", fmt.Sprintf("%dMiB", megabytes-72)) // what Go does not count has its place
			var names []string
			for name := range variables {
				if told, ours := strings.CutPrefix(name, "PIPEWARDEN_"); ours {
					names = append(names, told)
				}
			}
			if got := strings.Join(sorted(names), " "); got != want {
				t.Errorf("%s is told %s, want %s", f.id, got, want)
			}
			role := tpl.named(t, "AWS::IAM::Role", id+"Role")
			if text(f.at("Role")) != "${"+role.id+".Arn}" {
				t.Errorf("%s runs as %v", f.id, f.at("Role"))
			}
			// Who is told of the table may use it, and nobody else.
			table := "${" + tpl.named(t, "AWS::DynamoDB::Table", "Table").id + ".Arn}"
			uses := slices.ContainsFunc(role.allowed(t), func(s statement) bool {
				return slices.Equal(s.actions, ledger.Actions) && slices.Equal(s.resources, []string{table})
			})
			if told := variables["PIPEWARDEN_TABLE"] != nil; told != uses {
				t.Errorf("%s is told of the table: %v, and may use it: %v", f.id, told, uses)
			}
		}
		remediator := "${" + tpl.named(t, "AWS::IAM::Role", "RemediatorRole").id + ".Arn}"
		if got := text(tpl.named(t, "AWS::Lambda::Function", "Auditor").at("Environment.Variables.PIPEWARDEN_REMEDIATOR_ROLE")); got != remediator {
			t.Errorf("the auditor takes %s for the remediator", got)
		}
	})
}

func TestLogGroups(t *testing.T) {
	t.Parallel()
	days := map[string]int{"propose": 365, "applies": 30, "chats": 365, "central": 365}
	for _, stack := range stacks {
		tpl := load(t, stack)
		key := "${" + tpl.named(t, "AWS::KMS::Key", "Key").id + ".Arn}"
		for _, function := range functions[stack] {
			group := tpl.named(t, "AWS::Logs::LogGroup", blueprint.Camel(function)+"Log")
			same(t, group, "LogGroupName", "/pipewarden/"+function)
			same(t, group, "RetentionInDays", days[stack])
			if got := text(group.at("KmsKeyId")); got != key {
				t.Errorf("%s is sealed by %s", group.id, got)
			}
			if got := text(tpl.named(t, "AWS::Lambda::Function", blueprint.Camel(function)).at("LoggingConfig.LogGroup")); got != "${"+group.id+"}" {
				t.Errorf("%s logs to %s", function, got)
			}
		}
	}
}

func TestKeyAdmitsItsServices(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		key := tpl.named(t, "AWS::KMS::Key", "Key")
		same(t, key, "EnableKeyRotation", true)
		bySid := map[string]statement{}
		for _, s := range key.statements(t, "KeyPolicy") {
			bySid[s.Sid] = s
			if len(s.principal) > 0 && len(s.Condition) == 0 {
				t.Errorf("%v may use the key for anybody", s.principal)
			}
		}
		logs := bySid["LogsSealTheirGroups"]
		if got := text(logs.Condition["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]); got != "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/pipewarden/*" {
			t.Errorf("logs are sealed for %s", got)
		}
		if !slices.Equal(logs.principal, []string{"logs.${AWS::Region}.${AWS::URLSuffix}"}) ||
			!slices.Equal(logs.actions, []string{"kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"}) {
			t.Errorf("logs: %v may %v", logs.principal, logs.actions)
		}
		alarms := bySid["AlarmsPublish"]
		if !slices.Equal(alarms.actions, []string{"kms:Decrypt", "kms:GenerateDataKey*"}) {
			t.Errorf("alarms may %v", alarms.actions)
		}
		isForOurAlarms(t, alarms)
		same(t, tpl.named(t, "AWS::KMS::Alias", "KeyAlias"), "AliasName", "alias/pipewarden")
	})
}

func isForOurAlarms(t *testing.T, s statement) {
	t.Helper()
	if !slices.Equal(s.principal, []string{"cloudwatch.amazonaws.com"}) || text(s.Condition["StringEquals"]["aws:SourceAccount"]) != "${AWS::AccountId}" ||
		text(s.Condition["ArnLike"]["aws:SourceArn"]) != "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:pipewarden-*" {
		t.Errorf("%s admits %v under %v", s.Sid, s.principal, s.Condition)
	}
}

func TestTopic(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		topic := tpl.named(t, "AWS::SNS::Topic", "Topic")
		if got := text(topic.at("KmsMasterKeyId")); got != "${"+tpl.named(t, "AWS::KMS::Key", "Key").id+".Arn}" {
			t.Errorf("the topic is sealed by %s", got)
		}
		for _, s := range tpl.named(t, "AWS::SNS::TopicPolicy", "TopicPolicy").statements(t, "PolicyDocument") {
			if s.Effect == "Allow" {
				isForOurAlarms(t, s)
			}
		}
		mail := tpl.named(t, "AWS::SNS::Subscription", "Subscription")
		if text(mail.at("Protocol")) != "email" || mail.Condition != "HasEmail" {
			t.Errorf("e-mail goes to whoever gave no address: %+v", mail)
		}
		same(t, mail, "FilterPolicy", map[string]any{"channels": []any{map[string]any{"exists": false}, "email"}})
		if fallback := tpl.Parameters["Email"]["Default"]; fallback != "" {
			t.Errorf("e-mail goes to %v unless said otherwise", fallback)
		}
	})
}

func TestWhatHoldsDataOutlivesTheStack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for kind, id := range map[string]string{"AWS::KMS::Key": "Key", "AWS::DynamoDB::Table": "Table"} {
			if p := tpl.named(t, kind, id); p.DeletionPolicy != "Retain" || p.Replace != "Retain" {
				t.Errorf("%s is removed with the stack", p.id)
			}
		}
		table := tpl.named(t, "AWS::DynamoDB::Table", "Table")
		same(t, table, "DeletionProtectionEnabled", true)
		same(t, table, "BillingMode", "PAY_PER_REQUEST")
		same(t, table, "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", true)
		same(t, table, "SSESpecification.SSEEnabled", true)
		same(t, table, "TimeToLiveSpecification", map[string]any{"AttributeName": ledger.TimeToLive, "Enabled": true})
		same(t, table, "KeySchema", []any{
			map[string]any{"AttributeName": ledger.PartitionKey, "KeyType": "HASH"}, map[string]any{"AttributeName": ledger.SortKey, "KeyType": "RANGE"},
		})
		if got := text(table.at("SSESpecification.KMSMasterKeyId")); got != "${"+tpl.named(t, "AWS::KMS::Key", "Key").id+".Arn}" {
			t.Errorf("the table is sealed by %s", got)
		}
		if table.at("GlobalSecondaryIndexes") != nil {
			t.Error("the table has an index, which is eventually consistent: nothing may be decided on it")
		}
	})
}

func TestAlarmsTellPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		var want []string
		dead := []string{"LooksDead", "OrdersDead", "Undelivered"}
		if slices.Contains(functions[tpl.name], "notifier") {
			dead = append(dead, "PostsDead")
		}
		if slices.Contains(functions[tpl.name], "exporter") {
			dead = append(dead, "ExportsDead")
		}
		if slices.Contains(functions[tpl.name], "archivist") {
			dead, want = append(dead, "EvidenceDead"), append(want, "IteratorAge pipewarden-archivist > 3.6e+06")
		}
		for _, q := range dead {
			want = append(want, "ApproximateNumberOfMessagesVisible ${"+tpl.named(t, "AWS::SQS::Queue", q).id+".QueueName} > 0")
		}
		for _, q := range []string{"Looks", "Orders"} {
			want = append(want, "ApproximateAgeOfOldestMessage ${"+tpl.named(t, "AWS::SQS::Queue", q).id+".QueueName} > 900")
		}
		for _, f := range functions[tpl.name] {
			want = append(want, "Errors pipewarden-"+f+" > 0", "Throttles pipewarden-"+f+" > 0")
		}
		topic := "${" + tpl.named(t, "AWS::SNS::Topic", "Topic").id + "}"
		var got []string
		for _, alarm := range tpl.all(t, "AWS::CloudWatch::Alarm") {
			if alarm.at("MetricName") == "Heartbeat" || alarm.at("MetricName") == "Sealed" {
				continue // it misses something, and a test of its own says how
			}
			dimensions, _ := alarm.at("Dimensions").([]any)
			object, _ := dimensions[0].(map[string]any)
			got = append(got, fmt.Sprintf("%v %s > %v", alarm.at("MetricName"), text(object["Value"]), alarm.at("Threshold")))
			if actions := texts(alarm.at("AlarmActions")); !slices.Equal(actions, []string{topic}) {
				t.Errorf("%s tells %v", alarm.id, actions)
			}
			if !strings.HasPrefix(text(alarm.at("AlarmName")), alarmPrefix) {
				t.Errorf("%s is called %v: the topic does not admit it", alarm.id, alarm.at("AlarmName"))
			}
			same(t, alarm, "ComparisonOperator", "GreaterThanThreshold")
			same(t, alarm, "TreatMissingData", "notBreaching")
		}
		if !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("alarms on\n%s\nwant\n%s", strings.Join(sorted(got), "\n"), strings.Join(sorted(want), "\n"))
		}
	})
}

func TestDashboardShowsWhatTheFunctionsCount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		board := tpl.all(t, "AWS::CloudWatch::Dashboard")[0]
		body := text(board.at("DashboardBody"))
		for _, metric := range []string{"Findings", "Unknowns", "Undecodable", "RemedyFailed"} {
			if !strings.Contains(body, `["pipewarden","`+metric+`","function","pipewarden-`) {
				t.Errorf("the dashboard does not show %s", metric)
			}
		}
	})
}

func TestNoPartitionIsWrittenDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, literal := range []string{"arn:aws:", "arn:aws-", "amazonaws.com.cn"} {
			if strings.Contains(string(tpl.raw), literal) {
				t.Errorf("the template holds %s", literal)
			}
		}
	})
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, tpl *template) {
		for _, name := range []string{"TableName", "TopicArn", "OrdersUrl", "LooksUrl", "RemediatorRoleArn"} {
			if !strings.HasPrefix(text(tpl.Outputs[name].Value), "${") {
				t.Errorf("output %s is %v", name, tpl.Outputs[name].Value)
			}
		}
		for name, want := range map[string]struct{ text, condition string }{
			"Next1Confirm":   {"confirm the subscription", "HasEmail"},
			"Next1Subscribe": {"Nobody is told yet: make deploy", "HasNoEmail"},
			"Next2Trail":     {"only while a trail logs management events in ${AWS::Region}", ""},
			"Next3Scan":      {"pipewarden scan", ""},
		} {
			if got := tpl.Outputs[name]; !strings.Contains(text(got.Value), want.text) || got.Condition != want.condition {
				t.Errorf("output %s is %s when %q", name, text(got.Value), got.Condition)
			}
		}
	})
}

func TestWhatIsNotHeardHereIsSaid(t *testing.T) {
	t.Parallel()
	warning := "pipewarden:globalServices"
	for _, one := range []struct {
		stack  string
		warned bool
	}{{"propose", false}, {"applies", true}} {
		if got := strings.Contains(metadata(t, one.stack), warning); got != one.warned {
			t.Errorf("%s: warned is %v", one.stack, got)
		}
	}
	if got := load(t, "applies").Outputs["Next4GlobalServices"]; !strings.Contains(text(got.Value), "iam") || got.Condition != "IsElsewhere" {
		t.Errorf("output: %+v", got)
	}
}

func metadata(t *testing.T, stack string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(out, stack+".metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestStackIsProtectedAndBoundToNoPlace(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var assembly struct {
		Artifacts map[string]struct {
			Type, Environment string
			Properties        struct {
				TerminationProtection bool
				StackName             string
				Tags                  map[string]string
			}
		}
	}
	if err := json.Unmarshal(raw, &assembly); err != nil {
		t.Fatal(err)
	}
	for _, stack := range stacks {
		made := assembly.Artifacts[stack]
		if !made.Properties.TerminationProtection || made.Properties.StackName != "pipewarden" || made.Properties.Tags["app"] != "pipewarden" || made.Environment != "aws://unknown-account/unknown-region" {
			t.Errorf("%s: %+v", stack, made)
		}
	}
}
