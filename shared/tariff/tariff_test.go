package tariff

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

// read gives what is built in.
func read(t testing.TB) (List, Measured) {
	t.Helper()
	list, err := Prices()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Figures()
	if err != nil {
		t.Fatal(err)
	}
	return list, m
}

// TestEveryPriceIsTakenAndNamesItsSource: a figure that nobody can look up again is worth nothing.
func TestEveryPriceIsTakenAndNamesItsSource(t *testing.T) {
	t.Parallel()
	list, m := read(t)
	taken := map[string]bool{}
	for _, l := range list.Bill(Use{Accounts: 2, Events: 1, Regions: 1, Resources: 1, SweepsADay: 1}, m).Lines {
		taken[l.Price.ID] = true
		if math.IsNaN(l.USD()) || l.Quantity <= 0 {
			t.Errorf("%s: %v of %+v", l.What, l.Quantity, l.Price)
		}
	}
	free := 0
	for _, p := range list.Prices {
		if !taken[p.ID] {
			t.Errorf("%s: no line takes it", p.ID)
		}
		if !strings.HasPrefix(p.Page, "https://aws.amazon.com/") {
			t.Errorf("%s: %q is no page of AWS's", p.ID, p.Page)
		}
		if p.USD == 0 {
			free++
		}
	}
	if free != 3 || len(taken) != len(list.Prices) {
		t.Errorf("%d are free, and %d of %d taken", free, len(taken), len(list.Prices))
	}
}

func TestParsePrices(t *testing.T) {
	t.Parallel()
	for old, change := range map[string]struct{ by, want string }{
		`"region": "us-east-1"`:                      {`"region": ""`, "region"},
		`"currency": "USD"`:                          {`"currency": "EUR"`, "currency"},
		`"id": "sqs-request"`:                        {`"id": "sqs-reqest"`, `price "sqs-reqest": nothing takes it`},
		`"id": "lambda-request"`:                     {`"id": "sqs-request"`, "price sqs-request: there twice\nprice lambda-request: missing"},
		`"usd": 0.4`:                                 {`"usd": -0.4`, "so many dollars"},
		`"per": 10000,`:                              {`"per": 0,`, "so many dollars"},
		`"unit": "key"`:                              {`"unit": ""`, "unit"},
		`"asOf": "2026-02"`:                          {`"asOf": "February"`, `asOf "February"`},
		`"page": "https://aws.amazon.com/iam/faqs/"`: {`"page": ""`, "page"},
		`"unit": "dashboard"`:                        {`"unit": "dashboard", "eur": 3`, "unknown field"},
		`"prices": [`:                                {`"prices": {`, "decode JSON"},
	} {
		raw := strings.Replace(string(priceList), old, change.by, 1)
		if raw == string(priceList) {
			t.Fatalf("%s is not in the list", old)
		}
		if _, err := ParsePrices([]byte(raw)); err == nil || !strings.Contains(err.Error(), change.want) {
			t.Errorf("%s: %v, want %s", change.by, err, change.want)
		}
	}
	if _, err := ParsePrices(append(slices.Clone(priceList), '{')); err == nil {
		t.Error("more than one value")
	}
}

