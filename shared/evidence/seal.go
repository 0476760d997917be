package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Signer signs with a key whose private half nobody has.
type Signer interface {
	// Public is the public key in DER (SubjectPublicKeyInfo).
	Public(ctx context.Context) ([]byte, error)
	// Sign signs a SHA-256 with ECDSA, and gives the signature in DER.
	Sign(ctx context.Context, digest []byte) ([]byte, error)
}

// Sealer seals days: it names what was written on each in a manifest, and signs that. Any number of them may be at it at the same time.
type Sealer struct {
	Store  Store
	Signer Signer
	Keep   int // days for which the bucket keeps what is written there; 0: for ever
	Log    *slog.Logger
	Now    func() time.Time
}

// ErrForeignManifest says that a manifest lies there which no sealing wrote. It is not signed.
var ErrForeignManifest = errors.New("no sealing wrote the manifest that lies there")

// settled is how long after midnight a day is left open: what was written in its last minutes is on its way.
const settled = 30 * time.Minute

// Seal seals every day that is over and not sealed yet, in order, also those on which nothing was written. It gives the days that it sealed.
// Whatever it was stopped at before, it goes on there: a manifest that lies there unsigned is signed, if it names what is there. One that does
// not stays unsigned, for everybody to see, and the days after it are sealed all the same; the error is ErrForeignManifest then.
func (s *Sealer) Seal(ctx context.Context) (days []Day, err error) {
	key, err := s.publish(ctx)
	if err != nil {
		return nil, fmt.Errorf("seal evidence: %w", err)
	}
	last := DayOf(s.Now().Add(-settled)).Add(-1)
	day, link, err := s.begin(ctx, last)
	if err != nil || day == "" {
		return nil, err
	}
	var foreign []error
	for ; day <= last; day = day.Add(1) {
		link, err = s.seal(ctx, day, link, key)
		if err != nil {
			err = fmt.Errorf("seal evidence of %s: %w", day, err)
		}
		switch {
		case errors.Is(err, ErrForeignManifest):
			foreign = append(foreign, err)
		case err != nil:
			return days, errors.Join(append(foreign, err)...)
		default:
			days = append(days, day)
		}
	}
	return days, errors.Join(foreign...)
}

// publish puts the public key beside the evidence, unless it is there. Another key than the first is put beside that.
func (s *Sealer) publish(ctx context.Context) (Key, error) {
	der, err := s.Signer.Public(ctx)
	if err != nil {
		return Key{}, err
	}
	key, err := keyOf(der)
	if err != nil {
		return Key{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})
	for _, name := range []string{PublicKey, keyName(key.Fingerprint)} {
		known, err := readAll(ctx, s.Store, name, keyBytes)
		if errors.Is(err, fs.ErrNotExist) {
			err = s.Store.Create(ctx, name, typePEM, text)
			if known = text; errors.Is(err, fs.ErrExist) { // somebody was faster
				known, err = readAll(ctx, s.Store, name, keyBytes)
			}
		}
		if err != nil {
			return Key{}, err
		}
		if bytes.Equal(known, text) {
			return key, nil
		}
	}
	return Key{}, errors.New("another key lies where this one is to lie")
}

// begin is the first day to be sealed, and the manifest before; "" where nothing was ever written. A manifest of a day that is not over is not
// taken for one: whoever puts it there must not keep days from being sealed.
func (s *Sealer) begin(ctx context.Context, last Day) (Day, *Link, error) {
	var sealed, signed []Day
	for file, err := range s.Store.List(ctx, manifestsPrefix) {
		if err != nil {
			return "", nil, err
		}
		day, signature, ok := manifestOf(file.Name)
		switch {
		case !ok || day > last:
			s.Log.Error("something lies among the manifests that is none of a day that is over", "object", file.Name)
		case signature:
			signed = append(signed, day)
		default:
			sealed = append(sealed, day)
		}
	}
	if len(sealed) == 0 {
		day, err := s.first(ctx, last.Add(-furthest))
		return day, nil, err
	}
	day := sealed[len(sealed)-1]
	if slices.Contains(signed, day) {
		link, err := s.link(ctx, day)
		return day.Add(1), link, err
	}
	if len(sealed) == 1 {
		return day, nil, nil
	}
	link, err := s.link(ctx, sealed[len(sealed)-2])
	return day, link, err
}

