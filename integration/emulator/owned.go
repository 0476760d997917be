package emulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// owned answers an operation that the front keeps the state of. It runs under the front's lock.
type owned func(*request) (object, error)

// request is what an owned operation sees of a call.
type request struct {
	in   object
	at   place
	here *estate
	now  float64 // seconds since 1970, as JSON 1.1 writes times
	who  string  // ARN of the caller

	organization *Organization // of the caller's account; nil: it stands alone
}

func ownedOperations() map[string]owned {
	all := map[string]owned{}
	for _, some := range []map[string]owned{projectOperations(), buildOperations(), reportOperations(), pipelineOperations(), stageOperations(), hookOperations(), packageOperations(), hubOperations(), accountPolicyOperations(), logPolicyOperations(), organizationOperations(), streamOperations()} {
		maps.Copy(all, some)
	}
	return all
}

// mendedOperations holds, by service.operation, what moto gets wrong; a key without operation sees all calls of the service.
func mendedOperations() map[string]mended {
	all := s3Mends()
	maps.Copy(all, serviceMends())
	maps.Copy(all, trailMends())
	maps.Copy(all, logMends())
	maps.Copy(all, lastAccessMends())
	maps.Copy(all, deployMends())
	maps.Copy(all, imageMends())
	maps.Copy(all, lockMends())
	maps.Copy(all, keyMends())
	maps.Copy(all, signMends())
	maps.Copy(all, identityMends())
	maps.Copy(all, streamMends())
	maps.Copy(all, messageMends())
	maps.Copy(all, eventMends())
	maps.Copy(all, sessionMends())
	return all
}

func (a *AWS) own(x *exchange, operation owned) (*answer, error) {
	in, err := x.in()
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	at := place{x.Account, x.Region}
	r := &request{in: in, at: at, here: a.estate(at), now: float64(a.now().UnixMilli()) / 1000, who: x.Principal, organization: a.organization(x.Account)}
	out, err := operation(r)
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = object{}
	}
	return jsonAnswer(http.StatusOK, out), nil
}

// in is the JSON that was sent.
func (x *exchange) in() (object, error) {
	in := object{}
	if len(x.body) > 0 {
		if err := json.Unmarshal(x.body, &in); err != nil {
			return nil, refusal("SerializationException", "%v", err)
		}
	}
	if in == nil { // null
		in = object{}
	}
	return in, nil
}

func (r *request) text(name string) string { return text(r.in, name) }

func text(o object, name string) string {
	s, _ := o[name].(string)
	return s
}

func child(o object, name string) object {
	c, _ := o[name].(object)
	return c
}

func list(o object, name string) []any {
	l, _ := o[name].([]any)
	return l
}

func texts(o object, name string) []string {
	var out []string
	for _, v := range list(o, name) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func objects(o object, name string) []object {
	var out []object
	for _, v := range list(o, name) {
		if c, ok := v.(object); ok {
			out = append(out, c)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// page cuts one page of at most size out of all, after the input's nextToken, and puts it into an answer under name.
func page[T any](in object, all []T, size int, name, badToken string) (object, error) {
	if asked, ok := in["maxResults"].(float64); ok && int(asked) > 0 {
		size = min(size, int(asked))
	}
	start := 0
	if token := text(in, "nextToken"); token != "" {
		at, err := strconv.Atoi(token)
		if err != nil || at < 0 || at > len(all) {
			return nil, refusal(badToken, "the next token is not one of this list")
		}
		start = at
	}
	end := min(start+size, len(all))
	out := object{name: append([]T{}, all[start:end]...)}
	if end < len(all) {
		out["nextToken"] = strconv.Itoa(end)
	}
	return out, nil
}

// seen splits names into what get finds and what it does not.
func seen(names []string, get func(string) object) (found []object, lost []string) {
	found, lost = []object{}, []string{}
	for _, name := range names {
		if o := get(name); o != nil {
			found = append(found, o)
			continue
		}
		lost = append(lost, name)
	}
	return found, lost
}
