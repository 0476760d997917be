// Package tariff says what pipewarden costs: dated list prices, what was measured, and the arithmetic over both.
package tariff

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

//go:embed prices.json
var priceList []byte

// Price is a list price, with where it comes from.
type Price struct {
	ID       string  `json:"id"`
	USD      float64 `json:"usd"`      // for Per units; 0: free
	Per      float64 `json:"per"`      // units
	Unit     string  `json:"unit"`     // what is counted; "GB" is 10⁹ bytes, kept for a month where the ID says so
	AsOf     string  `json:"asOf"`     // the month that it is known of, "2026-06"
	Page     string  `json:"page"`     // AWS's page that it can be compared with
	Compared string  `json:"compared"` // the publication that it was compared with; "": none was found
}

// Each is the price of one unit, in USD.
func (p Price) Each() float64 { return p.USD / p.Per }

// List is the list prices of one region.
type List struct {
	Region   string  `json:"region"`
	Currency string  `json:"currency"`
	Note     string  `json:"note"`
	Prices   []Price `json:"prices"`
}

// Prices is the list that the arithmetic is done with.
func Prices() (List, error) {
	list, err := ParsePrices(priceList)
	if err != nil {
		return List{}, fmt.Errorf("read list of prices: %w", err)
	}
	return list, nil
}

// ParsePrices reads a list of prices. Each price that the arithmetic takes must be in it once, with its date and its page, and no other.
func ParsePrices(raw []byte) (List, error) {
	var list List
	if err := strictly(raw, &list); err != nil {
		return List{}, err
	}
	var bad []error
	if list.Region == "" || list.Currency != "USD" {
		bad = append(bad, errors.New("region, or currency, is not told: USD expected"))
	}
	taken, there := taken(), map[string]bool{}
	for _, p := range list.Prices {
		switch {
		case !slices.Contains(taken, p.ID):
			bad = append(bad, fmt.Errorf("price %.40q: nothing takes it", p.ID))
		case there[p.ID]:
			bad = append(bad, fmt.Errorf("price %s: there twice", p.ID))
		}
		there[p.ID] = true
		if err := p.check(); err != nil {
			bad = append(bad, fmt.Errorf("price %.40q: %w", p.ID, err))
		}
	}
	for _, id := range taken {
		if !there[id] {
			bad = append(bad, fmt.Errorf("price %s: missing", id))
		}
	}
	if err := errors.Join(bad...); err != nil {
		return List{}, err
	}
	return list, nil
}

func (p Price) check() error {
	switch {
	case p.USD < 0 || p.Per <= 0:
		return errors.New("not so many dollars for so many units")
	case p.Unit == "" || p.Page == "":
		return errors.New("its unit, or the page that tells it, is missing")
	}
	if _, err := time.Parse(month, p.AsOf); err != nil {
		return fmt.Errorf("asOf %.20q: a month such as 2026-06 expected", p.AsOf)
	}
	return nil
}

// month is how dates of prices are written: in this form they sort as they follow.
const month = "2006-01"

// price gives the price of an ID. Every list that was read has it.
func (l List) price(id string) Price {
	i := slices.IndexFunc(l.Prices, func(p Price) bool { return p.ID == id })
	if i < 0 {
		return Price{ID: id, USD: math.NaN(), Per: 1} // a sum that is none, rather than one that leaves something out
	}
	return l.Prices[i]
}

// strictly decodes one JSON value that has no members besides those that are known.
func strictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("decode JSON: more than one value")
	}
	return nil
}
