package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// prices are list prices in USD for one unit each.
type prices struct {
	Region, AsOf, Note string

	LambdaGBSecond, LambdaRequest                float64
	SQSRequest                                   float64
	EventBridgeCrossAccountEvent                 float64
	DynamoDBWrite, DynamoDBRead, DynamoDBGBMonth float64
	S3Get                                        float64
	KMSRequest, KMSKeyMonth                      float64
	SNSPublish, SNSEmail                         float64
	LogsGB, LogsGBMonth                          float64
	MetricMonth, AlarmMonth, DashboardMonth      float64
	SchedulerInvocation                          float64
}

//go:embed prices.json
var priceList []byte

// profile is what an account does in a month, and what is not measured but assumed.
type profile struct {
	accounts    float64 // in the organisation, which share the central functions
	events      float64 // that are delivered
	sweeps      float64
	resources   float64 // that a sweep looks at
	perMessage  float64 // resources in one look
	tells       float64 // wakes of the reporter, for the whole organisation
	beats       float64 // heartbeats: each is a write by the sweeper and an event for the auditor
	changes     float64 // of what the ledger holds: findings that open, change or are resolved
	emails      float64 // messages to people, to how many addresses each
	wait        float64 // ms for one call of AWS
	memory      float64 // GB of a function
	share       float64 // of a core that it gets: AWS Lambda Developer Guide, "Configure Lambda function memory"
	idlePolls   float64 // receives of the empty queues in a month, for the whole organisation
	platform    float64 // bytes that Lambda itself logs for an invocation
	metrics     float64
	alarms      float64
	ledgerBytes float64 // for each resource
}

// month is the profile that the budget is computed for.
func month() profile {
	return profile{
		accounts: 1000, events: 3000, sweeps: 4 * 30, resources: 50, perMessage: 10, changes: 30, emails: 10,
		beats: float64(30 * 24 * time.Hour / heartbeat.Every),
		tells: 30 * 24 * 12,
		wait:  15, memory: 0.125, share: 128.0 / 1769,
		// Two queues with five pollers each that wait for up to 20 seconds (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS").
		idlePolls: 2 * 5 * 30 * 24 * 3600 / 20,
		platform:  450, metrics: 28, alarms: 14, ledgerBytes: 6000,
	}
}

// item is one line of the bill.
type item struct {
	name string
	usd  float64
}

// bill is the cost of one account in a month. It is arithmetic over measured calls and CPU times.
func bill(p profile, o observed, price prices) []item {
	looks := p.sweeps * p.resources
	messages := looks / p.perMessage
	invocations := p.events + messages + p.beats // of the auditor, one message each: the worst case
	calls := func(each map[string]float64) (sum float64) {
		for _, n := range each {
			sum += n
		}
		return sum
	}
	of := func(service string) float64 { return p.events*o.eventCalls[service] + looks*o.sweepCalls[service] }
	seconds := (p.events*(o.warmCPU/p.share+calls(o.eventCalls)*p.wait) + looks*(o.sweepCPU/p.share+calls(o.sweepCalls)*p.wait)) / 1000
	// A beat is a call of the sweeper, and two of the auditor to the ledger; it takes each the CPU of an event.
	seconds += p.beats * (2*o.warmCPU/p.share + 3*p.wait) / 1000
	// A wake of the reporter that has nothing to tell reads the table twice; it takes the CPU of an event.
	telling := p.tells / p.accounts
	seconds += telling * (o.warmCPU/p.share + 2*p.wait) / 1000
	written := telling*p.platform + p.events*o.eventBytes + looks*o.sweepBytes + (invocations+p.beats)*p.platform
	const giga = 1e9
	return []item{
		{"Lambda", seconds*p.memory*price.LambdaGBSecond + (invocations+p.beats+telling)*price.LambdaRequest + (p.sweeps+p.beats+telling)*price.SchedulerInvocation},
		{"SQS", (3*invocations + p.idlePolls/p.accounts) * price.SQSRequest}, // send, receive, delete
		{"EventBridge between accounts", (p.events + p.beats) * price.EventBridgeCrossAccountEvent},
		{"DynamoDB", (of("dynamodb")+p.beats+2*telling)*price.DynamoDBRead + (3*p.changes+p.beats)*price.DynamoDBWrite + p.resources*p.ledgerBytes/giga*price.DynamoDBGBMonth},
		{"S3 reads", of("s3") * price.S3Get},
		{"KMS", of("kms")*price.KMSRequest + price.KMSKeyMonth/p.accounts},
		{"logs", written / giga * (price.LogsGB + 12*price.LogsGBMonth)},
		{"messages", p.emails * (price.SNSPublish + price.SNSEmail + price.KMSRequest)},
		{"metrics, alarms, dashboard", (p.metrics*price.MetricMonth + p.alarms*price.AlarmMonth + price.DashboardMonth) / p.accounts},
	}
}

// cost adds the running cost. The roll-out to an organisation comes later; what it will share is counted as shared.
func (b *bench) cost() error {
	var price prices
	if err := json.Unmarshal(priceList, &price); err != nil {
		return fmt.Errorf("read prices: %w", err)
	}
	p := month()
	total, parts := itemised(bill(p, b.seen, price))
	single := p
	single.accounts = 1
	alone, largest := itemised(bill(single, b.seen, price))
	b.add(figure{
		Budget: "running cost of an account, a month", Limit: 0.06, Reached: total, Unit: "USD",
		How: fmt.Sprintf("arithmetic, not a bill: list prices of %s (%s), one of %s accounts with %s events and %s heartbeats, one message an invocation, %.0f sweeps of %.0f resources, CPU and calls as measured here, %.0f ms for a call: %s; "+
			"an account by itself, free tiers not taken off: %.2f, of which %s",
			price.Region, price.AsOf, thousands(int64(p.accounts)), thousands(int64(p.events)), thousands(int64(p.beats)), p.sweeps, p.resources, p.wait, strings.Join(parts, ", "),
			alone, strings.Join(largest[:3], ", ")),
	})
	return nil
}

// itemised is the sum of a bill, and its lines in words, the largest first.
func itemised(items []item) (total float64, lines []string) {
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(b.usd, a.usd) })
	for _, one := range items {
		total += one.usd
		lines = append(lines, fmt.Sprintf("%s %.4f", one.name, one.usd))
	}
	return total, lines
}
