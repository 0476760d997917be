package tariff

import (
	"math"
	"time"

	"github.com/pipewarden/pipewarden/shared/heartbeat"
)

// Use is what the cost is asked for. A month has thirty days.
type Use struct {
	Accounts   int `json:"accounts"`   // 1: by itself, with a deployment in each of its regions; more: an organisation, with one for all
	Events     int `json:"events"`     // a month and account, in all of its regions, that reach pipewarden: what the rules let through
	Regions    int `json:"regions"`    // of each account that are watched
	Resources  int `json:"resources"`  // of an account, in all of its regions, that each sweep looks at
	SweepsADay int `json:"sweepsADay"` // of everything
}

// Example is the use that is asked for where nothing else is said.
var Example = Use{Accounts: 1, Events: 3000, Regions: 1, Resources: 50, SweepsADay: 4}

// What is deployed, in a month.
const (
	days  = 30
	hours = 24 * days
	// A heartbeat is a write by the sweeper, and an event for the auditor.
	beats = hours * float64(time.Hour) / float64(heartbeat.Every)
	// The reporter wakes every five minutes.
	tells = hours * 60 / 5
	// Two queues are empty most of the time, and five pollers wait at each for up to 20 seconds (AWS Lambda Developer Guide, "Using Lambda
	// with Amazon SQS").
	polls = 2 * 5 * hours * 3600 / 20
	// For each caller, here the auditor, the reporter, and the archivist with its stream, DynamoDB asks KMS for the table's key again after five
	// minutes (Amazon DynamoDB Developer Guide, "DynamoDB encryption at rest").
	tableKey = 3 * hours * 60 / 5
	metrics  = 32 // at most: what the functions count, each a metric of its own
	alarms   = 21
	logKept  = 12 // months: logRetentionDays as delivered

	memory = 0.125        // GB of a function
	share  = 128.0 / 1769 // of a core that it gets (AWS Lambda Developer Guide, "Configure Lambda function memory")
	atOnce = 10           // processes of the auditor at most

	perMessage = 10  // resources in one message of a sweep
	perStep    = 300 // resources that one step of a sweep lists

	// A night seals a day. A report is written of each week and of each month.
	seals   = days
	reports = days/7.0 + 1
	// The archivist is given what comes within five minutes, at most 200 changes, from each of the four shards that the stream of a table on demand
	// begins with (Amazon DynamoDB Developer Guide, "DynamoDB throughput capacity"). Lambda's reading of a stream is free.
	windows      = 4 * hours * 60 / 5
	archiveBatch = 200
	archiveKept  = 72 // months: evidence.retentionDays as delivered

	signIn = 50 * time.Minute // after which the auditor takes a member's role anew, in each of its processes
)

// What is assumed.
const (
	near     = 15.0  // ms that a call waits for an answer from the same region
	far      = 150.0 // ms from another one
	listings = 30    // calls that listing all kinds takes in a region where there is little of each
	changes  = 30    // a month and account: findings that open, change or are resolved, three writes each
	emails   = 10    // a month and account, to one address
	kept     = 6000  // bytes in the table for each resource
	recorded = 1500  // bytes of a record in the evidence
	sealing  = 5.0   // seconds that a sealing takes, with 256 MB
	writing  = 20.0  // seconds that a report takes, with 1,024 MB
	noted    = 1000  // bytes in the table for an account in the register, or for one of its regions
	platform = 450   // bytes that Lambda itself logs for an invocation
)

// traffic is how often things happen in a month, in the whole deployment.
type traffic struct {
	accounts, legs, stacks float64 // accounts; regions of accounts; deployments

	events    float64 // that are judged, the auditor's own sign-ins to members not among them
	signIns   float64 // which come back as events
	forwarded float64 // events, and sign-ins, that another account or region sent

	looks        float64 // resources that are looked at, by sweeps above all
	lookMessages float64 // that name them
	swept        float64 // of those, the messages of sweeps
	steps        float64 // messages at which an account's resources are listed

	sweeps, beats, tells float64 // wakes of the sweeper and the reporter
	upkeep               float64 // messages that end a sweep
	register             float64 // writes that a sweep of an organisation begins with
	seals, reports       float64 // wakes of the archivist, besides those by the stream, and of the publisher
}

// organisation says whether one deployment watches many accounts.
func (u Use) organisation() bool { return u.Accounts > 1 }

