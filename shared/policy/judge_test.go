package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const home = "111122223333"

// allow is a document with one Allow; principal and condition are JSON, condition may be "".
func allow(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":%s,`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"%s}]}`, principal, condition)
}

func everyone(operator, key, values string) string {
	return allow(`"*"`, fmt.Sprintf(`{%q:{%q:%s}}`, operator, key, values))
}

const denyAll = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`

type publicness struct {
	name    string
	doc     string
	kind    Kind // "" is Bucket
	public  bool
	why     string // part of the sentence that decides: the public one, or the first
	outside string // comma-separated
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, table := range [][]publicness{principalCases, conditionCases, addressCases, documentCases, kindCases} {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				checkVerdict(t, c)
			})
		}
	}
}

func checkVerdict(t *testing.T, c publicness) {
	t.Helper()
	d, err := Parse([]byte(c.doc))
	if err != nil {
		t.Fatal(err)
	}
	kind := c.kind
	if kind == "" {
		kind = Bucket
	}
	v := d.Judge(kind, home)
	if v.Public != c.public {
		t.Errorf("public = %v, want %v: %+v", v.Public, c.public, v.Statements)
	}
	if got := strings.Join(v.Outside, ","); got != c.outside {
		t.Errorf("outside = %q, want %q", got, c.outside)
	}
	if len(v.Statements) != len(d.Statements) {
		t.Fatalf("%d verdicts for %d statements", len(v.Statements), len(d.Statements))
	}
	at := max(0, slices.IndexFunc(v.Statements, func(s StatementVerdict) bool { return s.Public }))
	if len(v.Statements) > 0 && !strings.Contains(v.Statements[at].Why, c.why) {
		t.Errorf("why = %q, want %q in it", v.Statements[at].Why, c.why)
	}
}

func TestJudgeWithoutHome(t *testing.T) {
	t.Parallel()
	d := mustParse(t, allow(`{"AWS":["111122223333","444455556666"]}`, ""))
	if got := d.Judge(Bucket, "").Outside; !slices.Equal(got, []string{"111122223333", "444455556666"}) {
		t.Errorf("outside = %v", got)
	}
}

func TestJudgeStatements(t *testing.T) {
	t.Parallel()
	d := mustParse(t, `{"Statement":[`+denyAll+`,{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)
	want := []StatementVerdict{
		{Index: 0, Why: "Deny statements never make a policy public"},
		{Index: 1, Sid: "Open", Public: true, Why: "allows everyone: principal * and no condition that fixes who"},
	}
	if got := d.Judge(Bucket, home).Statements; !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	logs := d.Judge(Logs, home).Statements
	if logs[0].OpenToWrites || !logs[1].OpenToWrites || logs[1].Public {
		t.Errorf("logs: got %+v", logs)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"111122223333":                           "111122223333",
		"11112222333":                            "",
		"1111222233334":                          "",
		"11112222333x":                           "",
		"arn:aws:iam::111122223333:root":         "111122223333",
		"arn:aws:s3:::b":                         "",
		"arn:aws:iam::111122223333":              "",
		"urn:aws:iam::111122223333:root":         "",
		"arn:aws:iam::11112222333?:root":         "",
		"arn:aws:sns:eu-west-1:111122223333:a:b": "111122223333",
	} {
		if got := account(s); got != want {
			t.Errorf("%s: %q", s, got)
		}
	}
}

func TestNoPolicy(t *testing.T) {
	t.Parallel()
	var d *Document
	if v := d.Judge(Bucket, home); v.Public || v.Statements != nil || v.Outside != nil {
		t.Errorf("got %+v", v)
	}
	if d.DeniesPlaintext("") || d.JSON() != nil || d.Trust(home).Automation {
		t.Error("no policy says something")
	}
}

func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
