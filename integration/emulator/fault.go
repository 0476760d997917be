package emulator

import (
	"net/http"
	"slices"
	"time"
)

// Fault is a way in which calls go wrong. It strikes the calls that it matches, before faults injected later.
type Fault struct {
	Service   string // as in Call; "" for any
	Operation string // "" for any
	Account   string // "" for any
	Principal string // ARN of the caller; "" for any

	Times     int           // how often it strikes; 0 for until it is lifted, or Reset
	Delay     time.Duration // waits first
	Status    int           // HTTP status of the refusal; 0 is 400 when there is a Code
	Code      string        // error code of the refusal: ThrottlingException; "" with no Status lets the call through
	Message   string
	DropReply bool // the call is made, and its answer lost with the connection
}

// Inject adds a fault, and gives what lifts it: how long AWS throttles is for the test's own clock to say.
func (a *AWS) Inject(f Fault) (lift func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &f)
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.faults = slices.DeleteFunc(slices.Clone(a.faults), func(one *Fault) bool { return one == &f })
	}
}

func (a *AWS) fault(x *exchange) *Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, f := range a.faults {
		if !f.matches(x) {
			continue
		}
		if f.Times == 1 {
			a.faults = append(a.faults[:i:i], a.faults[i+1:]...)
		}
		f.Times--
		return f
	}
	return nil
}

func (f *Fault) matches(x *exchange) bool {
	for _, pair := range [][2]string{{f.Service, x.Service}, {f.Operation, x.Operation}, {f.Account, x.Account}, {f.Principal, x.Principal}} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return true
}

func (f *Fault) problem() *problem {
	p := &problem{status: f.Status, code: f.Code, message: f.Message}
	if p.status == 0 {
		p.status = http.StatusBadRequest
	}
	if p.code == "" {
		p.code = http.StatusText(p.status)
	}
	return p
}
