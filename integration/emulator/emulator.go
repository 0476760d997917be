// Package emulator runs an AWS on this machine: moto behind a front that adds what moto lacks and mends what it answers wrongly.
package emulator

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Host is the name under which the emulated AWS is reached. Clients dial the front, or use it as their HTTP proxy,
// so that host prefixes (a bucket, an account) need no DNS.
const Host = "aws.emulator"

// Options of Start; the zero value is right for tests.
type Options struct {
	Moto string           // address of a running moto (http://127.0.0.1:5000); "" to find or start one
	Now  func() time.Time // the front's clock; nil for the real one
}

// AWS is one emulated AWS with any number of accounts. All its methods may be called at the same time.
type AWS struct {
	moto   *moto
	now    func() time.Time
	server *http.Server
	listen net.Listener
	client *http.Transport

	owned  map[string]owned
	mended map[string]mended

	writing sync.Mutex // held while an item of DynamoDB is written
	placing sync.Mutex // held while an object of S3 is written under a condition

	sending sync.RWMutex
	senders map[string]string // by message id: the unique id of who sent it

	hopping sync.Mutex // held while events go from one bus to another

	mu       sync.Mutex
	home     string // the account to which moto counts a key that it did not issue
	estates  map[place]*estate
	buckets  map[string]*bucketMarks
	accessed map[string][]access   // by a role's ARN
	made     map[string]time.Time  // by a role's ARN, where that was told
	jobs     map[string]string     // id of a job on what a role used last -> the role's ARN
	awsKeys  map[string]bool       // ids of KMS keys that AWS itself manages
	callers  map[string]*principal // by access key id
	doors    map[string]string     // account -> an access key id that moto counts to it
	faults   []*Fault
	calls    []Call
	missing  []string
	onRecord func(map[string]any)

	organizations []*Organization
}

// place is where a resource of a regional service lives.
type place struct{ account, region string }

// Start runs an emulated AWS. It fails with ErrNoEmulator when there is no moto to be had.
func Start(ctx context.Context, o Options) (*AWS, error) {
	m, err := findMoto(ctx, o.Moto)
	if err != nil {
		return nil, fmt.Errorf("start emulator: %w", err)
	}
	a := &AWS{moto: m, now: o.Now, client: &http.Transport{Proxy: nil}, owned: ownedOperations(), mended: mendedOperations(), callers: map[string]*principal{}}
	if a.now == nil {
		a.now = time.Now
	}
	a.forget()
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start emulator: %w", err), a.Close())
	}
	return a, nil
}

func (a *AWS) open(ctx context.Context) (err error) {
	if err := a.Reset(ctx); err != nil {
		return err
	}
	if a.home, err = a.homeAccount(ctx); err != nil {
		return err
	}
	if a.listen, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = a.server.Serve(a.listen) }()
	return nil
}

// Endpoint is the front's URL: an endpoint for clients with path-style addresses, and an HTTP proxy for all.
func (a *AWS) Endpoint() string { return "http://" + a.listen.Addr().String() }

// Home is the account that moto gives to keys it does not know.
func (a *AWS) Home() string { return a.home }

// Close ends the front and the moto that Start started, and no other process.
func (a *AWS) Close() error {
	var err error
	if a.server != nil {
		err = a.server.Close()
	}
	a.client.CloseIdleConnections()
	return errors.Join(err, a.moto.stop())
}

// Reset empties every account and forgets faults, calls and what was found unimplemented.
// Callers registered by Config, As and Env stay valid.
func (a *AWS) Reset(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.moto.address+"/moto-api/reset", nil)
	if err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	reply, err := a.client.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	if err := reply.Body.Close(); err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("reset emulator: moto answered %s", reply.Status)
	}
	a.forget()
	return nil
}

func (a *AWS) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.estates, a.buckets, a.awsKeys, a.doors = map[place]*estate{}, map[string]*bucketMarks{}, map[string]bool{}, map[string]string{}
	a.accessed, a.made, a.jobs = map[string][]access{}, map[string]time.Time{}, map[string]string{}
	a.faults, a.calls, a.missing, a.organizations = nil, nil, nil, nil
	a.sending.Lock()
	a.senders = map[string]string{}
	a.sending.Unlock()
	for key, p := range a.callers {
		if !p.minted {
			delete(a.callers, key)
		}
	}
}

// estate is what the front itself keeps of one account in one region: decoded JSON, so that no member is dropped.
type estate struct {
	projects, builds, batches, reportGroups, credentials, policies map[string]object
	buildCount                                                     map[string]int
	pipelines                                                      map[string]*pipeline
	webhooks                                                       map[string]object
	tags                                                           map[string]map[string]string
	domains, packages, accountPolicies                             map[string]object            // of CodeArtifact, and of CloudWatch Logs
	logKeys                                                        map[string]string            // log group -> KMS key; "" once it was taken away
	rotations                                                      map[string]rotation          // of KMS keys, by their ids
	signing                                                        map[string]*ecdsa.PrivateKey // of KMS keys, by their ids
	streams                                                        map[string]*stream           // of the tables of DynamoDB that have one
	trails, logPolicies, maskings, subscriptions                   map[string]object            // of trails, what they let through; of CloudWatch Logs, by what they belong to. Each is made with its first
	deploymentGroups                                               map[string]object            // application/group -> what moto does not keep of it
	hops                                                           string                       // the address of the queue that takes the place of such targets; "": there is none
	hub                                                            *hub                         // Security Hub; nil: it is not enabled
	forwards                                                       map[string]object            // targets that are buses: by rule and id, as they were put
}

// estate returns the one at that place. The caller holds a.mu.
func (a *AWS) estate(at place) *estate {
	e := a.estates[at]
	if e == nil {
		e = &estate{
			projects: map[string]object{}, builds: map[string]object{}, batches: map[string]object{}, reportGroups: map[string]object{},
			credentials: map[string]object{}, policies: map[string]object{}, buildCount: map[string]int{}, pipelines: map[string]*pipeline{},
			webhooks: map[string]object{}, tags: map[string]map[string]string{}, logKeys: map[string]string{}, rotations: map[string]rotation{},
			signing: map[string]*ecdsa.PrivateKey{}, streams: map[string]*stream{},
			forwards: map[string]object{}, deploymentGroups: map[string]object{}, domains: map[string]object{}, packages: map[string]object{}, accountPolicies: map[string]object{},
		}
		a.estates[at] = e
	}
	return e
}
