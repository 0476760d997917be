package emulator

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Caller is somebody who makes calls. Exactly one of User and Role is set; with neither, it is the role "emulator".
type Caller struct {
	Account string // "" is the home account
	User    string // an IAM user
	Role    string // a role, in the session Session
	Session string // "" is "session"
	MFA     *bool  // what mfaAuthenticated says; nil for a user: a long-term key, so no session at all; nil for a role: false
}

// principal is a caller as the front knows it: by its access key.
type principal struct {
	account, arn string
	minted       bool // made by the front; moto does not know the key
	caller       Caller
	identity     object
}

// Config is for clients in this process. They act as the role "emulator" of that account.
// Addresses of every style work, virtual hosts of buckets included: all connections end at the front.
func (a *AWS) Config(account, region string) aws.Config {
	return a.As(Caller{Account: account}, region)
}

// AsUser is like Config for an IAM user: with a long-term key when mfa is nil, else in a session that had MFA or had not.
func (a *AWS) AsUser(account, region, name string, mfa *bool) aws.Config {
	return a.As(Caller{Account: account, User: name, MFA: mfa}, region)
}

// As is like Config for any caller.
func (a *AWS) As(c Caller, region string) aws.Config {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", a.listen.Addr().String())
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.DialContext, t.Proxy = dial, nil })
	keys := a.mint(c, region)
	return aws.Config{
		Region: region, BaseEndpoint: aws.String("http://" + Host), HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
	}
}

// Env is what a child process needs so that its ordinary SDK clients reach the emulated AWS as the role "emulator" of that account.
func (a *AWS) Env(account, region string) []string { return a.EnvAs(Caller{Account: account}, region) }

// EnvAs is like Env for any caller.
func (a *AWS) EnvAs(c Caller, region string) []string {
	keys := a.mint(c, region)
	return []string{
		"AWS_ENDPOINT_URL=http://" + Host, "HTTP_PROXY=" + a.Endpoint(), "NO_PROXY=127.0.0.1,localhost",
		"HTTPS_PROXY=" + a.Endpoint(), // which refuses: a child cannot reach the outside
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + keys.SecretAccessKey, "AWS_SESSION_TOKEN=" + keys.SessionToken,
	}
}

// mint makes the access key of a caller: always the same for the same caller, and good across Reset.
func (a *AWS) mint(c Caller, region string) aws.Credentials {
	if c.Account == "" {
		c.Account = a.home
	}
	if c.Role == "" && c.User == "" {
		c.Role = "emulator"
	}
	if c.Session == "" {
		c.Session = "session"
	}
	text := fmt.Sprintf("%s/%s/%s/%s", c.Account, c.User, c.Role, c.Session)
	if c.MFA != nil {
		text += fmt.Sprint("/", *c.MFA)
	}
	sum := sha256.Sum256([]byte(text))
	keys := aws.Credentials{
		AccessKeyID:     "AKIA" + base32.StdEncoding.EncodeToString(sum[:5]) + "0EXAMPLE",
		SecretAccessKey: "not-a-secret",
	}
	if c.User == "" || c.MFA != nil {
		keys.AccessKeyID = "ASIA" + keys.AccessKeyID[4:]
		keys.SessionToken = "not-a-token"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.callers[keys.AccessKeyID] = c.principal(partition(region), keys.AccessKeyID)
	return keys
}

// principal builds the caller's userIdentity as CloudTrail tells it
// (AWS CloudTrail User Guide, "CloudTrail userIdentity element").
func (c Caller) principal(partition, key string) *principal {
	session := object{"attributes": object{"mfaAuthenticated": fmt.Sprint(c.MFA != nil && *c.MFA), "creationDate": "2026-01-01T00:00:00Z"}}
	if c.User != "" {
		p := &principal{account: c.Account, caller: c, minted: true, arn: arn(partition, "iam", "", c.Account, "user/"+c.User)}
		p.identity = object{"type": "IAMUser", "principalId": "AIDA" + strings.ToUpper(c.User), "arn": p.arn, "accountId": c.Account, "accessKeyId": key, "userName": c.User}
		if c.MFA != nil {
			p.identity["sessionContext"] = session
		}
		return p
	}
	p := &principal{account: c.Account, caller: c, minted: true, arn: arn(partition, "sts", "", c.Account, "assumed-role/"+c.Role+"/"+c.Session)}
	id := "AROA" + strings.ToUpper(c.Role)
	session["sessionIssuer"] = object{"type": "Role", "principalId": id, "arn": arn(partition, "iam", "", c.Account, "role/"+c.Role), "accountId": c.Account, "userName": c.Role}
	p.identity = object{"type": "AssumedRole", "principalId": id + ":" + c.Session, "arn": p.arn, "accountId": c.Account, "accessKeyId": key, "sessionContext": session}
	return p
}
