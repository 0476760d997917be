package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	readAll = `{"Sid":"Read","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}`
	partner = `{"Effect":"Allow","Principal":{"AWS":["444455556666"]},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:Referer":"hush"}}}`
	tlsOnly = `{"Sid":"Tls","Effect":"Deny","Principal":"*","NotAction":["a:1","a:2","a:3","a:4","a:5"],"Resource":"*"}`
)

// documentOf parses a document of those statements; "" is no policy.
func documentOf(t *testing.T, statements ...string) *Document {
	t.Helper()
	if len(statements) == 0 {
		return nil
	}
	d, err := Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSame(t *testing.T) {
	t.Parallel()
	base := documentOf(t, readAll, partner)
	other := func(text string) *Document {
		d, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, one := range map[string]struct {
		d    *Document
		same bool
	}{
		"itself": {documentOf(t, readAll, partner), true},
		"members and values in another order": {other(`{"Statement":[{"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Action":["s3:ListBucket","s3:GetObject"],` +
			`"Principal":"*","Effect":"Allow","Sid":"Read"},` + partner + `],"Version":"2012-10-17"}`), true},
		"one value as a list, and a list of one as a value": {documentOf(t, readAll, strings.NewReplacer(`["444455556666"]`, `"444455556666"`, `"s3:PutObject"`, `["s3:PutObject"]`).Replace(partner)), true},
		"another order of statements":                       {documentOf(t, partner, readAll), false},
		"another action":                                    {documentOf(t, strings.Replace(readAll, "s3:GetObject", "s3:PutObject", 1), partner), false},
		"another condition":                                 {documentOf(t, readAll, strings.Replace(partner, "hush", "other", 1)), false},
		"one statement less":                                {documentOf(t, readAll), false},
		"one more":                                          {documentOf(t, readAll, partner, tlsOnly), false},
		"another version":                                   {other(`{"Version":"2008-10-17","Statement":[` + readAll + `,` + partner + `]}`), false},
		"an id":                                             {other(`{"Version":"2012-10-17","Id":"x","Statement":[` + readAll + `,` + partner + `]}`), false},
		"none":                                              {nil, false},
	} {
		if base.Same(one.d) != one.same || one.d.Same(base) != one.same {
			t.Errorf("%s: same should be %v", name, one.same)
		}
		if changes := base.Changes(one.d); (len(changes) == 0) != one.same {
			t.Errorf("%s: changes %v", name, changes)
		}
	}
	if !(*Document)(nil).Same(nil) {
		t.Error("no policy is not the same as no policy")
	}
	if !other(`{"Version":"2012-10-17","Id":"x","Statement":[]}`).Same(other(`{"Id":"x","Statement":[],"Version":"2012-10-17"}`)) {
		t.Error("the order of what a document says besides its statements counts")
	}
	single := other(`{"Version":"2012-10-17","Statement":` + readAll + `}`)
	if !single.Same(documentOf(t, readAll)) {
		t.Error("one statement alone is a list of one")
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		from, to *Document
		want     []string
	}{
		"one goes":          {documentOf(t, readAll, partner), documentOf(t, partner), []string{"statement Read (Allow s3:GetObject, s3:ListBucket): there -> gone"}},
		"one without a Sid": {documentOf(t, readAll, partner), documentOf(t, readAll), []string{"statement 2 (Allow s3:PutObject): there -> gone"}},
		"one comes":         {documentOf(t, partner), documentOf(t, partner, tlsOnly), []string{"statement Tls (Deny all but a:1, a:2, a:3 and 2 more): not there -> there"}},
		"one changes":       {documentOf(t, readAll), documentOf(t, strings.Replace(readAll, `"Resource"`, `"Condition":{"Bool":{"a:b":"true"}},"Resource"`, 1)), []string{"statement Read (Allow s3:GetObject, s3:ListBucket): changed"}},
		"all go":            {documentOf(t, readAll), nil, []string{"statement Read (Allow s3:GetObject, s3:ListBucket): there -> gone"}},
		"all come":          {nil, documentOf(t, readAll), []string{"statement Read (Allow s3:GetObject, s3:ListBucket): not there -> there"}},
		"an order":          {documentOf(t, readAll, partner), documentOf(t, partner, readAll), []string{"policy: its statements in another order, or something besides them"}},
		"nothing":           {documentOf(t, readAll), documentOf(t, readAll), nil},
	} {
		if got := one.from.Changes(one.to); !slices.Equal(got, one.want) {
			t.Errorf("%s:\n got  %q\n want %q", name, got, one.want)
		}
	}
	var many []string
	for i := range 25 {
		many = append(many, strings.Replace(readAll, `"Read"`, fmt.Sprintf(`"S%d"`, i), 1))
	}
	if got := documentOf(t, many...).Changes(nil); len(got) != 21 || got[20] != "and 5 more" {
		t.Errorf("%d lines: %q", len(got), got[len(got)-1])
	}
	if got := strings.Join(documentOf(t, partner).Changes(documentOf(t, strings.Replace(partner, "hush", "other", 1))), " "); strings.Contains(got, "hush") || got == "" {
		t.Errorf("a condition's value is told: %s", got)
	}
}

func TestFreeSid(t *testing.T) {
	t.Parallel()
	second := strings.Replace(readAll, `"Read"`, `"Read2"`, 1)
	for want, d := range map[string]*Document{"Read": nil, "Read2": documentOf(t, readAll, partner), "Read3": documentOf(t, second, readAll)} {
		if got := d.FreeSid("Read"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
