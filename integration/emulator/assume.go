package emulator

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// sessionMends are the Security Token Service's rules about who may take a role, of which moto has none: it lets everybody have any, those
// included that do not exist.
func sessionMends() map[string]mended {
	return map[string]mended{"sts.AssumeRole": assumeRole}
}

// wish is an AssumeRole call as it was sent.
type wish struct {
	role, session, external string
	account, name           string // of the role
	lasts                   time.Duration
	tags                    map[string]string
}

var (
	roleName    = regexp.MustCompile(`^arn:[a-z-]+:iam::(\d{12}):role/(?:[^ ]*/)?([\w+=,.@-]+)$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// The longest session of a role that says nothing about it, and of one that was taken by another role (AWS IAM User Guide, "Methods to assume a role").
const longestSession = time.Hour

func readWish(x *exchange) (*wish, error) {
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return nil, refusal("ValidationError", "%v", err)
	}
	w := &wish{role: form.Get("RoleArn"), session: form.Get("RoleSessionName"), external: form.Get("ExternalId"), lasts: longestSession, tags: map[string]string{}}
	parts := roleName.FindStringSubmatch(w.role)
	if parts == nil {
		return nil, refusal("ValidationError", "%s is invalid", w.role)
	}
	w.account, w.name = parts[1], parts[2]
	if !sessionName.MatchString(w.session) {
		return nil, refusal("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint", w.session)
	}
	if given := form.Get("DurationSeconds"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 900 {
			return nil, refusal("ValidationError", "1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint", given)
		}
		w.lasts = time.Duration(n) * time.Second
	}
	for i := 1; form.Has(fmt.Sprintf("Tags.member.%d.Key", i)); i++ {
		w.tags[form.Get(fmt.Sprintf("Tags.member.%d.Key", i))] = form.Get(fmt.Sprintf("Tags.member.%d.Value", i))
	}
	return w, nil
}

// assumeRole gives a session to whom the role's trust policy admits, and the caller's own policies let ask, as far as it has any. What it gives
// is the key of a caller as the front makes them, so that every later call is the session's.
func assumeRole(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	w, err := readWish(x)
	if err != nil {
		return nil, err
	}
	role, err := a.admit(ctx, x, w)
	if err != nil {
		return nil, err
	}
	if w.lasts > longestSession && x.who.caller.Role != "" {
		return nil, refusal("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if most, err := strconv.Atoi(text(role, "MaxSessionDuration")); err == nil && w.lasts > time.Duration(most)*time.Second {
		return nil, refusal("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	c := Caller{Account: w.account, Role: w.name, Session: w.session}
	keys := a.mint(c, x.Region)
	type given struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type user struct{ AssumedRoleId, Arn string }
	return xmlAnswer(http.StatusOK, struct {
		XMLName     xml.Name `xml:"AssumeRoleResponse"`
		Credentials given    `xml:"AssumeRoleResult>Credentials"`
		User        user     `xml:"AssumeRoleResult>AssumedRoleUser"`
	}{
		Credentials: given{keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, a.now().Add(w.lasts).UTC().Format(time.RFC3339)},
		User:        user{text(role, "RoleId") + ":" + w.session, c.principal(partition(x.Region), keys.AccessKeyID).arn},
	}), nil
}

// admit gives the role when the caller may take it.
func (a *AWS) admit(ctx context.Context, x *exchange, w *wish) (object, error) {
	role, err := a.role(ctx, w.account, w.name)
	if err != nil {
		return nil, err
	}
	for _, action := range []string{"sts:AssumeRole", "sts:TagSession"} {
		if action == "sts:TagSession" && len(w.tags) == 0 {
			continue
		}
		allowed, err := a.allowed(ctx, x, w, role, action)
		if err != nil {
			return nil, err
		}
		if !allowed {
			message := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", x.Principal, action, w.role)
			return nil, &problem{status: http.StatusForbidden, code: "AccessDenied", message: message}
		}
	}
	return role, nil
}

// allowed says whether the caller may do one part of it. A role that does not exist lets nobody in, nor does an account that was closed.
func (a *AWS) allowed(ctx context.Context, x *exchange, w *wish, role object, action string) (bool, error) {
	for _, account := range []string{w.account, x.Account} {
		if _, closed := a.standing(account); closed {
			return false, nil
		}
	}
	if text(role, "Arn") != w.role {
		return false, nil
	}
	q, err := a.asks(ctx, x, w, action)
	if err != nil {
		return false, err
	}
	trust, err := policy.Parse([]byte(text(role, "AssumeRolePolicyDocument")))
	if err != nil {
		return false, fmt.Errorf("trust policy of %s: %w", w.role, err)
	}
	v := q.judge(trust, false, a.notUnderstood)
	if !v.allows {
		return false, nil
	}
	own, err := a.identityPolicies(ctx, x.who.caller)
	if err != nil {
		return false, err
	}
	return len(own) == 0 || q.permitted(own, v.named && w.account == x.Account, a.notUnderstood), nil
}

// permitted says whether the caller's own policies let it ask. Within an account it is enough to be named by the other side.
func (q asking) permitted(own []*policy.Document, named bool, unknown func(string)) bool {
	for _, document := range own {
		v := q.judge(document, true, unknown)
		if v.denies {
			return false
		}
		named = named || v.allows
	}
	return named
}

func (a *AWS) notUnderstood(what string) { _ = a.unimplemented(what) }

// asks is the call as policies see it. The name of the session, and the id that an outsider gives, belong to AssumeRole alone
// (Service Authorization Reference, "AWS Security Token Service").
func (a *AWS) asks(ctx context.Context, x *exchange, w *wish, action string) (asking, error) {
	who := []string{x.Principal}
	if c := x.who.caller; c.Role != "" {
		named := arn(arnPartition(x.Principal), "iam", "", c.Account, "role/"+c.Role)
		role, err := a.role(ctx, c.Account, c.Role)
		if err != nil {
			return asking{}, err
		}
		if role != nil {
			named = text(role, "Arn") // its path is in no session's ARN
		}
		who = append(who, named)
	}
	q := asking{action: action, resource: w.role, who: who, account: x.Account, keys: a.context(x.Account, who[len(who)-1])}
	org, _ := a.standing(w.account)
	q.keys["aws:resourceorgid"], q.keys["aws:resourceaccount"] = given(org), []string{w.account}
	q.keys["aws:requestedregion"], q.keys["aws:tagkeys"] = []string{x.Region}, nil
	q.keys["aws:multifactorauthpresent"] = nil
	if mfa := x.who.caller.MFA; mfa != nil {
		q.keys["aws:multifactorauthpresent"] = []string{fmt.Sprint(*mfa)}
	}
	for key, value := range w.tags {
		q.keys["aws:requesttag/"+strings.ToLower(key)] = []string{value}
		q.keys["aws:tagkeys"] = append(q.keys["aws:tagkeys"], key)
	}
	slices.Sort(q.keys["aws:tagkeys"])
	q.keys["sts:rolesessionname"], q.keys["sts:externalid"] = nil, nil
	if action == "sts:AssumeRole" {
		q.keys["sts:rolesessionname"], q.keys["sts:externalid"] = []string{w.session}, given(w.external)
	}
	return q, nil
}

// context are the condition keys that tell of the caller in every request (AWS IAM User Guide, "AWS global condition context keys").
func (a *AWS) context(account, principal string) map[string][]string {
	org, _ := a.standing(account)
	return map[string][]string{
		"aws:principalorgid": given(org), "aws:principalaccount": {account}, "aws:principalarn": {principal}, "aws:securetransport": {"true"},
		"aws:sourceaccount": nil, "aws:sourcearn": nil, "aws:sourceorgid": nil,
	}
}

// given is the value of a key; none when it is empty.
func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
