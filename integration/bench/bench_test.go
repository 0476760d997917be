package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/ledger/ledgertest"
)

func sample() report {
	return report{
		Figures: []figure{
			{Budget: "warm CPU, UpdateProject", Limit: 2, Reached: 1.234, Unit: "ms", How: "as it is"},
			{Budget: "replay, records/s/core", Limit: 150_000, Reached: 221_730.4, Unit: "/s", AtLeast: true, How: strings.Repeat("in many words ", 8)},
			{Budget: "cost", Limit: 0.06, Reached: 0.0612, Unit: "USD", How: "arithmetic"},
		},
		Machine: machine{CPU: "abacus", Cores: 2, Go: "go1.26", Before: "0.10 0.20 0.30", After: "1.00 0.90 0.80"},
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sample().table(&out); err != nil {
		t.Fatal(err)
	}
	want := `BUDGET                          LIMIT  REACHED  MET  HOW MEASURED
warm CPU, UpdateProject        ≤ 2 ms     1.23  yes  as it is
replay, records/s/core   ≥ 150,000 /s  221,730  yes  in many words in many words in many words in many words in many words in
                                                     many words in many words in many words
cost                     ≤ 0.0600 USD   0.0612  NO   arithmetic

1 of 3 budgets missed. ` + notes + `
Machine: abacus, 2 cores, go1.26, load 0.10 0.20 0.30 before and 1.00 0.90 0.80 after.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sample().json(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Figures []struct {
			Budget, Unit, How string
			Limit, Reached    float64
			Met               bool
		}
		Machine struct{ CPU, LoadAfter string }
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Figures) != 3 || !got.Figures[1].Met || got.Figures[2].Met || got.Figures[0].Reached != 1.234 || got.Machine.CPU != "abacus" || got.Machine.LoadAfter == "" {
		t.Errorf("%s", out.String())
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	var out, said bytes.Buffer
	if code, err := run(t.Context(), []string{"--format", "xml"}, &out, &said); code != 2 || err == nil {
		t.Errorf("an unknown format: %d, %v", code, err)
	}
	if code, _ := run(t.Context(), []string{"--nonsense"}, &out, &said); code != 2 || said.Len() == 0 {
		t.Errorf("an unknown flag: %d, %q", code, said.String())
	}
	if code, err := run(t.Context(), []string{"--root", t.TempDir()}, &out, &said); code != 2 || err == nil {
		t.Errorf("no repository: %d, %v", code, err)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 2: "2", 1.845: "1.84", 0.0371: "0.0371", 14.94: "14.94", 183.9: "184", 1812: "1,812", 1234567.6: "1,234,568", -1234: "-1,234"} {
		if got := number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestEventsAreAboutTheEstate(t *testing.T) {
	t.Parallel()
	for _, k := range kinds("") {
		h, err := newHappenings(k, true)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := h.some(48, 3)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for i, raw := range batch {
			ev, err := event.Decode(raw)
			if err != nil {
				t.Fatalf("%s: %v", k.name, err)
			}
			ids[ev.ID] = true
			about := []int{48, 49, 0}[i]
			named := slices.ContainsFunc([]string{bucketName(about), projectName(about), pipelineName(about)}, func(name string) bool {
				return strings.Contains(string(raw), name)
			})
			if !named {
				t.Errorf("%s: not about number %d: %s", k.name, about, raw)
			}
			if k.by != nil && ev.Identity().String("type") != "AssumedRole" {
				t.Errorf("%s: by %v", k.name, ev.Identity())
			}
		}
		if len(ids) != len(batch) {
			t.Errorf("%s: ids %v", k.name, ids)
		}
	}
}

func TestRecordsOfTheCorpus(t *testing.T) {
	t.Parallel()
	waking, other, err := samples()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, r := range append(waking, other...) {
		var out bytes.Buffer
		r.write(&out, i)
		var told struct {
			EventID   string
			EventTime time.Time
		}
		if err := json.Unmarshal(out.Bytes(), &told); err != nil {
			t.Fatalf("%v: %s", err, out.Bytes())
		}
		if told.EventID != uuid(i) || told.EventTime.Year() != 2026 || seen[told.EventID] {
			t.Errorf("record %d: %+v", i, told)
		}
		seen[told.EventID] = true
	}
}

func TestZipSize(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zeros")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := zipSize(path); err != nil || n < 1000 || n > 2000 {
		t.Errorf("a megabyte of zeros takes %d bytes, %v", n, err)
	}
	if _, err := zipSize(path + "es"); err == nil {
		t.Error("a file that is not there")
	}
}

// TestLedgerTable holds the recorder's table to what the ledger asks of DynamoDB, by the real client.
func TestLedgerTable(t *testing.T) {
	t.Parallel()
	r, err := newRecorder(t.Context(), http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	cfg := aws.Config{Region: region, BaseEndpoint: aws.String(r.address()), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "not-a-secret", "")}
	ledgertest.Contract(t, func(*testing.T) ledger.Store { return ledger.NewDynamoDB(cfg, "ledger", time.Now) })
}

func FuzzLedgerTable(f *testing.F) {
	f.Add("PutItem", []byte(`{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"v":{"N":"1"}},"ExpressionAttributeValues":{":v":{"N":"x"}}}`))
	f.Add("Query", []byte(`{"ExpressionAttributeValues":{":pk":{"S":1}},"Limit":-3,"ScanIndexForward":false}`))
	f.Add("GetItem", []byte(`{"Key":[]}`))
	f.Fuzz(func(t *testing.T, operation string, body []byte) {
		if given := newTable().answer(operation, body); !json.Valid(given.body.Bytes()) || given.status == 0 {
			t.Errorf("%d %s", given.status, given.body.Bytes())
		}
		if _, given := receive(body); !json.Valid(given.body.Bytes()) {
			t.Errorf("%s", given.body.Bytes())
		}
	})
}
