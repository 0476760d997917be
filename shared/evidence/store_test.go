package evidence_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/evidence"
)

// shelf is a store in memory. What is on it stays.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
	fail  func(operation, name string) error // called before every call; may be nil
	after func(name string) error            // called after something was written; may be nil
}

func newShelf() *shelf { return &shelf{files: map[string][]byte{}} }

func (s *shelf) call(operation, name string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(operation, name)
}

func (s *shelf) Create(_ context.Context, name, _ string, body []byte) error {
	if err := s.call("create", name); err != nil {
		return err
	}
	s.mu.Lock()
	_, there := s.files[name]
	if !there {
		s.files[name] = bytes.Clone(body)
	}
	s.mu.Unlock()
	switch {
	case there:
		return fmt.Errorf("write %s: %w", name, fs.ErrExist)
	case s.after != nil:
		return s.after(name)
	}
	return nil
}

func (s *shelf) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if err := s.call("open", name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, there := s.files[name]
	if !there {
		return nil, fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

func (s *shelf) List(_ context.Context, prefix string) iter.Seq2[evidence.File, error] {
	return func(yield func(evidence.File, error) bool) {
		if err := s.call("list", prefix); err != nil {
			yield(evidence.File{}, err)
			return
		}
		s.mu.Lock()
		names := slices.Sorted(maps.Keys(s.files))
		s.mu.Unlock()
		for _, name := range names {
			if strings.HasPrefix(name, prefix) && !yield(evidence.File{Name: name}, nil) {
				return
			}
		}
	}
}

func (s *shelf) names(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if strings.HasPrefix(name, prefix) {
			all = append(all, name)
		}
	}
	return all
}

// record writes one object with one record, as a writer with that clock does.
func (s *shelf) record(t testing.TB, at time.Time, id string) string {
	t.Helper()
	raw := fmt.Appendf(nil, `{"version":1,"records":[{"id":%q,"at":%q,"kind":"stop","account":"111122223333","region":"eu-west-1","subject":"stop","after":{"on":true,"written":%[2]q}}]}`,
		id, at.UTC().Format(time.RFC3339))
	name := "records/" + at.UTC().Format("2006/01/02/150405") + "-" + hash(raw)[:16] + ".json"
	if err := s.Create(t.Context(), name, "application/json", raw); err != nil {
		t.Fatal(err)
	}
	return name
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// hand signs with a key of its own.
type hand struct {
	key  *ecdsa.PrivateKey
	fail error
}

func newHand(t testing.TB) *hand {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &hand{key: key}
}

func (h *hand) Public(context.Context) ([]byte, error) {
	return x509.MarshalPKIXPublicKey(&h.key.PublicKey)
}

func (h *hand) Sign(_ context.Context, digest []byte) ([]byte, error) {
	if h.fail != nil {
		return nil, h.fail
	}
	return ecdsa.SignASN1(rand.Reader, h.key, digest)
}

// morning is when the days before it are sealed.
func morning(day string) time.Time {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return at.Add(45 * time.Minute)
}

func sealer(s evidence.Store, h *hand, now time.Time) *evidence.Sealer {
	return &evidence.Sealer{Store: s, Signer: h, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
}

func seal(t testing.TB, s evidence.Store, h *hand, now time.Time) []evidence.Day {
	t.Helper()
	days, err := sealer(s, h, now).Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return days
}

// verified is what a verification finds with the key that lies beside the evidence.
func verified(t testing.TB, s evidence.Source) evidence.Result {
	t.Helper()
	key, err := evidence.BesideKey(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	result, err := evidence.Verification{Source: s, Keys: []evidence.Key{key}, Beside: true}.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func wholesome(t testing.TB, s evidence.Source) {
	t.Helper()
	if result := verified(t, s); len(result.Problems) > 0 {
		t.Errorf("%+v", result.Problems)
	}
}

func manifestOf(t testing.TB, s *shelf, day string) evidence.Manifest {
	t.Helper()
	m, err := evidence.DecodeManifest(s.files["manifests/"+day+".json"])
	if err != nil {
		t.Fatalf("%s: %v", day, err)
	}
	return m
}

var errCrash = errors.New("crash")
