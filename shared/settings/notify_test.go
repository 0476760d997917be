package settings_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestQuietHoursFollowTheirZone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ hours, zone, now, end string }{
		"in the evening":            {"22:00-07:00", "UTC", "2026-11-20T23:00:00Z", "2026-11-21T07:00:00Z"},
		"after midnight":            {"22:00-07:00", "UTC", "2026-11-21T06:59:59Z", "2026-11-21T07:00:00Z"},
		"at their end":              {"22:00-07:00", "UTC", "2026-11-21T07:00:00Z", ""},
		"before they begin":         {"22:00-07:00", "UTC", "2026-11-20T21:59:59Z", ""},
		"within one day":            {"12:00-13:30", "UTC", "2026-11-20T12:00:00Z", "2026-11-20T13:30:00Z"},
		"in winter":                 {"22:00-07:00", "Europe/Zurich", "2026-11-20T21:30:00Z", "2026-11-21T06:00:00Z"},
		"in winter, too early":      {"22:00-07:00", "Europe/Zurich", "2026-11-20T20:30:00Z", ""},
		"in summer":                 {"22:00-07:00", "Europe/Zurich", "2026-07-20T20:30:00Z", "2026-07-21T05:00:00Z"},
		"a day that is another one": {"00:00-08:00", "Pacific/Auckland", "2026-11-20T12:00:00Z", "2026-11-20T19:00:00Z"},
		"none":                      {"", "Europe/Zurich", "2026-11-20T23:00:00Z", ""},
	} {
		s, err := settings.Load([]byte("notify: {zone: "+test.zone+", quietHours: \""+test.hours+"\"}\n"), known)
		if err != nil {
			t.Fatal(err)
		}
		end := s.Notify.Quiet(at(t, test.now))
		if test.end == "" && !end.IsZero() || test.end != "" && !end.Equal(at(t, test.end)) {
			t.Errorf("%s: at %s they end at %s, not at %q", name, test.now, end, test.end)
		}
	}
}

func TestMuted(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-20T12:00:00Z")
	f := finding.Finding{Check: "bucket-public", Resource: finding.Resource{Kind: "bucket", ID: "web-1", Account: "111122223333"}}
	one, two := now.Add(time.Hour), now.Add(2*time.Hour)
	for name, test := range map[string]struct {
		mutes []settings.Mute
		want  time.Time
	}{
		"nothing is":             {nil, time.Time{}},
		"everything is":          {[]settings.Mute{{Until: one}}, one},
		"the longest counts":     {[]settings.Mute{{Until: two}, {Check: "bucket-*", Until: one}}, two},
		"by resource":            {[]settings.Mute{{Resource: "web-*", Until: one}}, one},
		"another resource":       {[]settings.Mute{{Resource: "api-*", Until: one}}, time.Time{}},
		"another check":          {[]settings.Mute{{Check: "trail-stopped", Until: one}}, time.Time{}},
		"another account":        {[]settings.Mute{{Account: "444455556666", Until: one}}, time.Time{}},
		"its time is over":       {[]settings.Mute{{Until: now}}, time.Time{}},
		"by account and by name": {[]settings.Mute{{Check: "bucket-public", Account: "111122223333", Until: one}}, one},
	} {
		if got := settings.Muted(f, test.mutes, now); !got.Equal(test.want) {
			t.Errorf("%s: until %s, not %s", name, got, test.want)
		}
	}
}