func TestParseMeasured(t *testing.T) {
	t.Parallel()
	good := `{"on":"2026-06-30","how":"by hand","eventCPU":1,"eventCalls":{"s3":1},"eventLog":1,"lookCPU":1,"lookCalls":{"s3":1},"lookLog":1}`
	if _, err := ParseMeasured([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for old, by := range map[string]string{
		"2026-06-30": "lately", "by hand": "", `"eventCPU":1`: `"eventCPU":0`, `"lookCPU":1`: `"lookCPU":-1`, `"eventLog":1`: `"eventLog":-1`, `"lookLog":1`: `"lookLog":-1`,
		`"eventCalls":{"s3":1}`: `"eventCalls":{}`, `"lookCalls":{"s3":1}`: `"lookCalls":{"s3":1,"kms":-2}`, `"on"`: `"at"`, `}}`: ``,
	} {
		if _, err := ParseMeasured([]byte(strings.Replace(good, old, by, 1))); err == nil && strings.Contains(good, old) {
			t.Errorf("%s instead of %s was read", by, old)
		}
	}
}

// ones is a list in which everything costs a dollar, so that amounts are quantities.
func ones(t testing.TB) List {
	list, _ := read(t)
	for i := range list.Prices {
		list.Prices[i].USD, list.Prices[i].Per = 1, 1
	}
	return list
}

// byHand is what the bills below were worked out for: 10 ms for an event, and 5 for a resource, in a function of 128 MB.
var byHand = Measured{
	EventCPU: 10 * share, EventCalls: map[string]float64{"dynamodb": 1, "s3": 3, "sqs": 0.5}, EventLog: 200,
	LookCPU: 5 * share, LookCalls: map[string]float64{"dynamodb": 1, "kms": 1}, LookLog: 4,
}

func TestBill(t *testing.T) {
	t.Parallel()
	const published = 30.0/7 + 1 // reports of weeks and of the month
	for name, one := range map[string]struct {
		use   Use
		want  map[string]float64
		fixed map[string]float64
	}{
		"an account with two regions has two deployments": {
			Use{Accounts: 1, Events: 100, Regions: 2, Resources: 50, SweepsADay: 1},
			map[string]float64{
				// 100 events, 50 looks that they lead to, 1,500 looks of sweeps in 180 messages and 60 steps, 60 messages that end a sweep, 4,320 heartbeats.
				"SQS: to send, receive and delete messages": 3 * 4770, "SQS: to look whether there are any": 2_592_000,
				// Besides 4,320 heartbeats that are written, 17,280 wakes of the reporter, 60 of the sweeper, and 60 nights; each of 4,470 writes wakes
				// the archivist.
				"Lambda: invocations": 26_430 + 4470 + 60 + 2*published,
				// 100 of 77.5 ms, 1,550 of 35, 60 of 520, 4,320 of 65, 17,280 of 40, 120 of 40.
				"Lambda: time, on Arm, of 128 MB": 1070.0 / 8, "EventBridge Scheduler: sweeps, heartbeats, the reporter, seals": 21_660 + 60 + 2*published,
				// 4,470 of 20 ms and 60 of 5 s, with 256 MB; the reports of 20 s, with 1,024.
				"Lambda: time of the archivist and the publisher": (89.4+300)/4 + 40*published,
				"DynamoDB: reads": 1650 + 60 + 4320 + 2*17_280 + 50*published, "DynamoDB: writes": 90 + 60 + 4320, "DynamoDB: storage": 0.0003, "DynamoDB: point-in-time recovery": 0.0003,
				"S3: reads of how buckets are set up": 300, "S3: lists of buckets": 60, "KMS: the keys, that seals and that signs": 4, "KMS: requests": 1550 + 10 + 51_840 + 510 + 10*published,
				// 90 changes of findings, 60 legs of sweeps, 60 sweeps, 180 messages of theirs; two files each night, five for each report.
				"S3: evidence and reports, written": 390 + 120 + 10*published, "S3: evidence, kept for six years": 72 * 390 * 1500e-9, "KMS: signatures of days, and the key they are checked with": 120,
				"SNS: messages": 10 + 2*published, "SNS: e-mails": 10 + 2*published,
				"CloudWatch Logs: taken in": 0.0119197 + (4530+2*published)*450e-9, "CloudWatch Logs: kept for a year": 12 * (0.0119197 + (4530+2*published)*450e-9),
				"CloudWatch: metrics": 64, "CloudWatch: alarms": 42, "CloudWatch: the dashboard": 2,
			},
			map[string]float64{
				"SQS: to look whether there are any": 2_592_000, "SQS: to send, receive and delete messages": 3 * (60 + 4320), "KMS: requests": 51_840 + 60 + 120 + 10*published, "DynamoDB: storage": 0, "S3: lists of buckets": 0,
				"EventBridge Scheduler: sweeps, heartbeats, the reporter, seals": 21_660 + 60 + 2*published, "CloudWatch: metrics": 64, "KMS: the keys, that seals and that signs": 4,
				"S3: evidence and reports, written": 60 + 120 + 10*published,
			},
		},
		"an organisation has one": {
			Use{Accounts: 10, Events: 100, Regions: 2, Resources: 50, SweepsADay: 1},
			map[string]float64{
				// 1,000 events less the 50 of the central account's own region, and 390 sign-ins to each of nine members: 60 that sweeps make in every
				// region, 180 for their messages, 150 for events and what they lead to.
				"EventBridge: events to the central bus, which the members pay": 950 + 3510,
				// 1,000 events, twice 3,510 sign-ins, 2,300 messages about resources, 600 steps, 30 ends of sweeps, 2,160 heartbeats.
				"SQS: to send, receive and delete messages": 3 * 13_110, "SQS: to look whether there are any": 1_296_000, "Lambda: invocations": 13_110 + 2160 + 8640 + 30 + 8070 + 30 + published,
				// A call of what is watched waits for 82.5 ms: 1,000 of 280 ms, 15,500 of 102.5, 3,510 of 50, 600 of 2,545, 2,160 of 65, 8,640 of 40, 60 of 40, 900 of 25.
				"Lambda: time, on Arm, of 128 MB": 4082.15 / 8, "EventBridge Scheduler: sweeps, heartbeats, the reporter, seals": 10_830 + 30 + published,
				"Lambda: time of the archivist and the publisher": (161.4+150)/4 + 20*published, // 8,070 writes of 20 ms
				"S3: evidence and reports, written":               3330 + 60 + 5*published, "S3: evidence, kept for six years": 72 * 3330 * 1500e-9, "KMS: signatures of days, and the key they are checked with": 60,
				"DynamoDB: reads": 16_500 + 3510 + 600 + 2160 + 17_280 + 500*published, "DynamoDB: writes": 900 + 3510 + 600 + 2160 + 900, "DynamoDB: storage": 0.00303, "DynamoDB: point-in-time recovery": 0.00303,
				"S3: reads of how buckets are set up": 3000, "S3: lists of buckets": 600, "KMS: the keys, that seals and that signs": 2, "KMS: requests": 15_500 + 100 + 25_920 + 3390 + 5*published,
				"SNS: messages": 100 + published, "SNS: e-mails": 100 + published, "CloudWatch Logs: taken in": 0.011035 + (8100+published)*450e-9,
				"CloudWatch Logs: kept for a year": 12 * (0.011035 + (8100+published)*450e-9),
				"CloudWatch: metrics":              32, "CloudWatch: alarms": 21, "CloudWatch: the dashboard": 1,
				"STS: sign-ins to members": 3510, "StackSets: stacks of members": 9 + 19, "SQS: queues of members, empty": 19,
			},
			map[string]float64{
				"EventBridge: events to the central bus, which the members pay": 0, "SQS: to send, receive and delete messages": 3 * (30 + 2160), "KMS: requests": 25_920 + 30 + 60 + 5*published, "STS: sign-ins to members": 0,
				"StackSets: stacks of members": 0, "SQS: queues of members, empty": 0, "CloudWatch: metrics": 32, "DynamoDB: writes": 2160,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ones(t).Bill(one.use, byHand)
			total, fixed := 0.0, 0.0
			for _, l := range got.Lines {
				want, ok := one.want[l.What]
				if !ok || math.Abs(l.USD()-want) > 1e-9*max(1, want) {
					t.Errorf("%s: %v, want %v", l.What, l.USD(), want)
				}
				if want, ok := one.fixed[l.What]; ok && math.Abs(l.FixedUSD()-want) > 1e-9*max(1, want) {
					t.Errorf("%s: %v fixed, want %v", l.What, l.FixedUSD(), want)
				}
				total += l.USD()
				fixed += l.FixedUSD()
			}
			if len(got.Lines) != len(one.want) || got.Total() != total || got.Fixed() != fixed || got.PerAccount() != total/float64(one.use.Accounts) {
				t.Errorf("%d lines of %d, %v, %v fixed", len(got.Lines), len(one.want), got.Total(), got.Fixed())
			}
		})
	}
}

// line gives the quantity of one line.
func line(t testing.TB, b Bill, what string) float64 {
	t.Helper()
	i := slices.IndexFunc(b.Lines, func(l Line) bool { return l.What == what })
	if i < 0 {
		t.Fatalf("no line %s", what)
	}
	return b.Lines[i].Quantity
}

// TestSignInsAreBounded: credentials last, so that the busiest member is not signed in to with each event.
func TestSignInsAreBounded(t *testing.T) {
	t.Parallel()
	for events, want := range map[int]float64{
		1_000:         30 + 30 + 1500,  // for each event, and for each that it leads to
		100_000:       30 + 30 + 2*864, // two processes, which each sign in every 50 minutes
		100_000_000:   30 + 30 + 7*864, // six are at work
		1_000_000_000: 30 + 30 + 10*864,
	} {
		b := ones(t).Bill(Use{Accounts: 2, Events: events, Regions: 1, Resources: 10, SweepsADay: 1}, byHand)
		if got := line(t, b, "STS: sign-ins to members"); got != want {
			t.Errorf("%d events: %v sign-ins, want %v", events, got, want)
		}
	}
}

// TestLargeAccountsTakeMoreSteps: a step lists 300 resources, and a message names ten.
func TestLargeAccountsTakeMoreSteps(t *testing.T) {
	t.Parallel()
	for resources, want := range map[int]float64{0: 30, 300: 30, 301: 60, 900: 90} {
		b := ones(t).Bill(Use{Accounts: 1, Regions: 1, Resources: resources, SweepsADay: 1}, byHand)
		if got := line(t, b, "S3: lists of buckets"); got != want {
			t.Errorf("%d resources: %v steps, want %v", resources, got, want)
		}
	}
}

// TestBudget holds the running cost to what the design allows, and to what it was before: nothing has been left out.
func TestBudget(t *testing.T) {
	t.Parallel()
	list, m := read(t)
	bill := func(accounts, regions int) Bill {
		use := Example
		use.Accounts, use.Regions = accounts, regions
		return list.Bill(use, m)
	}
	if alone := bill(1, 1).Total(); alone < 17.20 || alone > 17.50 {
		t.Errorf("an account by itself: %.2f USD", alone)
	}
	for regions, most := range map[int]float64{1: 0.06, 2: 0.06, 3: 0.065} {
		if each := bill(1000, regions).PerAccount(); each < 0.04 || each > most {
			t.Errorf("one of 1,000 accounts with %d regions: %.4f USD", regions, each)
		}
	}
	if few, many := bill(100, 1), bill(10_000, 1); few.Fixed() != many.Fixed() || few.PerAccount() < many.PerAccount() {
		t.Errorf("fixed are %v and %v, an account costs %v and %v", few.Fixed(), many.Fixed(), few.PerAccount(), many.PerAccount())
	}
}

// TestMoreCostsMore: whatever there is more of, the sum grows, and what is fixed does not.
func TestMoreCostsMore(t *testing.T) {
	t.Parallel()
	list, m := read(t)
	base := Use{Accounts: 20, Events: 1000, Regions: 2, Resources: 40, SweepsADay: 4}
	before := list.Bill(base, m)
	for name, more := range map[string]Use{
		"accounts": {40, 1000, 2, 40, 4}, "events": {20, 2000, 2, 40, 4}, "regions": {20, 1000, 3, 40, 4}, "resources": {20, 1000, 2, 80, 4}, "sweeps": {20, 1000, 2, 40, 8},
	} {
		after := list.Bill(more, m)
		if after.Total() <= before.Total() || after.Total() > 2*before.Total() {
			t.Errorf("more %s: %v, before %v", name, after.Total(), before.Total())
		}
		if name != "sweeps" && after.Fixed() != before.Fixed() {
			t.Errorf("more %s: %v are fixed, before %v", name, after.Fixed(), before.Fixed())
		}
	}
}

// TestSameEveryTime: the order of maps must not show in the last digits, which goldens quote.
func TestSameEveryTime(t *testing.T) {
	t.Parallel()
	calls := map[string]float64{"codebuild": 1e16, "ecr": 1, "iam": 1, "kms": 1, "logs": 1, "s3": 1, "ssm": 1, ledger: 2, queues: 1}
	for range 100 {
		if own, watched := split(calls); own != 3 || watched != 1e16 { // one that comes after 1e16 is lost on it; six that come before are not
			t.Fatalf("%v and %v", own, watched)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(priceList)
	f.Add(measurements)
	f.Add([]byte(`{"region":"x","currency":"USD","prices":[{"id":"sqs-request","per":1e-300,"usd":1e300}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if list, err := ParsePrices(raw); err == nil {
			for _, p := range list.Prices {
				if p.Page == "" || p.AsOf == "" || p.Per <= 0 || p.USD < 0 {
					t.Errorf("%+v", p)
				}
			}
		}
		m, err := ParseMeasured(raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseMeasured(again); err != nil {
			t.Errorf("%v in %s", err, again)
		}
	})
}
