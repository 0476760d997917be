package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Verification is what is to be verified, and by what.
type Verification struct {
	Source   Source
	Keys     []Key
	Beside   bool              // other keys that lie beside the evidence count too
	From, To Day               // the first and the last day; "": as far as there are manifests
	Today    Day               // by which objects may be gone that were to be kept for a time
	Progress func(objects int) // called with how many objects more were read, by several at a time; may be nil
}

// BesideKey reads the public key that lies beside the evidence. It fails with fs.ErrNotExist where there is none. Whoever altered the evidence
// could have replaced the key too.
func BesideKey(ctx context.Context, from Source) (Key, error) { return besideKey(ctx, from, PublicKey) }

func besideKey(ctx context.Context, from Source, name string) (Key, error) {
	raw, err := readAll(ctx, from, name, keyBytes)
	if err != nil {
		return Key{}, err
	}
	key, err := DecodeKey(raw)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", name, err)
	}
	return key, nil
}

// ErrNothingSealed says that there is no manifest, so that nothing can be verified.
var ErrNothingSealed = errors.New("there is no manifest")

// Verify holds evidence to its manifests, and those to each other and to their signatures. It only reads. It fails where something cannot be
// read; whatever is wrong with what was read is in the result.
func (v Verification) Verify(ctx context.Context) (Result, error) {
	v.Keys = slices.Clone(v.Keys) // those that lie beside the evidence come to them
	c := &checking{Verification: v, result: Result{Keys: []string{}, Unsealed: []Day{}, Notes: []string{}, Problems: []Problem{}}, pending: map[string]bool{}}
	if err := c.list(ctx); err != nil {
		return Result{}, fmt.Errorf("verify evidence: %w", err)
	}
	err := c.records(ctx)
	if err == nil {
		err = c.later(ctx)
	}
	if err != nil {
		return Result{}, fmt.Errorf("verify evidence: %w", err)
	}
	for name := range c.pending {
		c.result.wrong(Added, name, "no manifest names it, and its day is sealed")
	}
	for _, key := range c.Keys {
		c.result.Keys = append(c.result.Keys, key.Fingerprint)
	}
	c.result.settle()
	return c.result, nil
}

// checking is one verification at work.
type checking struct {
	Verification
	result  Result
	days    []Day        // that have a manifest, in order
	signed  map[Day]bool // that have a signature
	hashes  map[Day]string
	pending map[string]bool // objects of sealed days that no manifest named so far
}

func (c *checking) wants(day Day) bool {
	return (c.From == "" || day >= c.From) && (c.To == "" || day <= c.To)
}

// list finds the manifests and their signatures, and the days without.
func (c *checking) list(ctx context.Context) error {
	c.signed, c.hashes = map[Day]bool{}, map[Day]string{}
	for file, err := range c.Source.List(ctx, manifestsPrefix) {
		if err != nil {
			return err
		}
		day, signature, ok := manifestOf(file.Name)
		switch {
		case !ok:
			c.result.wrong(Added, file.Name, "it lies among the manifests, and is none")
		case signature:
			c.signed[day] = true
		default:
			c.days = append(c.days, day)
		}
	}
	if len(c.days) == 0 {
		return ErrNothingSealed
	}
	slices.Sort(c.days)
	for day := range c.signed {
		if _, found := slices.BinarySearch(c.days, day); !found && c.wants(day) {
			c.result.wrong(Missing, day.manifest(), "its signature is there, and the manifest is not")
		}
	}
	c.gaps()
	return nil
}

// gaps tells of days without a manifest: between two that have one, and up to the days that were asked for.
func (c *checking) gaps() {
	var asked []Day
	for _, day := range c.days {
		if c.wants(day) {
			asked = append(asked, day)
		}
	}
	if len(asked) > 0 {
		c.result.First, c.result.Last = asked[0], asked[len(asked)-1]
	}
	if c.From != "" {
		asked = append([]Day{c.From.Add(-1)}, asked...)
	}
	if c.To != "" {
		asked = append(asked, c.To.Add(1))
	}
	for i := 1; i < len(asked); i++ {
		c.gap(asked[i-1].Add(1), asked[i].Add(-1))
	}
}

// gap tells of days without a manifest; of none where the last is before the first.
func (c *checking) gap(first, last Day) {
	switch missing := last.since(first) + 1; {
	case missing == 1:
		c.result.wrong(Gap, string(first), "the day has no manifest")
	case missing > 1:
		c.result.wrong(Gap, string(first)+".."+string(last), fmt.Sprintf("%d days have no manifest", missing))
	}
}

