package policy

import (
	"strings"
	"testing"
)

const (
	usual = `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	pair  = `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`
)

// swap changes one thing about the usual statement.
func swap(old, now string) string {
	if !strings.Contains(usual, old) {
		panic("no " + old)
	}
	return strings.Replace(usual, old, now, 1)
}

var (
	objects = swap(pair, `"arn:aws:s3:::b/*"`)
	bucket  = swap(pair, `"arn:aws:s3:::b"`)
)

var transportCases = map[string]struct {
	statements  string
	named, none bool // with the bucket's ARN, and with ""
}{
	"usual":                       {usual, true, true},
	"AWS star":                    {swap(`"Principal":"*"`, `"Principal":{"AWS":"*"}`), true, true},
	"action star":                 {swap(`"s3:*"`, `"*"`), true, true},
	"action in a list":            {swap(`"s3:*"`, `["sqs:*","S3:*"]`), true, true},
	"value a boolean":             {swap(`"false"`, `false`), true, true},
	"value False in a list":       {swap(`"false"`, `["False"]`), true, true},
	"key in other letters":        {swap(`aws:SecureTransport`, `AWS:securetransport`), true, true},
	"BoolIfExists":                {swap(`"Bool"`, `"BoolIfExists"`), true, true},
	"everything":                  {swap(pair, `"*"`), true, true},
	"all buckets":                 {swap(pair, `"arn:aws:s3:::*"`), true, true},
	"prefix of the name":          {swap(pair, `"arn:aws:s3:::b*"`), true, true},
	"two statements":              {bucket + "," + objects, true, true},
	"beside others":               {`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},` + usual, true, true},
	"another bucket":              {swap(pair, `["arn:aws:s3:::c","arn:aws:s3:::c/*"]`), false, true},
	"objects of another":          {bucket + "," + swap(pair, `"arn:aws:s3:::c/*"`), false, false},
	"bucket only":                 {bucket, false, false},
	"objects only":                {objects, false, false},
	"some objects":                {swap(`b/*`, `b/logs/*`), false, false},
	"the empty key":               {swap(`b/*`, `b/`), false, false},
	"objects by ending":           {swap(`b/*`, `b/*.zip`), false, false},
	"objects of some length":      {swap(`b/*`, `b/?*`), false, false},
	"only folders":                {swap(pair, `"arn:aws:s3:::b/x*"`), false, false},
	"Allow":                       {swap(`"Deny"`, `"Allow"`), false, false},
	"one account":                 {swap(`"Principal":"*"`, `"Principal":{"AWS":"444455556666"}`), false, false},
	"all but one account":         {swap(`"Principal":"*"`, `"NotPrincipal":{"AWS":"444455556666"}`), false, false},
	"one action":                  {swap(`"s3:*"`, `"s3:GetObject"`), false, false},
	"all gets":                    {swap(`"s3:*"`, `"s3:Get*"`), false, false},
	"NotAction":                   {swap(`"Action":"s3:*"`, `"NotAction":"s3:GetObject"`), false, false},
	"NotResource":                 {swap(`"Resource"`, `"NotResource"`), false, false},
	"true":                        {swap(`"false"`, `"true"`), false, false},
	"no value":                    {swap(`"false"`, `[]`), false, false},
	"no condition":                {swap(`,"Condition":{"Bool":{"aws:SecureTransport":"false"}}`, ``), false, false},
	"empty condition":             {swap(`{"Bool":{"aws:SecureTransport":"false"}}`, `{}`), false, false},
	"another key":                 {swap(`aws:SecureTransport`, `aws:ViaAWSService`), false, false},
	"ForAnyValue":                 {swap(`"Bool"`, `"ForAnyValue:Bool"`), false, false},
	"further key":                 {swap(`"false"`, `"false","aws:ViaAWSService":"false"`), false, false},
	"further operator":            {swap(`{"Bool"`, `{"StringNotEquals":{"aws:SourceVpc":"vpc-1"},"Bool"`), false, false},
	"half of it weak":             {swap(`{"Bool"`, `{"StringNotEquals":{"aws:SourceVpc":"vpc-1"},"Bool"`) + "," + objects, false, false},
	"old TLS is another question": {swap(`{"Bool":{"aws:SecureTransport":"false"}}`, `{"NumericLessThan":{"s3:TlsVersion":"1.2"}}`), false, false},
}

func TestDeniesPlaintext(t *testing.T) {
	t.Parallel()
	for name, c := range transportCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := mustParse(t, `{"Statement":[`+c.statements+`]}`)
			if got := d.DeniesPlaintext("arn:aws:s3:::b"); got != c.named {
				t.Errorf("for the bucket: %v", got)
			}
			if got := d.DeniesPlaintext(""); got != c.none {
				t.Errorf("for any: %v", got)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"a*b", "ab", true},
		{"a*b", "axxb", true},
		{"a*b", "axxc", false},
		{"a*b*c", "a-b-b-c", true},
		{"?", "", false},
		{"a?c", "abc", true},
		{"abc", "abcd", false},
		{"*a", strings.Repeat("a", 5000) + "b", false},
	} {
		if got := Fits(c.pattern, c.text); got != c.want {
			t.Errorf("%q on %.20q: %v", c.pattern, c.text, got)
		}
	}
}
