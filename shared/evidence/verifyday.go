package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"
)

// manifest reads the manifest of a day and holds it to its signature and to the one before. It is nil where it cannot be read as one.
func (c *checking) manifest(ctx context.Context, day Day) (*Manifest, error) {
	name := day.manifest()
	raw, err := readAll(ctx, c.Source, name, manifestBytes)
	switch {
	case errors.Is(err, errTooLong):
		c.result.wrong(Unreadable, name, errTooLong.Error())
		return nil, nil
	case err != nil:
		return nil, err
	}
	c.result.Manifests++
	c.hashes[day] = hashOf(raw)
	m, err := readManifest(raw)
	if err == nil && m.Day != day {
		err = fmt.Errorf("it is the manifest of %s", m.Day)
	}
	if err != nil {
		c.result.wrong(Unreadable, name, err.Error())
		return nil, nil
	}
	if m.Note != "" {
		c.result.Notes = append(c.result.Notes, string(day)+": "+m.Note)
	}
	if !c.signed[day] {
		c.result.wrong(Unsigned, name, "there is no signature of it")
	} else if why, err := c.signature(ctx, m, raw); err != nil {
		return nil, err
	} else if why != "" {
		c.result.wrong(Forged, name, why)
	}
	return &m, c.chained(ctx, m)
}

// signature says why a manifest is none of the keys' own; "" where it is.
func (c *checking) signature(ctx context.Context, m Manifest, raw []byte) (why string, err error) {
	signature, err := readAll(ctx, c.Source, m.Day.signature(), signatureBytes)
	if err != nil && !errors.Is(err, errTooLong) {
		return "", err
	}
	key, err := c.key(ctx, m.Key)
	switch {
	case err != nil:
		return "", err
	case key == nil:
		return "it is signed with another key, whose fingerprint is " + m.Key, nil
	case !key.verifies(raw, signature):
		return "the signature is not that of this text", nil
	}
	return "", nil
}

// key is the key with a fingerprint; nil where it is none of those that count.
func (c *checking) key(ctx context.Context, fingerprint string) (*Key, error) {
	if i := slices.IndexFunc(c.Keys, func(k Key) bool { return k.Fingerprint == fingerprint }); i >= 0 {
		return &c.Keys[i], nil
	}
	if !c.Beside {
		return nil, nil
	}
	key, err := besideKey(ctx, c.Source, keyName(fingerprint))
	if errors.Is(err, fs.ErrNotExist) || err == nil && key.Fingerprint != fingerprint {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.Keys = append(c.Keys, key)
	return &key, nil
}

// chained holds a manifest to the one before it.
func (c *checking) chained(ctx context.Context, m Manifest) error {
	before, name := c.before(m.Day), m.Day.manifest()
	if m.Previous == nil {
		if before != "" {
			c.result.wrong(Unchained, name, "it says that it is the first, and there is one of "+string(before))
		}
		return nil
	}
	follows := m.Previous.Day
	switch {
	case before == "":
		if c.From == "" {
			c.result.wrong(Gap, string(follows), "the manifest of "+string(m.Day)+" follows on that of the day, which is not there")
		}
	case follows > before: // the gap between is told
	case follows < before:
		c.result.wrong(Unchained, name, "it follows on "+string(follows)+", and there is one of "+string(before))
	default:
		hash, err := c.hash(ctx, before)
		if err != nil {
			return err
		}
		if hash != m.Previous.SHA256 {
			c.result.wrong(Unchained, name, "the manifest of "+string(before)+" is not the one that it follows on")
		}
	}
	return nil
}

// hash is that of a manifest, which may be of a day before those that were asked for.
func (c *checking) hash(ctx context.Context, day Day) (string, error) {
	if hash, known := c.hashes[day]; known {
		return hash, nil
	}
	hash, _, err := hashed(ctx, c.Source, day.manifest())
	return hash, err
}

// objects holds the objects that a manifest names to what it says of them, so many at a time.
func (c *checking) objects(ctx context.Context, m *Manifest) error {
	named := slices.Concat(m.Objects, m.Late)
	found := make([]verdict, len(named))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for i, one := range named {
		group.Go(func() (err error) {
			found[i], err = c.object(ctx, one)
			if c.Progress != nil {
				c.Progress(1)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, one := range named {
		delete(c.pending, one.Key)
		c.result.Objects++
		c.result.Records += found[i].records
		switch {
		case found[i].what == Missing && m.over(one.Key, c.Today):
			c.result.Expired++
		case found[i].what != "":
			c.result.wrong(found[i].what, one.Key, found[i].why)
		}
	}
	return nil
}

// verdict is what one object was found to be; what is "" where all is well.
type verdict struct {
	what    What
	why     string
	records int
}

func (c *checking) object(ctx context.Context, one Sealed) (verdict, error) {
	raw, err := readAll(ctx, c.Source, one.Key, min(one.Size, objectBytes))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return verdict{what: Missing, why: "it is not there"}, nil
	case errors.Is(err, errTooLong):
		return verdict{what: Altered, why: fmt.Sprintf("it is longer than the %d bytes that the manifest says", one.Size)}, nil
	case err != nil:
		return verdict{}, err
	case int64(len(raw)) != one.Size:
		return verdict{what: Altered, why: fmt.Sprintf("it has %d bytes, and the manifest says %d", len(raw), one.Size)}, nil
	case hashOf(raw) != one.SHA256:
		return verdict{what: Altered, why: "its hash is not the one that the manifest says"}, nil
	case !one.sound():
		return verdict{what: Altered, why: "its name tells another hash: it was altered before its day was sealed"}, nil
	}
	records, err := DecodeRecords(raw)
	if err != nil {
		return verdict{what: Unfit, why: err.Error()}, nil
	}
	return verdict{records: len(records)}, nil
}