// day is one with what lies in its folder.
type day struct {
	day   Day
	files []File
}

// records walks through the days that have a manifest, or records, in the order of time.
func (c *checking) records(ctx context.Context) error {
	at := 0
	upTo := func(until Day) error { // the days with manifests before that one, whose folders are empty
		for ; at < len(c.days) && c.days[at] < until; at++ {
			if err := c.check(ctx, day{day: c.days[at]}); err != nil {
				return err
			}
		}
		return nil
	}
	group := day{}
	finish := func() error {
		if group.day == "" {
			return nil
		}
		if err := upTo(group.day); err != nil {
			return err
		}
		if at < len(c.days) && c.days[at] == group.day {
			at++
			return c.check(ctx, group)
		}
		c.unsealed(group)
		return nil
	}
	for file, err := range c.Source.List(ctx, RecordsPrefix) {
		if err != nil {
			return err
		}
		of, _, ok := recordsOf(file.Name)
		switch {
		case !ok:
			c.result.wrong(Added, file.Name, "it lies among the records, and has no name that records have")
			continue
		case of != group.day:
			if err := finish(); err != nil {
				return err
			}
			group = day{day: of}
		}
		group.files = append(group.files, file)
	}
	if err := errors.Join(finish(), upTo("~")); err != nil {
		return err
	}
	c.tail()
	return nil
}

// tail tells of days that ought to be sealed: when something was written on a day, the one before the day before had been over for long.
// Whoever takes away the last manifests leaves such days.
func (c *checking) tail() {
	n := len(c.result.Unsealed)
	if n == 0 || c.To != "" { // what was asked for is told already
		return
	}
	first, last := c.days[len(c.days)-1].Add(1), c.result.Unsealed[n-1].Add(-2)
	c.gap(first, last)
	c.result.Unsealed = slices.DeleteFunc(c.result.Unsealed, func(d Day) bool { return d <= last })
}

// unsealed is a day with records and no manifest. Between two that have one it is a gap; before all of them nothing may lie.
func (c *checking) unsealed(of day) {
	switch {
	case !c.wants(of.day):
	case of.day > c.days[len(c.days)-1]:
		c.result.Unsealed = append(c.result.Unsealed, of.day)
	case of.day < c.days[0]:
		for _, file := range of.files {
			c.pending[file.Name] = true
		}
	}
}

// check holds one day to its manifest.
func (c *checking) check(ctx context.Context, of day) error {
	if !c.wants(of.day) {
		return nil
	}
	m, err := c.manifest(ctx, of.day)
	if err != nil || m == nil {
		return err
	}
	named, there := map[string]bool{}, map[string]bool{}
	for _, one := range m.Objects {
		named[one.Key] = true
	}
	for _, file := range of.files {
		there[file.Name] = true
		if !named[file.Name] {
			c.pending[file.Name] = true
		}
	}
	return c.objects(ctx, m)
}

// later takes from what no manifest named what one of the days after the last that was asked for names as late.
func (c *checking) later(ctx context.Context) error {
	if c.To == "" {
		return nil
	}
	for _, day := range c.days {
		if len(c.pending) == 0 || day <= c.To || day > c.To.Add(lateDays) {
			continue
		}
		late, err := c.lateIn(ctx, day)
		if err != nil {
			return err
		}
		for _, one := range late {
			delete(c.pending, one.Key)
		}
	}
	return nil
}

// lateIn are the objects that the manifest of a day names as late, if it is one and signed. If not, it tells nothing, and is not among those that
// were asked for.
func (c *checking) lateIn(ctx context.Context, day Day) ([]Sealed, error) {
	if !c.signed[day] {
		return nil, nil
	}
	raw, err := readAll(ctx, c.Source, day.manifest(), manifestBytes)
	if err != nil {
		return nil, err
	}
	m, err := DecodeManifest(raw)
	if err != nil || m.Day != day {
		return nil, nil
	}
	if why, err := c.signature(ctx, m, raw); err != nil || why != "" {
		return nil, err
	}
	return m.Late, nil
}

// before is the nearest day before one that has a manifest; "": there is none.
func (c *checking) before(day Day) Day {
	i, _ := slices.BinarySearch(c.days, day)
	if i == 0 {
		return ""
	}
	return c.days[i-1]
}
