package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, known, err := d.Member(t.Context(), "444455556666"); known || err != nil {
		t.Errorf("before anything: %v, %v", known, err)
	}
	web := ledger.Member{Account: "444455556666", Name: "web", State: "ACTIVE", Units: []string{"ou-1-web", "r-1"}, Watched: true, Regions: []string{"eu-west-1"}}
	set := func(m ledger.Member, want bool) {
		t.Helper()
		if news, err := d.SetMember(t.Context(), m); news != want || err != nil {
			t.Errorf("%+v: news %v, %v", m, news, err)
		}
	}
	set(web, true)
	first, known, err := d.Member(t.Context(), web.Account)
	if err != nil || !known || first.Name != "web" || !first.Active() || !slices.Equal(first.Units, web.Units) || first.Since.IsZero() {
		t.Fatalf("%+v, %v, %v", first, known, err)
	}
	d.pass(time.Hour)
	d.store.took()
	set(web, false)
	if took := d.store.took(); took != "Get" {
		t.Errorf("what is known already took %s", took)
	}
	web.Name = "shop"
	set(web, true)
	if m, _, _ := d.Member(t.Context(), web.Account); m.Name != "shop" || !m.Since.Equal(first.Since) {
		t.Errorf("renamed: %+v", m)
	}
	web.State = "SUSPENDED"
	set(web, true)
	if m, _, _ := d.Member(t.Context(), web.Account); m.Active() || !m.Since.Equal(first.Since.Add(time.Hour)) {
		t.Errorf("suspended: %+v", m)
	}
	set(ledger.Member{Account: "222233334444", State: ledger.Left}, true)
	var all []string
	for m, err := range d.Members(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m.Account+" "+m.State)
	}
	if !slices.Equal(all, []string{"222233334444 LEFT", "444455556666 SUSPENDED"}) {
		t.Errorf("all of them: %q", all)
	}
}

func TestPlaceOfAMember(t *testing.T) {
	t.Parallel()
	at := ledger.Member{Account: "444455556666", Units: []string{"ou-1-web"}}.Place("web-prod")
	if at.Account != "444455556666" || at.Name != "web-prod" || at.NoOUs != "" || !slices.Equal(at.OUs, []string{"ou-1-web"}) {
		t.Errorf("%+v", at)
	}
	if at := (ledger.Member{}).Place("web-prod"); at.NoOUs != "where its account lies in the organisation was not read yet" {
		t.Errorf("unread: %+v", at)
	}
	if at := (ledger.Member{NoUnits: "access is denied"}).Place("web-prod"); at.NoOUs != "access is denied" {
		t.Errorf("denied: %+v", at)
	}
}
