package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/tariff"
)

func TestCost(t *testing.T) {
	t.Parallel()
	for file, args := range map[string]string{
		"cost.txt":              "cost",
		"cost-organisation.txt": "cost --accounts 1000 --events 5000 --regions 3 --resources 120 --sweeps-a-day 6",
		"cost-quiet.txt":        "cost --events 0 --resources 0 --sweeps-a-day 1",
	} {
		got := run(t, offline(t, nil), strings.Fields(args)...)
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", args, got)
		}
		golden(t, file, got.out)
	}
	got := run(t, offline(t, nil), "cost", "--accounts", "1000", "--format", "json")
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(json.RawMessage(got.out)); err != nil || got.code != done {
		t.Fatalf("%v: %+v", err, got)
	}
	golden(t, "cost.json", indented.String())
}

// TestCostAddsUp: the lines make up the total, to the last digit that is told.
func TestCostAddsUp(t *testing.T) {
	t.Parallel()
	r := asked(t, "--accounts", "77", "--regions", "2")
	total, fixed := 0.0, 0.0
	for _, l := range r.Lines {
		total += l.USD
		fixed += l.FixedUSD
		if math.Abs(l.Quantity*l.Price.Each()-l.USD) > 1e-4 {
			t.Errorf("%s: %v of %v", l.What, l.Quantity, l.Price)
		}
	}
	if math.Abs(total-r.Total) > 1e-4 || math.Abs(fixed-r.Fixed) > 1e-4 || math.Abs(r.PerAccount*77-r.Total) > 1e-4 || r.Accounts != 77 || r.Regions != 2 || r.Events != 3000 {
		t.Errorf("%v of %v, %v of %v fixed: %+v", total, r.Total, fixed, r.Fixed, r.Use)
	}
}

// asked is what --format json tells.
func asked(t *testing.T, args ...string) costReport {
	t.Helper()
	got := run(t, offline(t, nil), append([]string{"cost", "--format", "json"}, args...)...)
	var r costReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil || got.code != done {
		t.Fatalf("%v: %+v", err, got)
	}
	return r
}

func TestCostRefuses(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--accounts 0":           "pipewarden: cost: --accounts 0: 1 to 1,000,000 expected\n",
		"--accounts 1000001":     "pipewarden: cost: --accounts 1000001: 1 to 1,000,000 expected\n",
		"--events -1":            "pipewarden: cost: --events -1: 0 to 1,000,000,000 expected\n",
		"--regions 0":            "pipewarden: cost: --regions 0: 1 to 100 expected\n",
		"--resources -5":         "pipewarden: cost: --resources -5: 0 to 1,000,000 expected\n",
		"--sweeps-a-day 25":      "pipewarden: cost: --sweeps-a-day 25: 1 to 24 expected\n",
		"--accounts many":        "pipewarden: cost: invalid argument \"many\" for \"--accounts\" flag: strconv.ParseInt: parsing \"many\": invalid syntax. See: pipewarden cost --help\n",
		"prod":                   "pipewarden: cost: \"prod\" is too much: nothing expected. See: pipewarden cost --help\n",
		"--format csv":           "pipewarden: cost: invalid argument \"csv\" for \"--format\" flag: one of table, json expected. See: pipewarden cost --help\n",
		"--events 3000 --day 12": "pipewarden: cost: unknown flag: --day. See: pipewarden cost --help\n",
	} {
		run(t, offline(t, nil), append([]string{"cost"}, strings.Fields(args)...)...).want(t, usage, "", want)
	}
}

func TestCostHelpSaysWhatEventsAre(t *testing.T) {
	t.Parallel()
	got := run(t, offline(t, nil), "cost", "--help")
	for _, want := range []string{"Examples:\n", "of one account, in all of its regions, that reach pipewarden", "(default 3000)", "(default 50)", "(default 4)", "no invoice"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in\n%s", want, got.out)
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]tariff.Price{
		"free":                         {USD: 0, Per: 1, Unit: "call"},
		"1.00 per key":                 {USD: 1, Per: 1, Unit: "key"},
		"0.40 per million requests":    {USD: 0.4, Per: 1e6, Unit: "requests"},
		"0.125 per million units":      {USD: 0.125, Per: 1e6, Unit: "units"},
		"0.0004 per 1,000 requests":    {USD: 0.0004, Per: 1000, Unit: "requests"},
		"0.0000133334 per GB-second":   {USD: 0.0000133334, Per: 1, Unit: "GB-second"},
		"0.001 per 10,000 small coins": {USD: 0.001, Per: 1e4, Unit: "small coins"},
	} {
		if got := priced(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 3: "3", 0.5: "0.5000", 99.96: "99.9600", 100.4: "100", 1234567.8: "1,234,568"} {
		if got := counting(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0.00", 0.001: "less than 0.01", 0.006: "0.01", 14.396: "14.40"} {
		if got := cents(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

const (
	costOpening = "<!-- cost: go test ./cmd/pipewarden -run TestREADMEQuotesTheCost -update -->\n"
	costClosing = "<!-- /cost -->"
)

// TestREADMEQuotesTheCost holds the README's figures to what the command prints.
func TestREADMEQuotesTheCost(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "README.md")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), costOpening)
	quoted, after, closed := strings.Cut(rest, costClosing)
	if !found || !closed {
		t.Fatal("README.md has no place for the cost")
	}
	want := quotedCost(t)
	if *update {
		if err := os.WriteFile(file, []byte(before+costOpening+want+costClosing+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, quoted); diff != "" {
		t.Errorf("README.md quotes another cost: go test ./cmd/pipewarden -run TestREADMEQuotesTheCost -update\n%s", diff)
	}
}

// quotedCost is what the README says.
func quotedCost(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| accounts | USD a month | for each account |\n|---|---|---|\n")
	var alone costReport
	for _, n := range []int{1, 100, 1000, 10_000} {
		r := asked(t, "--accounts", fmt.Sprint(n))
		if n == 1 {
			alone = r
		}
		fmt.Fprintf(&b, "| %s | %s | %.4f |\n", thousands(n), cents(r.Total), r.PerAccount)
	}
	part := func(ids ...string) (sum float64) {
		for _, l := range alone.Lines {
			for _, id := range ids {
				if l.Price.ID == id {
					sum += l.FixedUSD
				}
			}
		}
		return sum
	}
	fmt.Fprintf(&b, "\nOf each sum %s are fixed: %s for metrics, alarms and the dashboard, %s for the keys and their use, %s for the polling of queues.\nWith one account, its events and sweeps make up %s.\n\n",
		cents(alone.Fixed), cents(part("metric-month", "alarm-month", "dashboard-month")), cents(part("kms-key-month", "kms-request")), cents(part("sqs-request")), cents(alone.Total-alone.Fixed))
	return b.String()
}
