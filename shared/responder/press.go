package responder

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"

	api "github.com/slack-go/slack"

	"github.com/pipewarden/pipewarden/shared/slack"
)

// pressed is a button that somebody pressed, as Slack tells of it.
type pressed struct {
	slack.Press
	user   string // as Slack knows them
	hook   string // where the answer goes; whoever has it can answer
	thread string // the message that this one is below; "": none
	blocks api.Blocks
	mark   string // what tells the request from others
	idle   bool   // a link was followed: there is nothing to do
}

// What names look like: what does not is no press of pipewarden's, and is in no message, key or log of ours.
var (
	userForm  = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)
	keyForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	needOrder = map[slack.Verb]bool{slack.Approve: true, slack.Reject: true, slack.Undo: true}
)

// parse reads the body of a request that is proven to come from Slack (Slack API, "block_actions payload"). Errors do not repeat what it says.
func parse(body []byte) (pressed, error) {
	call, err := interaction(body)
	if err != nil {
		return pressed{}, err
	}
	button := call.ActionCallback.BlockActions[0]
	if button.ActionID == slack.Link {
		return pressed{idle: true}, nil
	}
	press, err := slack.ParsePress(button.ActionID, button.Value)
	if err != nil {
		return pressed{}, errors.New("it is no button of pipewarden's")
	}
	p := pressed{Press: press, user: call.User.ID, hook: call.ResponseURL, thread: call.Container.ThreadTs, blocks: call.Message.Blocks}
	switch {
	case !userForm.MatchString(p.user):
		return pressed{}, errors.New("it does not say who pressed the button")
	case !keyForm.MatchString(p.Finding), p.Order != "" && !keyForm.MatchString(p.Order), needOrder[p.Verb] && p.Order == "", p.Revision < 0:
		return pressed{}, errors.New("the button does not say what it is about")
	}
	return p, nil
}

// interaction reads a request that tells of one button.
func interaction(body []byte) (call api.InteractionCallback, err error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["payload"]) != 1 {
		return call, errors.New("it is no form with a payload")
	}
	if err := json.Unmarshal([]byte(form["payload"][0]), &call); err != nil {
		return call, errors.New("its payload cannot be read")
	}
	actions := call.ActionCallback
	if call.Type != api.InteractionTypeBlockActions || len(actions.BlockActions) != 1 || len(actions.AttachmentActions) > 0 {
		return call, errors.New("it does not tell of one button")
	}
	return call, nil
}
