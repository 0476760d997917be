package evidence_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/evidence"
)

// The schemas lie in the documentation too, beside the script that takes them.
func TestDocumentedSchemas(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]byte{"record.schema.json": evidence.RecordSchema(), "manifest.schema.json": evidence.ManifestSchema()} {
		file := filepath.Join("..", "..", "docs", "evidence", name)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is another one than this package's: go test ./shared/evidence -update (%v)", file, err)
		}
	}
}

// Every pattern begins with ^ and ends with $, which the script relies on; every object says which members there may be, but for those that
// hold what others write; and a record of each kind is among the goldens.
func TestSchemasAreStrict(t *testing.T) {
	t.Parallel()
	open := []string{"$defs.settings", "$defs.record.properties.before", "$defs.record.properties.after", "$defs.tally.properties.checks", "properties.previous.if"}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			if pattern, ok := value["pattern"].(string); ok && !(strings.HasPrefix(pattern, "^") && strings.HasSuffix(pattern, "$")) {
				t.Errorf("%s: pattern %s", path, pattern)
			}
			if value["type"] == "object" && value["additionalProperties"] != false && !slices.Contains(open, strings.TrimPrefix(path, ".")) {
				t.Errorf("%s takes any members", path)
			}
			for _, name := range slices.Sorted(maps.Keys(value)) {
				walk(path+"."+name, value[name])
			}
		case []any:
			for _, one := range value {
				walk(path+"[]", one)
			}
		}
	}
	for _, raw := range [][]byte{evidence.RecordSchema(), evidence.ManifestSchema()} {
		var schema map[string]any
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatal(err)
		}
		walk("", schema)
	}
	life, err := os.ReadFile(filepath.Join("testdata", "life.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Record struct {
				Properties struct{ Kind struct{ Enum []string } }
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(evidence.RecordSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	for _, kind := range schema.Defs.Record.Properties.Kind.Enum {
		if !bytes.Contains(life, []byte(`"kind":"`+kind+`"`)) {
			t.Errorf("no record of the kind %s is tested", kind)
		}
	}
	if len(schema.Defs.Record.Properties.Kind.Enum) < 12 {
		t.Errorf("kinds: %v", schema.Defs.Record.Properties.Kind.Enum)
	}
}

func TestRecordsThatDoNotFit(t *testing.T) {
	t.Parallel()
	const fits = `{"version":1,"records":[{"id":"a","at":"2026-11-20T12:00:00Z","kind":"sweep","account":"","region":"","subject":"s","after":{"sweep":"s","accounts":1,"legs":2}}]}`
	if all, err := evidence.DecodeRecords([]byte(fits)); err != nil || len(all) != 1 || all[0].ID != "a" {
		t.Fatalf("%v %+v", err, all)
	}
	for change, why := range map[string]string{
		`"version":1>"version":2`:              "version: it is none of the values that there are",
		`"version":1>"version":"1"`:            "version: it is none of the values that there are",
		`"id":"a">"ID":"a"`:                    "records[0]: it has no id",
		`"id":"a">"id":"a b"`:                  "records[0].id: it is not written as it is to be",
		`"id":"a">"id":7`:                      "records[0].id: it is no string",
		`"kind":"sweep">"kind":"x"`:            "records[0].kind: it is none of the values that there are",
		`"region":"">"region":"","x":1`:        "records[0]: it has a member that there is not",
		`"region":"">"region":null`:            "records[0].region: it is no string",
		`,"legs":2>`:                           "records[0].after: it has no legs",
		`"legs":2>"legs":-2`:                   "records[0].after.legs: it is too small",
		`"legs":2>"legs":2.5`:                  "records[0].after.legs: it is no integer",
		`"legs":2>"legs":2,"why":""`:           "records[0].after: it has a member that there is not",
		`00Z>00+01:00`:                         "records[0].at: it is not written as it is to be",
		`}]}>}]} x`:                            "something follows the JSON",
		`{"version">{"version`:                 "it is no JSON",
		`[{>[7,{`:                              "records[0]: it is no object",
		`"records":[>"records":[],"records":[`: "",
	} {
		old, now, _ := strings.Cut(change, ">")
		_, err := evidence.DecodeRecords([]byte(strings.Replace(fits, old, now, 1)))
		if why == "" && err != nil || why != "" && (err == nil || err.Error() != "decode records: "+why) {
			t.Errorf("%s: %v, want %s", change, err, why)
		}
	}
	if _, err := evidence.DecodeRecords([]byte(`{"version":1,"records":[]}`)); err == nil {
		t.Error("an object without records fits")
	}
}

func FuzzDecodeRecords(f *testing.F) {
	for _, seed := range []string{unfit, `{"version":1,"records":[{"id":"a","at":"2026-11-20T12:00:00Z","kind":"stop","account":"","region":"","subject":"s","after":{"on":true,"written":"2026-11-20T12:00:00Z"}}]}`, `[]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if all, err := evidence.DecodeRecords(raw); err == nil && len(all) == 0 {
			t.Error("no records, and no error")
		}
	})
}

func FuzzDecodeManifest(f *testing.F) {
	s, _ := whole(f)
	for _, name := range s.names("manifests/") {
		f.Add(s.files[name])
	}
	f.Add([]byte(`{"version":1,"day":"2026-02-30","sealed":"2026-11-20T12:00:00Z","key":"","previous":null,"objects":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := evidence.DecodeManifest(raw)
		if err != nil {
			return
		}
		if again := compact(t, m); !bytes.Equal(again, raw) {
			t.Errorf("two texts say the same: %s and %s", again, raw)
		}
	})
}

func FuzzDecodeKey(f *testing.F) {
	s, _ := whole(f)
	f.Add(s.files[evidence.PublicKey])
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if key, err := evidence.DecodeKey(raw); err == nil && len(key.Fingerprint) != 64 {
			t.Errorf("fingerprint %q", key.Fingerprint)
		}
	})
}
