package remedies

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/integration/emulator"
	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/queue"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// reverts has the tool that keeps the project as its code says make it public again, some time after pipewarden closed it.
func (s *stage) reverts(after time.Duration) {
	s.Helper()
	s.pass(after)
	role := "arn:aws:iam::" + account + ":role/public-read"
	if err := s.visibility(public, role); err != nil {
		s.Fatal(err)
	}
	s.writes()
	s.audit()
}

// fought has a tool revert pipewarden as often as it takes until pipewarden leaves the project alone.
func fought(t *testing.T, a *emulator.AWS) *stage {
	t.Helper()
	s := opened(t, a, settings.Apply)
	s.audit()
	for flip := range remedy.Flips {
		if flip > 0 {
			s.reverts(10 * time.Minute)
		}
		s.settleNow()
		if wrote := s.writes(); len(wrote) != 1 {
			t.Fatalf("flip %d: it wrote %v", flip+1, wrote)
		}
	}
	if told := strings.Join(kinds(s.told()), " "); told != "found fixed reopened fixed reopened fixed" {
		t.Fatalf("people were told %q", told)
	}
	s.counted(remedy.Flips)
	return s
}

// settleNow has the remediator work off what waits, without that time goes by.
func (s *stage) settleNow() {
	s.Helper()
	if s.work(s); len(s.orders.messages) > 0 {
		s.Fatalf("%d orders come back", len(s.orders.messages))
	}
}

// TestFlipGuard: what is changed back three times within an hour is left alone. People are told once that they must look; that the hour is over
// does not begin it anew, and what somebody does after that is another matter.
func TestFlipGuard(t *testing.T) {
	s := fought(t, emulator.ForTest(t))
	s.reverts(10 * time.Minute)
	told := s.told()
	if len(told) != 1 || told[0].Kind != announce.Fight || told[0].Order != "" || !strings.Contains(told[0].Findings[0].Reason, "put right 3 times within an hour") {
		t.Errorf("people were told %+v", told)
	}
	for range 8 { // sweeps, for the rest of the hour and the next
		s.pass(15 * time.Minute)
		s.audit()
		s.settleNow()
	}
	if wrote, told := s.writes(), s.told(); len(wrote) > 0 || len(told) > 0 || len(s.actions()) != remedy.Flips {
		t.Errorf("it wrote %v, told %v, in %d actions", wrote, kinds(told), len(s.actions()))
	}
	s.counted(remedy.Flips)
	s.takenUp()
}

// takenUp has somebody put right what was fought over. What happens to it after that is another matter.
func (s *stage) takenUp() {
	s.Helper()
	if err := s.visibility(private, ""); err != nil { // somebody looks, and puts it right
		s.Fatal(err)
	}
	s.audit()
	s.reverts(time.Hour)
	s.settleNow()
	if told := kinds(s.told()); !slices.Equal(told, []string{"resolved", "reopened", "fixed"}) {
		s.Errorf("people were told %q afterwards", told)
	}
	if wrote := s.writes(); len(wrote) != 1 {
		s.Errorf("it wrote %v afterwards", wrote)
	}
}

// TestFlipGuardOfTheRemediator: an order that was given before the third flip, and is worked off after it, is refused and told of once.
func TestFlipGuardOfTheRemediator(t *testing.T) {
	s := opened(t, emulator.ForTest(t), settings.Apply)
	s.audit()
	late := s.orders.messages[0]
	s.orders.messages = nil
	for flip := range remedy.Flips {
		f := s.found()
		o := queue.Order{ID: ledger.OrderID(f, 10+flip), Remedy: f.Remedy, Mode: settings.Apply, Finding: f, Revision: 10 + flip}
		if err := queue.SendJSON(s, s.orders, 0, o); err != nil {
			t.Fatal(err)
		}
		s.settleNow()
		s.reverts(time.Minute)
		s.orders.messages = nil
	}
	s.writes()
	s.told()
	s.orders.messages = []*message{late}
	s.settleNow()
	var o ledger.Action
	for _, a := range s.actions() {
		if a.Status == ledger.Refused {
			o = a
		}
	}
	if told := kinds(s.told()); !slices.Equal(told, []string{"refused"}) || !strings.Contains(o.Error, "put right 3 times within an hour") {
		t.Errorf("people were told %q: %q", told, o.Error)
	}
	if wrote := s.writes(); len(wrote) > 0 {
		t.Errorf("it wrote %v", wrote)
	}
	s.counted(remedy.Flips)
}

// TestSlowFlipsAreNoFight: three times in more than an hour is put right each time.
func TestSlowFlipsAreNoFight(t *testing.T) {
	s := fought(t, emulator.ForTest(t))
	s.reverts(time.Hour - 20*time.Minute)
	s.settleNow()
	if told := kinds(s.told()); !slices.Equal(told, []string{"reopened", "fixed"}) {
		t.Errorf("people were told %q", told)
	}
	if wrote := s.writes(); len(wrote) != 1 {
		t.Errorf("it wrote %v", wrote)
	}
}
