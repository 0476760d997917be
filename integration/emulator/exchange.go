package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Call is one call that a client made.
type Call struct {
	Service   string // as in the signature: codebuild, s3, events
	Operation string // as the API names it: BatchGetProjects; method and path where only these tell
	Account   string
	Region    string
	Principal string // ARN of the caller
	Status    int    // HTTP status of the answer
	Time      time.Time
}

// exchange is one call as it is answered.
type exchange struct {
	Call
	method, path, query string // path still escaped, and in path style
	host                string
	header              http.Header
	body                []byte
	key                 string // access key id
	bucket              string // of an S3 call
	who                 *principal
	sign                string // how errors are written: json, query, s3
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func readExchange(r *http.Request, body []byte) *exchange {
	x := &exchange{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, host: r.Host, header: r.Header.Clone(), body: body, sign: "json"}
	x.key, x.Region, x.Service = credentialScope(r.Header.Get("Authorization"))
	target := r.Header.Get("X-Amz-Target")
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	switch {
	case target != "":
		x.Operation = lastPart(target, ".")
	case x.Service == "s3" && strings.HasPrefix(x.path, controlPrefix):
		x.Service, x.Operation, x.sign = "s3control", controlOperation(x), "query"
	case x.Service == "s3":
		x.intoPathStyle()
		x.Operation, x.sign = s3Operation(x), "s3"
	case x.Service == "codeartifact":
		x.Operation = x.packageOperation()
	case x.Service == "securityhub":
		x.Operation = x.hubOperation()
	case form:
		x.Operation, x.sign = formField(body, "Action"), "query"
	default:
		x.Operation = r.Method + " " + r.URL.Path
	}
	return x
}

// credentialScope reads the access key id, the region and the service out of a signature of version 4.
func credentialScope(authorization string) (key, region, service string) {
	_, rest, _ := strings.Cut(authorization, "Credential=")
	scope, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}

func formField(body []byte, name string) string {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return form.Get(name)
}

// intoPathStyle moves a bucket from the host name to the path: moto would take "aws" of aws.emulator for one.
func (x *exchange) intoPathStyle() {
	host, _, _ := strings.Cut(x.host, ":")
	if bucket, ok := strings.CutSuffix(host, "."+Host); ok {
		x.path = "/" + bucket + x.path
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(x.path, "/"), "/")
	x.bucket, x.host = bucket, ""
}

// forward lets moto answer.
func (a *AWS) forward(ctx context.Context, x *exchange) (*answer, error) {
	address := a.moto.address + x.path
	if x.query != "" {
		address += "?" + x.query
	}
	request, err := http.NewRequestWithContext(ctx, x.method, address, bytes.NewReader(x.body))
	if err != nil {
		return nil, fmt.Errorf("pass on %s.%s: %w", x.Service, x.Operation, err)
	}
	request.Header = x.header.Clone()
	for _, name := range []string{"Connection", "Proxy-Connection", "Transfer-Encoding", "Accept-Encoding", "Content-Length"} {
		request.Header.Del(name)
	}
	if x.host != "" {
		request.Host = x.host
	}
	if err := a.showKey(ctx, x, request.Header); err != nil {
		return nil, err
	}
	reply, err := a.client.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("pass on %s.%s: %w", x.Service, x.Operation, err)
	}
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, fmt.Errorf("read moto's answer to %s.%s: %w", x.Service, x.Operation, err)
	}
	if err := reply.Body.Close(); err != nil {
		return nil, fmt.Errorf("read moto's answer to %s.%s: %w", x.Service, x.Operation, err)
	}
	return &answer{status: reply.StatusCode, header: reply.Header, body: body}, nil
}

// showKey replaces a key that only the front knows by one that moto counts to the same account.
// moto does not look at signatures unless it was told to enforce IAM, for which callers use keys that moto issued.
func (a *AWS) showKey(ctx context.Context, x *exchange, header http.Header) error {
	if x.who == nil || !x.who.minted {
		return nil
	}
	door, err := a.door(ctx, x.who.account)
	if err != nil || door == "" {
		return err
	}
	header.Set("Authorization", strings.Replace(header.Get("Authorization"), "Credential="+x.key, "Credential="+door, 1))
	return nil
}

// again is the same caller asking something else of the same service.
func (x *exchange) again(method, path, query string, body []byte) *exchange {
	other := *x
	other.method, other.path, other.query, other.body = method, path, query, body
	other.header = x.header.Clone()
	for name := range other.header {
		if strings.HasPrefix(name, "X-Amz-") && name != "X-Amz-Date" && name != "X-Amz-Target" && name != "X-Amz-Account-Id" || strings.HasPrefix(name, "Content-") {
			delete(other.header, name)
		}
	}
	return &other
}

// againTarget is the same caller asking another operation of the same JSON service.
func (x *exchange) againTarget(operation string, in object) (*exchange, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", operation, err)
	}
	other := x.again(x.method, x.path, x.query, body)
	target := x.header.Get("X-Amz-Target")
	other.header.Set("X-Amz-Target", strings.TrimSuffix(target, lastPart(target, "."))+operation)
	other.header.Set("Content-Type", x.header.Get("Content-Type"))
	return other, nil
}
