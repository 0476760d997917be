// Package evidence keeps what the ledger's table went through as records that nobody can change unseen, seals them day by day, and checks them.
package evidence

import (
	"context"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"
)

// Where evidence lies in its bucket. These names never change their form: what is kept for years is found by them.
const (
	RecordsPrefix   = "records/"   // + 2026/11/20/091407-0123456789abcdef.json
	manifestsPrefix = "manifests/" // + 2026-11-20.json, and .sig
	// PublicKey is the key that the signatures are checked with.
	PublicKey = "public-key.pem"
	keyPrefix = "public-key" // of it, and of those that came later
)

// Prefixes are what the names of everything begin with that belongs to the evidence.
var Prefixes = []string{RecordsPrefix, manifestsPrefix, keyPrefix}

// File is one object, as it is listed.
type File struct {
	Name string
	Size int64 // bytes
}

// Source is where evidence is read: a bucket, or a folder that holds a copy of one.
type Source interface {
	// List gives what lies below a prefix that ends with a slash, in the order of the names. An error ends it.
	List(ctx context.Context, prefix string) iter.Seq2[File, error]
	// Open reads one. It fails with fs.ErrNotExist where there is none.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// Store is where evidence is written, once.
type Store interface {
	Source
	// Create writes what is not there yet. It fails with fs.ErrExist where something is, and leaves that as it is.
	Create(ctx context.Context, name, contentType string, body []byte) error
}

// The content types that evidence is written with.
const (
	typeJSON      = "application/json"
	typePEM       = "application/x-pem-file"
	typeSignature = "application/octet-stream"
)

var (
	recordForm   = regexp.MustCompile(`^records/([0-9]{4})/([0-9]{2})/([0-9]{2})/[0-9]{6}-([0-9a-f]{16})\.json$`)
	manifestForm = regexp.MustCompile(`^manifests/([0-9]{4}-[0-9]{2}-[0-9]{2})\.(json|sig)$`)
)

// Day is a day of UTC, written as 2026-11-20, so that the order of the text is the order of time.
type Day string

// DayOf is the day in which a time lies.
func DayOf(at time.Time) Day { return Day(at.UTC().Format(time.DateOnly)) }

// ParseDay reads a day.
func ParseDay(text string) (Day, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", err
	}
	return DayOf(at), nil
}

// start is the day's first moment; the zero time where the text is no day.
func (d Day) start() time.Time {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Add is the day so many days later.
func (d Day) Add(days int) Day { return DayOf(d.start().AddDate(0, 0, days)) }

// since is how many days lie between.
func (d Day) since(before Day) int { return int(d.start().Sub(before.start()) / (24 * time.Hour)) }

// folder is where the day's records lie.
func (d Day) folder() string { return RecordsPrefix + strings.ReplaceAll(string(d), "-", "/") + "/" }

func (d Day) manifest() string  { return manifestsPrefix + string(d) + ".json" }
func (d Day) signature() string { return manifestsPrefix + string(d) + ".sig" }

// recordsOf is the day in whose folder an object lies, and the start of its hash, which its name tells; ok is false where it is no name of records.
func recordsOf(name string) (day Day, hash string, ok bool) {
	m := recordForm.FindStringSubmatch(name)
	if m == nil {
		return "", "", false
	}
	day, err := ParseDay(m[1] + "-" + m[2] + "-" + m[3])
	return day, m[4], err == nil
}

// manifestOf is the day of a manifest, or of its signature; ok is false where it is no name of either.
func manifestOf(name string) (day Day, signature, ok bool) {
	m := manifestForm.FindStringSubmatch(name)
	if m == nil {
		return "", false, false
	}
	day, err := ParseDay(m[1])
	return day, m[2] == "sig", err == nil
}
