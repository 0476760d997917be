package remedy_test

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var now = time.Date(2026, 11, 20, 9, 14, 30, 0, time.UTC)

const id = "build-make-private"

func failing() finding.Finding {
	return finding.Finding{Check: "build-project-public", Outcome: finding.Fail, Basis: finding.State, Remedy: id}
}

func applied(ago ...time.Duration) remedy.Situation {
	var s remedy.Situation
	for _, d := range ago {
		s.Applied = append(s.Applied, now.Add(-d))
	}
	return s
}

func ofStack() settings.Place {
	return settings.Place{Tags: map[string]string{"aws:cloudformation:stack-name": "payments"}}
}

// situation is what Decide looks at; each row of the table changes one or two things.
type situation struct {
	finding  finding.Finding
	settings settings.Settings
	history  remedy.Situation
}

type decision struct {
	name   string
	change func(*situation)
	want   settings.Mode
	fight  bool
	reason string
}

// byStack is the reason for which what a stack manages is proposed.
const byStack = "The stack payments manages it: change the template, or allow remediateStackResources."

var decisions = []decision{
	{"apply", func(*situation) {}, settings.Apply, false, "The settings say apply for build-make-private."},
	{"ask", func(s *situation) { s.settings.Mode = settings.Ask }, settings.Ask, false, "The settings say ask for build-make-private."},
	{"propose", func(s *situation) { s.settings.Mode = settings.Propose }, settings.Propose, false, "The settings say propose for build-make-private."},
	{"off", func(s *situation) { s.settings.Mode = settings.Off }, settings.Off, false, "The settings switch build-make-private off."},
	{"this remedy alone off", func(s *situation) { s.settings.Modes = []settings.Rule{{Remedy: id, Mode: settings.Off}} }, settings.Off, false, "The settings switch build-make-private off."},
	{"this remedy alone on", func(s *situation) {
		s.settings.Mode, s.settings.Modes = settings.Off, []settings.Rule{{Remedy: "trail-start", Mode: settings.Apply}, {Remedy: id, Mode: settings.Ask}}
	}, settings.Ask, false, "Rule 2 of modes in the settings says ask for build-make-private."},
	{"grave", func(s *situation) {
		s.finding.Remedy, s.settings.Modes = "pipeline-revert", []settings.Rule{{Remedy: "pipeline-revert", Mode: settings.Apply}}
	}, settings.Ask, false, "pipeline-revert is grave: it asks before each use."},
	{
		"what may stop work, not named", func(s *situation) { s.finding.Remedy = "pipeline-hold" }, settings.Ask, false,
		"pipeline-hold may stop work: it asks unless a rule of modes names it.",
	},
	{"what may stop work, by a pattern", func(s *situation) {
		s.finding.Remedy, s.settings.Modes = "pipeline-hold", []settings.Rule{{Remedy: "pipeline-*", Mode: settings.Apply}}
	}, settings.Ask, false, "pipeline-hold may stop work: it asks unless a rule of modes names it."},
	{"what may stop work, named", func(s *situation) {
		s.finding.Remedy, s.settings.Modes = "pipeline-hold", []settings.Rule{{Remedy: "pipeline-hold", Mode: settings.Apply}}
	}, settings.Apply, false, "Rule 1 of modes in the settings says apply for pipeline-hold."},
	{"a rule that may fit", func(s *situation) {
		s.settings.Modes, s.history.Place.NoTags = []settings.Rule{{Tag: "stage=prod", Mode: settings.Ask}}, "they could not be read"
		s.settings.RemediateStackResources = true
	}, settings.Ask, false, "Rule 1 of modes in the settings says ask for build-make-private. A rule before it may fit as well: they could not be read."},

	{"a pass", func(s *situation) { s.finding.Outcome = finding.Pass }, settings.Off, false, "Nothing is wrong."},
	{"unknown", func(s *situation) { s.finding.Outcome = finding.Unknown }, settings.Off, false, "Nothing is wrong."},
	{"not applicable", func(s *situation) { s.finding.Outcome = finding.NotApplicable }, settings.Off, false, "Nothing is wrong."},
	{"advice", func(s *situation) { s.finding.Remedy = "" }, settings.Off, false, "No remedy is known; the finding is advice."},
	{"exempted", func(s *situation) {
		s.finding.Exemption = &finding.Exemption{Owner: "ann", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	}, settings.Off, false, "ann exempted it until 2026-12-31."},
	{"our own doing", func(s *situation) { s.finding.Self = true }, settings.Off, false, "The change was made by the remediator itself."},
	{"the event alone", func(s *situation) { s.finding.Basis = finding.Event }, settings.Off, false, "Only the event was seen, not the resource."},
	{"no basis", func(s *situation) { s.finding.Basis = "" }, settings.Off, false, "Only the event was seen, not the resource."},
	{"an act", func(s *situation) { s.finding.Basis, s.finding.Once = finding.Event, "event-1" }, settings.Apply, false, "The settings say apply for build-make-private."},

	{"put right twice", func(s *situation) { s.history = applied(time.Minute, 2*time.Minute) }, settings.Apply, false, "The settings say apply for build-make-private."},
	{
		"put right thrice", func(s *situation) { s.history = applied(time.Minute, 2*time.Minute, 3*time.Minute) }, settings.Off, true,
		"It was put right 3 times within an hour and changed back each time. pipewarden leaves it alone.",
	},
	{
		"put right four times", func(s *situation) { s.history = applied(1, 2, 3, 4) }, settings.Off, true,
		"It was put right 4 times within an hour and changed back each time. pipewarden leaves it alone.",
	},
	{
		"the third time just within the hour", func(s *situation) { s.history = applied(time.Hour-1, time.Minute, 0) }, settings.Off, true,
		"It was put right 3 times within an hour and changed back each time. pipewarden leaves it alone.",
	},
	{
		"the third time exactly an hour ago", func(s *situation) { s.history = applied(time.Hour, time.Minute, 0) }, settings.Apply, false,
		"The settings say apply for build-make-private.",
	},
	{
		"a fight, and off", func(s *situation) { s.settings.Mode, s.history = settings.Off, applied(1, 2, 3) }, settings.Off, false,
		"The settings switch build-make-private off.",
	},
	{
		"a fight, and only proposed", func(s *situation) { s.settings.Mode, s.history = settings.Propose, applied(1, 2, 3) }, settings.Off, true,
		"It was put right 3 times within an hour and changed back each time. pipewarden leaves it alone.",
	},
	{"a fight that is over", func(s *situation) { s.finding.Outcome, s.history = finding.Pass, applied(1, 2, 3) }, settings.Off, false, "Nothing is wrong."},

	{
		"undone before", func(s *situation) { s.history.Undone = true }, settings.Propose, false,
		"Somebody undid this remedy here before: it is not applied again without being asked for.",
	},
	{
		"undone before, and ask", func(s *situation) { s.history.Undone, s.settings.Mode = true, settings.Ask }, settings.Propose, false,
		"Somebody undid this remedy here before: it is not applied again without being asked for.",
	},
	{
		"undone before, and propose", func(s *situation) { s.history.Undone, s.settings.Mode = true, settings.Propose }, settings.Propose, false,
		"The settings say propose for build-make-private.",
	},
	{
		"undone before, and off", func(s *situation) { s.history.Undone, s.settings.Mode = true, settings.Off }, settings.Off, false,
		"The settings switch build-make-private off.",
	},
	{
		"of a stack", func(s *situation) { s.history.Place = ofStack() }, settings.Propose, false,
		byStack,
	},
	{"of a stack, and proposed anyway", func(s *situation) { s.history.Place, s.settings.Mode = ofStack(), settings.Propose }, settings.Propose, false, byStack},
	{
		"perhaps of a stack, and proposed anyway", func(s *situation) { s.history.Place.NoTags, s.settings.Mode = "access is denied", settings.Propose }, settings.Propose, false,
		"The settings say propose for build-make-private.",
	},
	{
		"perhaps of a stack", func(s *situation) { s.history.Place.NoTags = "access is denied" }, settings.Propose, false,
		"Whether a stack manages it is not known: access is denied.",
	},
	{
		"stopped", func(s *situation) { s.history.Stopped = "Ann stopped pipewarden." }, settings.Propose, false, "Ann stopped pipewarden.",
	},
	{
		"stopped, and off", func(s *situation) { s.history.Stopped, s.settings.Mode = "Ann stopped pipewarden.", settings.Off }, settings.Off, false,
		"The settings switch build-make-private off.",
	},
	{
		"of a stack, and allowed", func(s *situation) { s.history.Place, s.settings.RemediateStackResources = ofStack(), true }, settings.Apply, false,
		"The settings say apply for build-make-private.",
	},
	{"of a stack, allowed, and undone", func(s *situation) {
		s.history.Place, s.settings.RemediateStackResources, s.history.Undone = ofStack(), true, true
	}, settings.Propose, false, "Somebody undid this remedy here before: it is not applied again without being asked for."},
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for _, test := range decisions {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := situation{finding: failing(), settings: settings.Settings{Mode: settings.Apply}}
			test.change(&s)
			got := remedy.Decide(s.finding, &s.settings, s.history, now)
			want := remedy.Decision{Mode: test.want, Remedy: s.finding.Remedy, Reason: test.reason, Fight: test.fight}
			if test.reason == byStack {
				want.Stack = "payments"
			}
			if got != want {
				t.Errorf("\n got  %+v\n want %+v", got, want)
			}
		})
	}
}

