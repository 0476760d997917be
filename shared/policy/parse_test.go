package policy

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// behind puts a statement behind a good one, so that errors have to say which of the two is meant.
func behind(statement string) string { return `{"Statement":[` + denyAll + `,` + statement + `]}` }

var refused = map[string]struct{ doc, want string }{
	"nothing":                     {"", "nothing there"},
	"white space":                 {" \n\t", "nothing there"},
	"null":                        {"null", "null where an object was expected"},
	"a list":                      {"[]", "a list where an object was expected"},
	"a string":                    {`"{}"`, "a string where an object was expected"},
	"a number":                    {"7", "a number where an object was expected"},
	"cut off":                     {`{"Statement":[{"Effect":"Al`, "byte 27: unexpected end"},
	"two documents":               {`{"Statement":[]}{}`, "byte 17"},
	"bad escape":                  {"%7B%zz", "neither JSON nor URL-encoded"},
	"encoded nonsense":            {"%7Bx", "byte 2"},
	"not UTF-8":                   {"{\"Id\":\"\xff\",\"Statement\":[]}", "not UTF-8"},
	"too deep":                    {strings.Repeat(`[`, 20000), "exceeded max depth"},
	"empty object":                {"{}", "Statement is missing"},
	"Statement null":              {`{"Statement":null}`, "Statement is null: an object or a list of objects expected"},
	"Statement text":              {`{"Statement":"x"}`, "Statement is a string"},
	"statement text":              {behind(`"x"`), "statement 2: a string where an object was expected"},
	"statement null":              {behind(`null`), "statement 2: null where"},
	"key twice":                   {`{"Statement":[],"Statement":[]}`, `byte 15: key "Statement" is there twice`},
	"key twice, escaped":          {behind(`{"Effect":"Deny","\u0045ffect":"Allow"}`), `key "Effect" is there twice`},
	"key twice below":             {behind(`{"Effect":"Deny","X":[{"a":{"b":1,"b":2}}]}`), `key "b" is there twice`},
	"Version a number":            {`{"Version":2012,"Statement":[]}`, "Version is a number: a string expected"},
	"Id a list":                   {`{"Id":[],"Statement":[]}`, "Id is a list"},
	"other letters, document":     {`{"statement":[]}`, `key "statement": Statement expected`},
	"other letters, statement":    {behind(`{"Effect":"Allow","principal":"*"}`), `statement 2: key "principal": Principal expected`},
	"Effect misspelled":           {behind(`{"Effect":"Alow"}`), `statement 2: Effect is "Alow": Allow or Deny expected`},
	"Effect in small letters":     {behind(`{"Effect":"allow"}`), `Effect is "allow"`},
	"Effect missing":              {behind(`{"Sid":"x"}`), "statement 2: Effect is missing"},
	"Effect a list":               {behind(`{"Effect":["Allow"]}`), "Effect is a list: a string expected"},
	"Sid null":                    {behind(`{"Sid":null,"Effect":"Allow"}`), "Sid is null"},
	"Principal other text":        {behind(`{"Effect":"Allow","Principal":"444455556666"}`), `Principal is "444455556666": "*" or an object expected`},
	"Principal list":              {behind(`{"Effect":"Allow","Principal":["*"]}`), "Principal is a list: \"*\" or an object expected"},
	"Principal number":            {behind(`{"Effect":"Allow","Principal":{"AWS":111122223333}}`), "Principal is not readable at AWS: a number"},
	"Principal of another kind":   {behind(`{"Effect":"Allow","Principal":{"aws":"*"}}`), `Principal is of the kind "aws"`},
	"Principal and NotPrincipal":  {behind(`{"Effect":"Allow","Principal":"*","NotPrincipal":{"AWS":"1"}}`), "Principal and NotPrincipal exclude each other"},
	"Action and NotAction":        {behind(`{"Effect":"Allow","Action":"*","NotAction":"x"}`), "Action and NotAction exclude"},
	"Resource and NotResource":    {behind(`{"Effect":"Allow","Resource":"*","NotResource":"x"}`), "Resource and NotResource exclude"},
	"Action an object":            {behind(`{"Effect":"Allow","Action":{}}`), "Action is an object: a string expected, or a list of them"},
	"Action with a number":        {behind(`{"Effect":"Allow","Action":["a",1]}`), "Action is a list of which member 2 is a number"},
	"Condition a list":            {behind(`{"Effect":"Allow","Condition":[]}`), "Condition is a list where an object"},
	"Condition operator text":     {behind(`{"Effect":"Allow","Condition":{"Bool":"x"}}`), "Condition Bool is a string where"},
	"Condition value object":      {behind(`{"Effect":"Allow","Condition":{"Bool":{"k":{}}}}`), "Condition Bool k is an object: a string, number or boolean expected"},
	"Condition value null":        {behind(`{"Effect":"Allow","Condition":{"Bool":{"k":[null]}}}`), "member 1 is null"},
	"Condition operator twice":    {behind(`{"Effect":"Allow","Condition":{"Bool":{},"bool":{}}}`), `Condition names "bool" twice`},
	"Condition key twice, folded": {behind(`{"Effect":"Allow","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1","AWS:sourcevpc":"vpc-2"}}}`), `names "AWS:sourcevpc" twice`},
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := Parse([]byte(c.doc))
			if err == nil {
				t.Fatalf("read as %+v", d)
			}
			if d != nil {
				t.Error("a document beside the error")
			}
			if !strings.HasPrefix(err.Error(), "read policy: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want %q in it", err, c.want)
			}
		})
	}
}

func TestParseErrorIsShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("secret", 1000)
	for _, doc := range []string{
		long,
		`{"` + long + `":1,"` + long + `":2}`,
		`{"Statement":[{"Effect":"` + long + `"}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":"` + long + `"}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"` + long + `":"x"}}]}`,
		`{"Statement":[{"Effect":"Allow","Condition":{"` + long + `":1}}]}`,
		`{"Statement":[{"Effect":"Allow","Condition":{"` + long + `":{"` + long + `":{}}}}]}`,
		`{"Statement":[{"Effect":"Allow","Condition":{"Bool":{"` + long + `":"1","` + strings.ToUpper(long) + `":"1"}}}]}`,
	} {
		_, err := Parse([]byte(doc))
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("got %v", err)
		}
	}
}

func TestParseKeepsEverything(t *testing.T) {
	t.Parallel()
	doc := `{
	  "Version": "2012-10-17", "Id": "P", "Note": {"a": [1, 2.50]},
	  "Statement": [{"Sid": "A", "Effect": "Deny", "Principal": {"AWS": ["*"], "Service": "s3.amazonaws.com",
	    "Federated": "graph.facebook.com", "CanonicalUser": "c"}, "NotAction": "s3:Get*", "NotResource": ["x"],
	    "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:TlsVersion": [1.2, "1.3"]}}, "Extra": null}]
	}`
	d := mustParse(t, doc)
	if d.Version != "2012-10-17" || d.ID != "P" || len(d.Statements) != 1 {
		t.Fatalf("got %+v", d)
	}
	s := d.Statements[0]
	s.raw = nil
	want := Statement{
		Sid: "A", Effect: "Deny",
		Principal: Principals{
			Present: true, Any: true, AWS: Strings{"*"}, Service: Strings{"s3.amazonaws.com"},
			Federated: Strings{"graph.facebook.com"}, Canonical: Strings{"c"},
		},
		NotAction: Strings{"s3:Get*"}, NotResource: Strings{"x"},
		Condition: Conditions{"Bool": {"aws:SecureTransport": {"false"}}, "NumericLessThan": {"s3:TlsVersion": {"1.2", "1.3"}}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v\nwant %+v", s, want)
	}
	if string(d.JSON()) != doc {
		t.Errorf("the text changed: %s", d.JSON())
	}
}

func TestParseURLEncoded(t *testing.T) {
	t.Parallel()
	const doc = `{"Statement":{"Sid":"a+b c","Effect":"Allow","Principal":"*"}}`
	d := mustParse(t, "%7B%22Statement%22%3A%7B%22Sid%22%3A%22a+b%20c%22%2C%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%7D%7D")
	if string(d.JSON()) != doc {
		t.Errorf("got %s", d.JSON())
	}
}

func TestJSONIsACopy(t *testing.T) {
	t.Parallel()
	text := []byte(`{"Statement":[` + denyAll + `]}`)
	d := mustParse(t, string(text))
	copy(d.JSON(), "xxxx")
	copy(d.Statements[0].JSON(), "xxxx")
	if !bytes.Equal(d.JSON(), text) || string(d.Statements[0].JSON()) != denyAll {
		t.Errorf("got %s", d.JSON())
	}
}

func FuzzParse(f *testing.F) {
	for _, table := range [][]publicness{principalCases, conditionCases, addressCases, documentCases, kindCases} {
		for _, c := range table {
			f.Add([]byte(c.doc))
		}
	}
	for _, c := range trustCases {
		f.Add([]byte(c.doc))
	}
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","X":[{}]},"Y":1e9}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			return
		}
		readAgain(t, d)
		edits(t, d)
	})
}

func readAgain(t *testing.T, d *Document) {
	t.Helper()
	again, err := Parse(d.JSON())
	if err != nil {
		t.Fatalf("what was read cannot be read again: %v", err)
	}
	for _, kind := range []Kind{Bucket, AccessPoint, Key, Logs, Topic, Repository, Trust} {
		v := d.Judge(kind, home)
		if !reflect.DeepEqual(v, again.Judge(kind, home)) {
			t.Fatalf("%s is judged differently when read again", kind)
		}
		if kind == Logs && v.Public {
			t.Fatal("a Logs policy is called public")
		}
	}
	if !reflect.DeepEqual(d.Trust(home), again.Trust(home)) || d.DeniesPlaintext("") != again.DeniesPlaintext("") {
		t.Fatal("trust or transport is judged differently when read again")
	}
}

// edits takes each statement out and narrows each Allow; neither may fail on what could be read, nor open what was closed.
func edits(t *testing.T, d *Document) {
	t.Helper()
	public := d.Judge(Bucket, home).Public
	for i := range d.Statements {
		less, err := d.Without(i)
		if err != nil {
			t.Fatal(err)
		}
		if less.Judge(Bucket, home).Public && !public {
			t.Fatalf("public without statement %d", i)
		}
		narrow, err := d.Narrow(i, "StringEquals", "aws:SourceAccount", home)
		if err != nil {
			continue
		}
		if v := narrow.Judge(Bucket, home); v.Statements[i].Public {
			t.Fatalf("narrowed and still public: %s", narrow.JSON())
		}
	}
}
