package tariff

// Line is one line of a bill, for a month of thirty days.
type Line struct {
	What     string
	Price    Price
	Quantity float64 // in the price's units
	Fixed    float64 // of it, that is there whatever happens and however many accounts there are
}

// USD is what the line costs.
func (l Line) USD() float64 { return l.Quantity * l.Price.Each() }

// FixedUSD is how much of it is there in any case.
func (l Line) FixedUSD() float64 { return l.Fixed * l.Price.Each() }

// Bill is what a use costs in a month: arithmetic over list prices and measurements, and no invoice.
type Bill struct {
	Use   Use
	Lines []Line
}

// Total is what all of it costs, in USD.
func (b Bill) Total() (usd float64) {
	for _, l := range b.Lines {
		usd += l.USD()
	}
	return usd
}

// Fixed is how much of the total is there in any case, in USD.
func (b Bill) Fixed() (usd float64) {
	for _, l := range b.Lines {
		usd += l.FixedUSD()
	}
	return usd
}

// PerAccount is the total for each account, in USD.
func (b Bill) PerAccount() float64 { return b.Total() / float64(b.Use.Accounts) }

// NotIn is what no bill has in it.
func NotIn() []string {
	return []string{
		"a trail of your own: the first copy of management events in a region is free, each further one is not",
		"keys of your own, and the versions of pipewarden's key that yearly rotation adds",
		"data that goes from region to region, or to the internet",
		"Slack, Security Hub and a bus that findings are exported to",
		"looking into builds' logs, and the first sweep, which reads everything",
	}
}

// Bill computes what a use costs.
func (l List) Bill(u Use, m Measured) Bill {
	all, fixed := u.traffic(float64(u.Accounts), m), u.traffic(0, m)
	b := Bill{Use: u}
	for _, i := range items() {
		if i.organisation && !u.organisation() {
			continue
		}
		b.Lines = append(b.Lines, Line{What: i.what, Price: l.price(i.price), Quantity: i.quantity(all, u, m), Fixed: i.quantity(fixed, u, m)})
	}
	return b
}

// item is how one line comes about.
type item struct {
	what, price  string
	organisation bool // only there is it
	quantity     func(traffic, Use, Measured) float64
}

// taken lists the prices that bills take.
func taken() []string {
	var ids []string
	for i, one := range items() {
		if i == 0 || ids[len(ids)-1] != one.price {
			ids = append(ids, one.price)
		}
	}
	return ids
}

// giga is how many bytes a GB has on a bill.
const giga = 1e9

// items lists the lines of a bill, those of one price next to each other.
func items() []item {
	// calls counts those to one service, which is watched.
	calls := func(service string) func(traffic, Use, Measured) float64 {
		return func(t traffic, _ Use, m Measured) float64 {
			return t.events*m.EventCalls[service] + t.looks*m.LookCalls[service]
		}
	}
	of := func(count func(traffic) float64) func(traffic, Use, Measured) float64 {
		return func(t traffic, _ Use, _ Measured) float64 { return count(t) }
	}
	stored := func(t traffic, u Use, _ Measured) float64 {
		bytes := t.accounts * float64(u.Resources) * kept
		if u.organisation() {
			bytes += (t.accounts + t.legs) * noted
		}
		return bytes / giga
	}
	logged := func(t traffic, _ Use, m Measured) float64 { return t.logged(m) / giga }
	return []item{
		{"EventBridge: events to the central bus, which the members pay", "eventbridge-event", true, of(func(t traffic) float64 { return t.forwarded })},
		{"SQS: to send, receive and delete messages", "sqs-request", false, of(func(t traffic) float64 { return 3 * t.messages() })},
		{"SQS: to look whether there are any", "sqs-request", false, of(func(t traffic) float64 { return polls * t.stacks })},
		{"Lambda: invocations", "lambda-request", false, of(traffic.invocations)},
		{"Lambda: time, on Arm, of 128 MB", "lambda-gb-second", false, func(t traffic, u Use, m Measured) float64 { return t.seconds(u.pace(m)) * memory }},
		{"Lambda: time of the archivist and the publisher", "lambda-gb-second", false, func(t traffic, u Use, m Measured) float64 { return t.beside(u.pace(m)) }},
		{"EventBridge Scheduler: sweeps, heartbeats, the reporter, seals", "scheduler-invocation", false, of(func(t traffic) float64 { return t.sweeps + t.beats + t.tells + t.seals + t.reports })},
		{"DynamoDB: reads", "dynamodb-read", false, func(t traffic, u Use, m Measured) float64 {
			return calls(ledger)(t, u, m) + t.signIns + t.steps + t.beats + 2*t.tells + reports*t.accounts*float64(u.Resources)
		}},
		{"DynamoDB: writes", "dynamodb-write", false, of(traffic.writes)},
		{"DynamoDB: storage", "dynamodb-gb-month", false, stored},
		{"DynamoDB: point-in-time recovery", "dynamodb-pitr-gb-month", false, stored},
		{"S3: reads of how buckets are set up", "s3-get", false, calls("s3")},
		{"S3: lists of buckets", "s3-list", false, of(func(t traffic) float64 { return t.steps })},
		{"S3: evidence and reports, written", "s3-list", false, of(traffic.objects)},
		{"S3: evidence, kept for six years", "s3-gb-month", false, of(func(t traffic) float64 { return archiveKept * recorded * t.records() / giga })},
		{"KMS: the keys, that seals and that signs", "kms-key-month", false, of(func(t traffic) float64 { return 2 * t.stacks })},
		{"KMS: requests", "kms-request", false, func(t traffic, u Use, m Measured) float64 {
			return calls("kms")(t, u, m) + emails*t.accounts + tableKey*t.stacks + t.objects()
		}},
		{"KMS: signatures of days, and the key they are checked with", "kms-sign", false, of(func(t traffic) float64 { return 2 * t.seals })},
		{"SNS: messages", "sns-publish", false, of(func(t traffic) float64 { return emails*t.accounts + t.reports })},
		{"SNS: e-mails", "sns-email", false, of(func(t traffic) float64 { return emails*t.accounts + t.reports })},
		{"CloudWatch Logs: taken in", "logs-gb", false, logged},
		{"CloudWatch Logs: kept for a year", "logs-gb-month", false, func(t traffic, u Use, m Measured) float64 { return logKept * logged(t, u, m) }},
		{"CloudWatch: metrics", "metric-month", false, of(func(t traffic) float64 { return metrics * t.stacks })},
		{"CloudWatch: alarms", "alarm-month", false, of(func(t traffic) float64 { return alarms * t.stacks })},
		{"CloudWatch: the dashboard", "dashboard-month", false, of(func(t traffic) float64 { return t.stacks })},
		{"STS: sign-ins to members", "sts-call", true, of(func(t traffic) float64 { return t.signIns })},
		{"StackSets: stacks of members", "stack-instance", true, of(func(t traffic) float64 { return max(0, t.accounts-1) + max(0, t.legs-1) })},
		{"SQS: queues of members, empty", "queue-idle", true, of(func(t traffic) float64 { return max(0, t.legs-1) })},
	}
}