// traffic is the traffic of so many of the accounts; with none it is what is there in any case.
func (u Use) traffic(accounts float64, m Measured) traffic {
	regions, sweeps := float64(u.Regions), float64(u.SweepsADay*days)
	stacks := regions
	if u.organisation() {
		stacks = 1
	}
	each := float64(u.Resources) / regions
	t := traffic{
		events: accounts * float64(u.Events), accounts: accounts, legs: accounts * regions, stacks: stacks,
		looks: accounts * sweeps * float64(u.Resources), lookMessages: accounts * sweeps * regions * math.Ceil(each/perMessage), swept: accounts * sweeps * regions * math.Ceil(each/perMessage),
		steps:  accounts * sweeps * regions * max(1, math.Ceil(each/perStep)),
		sweeps: sweeps * stacks, upkeep: sweeps * stacks, beats: beats * stacks, tells: tells * stacks,
		seals: seals * stacks, reports: reports * stacks,
	}
	// A change travels up to what uses the resource: what an event sends into the queue is one more to look at.
	passed := t.events * m.EventCalls[queues]
	t.looks += passed
	t.lookMessages += passed
	if members := max(0, accounts-1); u.organisation() && members > 0 {
		// In a sweep each message is met by another process, which has to sign in first. Else those share the events that are at work at
		// once, and one more: Lambda takes one that waits before it starts another.
		passing := u.pace(m).event()
		processes := min(atOnce, 1+math.Ceil(t.events*passing/(hours*3600)))
		renewed := min((t.events+passed)/accounts, processes*hours*float64(time.Hour)/float64(signIn))
		t.signIns = members * (sweeps*regions + (t.lookMessages-passed)/accounts + renewed)
		// What happens where the deployment is comes by its own rules.
		t.forwarded = t.events - float64(u.Events)/regions + t.signIns
		t.register = sweeps * (accounts + t.legs)
	}
	return t
}

// messages of the auditor's queue. A sign-in is told twice: CloudTrail writes it down in the member and in the account that it came from.
func (t traffic) messages() float64 {
	return t.events + 2*t.signIns + t.lookMessages + t.steps + t.upkeep + t.beats
}

// invocations of all functions. The auditor gets up to ten messages at once; one each is the worst case.
func (t traffic) invocations() float64 {
	return t.messages() + t.beats + t.tells + t.sweeps + t.batches(t.writes()) + t.seals + t.reports
}

// writes to the table.
func (t traffic) writes() float64 {
	return 3*changes*t.accounts + t.signIns + t.steps + t.beats + t.register
}

// records of the evidence: each finding that changes, the end of each leg of a sweep and its beginning, and the verdicts of each message of it.
func (t traffic) records() float64 {
	return 3*changes*t.accounts + t.steps + t.sweeps + t.swept
}

// batches that so many changes make. Each comes by itself while there are few of them.
func (t traffic) batches(changes float64) float64 {
	return min(changes, max(windows*t.stacks, math.Ceil(changes/archiveBatch)))
}

// objects that are written into the evidence: records, a manifest with its signature for each day, and a report's page, tables and data.
func (t traffic) objects() float64 {
	const files = 5
	return t.batches(t.records()) + 2*t.seals + files*t.reports
}

// beside is how many GB seconds the archivist and the publisher run for, which have more memory than the others.
func (t traffic) beside(p pace) float64 {
	const archivist, publisher = 0.25, 1.0
	return archivist*(t.batches(t.writes())*p.took(p.EventCPU*memory/archivist, 1, 0)+sealing*t.seals) + publisher*writing*t.reports
}

// pace is how long things take.
type pace struct {
	Measured
	away float64 // ms that a call waits that looks into an account
}

func (u Use) pace(m Measured) pace {
	if !u.organisation() { // each region has functions of its own
		return pace{m, near}
	}
	return pace{m, (near + float64(u.Regions-1)*far) / float64(u.Regions)}
}

// took is how many seconds a function runs for so many ms of CPU time, and calls to what is its own and to what it watches.
func (p pace) took(cpu, own, watched float64) float64 {
	return (cpu/share + own*near + watched*p.away) / 1000
}

// event is how many seconds an event takes.
func (p pace) event() float64 {
	own, watched := split(p.EventCalls)
	return p.took(p.EventCPU, own, watched)
}

// look is how many seconds a resource takes.
func (p pace) look() float64 {
	own, watched := split(p.LookCalls)
	return p.took(p.LookCPU, own, watched)
}

// seconds that the functions run for. What is not measured by itself is taken to need the CPU time of an event.
func (t traffic) seconds(p pace) float64 {
	return t.events*p.event() + t.looks*p.look() +
		t.signIns*p.took(2*p.EventCPU, 2, 0) +
		t.steps*p.took(p.EventCPU, 4, listings) +
		t.beats*p.took(2*p.EventCPU, 3, 0) +
		t.tells*p.took(p.EventCPU, 2, 0) +
		(t.sweeps+t.upkeep)*p.took(p.EventCPU, 2, 0) +
		t.register*p.took(p.EventCPU, 1, 0)
}

// logged is how many bytes the functions log.
func (t traffic) logged(m Measured) float64 {
	return t.events*m.EventLog + t.looks*m.LookLog + t.invocations()*platform
}
