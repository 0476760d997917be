package announce

import (
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

func FuzzCompose(f *testing.F) {
	for i, n := range notices() {
		x := n.notice.Items[0].Finding
		f.Add(x.Title, x.Detail, x.Check, x.Resource.Kind, x.Resource.ID, x.Resource.Region, n.notice.AccountName, x.ByHand, n.notice.Items[0].Order, int64(i), uint16(i))
	}
	modes := []settings.Mode{"", settings.Off, settings.Propose, settings.Ask, settings.Apply}
	f.Fuzz(func(t *testing.T, title, detail, check, kind, id, region, account, byHand, order string, seconds int64, choice uint16) {
		x := finding.Finding{
			Check: check, Title: title, Detail: detail, Why: detail, Would: title, ByHand: byHand, Severity: finding.Severity(choice % 7),
			Resource: finding.Resource{Kind: kind, ID: id, Region: region, Account: account}, Path: []string{id, title}, Facts: []finding.Fact{{Label: title, Value: detail}},
		}
		if choice&8 != 0 {
			x.Event = &finding.Cause{ID: id, Name: title, Time: time.Unix(seconds%200_000_000_000, 0)}
			x.Actor, x.MFA = &finding.Actor{Name: account, Via: title, SourceIP: region}, &finding.MFA{Verdict: kind, Reason: detail}
		}
		n := about(nil, Item{Finding: x, Kind: kinds[int(choice)%len(kinds)], Mode: modes[int(choice/16)%len(modes)], Order: order, Reason: detail})
		n.AccountName, n.Partition = account, kind
		if choice&4 != 0 {
			n.Deed = &Deed{Order: order, Summary: title, Error: detail, At: time.Unix(seconds%200_000_000_000, 0), Calls: []string{title}, Undoable: true, ByHand: byHand, By: account}
		}
		for range choice % 4 {
			n.Items = append(n.Items, n.Items[0])
		}
		m, err := Compose(n, now)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, m)
	})
}