// furthest is how many days back the first sealing looks.
const furthest = 400

// first is the first day on which anything was written, as far back as that.
func (s *Sealer) first(ctx context.Context, from Day) (Day, error) {
	for file, err := range s.Store.List(ctx, RecordsPrefix) {
		if err != nil {
			return "", err
		}
		if day, _, ok := recordsOf(file.Name); ok && day >= from {
			return day, nil
		}
	}
	return "", nil
}

func (s *Sealer) link(ctx context.Context, day Day) (*Link, error) {
	raw, err := readAll(ctx, s.Store, day.manifest(), manifestBytes)
	if err != nil {
		return nil, err
	}
	return &Link{Day: day, SHA256: hashOf(raw)}, nil
}

// seal seals one day, and gives what the next one follows on. Where another manifest of the day lies already, that one is signed.
func (s *Sealer) seal(ctx context.Context, day Day, previous *Link, key Key) (*Link, error) {
	at := s.Now().UTC().Truncate(time.Second)
	m := Manifest{Version: version, Day: day, Sealed: at, Key: key.Fingerprint, Previous: previous, Keep: s.Keep, Note: note(day, at)}
	var err error
	if m.Objects, err = s.objects(ctx, day, nil); err != nil {
		return nil, err
	}
	if m.Late, err = s.late(ctx, day); err != nil {
		return nil, err
	}
	raw, err := m.encode()
	if err == nil {
		err = s.Store.Create(ctx, day.manifest(), typeJSON, raw)
	}
	var vouched error
	if errors.Is(err, fs.ErrExist) {
		if raw, err = readAll(ctx, s.Store, day.manifest(), manifestBytes); err == nil {
			vouched = m.vouches(raw)
		}
	}
	if err != nil {
		return nil, err
	}
	if vouched == nil {
		err = s.sign(ctx, day, raw)
	}
	return &Link{Day: day, SHA256: hashOf(raw)}, errors.Join(vouched, err)
}

func (s *Sealer) sign(ctx context.Context, day Day, manifest []byte) error {
	sum := sha256.Sum256(manifest)
	signature, err := s.Signer.Sign(ctx, sum[:])
	if err == nil {
		err = s.Store.Create(ctx, day.signature(), typeSignature, signature)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody else signed the same
	}
	return err
}

// outlasts says whether objects are kept longer than by another manifest.
func (m Manifest) outlasts(other Manifest) bool {
	return other.Keep > 0 && (m.Keep == 0 || other.Keep < m.Keep)
}

// vouches says whether another sealing of the day may have written a manifest: it follows on the same one, for the same key, names nothing
// that is not there, and lets nothing go sooner. It may lack what was written since, which the next day names as late.
func (m Manifest) vouches(raw []byte) error {
	other, err := DecodeManifest(raw)
	if err != nil {
		return errors.Join(ErrForeignManifest, err)
	}
	same := other.Day == m.Day && other.Key == m.Key && (other.Previous == nil) == (m.Previous == nil) && (m.Previous == nil || *other.Previous == *m.Previous)
	lacks := func(mine []Sealed) func(Sealed) bool {
		return func(theirs Sealed) bool {
			_, found := slices.BinarySearchFunc(mine, theirs, func(a, b Sealed) int { return strings.Compare(a.Key, b.Key) })
			return !found || !slices.Contains(mine, theirs)
		}
	}
	if !same || m.outlasts(other) || slices.ContainsFunc(other.Objects, lacks(m.Objects)) || slices.ContainsFunc(other.Late, lacks(m.Late)) {
		return ErrForeignManifest
	}
	return nil
}
