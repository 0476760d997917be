package policy

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const (
	first  = `{"Sid":"First", "Effect":"Deny","Principal":{"AWS":["*"]},"Action":"s3:*","Resource":["b","b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	second = `{ "Sid":"Second","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"b/*","Later":{"n":1.50}}`
	third  = `{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"b/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"Bool":{"x":true}}}`
	frame  = `{"Future":[{"a<b":1}],"Version":"2012-10-17","Statement":[` + first + ", \n" + second + `,` + third + `],"Id":"P"}`
)

func wantText(t *testing.T, d *Document, want string) {
	t.Helper()
	if got := string(d.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := Parse(d.JSON()); err != nil {
		t.Error(err)
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		index int
		want  string
	}{
		"the first":  {0, `{"Future":[{"a<b":1}],"Version":"2012-10-17","Statement":[` + second + `,` + third + `],"Id":"P"}`},
		"the second": {1, `{"Future":[{"a<b":1}],"Version":"2012-10-17","Statement":[` + first + `,` + third + `],"Id":"P"}`},
		"the last":   {2, `{"Future":[{"a<b":1}],"Version":"2012-10-17","Statement":[` + first + `,` + second + `],"Id":"P"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, frame)
			less, err := d.Without(c.index)
			if err != nil {
				t.Fatal(err)
			}
			wantText(t, less, c.want)
			wantText(t, d, frame)
		})
	}
}

func TestWithoutTheSoleOne(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{`{"Statement":` + second + `}`, `{"Statement":[` + second + `]}`} {
		if d, err := mustParse(t, doc).Without(0); d != nil || err != nil {
			t.Errorf("got %v, %v", d, err)
		}
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, want string }{
		"list":          {`{"Statement":[` + first + `],"X":1}`, `{"Statement":[` + first + `,` + denyAll + `],"X":1}`},
		"empty list":    {`{"Statement":[]}`, `{"Statement":[` + denyAll + `]}`},
		"no Sids":       {`{"Statement":[` + denyAll + `]}`, `{"Statement":[` + denyAll + `,` + denyAll + `]}`},
		"single object": {`{"Id":"P","Statement":` + first + `}`, `{"Id":"P","Statement":[` + first + `,` + denyAll + `]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := mustParse(t, c.doc).With([]byte(" " + denyAll + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			wantText(t, d, c.want)
		})
	}
}

func TestWithOnNoPolicy(t *testing.T) {
	t.Parallel()
	var none *Document
	d, err := none.With([]byte(denyAll))
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, d, `{"Version":"2012-10-17","Statement":[`+denyAll+`]}`)
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	d := mustParse(t, frame)
	for name, c := range map[string]struct {
		index         int
		operator, key string
		values        []string
		old, now      string // of that statement
	}{
		"no condition yet": {
			1, "StringEquals", "aws:SourceAccount",
			[]string{home},
			second, `{"Sid":"Second","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"b/*","Later":{"n":1.50},"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}`,
		},
		"several values": {
			1, "ArnLike", "aws:SourceArn",
			[]string{"a", "<b>"},
			second, `{"Sid":"Second","Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"b/*","Later":{"n":1.50},"Condition":{"ArnLike":{"aws:SourceArn":["a","<b>"]}}}`,
		},
		"another operator": {
			2, "StringLike", "aws:SourceAccount",
			[]string{home},
			`"Bool":{"x":true}`, `"Bool":{"x":true},"StringLike":{"aws:SourceAccount":"111122223333"}`,
		},
		"another key under its operator": {
			2, "stringequals", "aws:SourceOrgID",
			[]string{"o-abc1234567"},
			`{"aws:SourceAccount":"111122223333"}`, `{"aws:SourceAccount":"111122223333","aws:SourceOrgID":"o-abc1234567"}`,
		},
		"already there": {2, "StringEquals", "AWS:SourceAccount", []string{home, home}, third, third},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := d.Narrow(c.index, c.operator, c.key, c.values...)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(frame, c.old, c.now, 1)
			if c.old != c.now {
				want = strings.Replace(want, ", \n", ",", 1)
			}
			wantText(t, out, want)
			wantText(t, d, frame)
		})
	}
}

func TestNarrowKeepsTheSingleForm(t *testing.T) {
	t.Parallel()
	d, err := mustParse(t, `{"Statement":{"Effect":"Allow","Principal":"*"}}`).Narrow(0, "StringEquals", "aws:SourceAccount", home)
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, d, `{"Statement":{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}}`)
	if d.Judge(Logs, home).Statements[0].OpenToWrites {
		t.Error("narrowed and still open")
	}
}

func TestEditsRefuse(t *testing.T) {
	t.Parallel()
	d := mustParse(t, frame)
	var none *Document
	excluded := mustParse(t, everyone("StringNotEquals", "aws:SourceAccount", `"444455556666"`))
	absent := mustParse(t, everyone("Null", "aws:SourceAccount", `"true"`))
	narrow := func(d *Document, i int, op, key string, values ...string) func() (*Document, error) {
		return func() (*Document, error) { return d.Narrow(i, op, key, values...) }
	}
	with := func(raw string) func() (*Document, error) {
		return func() (*Document, error) { return d.With([]byte(raw)) }
	}
	without := func(d *Document, i int) func() (*Document, error) {
		return func() (*Document, error) { return d.Without(i) }
	}
	for name, c := range map[string]struct {
		edit func() (*Document, error)
		want string
	}{
		"without: past the end":  {without(d, 3), "remove statement: none at index 3, the policy has 3"},
		"without: before":        {without(d, -1), "none at index -1"},
		"without: no policy":     {without(none, 0), "the policy has 0"},
		"with: nothing":          {with(""), "add statement: byte 0"},
		"with: no object":        {with(`["x"]`), "a list where an object was expected"},
		"with: two":              {with(denyAll + "," + denyAll), "add statement: byte"},
		"with: no effect":        {with(`{}`), "Effect is missing"},
		"with: key twice":        {with(`{"Effect":"Deny","Effect":"Allow"}`), "is there twice"},
		"with: Sid taken":        {with(`{"Sid":"First","Effect":"Deny"}`), `Sid "First" is there already`},
		"narrow: past the end":   {narrow(d, 3, "StringEquals", "k", "v"), "none at index 3"},
		"narrow: no policy":      {narrow(none, 0, "StringEquals", "k", "v"), "the policy has 0"},
		"narrow: a Deny":         {narrow(d, 0, "StringEquals", "k", "v"), "is a Deny, which a condition would weaken"},
		"narrow: no value":       {narrow(d, 1, "StringEquals", "k"), "needs an operator, a key and a value"},
		"narrow: no key":         {narrow(d, 1, "StringEquals", "", "v"), "needs an operator, a key and a value"},
		"narrow: no operator":    {narrow(d, 1, "", "k", "v"), "needs an operator, a key and a value"},
		"narrow: other values":   {narrow(d, 2, "StringEquals", "aws:sourceaccount", "444455556666"), "at index 2 has other values of aws:SourceAccount under StringEquals"},
		"narrow: excluded there": {narrow(excluded, 0, "StringEquals", "aws:SourceAccount", home), "under StringNotEquals, which may leave nobody"},
		"narrow: must be absent": {narrow(absent, 0, "StringEquals", "aws:SourceAccount", home), "under Null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := c.edit()
			if out != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want %q", out, err, c.want)
			}
		})
	}
}

// TestEditsKeepTheMeaning decodes before and after with the standard decoder: all but the edited statement must be equal.
func TestEditsKeepTheMeaning(t *testing.T) {
	t.Parallel()
	d := mustParse(t, frame)
	narrowed, err := d.Narrow(1, "StringEquals", "aws:SourceAccount", home)
	if err != nil {
		t.Fatal(err)
	}
	before, after := decode(t, d), decode(t, narrowed)
	statements, edited := before["Statement"].([]any), after["Statement"].([]any)
	for i := range statements {
		one := edited[i].(map[string]any)
		if i == 1 {
			if !reflect.DeepEqual(one["Condition"], map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": home}}) {
				t.Errorf("got %v", one["Condition"])
			}
			delete(one, "Condition")
		}
		if !reflect.DeepEqual(statements[i], edited[i]) {
			t.Errorf("statement %d: got %v, want %v", i, edited[i], statements[i])
		}
	}
	delete(before, "Statement")
	delete(after, "Statement")
	if !reflect.DeepEqual(before, after) {
		t.Errorf("got %v, want %v", after, before)
	}
}

func decode(t *testing.T, d *Document) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(d.JSON(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
