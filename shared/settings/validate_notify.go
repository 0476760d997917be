package settings

import (
	"fmt"
	"regexp"
	"slices"
)

// The most that reminders wait, and that a channel takes: more is as good as never, or as no bound.
const (
	mostRemindDays = 365
	mostPerHour    = 3600
)

// told checks how people, and other systems, are told.
func (v *validator) told(s *Settings) {
	days := s.Notify.RemindDays
	for name, n := range map[string]int{"critical": days.Critical, "high": days.High, "medium": days.Medium, "low": days.Low, "info": days.Info} {
		v.within(n, 0, mostRemindDays, "notify", "remindDays", name)
	}
	v.within(s.Notify.PerHour.Email, 1, mostPerHour, "notify", "perHour", "email")
	v.within(s.Notify.PerHour.Slack, 1, mostPerHour, "notify", "perHour", "slack")
	v.slack(s.Slack, s.Approvals)
	if bus := s.Export.EventBus; bus != "" && !busName.MatchString(bus) {
		v.wrong(fmt.Sprintf("%q is no name of an event bus in this account", clip(bus)), "export", "eventBus")
	}
}

func (v *validator) within(n, least, most int, at ...string) {
	if n < least || n > most {
		v.wrong(fmt.Sprintf("between %d and %d expected, %d found", least, most, n), at...)
	}
}

// Forms of names: of event buses (Amazon EventBridge API Reference, CreateEventBus), of secrets (AWS Secrets Manager API Reference, CreateSecret),
// of what Slack calls its users and channels, and of who may act in IAM.
var (
	busName      = regexp.MustCompile(`^[A-Za-z0-9._/-]{1,256}$`)
	secretName   = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	slackUser    = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)
	slackChannel = regexp.MustCompile(`^[CG][A-Z0-9]{2,20}$`)
	principal    = regexp.MustCompile(`^arn:[a-z-]+:(iam::[0-9]{12}:user|sts::[0-9]{12}:assumed-role)/[A-Za-z0-9+=,.@_/-]+$`)
)

func (v *validator) slack(s Slack, a Approvals) {
	modes := make([]string, 0, len(SlackModes))
	for _, m := range SlackModes {
		modes = append(modes, string(m))
	}
	v.oneOf(string(s.Mode), modes, "slack", "mode")
	switch {
	case s.Mode == SlackBot && s.Channel == "":
		v.wrong("missing: a bot has to be told the id of its channel, as C012ABCDEF", "slack", "channel")
	case s.Channel != "" && !slackChannel.MatchString(s.Channel):
		v.wrong(fmt.Sprintf("%q is no id of a channel: C012ABCDEF is one (channel details, at the end)", clip(s.Channel)), "slack", "channel")
	}
	if s.Mode.Own() && !secretName.MatchString(s.Secret) {
		v.wrong(fmt.Sprintf("%q is no name of a secret", clip(s.Secret)), "slack", "secret")
	}
	v.users(s.Users, a)
}

// users checks who may press buttons.
func (v *validator) users(users []SlackUser, a Approvals) {
	for i, u := range users {
		at := []string{"slack", "users", fmt.Sprint(i)}
		if !slackUser.MatchString(u.ID) {
			v.wrong(fmt.Sprintf("%q is no id of a Slack user: U012ABCDEF is one (profile, copy member ID)", clip(u.ID)), append(at[:3:3], "id")...)
		}
		if !principal.MatchString(u.ARN) {
			v.wrong(fmt.Sprintf("the ARN of an IAM user, or of a role's session, expected, %q found", clip(u.ARN)), append(at[:3:3], "arn")...)
		}
		if !a.Admits(u.ARN) {
			v.wrong("is not among approvals.approvers, so that no button would do anything", append(at[:3:3], "arn")...)
		}
		if slices.ContainsFunc(users[:i], func(o SlackUser) bool { return o.ID == u.ID }) {
			v.wrong("this user is there already", append(at[:3:3], "id")...)
		}
	}
}
