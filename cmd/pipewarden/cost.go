package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipewarden/pipewarden/shared/report"
	"github.com/pipewarden/pipewarden/shared/tariff"
)

// costReport is a bill as --format json prints it. Amounts are in USD, for a month of thirty days.
type costReport struct {
	tariff.Use
	Region     string          `json:"priceRegion"`
	Currency   string          `json:"currency"`
	PricesFrom string          `json:"pricesFrom"` // the month of the oldest price
	PricesTo   string          `json:"pricesTo"`   // and of the newest
	Total      float64         `json:"total"`
	PerAccount float64         `json:"perAccount"`
	Fixed      float64         `json:"fixed"`
	Lines      []costLine      `json:"lines"`
	Measured   tariff.Measured `json:"measured"`
	NotIn      []string        `json:"notIn"`
}

type costLine struct {
	What     string       `json:"what"`
	Quantity float64      `json:"quantity"`
	USD      float64      `json:"usd"`
	FixedUSD float64      `json:"fixedUSD"`
	Price    tariff.Price `json:"price"`
}

func (p *program) costCommand() *cobra.Command {
	use := tariff.Example
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Compute what pipewarden costs in a month, from list prices",
		Long: `Compute what pipewarden costs in a month of thirty days. Nothing is asked of AWS: it is arithmetic over list prices, which are
dated and name their source, and over the CPU time and the calls that were measured. It is no invoice.

--events counts the events of one account, in all of its regions, that reach pipewarden: those that the rules let through, and not
all that CloudTrail records. How many those are, the metric Events tells once it is deployed.

With one account there is a deployment in each of its regions. With more there is one for the whole organisation, and what is fixed
is paid once. What cannot be known is counted high: one message in each invocation of a function, and sign-ins to a member for each
message of a sweep and, besides, for each process that is at work, and one more, every 50 minutes.`,
		Example: `  pipewarden cost
  pipewarden cost --accounts 100 --regions 3
  pipewarden cost --accounts 1000 --events 3000 --format json | jq .perAccount`,
		Args: takes(0, 0, "nothing"),
	}
	format := formatFlag(cmd)
	options := []struct {
		name        string
		value       *int
		least, most int
		about       string
	}{
		{"accounts", &use.Accounts, 1, 1_000_000, "accounts that are watched"},
		{"events", &use.Events, 0, 1_000_000_000, "events a month, of each account, that reach pipewarden"},
		{"regions", &use.Regions, 1, 100, "regions of each account that are watched"},
		{"resources", &use.Resources, 0, 1_000_000, "resources of each account that a sweep looks at"},
		{"sweeps-a-day", &use.SweepsADay, 1, 24, "sweeps a day: 24, divided by sweep.everyHours of the settings"},
	}
	for _, o := range options {
		cmd.Flags().IntVar(o.value, o.name, *o.value, o.about)
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		for _, o := range options {
			if *o.value < o.least || *o.value > o.most {
				return fmt.Errorf("cost: --%s %d: %s to %s expected", o.name, *o.value, thousands(o.least), thousands(o.most))
			}
		}
		r, err := costOf(use)
		if err != nil {
			return fmt.Errorf("cost: %w", err)
		}
		if format.value == asJSON {
			return p.json(r)
		}
		return buffered(p.out, r.table)
	}
	return cmd
}

// costOf computes what a use costs. It fails only when the prices or the measurements that are built in cannot be read.
func costOf(use tariff.Use) (costReport, error) {
	prices, err := tariff.Prices()
	if err != nil {
		return costReport{}, err
	}
	measured, err := tariff.Figures()
	if err != nil {
		return costReport{}, err
	}
	bill := prices.Bill(use, measured)
	r := costReport{
		Use: use, Region: prices.Region, Currency: prices.Currency, Measured: measured, NotIn: tariff.NotIn(),
		Total: rounded(bill.Total()), PerAccount: rounded(bill.PerAccount()), Fixed: rounded(bill.Fixed()),
	}
	var months []string
	for _, l := range bill.Lines {
		r.Lines = append(r.Lines, costLine{What: l.What, Quantity: rounded(l.Quantity), USD: rounded(l.USD()), FixedUSD: rounded(l.FixedUSD()), Price: l.Price})
		months = append(months, l.Price.AsOf)
	}
	r.PricesFrom, r.PricesTo = slices.Min(months), slices.Max(months)
	return r, nil
}

