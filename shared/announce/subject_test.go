package announce

import (
	"strings"
	"testing"
	"testing/quick"

	"github.com/pipewarden/pipewarden/shared/finding"
)

func TestSubject(t *testing.T) {
	t.Parallel()
	const long = "the service role of the build project payments-api-integration-tests can hand itself every permission of the account"
	for name, c := range map[string]struct {
		title, account, region string
		kind                   Kind
		severity               finding.Severity
		items                  int
		want                   string
	}{
		"short": {
			"build logs are public", "prod", "eu-west-1", Found, finding.High, 1,
			"[pipewarden] HIGH  build logs are public  (prod, eu-west-1)",
		},
		"account id": {
			"build logs are public", "", "eu-west-1", Found, finding.Low, 1,
			"[pipewarden] LOW  build logs are public  (111122223333, eu-west-1)",
		},
		"long title": {
			long, "prod", "eu-west-1", Found, finding.High, 1,
			"[pipewarden] HIGH  the service role of the build ... of the account  (prod, eu-west-1)",
		},
		"several": {
			long, "prod", "eu-west-1", Found, finding.High, 3,
			"[pipewarden] HIGH  the service role of the ... of the account and 2 more  (prod, eu-west-1)",
		},
		"long place": {
			long, "the-production-account-of-the-payments-team", "ap-southeast-2", Fixed, finding.High, 1,
			"[pipewarden] FIXED  was: the service role ... account  (the-product ... s-team, ap-southeast-2)",
		},
		"one long word": {
			strings.Repeat("a", 200), "prod", "eu-west-1", Found, finding.High, 1,
			"[pipewarden] HIGH  " + strings.Repeat("a", 34) + " ... " + strings.Repeat("a", 22) + "  (prod, eu-west-1)",
		},
		"spelled": {
			"Müller’s “café” → 日本", "prod", "eu-west-1", Found, finding.Info, 1,
			`[pipewarden] INFO  Mueller's "cafe" -> ??  (prod, eu-west-1)`,
		},
		"broken lines": {
			"a\r\nBcc: b\x00\x1b[1mc\u2028d", "p\nq", "eu-west-1", Found, finding.Info, 1,
			"[pipewarden] INFO  a Bcc: b c d  (p q, eu-west-1)",
		},
		"no region": {"x", "prod", "", Found, finding.Info, 1, "[pipewarden] INFO  x  (prod, region not known)"},
		"failed":    {"x", "prod", "eu-west-1", Failed, finding.Critical, 1, "[pipewarden] CRITICAL  fix did not work: x  (prod, eu-west-1)"},
		"unread":    {"x", "prod", "eu-west-1", Unread, finding.Critical, 1, "[pipewarden] UNKNOWN  could not be read: build project payments-api  (prod, eu-west-1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := public()
			f.Title, f.Severity, f.Resource.Region = c.title, c.severity, c.region
			n := Notice{Resource: f.Resource, AccountName: c.account}
			for range c.items {
				n.Items = append(n.Items, Item{Finding: f, Kind: c.kind})
			}
			m, err := Compose(n, now)
			if err != nil {
				t.Fatal(err)
			}
			if m.Subject != c.want {
				t.Errorf("\n got %s\nwant %s", m.Subject, c.want)
			}
			sound(t, m)
		})
	}
}

func TestSubjectOfAnything(t *testing.T) {
	t.Parallel()
	property := func(title, account, name, check, region string, more uint16, kind uint8) bool {
		f := finding.Finding{Title: title, Check: check, Resource: finding.Resource{Kind: "bucket", ID: name, Region: region}}
		n := tidied{
			Notice: Notice{Resource: f.Resource, AccountName: account}, leftOut: int(more),
			items: []Entry{{Finding: f, Kind: kinds[int(kind)%len(kinds)]}},
		}
		s := subject(n)
		return len(s) <= 99 && strings.HasPrefix(s, "[pipewarden] ") && printable(s)
	}
	if err := quick.Check(property, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
}
