package settings

import (
	"slices"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// Notify says what is worth a message, and when.
type Notify struct {
	MinimumSeverity finding.Severity `yaml:"minimumSeverity"`
	RemindDays      RemindDays       `yaml:"remindDays"`
	Zone            Zone             `yaml:"zone"`       // of the two below
	QuietHours      Hours            `yaml:"quietHours"` // in which only what is critical is told
	DigestAt        Clock            `yaml:"digestAt"`
	PerHour         PerHour          `yaml:"perHour"`
}

// RemindDays is after how many days people are told again of what is still wrong; 0: never.
type RemindDays struct {
	Critical int `yaml:"critical"`
	High     int `yaml:"high"`
	Medium   int `yaml:"medium"`
	Low      int `yaml:"low"`
	Info     int `yaml:"info"`
}

// Of gives the days for a severity.
func (r RemindDays) Of(s finding.Severity) int {
	switch s {
	case finding.Critical:
		return r.Critical
	case finding.High:
		return r.High
	case finding.Medium:
		return r.Medium
	case finding.Low:
		return r.Low
	}
	return r.Info
}

// Channel is a way to people.
type Channel string

// The channels.
const (
	EmailChannel Channel = "email"
	SlackChannel Channel = "slack"
)

// PerHour is how many messages a channel takes within an hour; what comes on top is told together.
type PerHour struct {
	Email int `yaml:"email"`
	Slack int `yaml:"slack"`
}

// Of gives the number for a channel.
func (p PerHour) Of(c Channel) int {
	if c == SlackChannel {
		return p.Slack
	}
	return p.Email
}

// SlackMode is how messages come to Slack.
type SlackMode string

// The four ways.
const (
	SlackOff     SlackMode = "off"
	SlackWebhook SlackMode = "webhook" // an incoming webhook: one channel, no threads
	SlackBot     SlackMode = "bot"     // a bot's token: threads
	SlackAmazonQ SlackMode = "amazonq" // Amazon Q Developer in chat applications, which needs no secret
)

// SlackModes lists them.
var SlackModes = []SlackMode{SlackOff, SlackWebhook, SlackBot, SlackAmazonQ}

// Own says that it is an app of the deployment's own that talks with Slack, so that its messages may have buttons.
func (m SlackMode) Own() bool { return m == SlackWebhook || m == SlackBot }

// Slack says how and where people are told in Slack, and who may press which button there.
type Slack struct {
	Mode    SlackMode   `yaml:"mode"`
	Channel string      `yaml:"channel"` // id; for a bot
	Secret  string      `yaml:"secret"`  // name in Secrets Manager
	Users   []SlackUser `yaml:"users"`   // none: messages have no buttons
}

// Buttons says that messages may have buttons: somebody may press them.
func (s Slack) Buttons() bool { return s.Mode.Own() && len(s.Users) > 0 }

// MayPress gives which remedies an approval in Slack would have the remediator carry out; nil: nobody may press a button.
func (s *Settings) MayPress() func(remedy string) bool {
	if !s.Slack.Buttons() {
		return nil
	}
	return func(remedy string) bool {
		mode := s.Boldest(remedy)
		return mode == Ask || mode == Apply
	}
}

// User finds who a Slack user is, by id; false: nobody who may decide.
func (s Slack) User(id string) (SlackUser, bool) {
	i := slices.IndexFunc(s.Users, func(u SlackUser) bool { return u.ID == id })
	if i < 0 {
		return SlackUser{}, false
	}
	return s.Users[i], true
}

// SlackUser is who a Slack user is in AWS.
type SlackUser struct {
	ID  string `yaml:"id"`  // as Slack knows the user: U012ABCDEF
	ARN string `yaml:"arn"` // of the IAM user, or of the role's session, in whose name is decided
}

// Export says where findings go besides people.
type Export struct {
	SecurityHub bool   `yaml:"securityHub"`
	EventBus    string `yaml:"eventBus"` // name; "": none
}

// On says that anything is exported.
func (e Export) On() bool { return e.SecurityHub || e.EventBus != "" }

// Channels are the ways to people that are on.
func (s *Settings) Channels() []Channel {
	if s.Slack.Mode == SlackOff {
		return []Channel{EmailChannel}
	}
	return []Channel{EmailChannel, SlackChannel}
}

// Mute keeps messages about some findings back until a moment. Unlike an exemption it accepts nothing: what is still so then is told.
type Mute struct {
	Check    string    `json:"check"`    // pattern; "" for any
	Resource string    `json:"resource"` // pattern; "" for any
	Account  string    `json:"account"`  // id; "" for any
	Until    time.Time `json:"until"`
}

// Fits says whether a mute is for such a finding.
func (m Mute) Fits(f finding.Finding) bool {
	return (m.Check == "" || glob(m.Check, f.Check)) && (m.Resource == "" || glob(m.Resource, f.Resource.ID)) && (m.Account == "" || m.Account == f.Resource.Account)
}

// Muted is until when messages about a finding are kept back; zero: they are not.
func Muted(f finding.Finding, mutes []Mute, now time.Time) time.Time {
	var until time.Time
	for _, m := range mutes {
		if m.Until.After(now) && m.Until.After(until) && m.Fits(f) {
			until = m.Until
		}
	}
	return until
}

// Quiet is when the quiet hours end in which a moment lies; zero: it lies in none.
func (n Notify) Quiet(now time.Time) time.Time {
	if n.QuietHours == (Hours{}) {
		return time.Time{}
	}
	local := now.UTC().Add(n.Zone.offset(now))
	midnight := local.Truncate(24 * time.Hour)
	for _, day := range []int{-1, 0} {
		from := midnight.AddDate(0, 0, day).Add(time.Duration(n.QuietHours.From) * time.Minute)
		to := midnight.AddDate(0, 0, day).Add(time.Duration(n.QuietHours.To) * time.Minute)
		if !to.After(from) {
			to = to.AddDate(0, 0, 1)
		}
		if !local.Before(from) && local.Before(to) {
			return now.UTC().Add(to.Sub(local))
		}
	}
	return time.Time{}
}

func usualNotify() Notify {
	return Notify{
		MinimumSeverity: finding.Low, RemindDays: RemindDays{Critical: 1, High: 7, Medium: 30}, Zone: Zone{Name: "UTC"},
		DigestAt: Clock{Set: true, Minute: 7 * 60}, PerHour: PerHour{Email: 20, Slack: 60},
	}
}