// rounded leaves six digits behind the point: what comes after them is noise of the arithmetic.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func (r costReport) table(out io.Writer) error {
	header := []string{"WHAT", "QUANTITY", "PRICE IN USD", "USD A MONTH"}
	quantities, amounts := []string{header[1]}, []string{header[3]}
	for _, l := range r.Lines {
		quantities, amounts = append(quantities, counting(l.Quantity)), append(amounts, strconv.FormatFloat(l.USD, 'f', 4, 64))
	}
	right(quantities)
	right(amounts)
	header[1], header[3] = quantities[0], amounts[0]
	rows := make([][]string, 0, len(r.Lines))
	for i, l := range r.Lines {
		rows = append(rows, []string{l.What, quantities[i+1], priced(l.Price), amounts[i+1]})
	}
	if err := report.Columns(out, header, rows); err != nil {
		return err
	}
	return line(out, "\n"+strings.Join(r.closing(), "\n"))
}

// closing says what the sum is, and what it is worth.
func (r costReport) closing() []string {
	lines := []string{
		fmt.Sprintf("Total: %s USD a month for %s, with %s an account. %s USD of it are fixed: they are paid whatever happens.",
			cents(r.Total), counted(r.Accounts, "account"), counted(r.Events, "event"), cents(r.Fixed)),
		fmt.Sprintf("For each account: %.4f USD.", r.PerAccount),
		fmt.Sprintf("List prices of %s as of %s to %s, without the free tier, discounts and taxes.", r.Region, r.PricesFrom, r.PricesTo),
	}
	if names, sum := r.uncompared(); len(names) > 0 {
		lines = append(lines, fmt.Sprintf("No publication was found to compare these prices with, which make up %s USD: %s.", cents(sum), strings.Join(names, ", ")))
	}
	lines = append(lines, fmt.Sprintf("CPU time and calls are those of %s (%s).", r.Measured.On, r.Measured.How), "", "Not in it:")
	for _, what := range r.NotIn {
		lines = append(lines, "  "+what)
	}
	return lines
}

// uncompared lists what was priced by general knowledge, and what that costs.
func (r costReport) uncompared() (names []string, sum float64) {
	for _, l := range r.Lines {
		if l.Price.Compared == "" {
			names = append(names, l.Price.ID)
			sum += l.USD
		}
	}
	return names, sum
}

// priced is a price as people read it: "0.40 per million requests", "1.00 per key".
func priced(p tariff.Price) string {
	if p.USD == 0 {
		return "free"
	}
	per := " per "
	switch p.Per {
	case 1:
	case 1e6:
		per += "million "
	default:
		per += thousands(int(p.Per)) + " "
	}
	amount := strconv.FormatFloat(p.USD, 'f', -1, 64)
	if _, behind, _ := strings.Cut(amount, "."); len(behind) < 2 {
		amount = cents(p.USD)
	}
	return amount + per + p.Unit
}

// cents writes dollars and cents. What is less than a cent is not nothing.
func cents(usd float64) string {
	if usd > 0 && usd < 0.005 {
		return "less than 0.01"
	}
	return strconv.FormatFloat(usd, 'f', 2, 64)
}

// counting writes whole numbers, and of small ones what stands behind the point.
func counting(v float64) string {
	if v >= 100 || v == math.Trunc(v) {
		return thousands(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

// right fills cells up to the width of the widest, so that they end below each other.
func right(cells []string) {
	widest := 0
	for _, cell := range cells {
		widest = max(widest, len(cell))
	}
	for i, cell := range cells {
		cells[i] = strings.Repeat(" ", widest-len(cell)) + cell
	}
}