// With the settings that hold when the file cannot be read, nothing is done about anything.
func TestNothingIsDoneUnderSafeSettings(t *testing.T) {
	t.Parallel()
	for _, test := range decisions {
		s := situation{finding: failing()}
		test.change(&s)
		if got := remedy.Decide(s.finding, settings.Safe(), s.history, now); got.Mode != settings.Off || got.Reason == "" {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// The mildest remedy is taken that the settings leave on; where they leave none, the mildest stays named.
func TestChoose(t *testing.T) {
	t.Parallel()
	f := failing()
	f.Would, f.ByHand, f.Template = "Mild.", "aws mild", []finding.Property{{Path: "Mild"}}
	f.Harsher = []finding.Alternative{{Remedy: "pipeline-hold", Would: "Hold."}, {Remedy: "user-require-mfa", Would: "Deny."}}
	for _, c := range []struct {
		off         []string
		want, would string
	}{
		{nil, id, "Mild."},
		{[]string{id}, "pipeline-hold", "Hold."},
		{[]string{id, "pipeline-hold"}, "user-require-mfa", "Deny."},
		{[]string{id, "pipeline-hold", "user-require-mfa"}, id, "Mild."},
	} {
		s := settings.Default()
		for _, off := range c.off {
			s.Modes = append(s.Modes, settings.Rule{Remedy: off, Mode: settings.Off})
		}
		got := remedy.Choose(f, s, settings.Place{})
		if mild := c.would == "Mild."; got.Remedy != c.want || got.Would != c.would || (got.ByHand != "") != mild || (got.Template != nil) != mild {
			t.Errorf("off %v: %+v, want %s", c.off, got, c.want)
		}
	}
	f.Remedy, f.Harsher = "", nil
	if got := remedy.Choose(f, settings.Default(), settings.Place{}); got.Remedy != "" {
		t.Errorf("advice: %s", got.Remedy)
	}
}
