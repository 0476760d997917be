package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

type sample struct {
	Name    *string
	Kind    string
	Off     *bool
	Count   *int32
	List    []string
	Objects []inner
	ByName  map[string]inner
	Made    *time.Time
	Empty   []string
	hidden  string
}

type inner struct{ Value *string }

func TestSealedNeverShowsItsText(t *testing.T) {
	t.Parallel()
	const secret = "AKIA-and-its-key"
	sealed, err := Seal(map[string]string{"password": secret})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(sealed.Reveal()); got != `{"password":"`+secret+`"}` {
		t.Fatalf("revealed %s", got)
	}
	holder := struct {
		Open   Sealed
		closed Sealed
	}{sealed, sealed}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "definition", sealed, "holder", holder)
	raw, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(raw), sealed.String(), fmt.Errorf("read: %v", sealed).Error(), errors.New(fmt.Sprint(holder)).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		shown = append(shown, fmt.Sprintf(verb, sealed), fmt.Sprintf(verb, &sealed), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	for _, text := range shown {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("the text is shown: %s", text)
		}
	}
	if !strings.Contains(string(raw), `"Open":"[sealed]"`) {
		t.Errorf("as JSON: %s", raw)
	}
}

func TestSealedReadsBackEmpty(t *testing.T) {
	t.Parallel()
	var back struct{ Definition Sealed }
	if err := json.Unmarshal([]byte(`{"Definition":"[sealed]"}`), &back); err != nil {
		t.Fatal(err)
	}
	if back.Definition.Reveal() != nil {
		t.Errorf("revealed %s", back.Definition.Reveal())
	}
}

func TestAPIJSON(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)
	for name, one := range map[string]struct {
		value any
		want  string
	}{
		"nothing set":               {sample{}, `{}`},
		"nil":                       {nil, `null`},
		"nil pointer":               {(*sample)(nil), `null`},
		"set to its zero is set":    {sample{Name: new(""), Off: new(false), Count: new(int32(0)), Empty: []string{}}, `{"count":0,"empty":[],"name":"","off":false}`},
		"keys of a map are kept":    {sample{ByName: map[string]inner{"OAuthToken": {Value: new("x")}}}, `{"byName":{"OAuthToken":{"value":"x"}}}`},
		"lists, times, enumeration": {&sample{Kind: "S3", List: []string{"a"}, Objects: []inner{{}}, Made: &when}, `{"kind":"S3","list":["a"],"made":"2026-11-20T09:14:07Z","objects":[{}]}`},
		"what is not exported":      {sample{hidden: "x"}, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := APIJSON(one.value)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != one.want {
				t.Errorf("got  %s\nwant %s", got, one.want)
			}
		})
	}
	if _, err := APIJSON(func() {}); err == nil {
		t.Error("a function was written")
	}
}
