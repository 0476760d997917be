package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"
)

// late are the objects of the days before that no manifest names: of a writer whose clock is slow, or of one that wrote while its day was
// sealed. What an unreadable manifest names cannot be told from what it does not, so that nothing of its day counts as late.
func (s *Sealer) late(ctx context.Context, day Day) ([]Sealed, error) {
	named, open := map[string]bool{}, []Day{}
	for before := day.Add(-lateDays); before < day; before = before.Add(1) {
		raw, err := readAll(ctx, s.Store, before.manifest(), manifestBytes)
		if errors.Is(err, fs.ErrNotExist) {
			open = append(open, before)
			continue
		}
		if err != nil {
			return nil, err
		}
		m, err := DecodeManifest(raw)
		if err != nil {
			s.Log.Error("a manifest cannot be read", "manifest", before.manifest(), "error", err.Error())
			continue
		}
		open = append(open, before)
		for _, one := range slices.Concat(m.Objects, m.Late) {
			named[one.Key] = true
		}
	}
	var all []Sealed
	for _, before := range open {
		some, err := s.objects(ctx, before, named)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// abreast is how many objects are read at a time.
const abreast = 16

// objects are those in the folder of a day, but for some, with the hash of what lies there.
func (s *Sealer) objects(ctx context.Context, day Day, but map[string]bool) ([]Sealed, error) {
	all := []Sealed{}
	for file, err := range s.Store.List(ctx, day.folder()) {
		if err != nil {
			return nil, err
		}
		if of, _, ok := recordsOf(file.Name); !ok || of != day {
			s.Log.Error("something lies among the records that is none", "object", file.Name)
			continue
		}
		if !but[file.Name] {
			all = append(all, Sealed{Key: file.Name})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for i := range all {
		group.Go(func() (err error) {
			all[i].SHA256, all[i].Size, err = hashed(ctx, s.Store, all[i].Key)
			return err
		})
	}
	return all, group.Wait()
}

// hashed reads an object, however large, and keeps none of it.
func hashed(ctx context.Context, from Source, name string) (sum string, size int64, err error) {
	in, err := from.Open(ctx, name)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	size, err = io.Copy(hash, in)
	if err = errors.Join(err, in.Close()); err != nil {
		return "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}
