package identity

import "strings"

const (
	viaService        = "service"
	viaUnknown        = "unknown"
	nameUnknown       = "unknown"
	viaTemporary      = "temporary session"
	viaConsole        = "console session"
	viaAccessKey      = "access key"
	viaRole           = "role session"
	viaServiceLinked  = "service-linked role"
	viaIdentityCenter = "Identity Center session"
	viaFederated      = "federated session"
	viaFederatedLogin = "federated sign-in"
	viaAccount        = "another account"
)

// describe fills the actor. Everything in it may be shown to people, so everything passes printable.
func (c *caller) describe() Actor {
	account := first(c.id.text("accountId"), parseARN(c.id.text("arn")).account, c.id.text("sessionContext", "sessionIssuer", "accountId"))
	a := Actor{
		Type: c.kind, Name: c.name(account), ARN: c.id.text("arn"), Account: account,
		RoleARN: c.role.arn, Session: c.role.session, SourceIdentity: c.id.text("sessionContext", "sourceIdentity"),
		InvokedBy: c.invokedBy, Via: c.via(), SourceIP: c.call.SourceIP,
	}
	for _, field := range []*string{&a.Type, &a.Name, &a.ARN, &a.Account, &a.RoleARN, &a.Session, &a.SourceIdentity, &a.InvokedBy, &a.SourceIP} {
		*field = printable(*field)
	}
	a.Name = first(a.Name, nameUnknown)
	return a
}

func (c *caller) name(account string) string {
	user := c.id.text("userName")
	switch c.kind {
	case kindRoot:
		return joined("root", " of ", account)
	case kindUser:
		return first(user, parseARN(c.id.text("arn")).lastOf("user/"))
	case kindAssumedRole, kindRole:
		return joined(first(c.role.label(), "unknown role"), "/", c.role.session)
	case kindFederated:
		return first(parseARN(c.id.text("arn")).lastOf("federated-user/"), user)
	case kindIdentityCenter:
		return first(user, joined("Identity Center user", " ", c.id.text("onBehalfOf", "userId")))
	case kindAccount:
		return first(joined("", "account ", account), "another account")
	case kindService:
		return first(c.invokedBy, "AWS service")
	case kindSAML, kindWebIdentity:
		return first(user, c.id.text("principalId"))
	}
	return first(user, c.invokedBy)
}

// via says how the call was made, in the words that follow a name in brackets.
func (c *caller) via() string {
	switch c.kind {
	case kindRoot, kindUser:
		return c.viaOwnCredentials()
	case kindAssumedRole, kindRole:
		return c.viaRole()
	case kindFederated:
		return viaFederated
	case kindSAML, kindWebIdentity:
		return viaFederatedLogin
	case kindIdentityCenter:
		return viaIdentityCenter
	case kindAccount:
		return viaAccount
	case kindService:
		return viaService
	}
	return viaUnknown
}

func (c *caller) viaOwnCredentials() string {
	switch {
	case c.longTermKey():
		return viaAccessKey
	case c.console():
		return viaConsole
	case c.attrs != noAttributes, strings.HasPrefix(c.key, temporaryPrefix):
		return viaTemporary
	}
	return viaUnknown
}

func (c *caller) viaRole() string {
	if _, linked := byServiceLinkedRole(c); linked {
		return viaServiceLinked
	}
	if c.role.identityCenter() && !c.role.torn {
		return viaIdentityCenter
	}
	return viaRole
}

// joined appends what there is to append.
func joined(s, separator, more string) string {
	if more == "" {
		return s
	}
	return s + separator + more
}

func known(name string) string {
	if name == nameUnknown {
		return ""
	}
	return name
}
