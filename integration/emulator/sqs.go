package emulator

import (
	"context"
	"encoding/json"
	"net/http"
)

// messageMends have messages say who sent them, by the unique id that IAM has for the caller (Amazon SQS API Reference, "ReceiveMessage":
// SenderId). moto says the same of everybody.
func messageMends() map[string]mended {
	return map[string]mended{"sqs.SendMessage": rememberSender, "sqs.SendMessageBatch": rememberSender, "sqs.ReceiveMessage": receiveMessage}
}

func rememberSender(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	id := a.uniqueID(ctx, x)
	a.sending.Lock() // whoever receives the message waits until it is written down who sent it
	defer a.sending.Unlock()
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK || x.sign != "json" {
		return reply, err
	}
	out := object{}
	if err := json.Unmarshal(reply.body, &out); err != nil {
		return nil, broken(err)
	}
	for _, sent := range append(list(out, "Successful"), out) {
		if one, _ := sent.(object); text(one, "MessageId") != "" {
			a.senders[text(one, "MessageId")] = id
		}
	}
	return reply, nil
}

// uniqueID is the id that IAM has for a caller, with the session behind it if there is one; what IAM does not know is made up from the name.
func (a *AWS) uniqueID(ctx context.Context, x *exchange) string {
	made := text(x.who.identity, "principalId")
	c := x.who.caller
	action, name, element, member := "GetRole", "RoleName="+c.Role, "Role", "RoleId"
	if c.User != "" {
		action, name, element, member = "GetUser", "UserName="+c.User, "User", "UserId"
	}
	asks := formCall("iam", x.key, "Action="+action+"&"+name+"&Version=2010-05-08")
	asks.who = x.who
	reply, err := a.forward(ctx, asks)
	if err != nil || reply.status != http.StatusOK {
		return made
	}
	id := text(childObject(reply.body, element), member)
	switch {
	case id == "":
		return made
	case c.User != "":
		return id
	}
	return id + ":" + c.Session
}
