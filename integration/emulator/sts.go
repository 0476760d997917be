package emulator

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// principal tells who holds an access key. A key that the front did not make is asked of moto, once.
func (a *AWS) principal(ctx context.Context, key string) (*principal, error) {
	if key == "" { // not signed
		return &principal{account: a.home}, nil
	}
	a.mu.Lock()
	p := a.callers[key]
	a.mu.Unlock()
	if p != nil {
		return p, nil
	}
	var who struct{ Arn, Account string }
	if err := a.askSTS(ctx, key, "Action=GetCallerIdentity", "GetCallerIdentityResult", &who); err != nil {
		return nil, err
	}
	c := Caller{Account: who.Account}
	if parts := strings.Split(who.Arn, "/"); len(parts) == 3 {
		c.Role, c.Session = parts[1], parts[2]
	} else {
		c.User = parts[len(parts)-1]
	}
	p = c.principal(arnPartition(who.Arn), key)
	p.minted = false
	a.mu.Lock()
	defer a.mu.Unlock()
	a.callers[key] = p
	return p, nil
}

// door is a key that moto counts to the account. moto lets any role of any account be assumed.
func (a *AWS) door(ctx context.Context, account string) (string, error) {
	a.mu.Lock()
	key, home := a.doors[account], a.home
	a.mu.Unlock()
	if key != "" || account == home {
		return key, nil
	}
	var given struct{ Credentials struct{ AccessKeyId string } }
	form := "Action=AssumeRole&RoleSessionName=emulator&RoleArn=" + arn("aws", "iam", "", account, "role/emulator")
	if err := a.askSTS(ctx, "AKIAEMULATOREXAMPLE0", form, "AssumeRoleResult", &given); err != nil {
		return "", err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.doors[account] = given.Credentials.AccessKeyId
	return given.Credentials.AccessKeyId, nil
}

func (a *AWS) homeAccount(ctx context.Context) (string, error) {
	var who struct{ Account string }
	err := a.askSTS(ctx, "AKIAEMULATOREXAMPLE0", "Action=GetCallerIdentity", "GetCallerIdentityResult", &who)
	return who.Account, err
}

// askSTS calls moto's STS as the holder of key.
func (a *AWS) askSTS(ctx context.Context, key, form, element string, into any) error {
	reply, err := a.forward(ctx, formCall("sts", key, form+"&Version=2011-06-15"))
	if err != nil {
		return err
	}
	found := childObject(reply.body, element)
	if reply.status != http.StatusOK || found == nil {
		return fmt.Errorf("ask moto for %s: status %d", element, reply.status)
	}
	raw, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("ask moto for %s: %w", element, err)
	}
	return json.Unmarshal(raw, into)
}

// formCall is a call, by the holder of a key, of a service that takes forms.
func formCall(service, key, form string) *exchange {
	x := &exchange{
		Call: Call{Service: service, Region: "us-east-1"}, method: http.MethodPost, path: "/", key: key,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, body: []byte(form),
	}
	x.header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	return x
}

// callerIdentity tells a caller whose key the front made who that is.
func callerIdentity(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	if !x.who.minted {
		return a.pass(ctx, x)
	}
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"GetCallerIdentityResponse"`
		Arn     string   `xml:"GetCallerIdentityResult>Arn"`
		UserID  string   `xml:"GetCallerIdentityResult>UserId"`
		Account string   `xml:"GetCallerIdentityResult>Account"`
	}{Arn: x.who.arn, UserID: a.uniqueID(ctx, x), Account: x.who.account}), nil
}
