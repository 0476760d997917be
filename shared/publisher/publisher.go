// Package publisher writes the reports of a week and of a month beside the evidence, and tells people where they are.
package publisher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/announce"
	"github.com/pipewarden/pipewarden/shared/assessment"
	"github.com/pipewarden/pipewarden/shared/dossier"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/telemetry"
)

// Prefix is what the names of the files begin with.
const Prefix = "reports/"

// Actions lists the IAM actions that writing a report takes.
var Actions = []string{"s3:PutObject"}

// Store is where reports are written, each file once. A file that is there already is fs.ErrExist.
type Store interface {
	Create(ctx context.Context, name, contentType string, body []byte) error
}

// Publisher holds what a function needs to write reports.
type Publisher struct {
	Ledger  *ledger.Ledger
	Source  func() assessment.Source // as of now
	Options assessment.Options       // the checks and frameworks; the period is the publisher's
	Store   Store
	Topic   announce.Publisher
	From    announce.Sender
	Bucket  string
	Region  string
	Keep    time.Duration // for how long the bucket keeps what is written; 0: not known
	Count   *telemetry.Counter
	Log     *slog.Logger
	Now     func() time.Time
}

// Wake is what wakes the publisher: the schedule says which report it is for.
type Wake struct {
	Report Period `json:"report"`
}

// Period is what a report is of.
type Period string

// The periods of which reports are written.
const (
	Weekly  Period = "weekly"  // the last week that is over, from Monday to Sunday
	Monthly Period = "monthly" // the last month that is over
)

// of gives the first and the last day of the period that was over at a time, in UTC.
func (p Period) of(now time.Time) (from, to time.Time, err error) {
	today := now.UTC().Truncate(24 * time.Hour)
	switch p {
	case Weekly:
		monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
		return monday.AddDate(0, 0, -7), monday.AddDate(0, 0, -1), nil
	case Monthly:
		first := today.AddDate(0, 0, 1-today.Day())
		return first.AddDate(0, -1, 0), first.AddDate(0, 0, -1), nil
	}
	return from, to, fmt.Errorf("report of the period %.20q: weekly or monthly expected", string(p))
}

const (
	written    = "report"             // what it is remembered under that a report was told
	remembered = 400 * 24 * time.Hour // for as long as what it tells of
)

// Handle writes one report and tells people. That it is asked for twice, as the scheduler may, tells them once.
func (p *Publisher) Handle(ctx context.Context, w Wake) error {
	from, to, err := w.Report.of(p.Now())
	if err != nil {
		return err
	}
	name := string(w.Report) + "-" + from.Format(time.DateOnly)
	mine, err := p.Ledger.Claim(ctx, written, name, "publisher", remembered)
	if err != nil || !mine {
		return err
	}
	folder := Prefix + name + "/" + p.Now().UTC().Format("20060102T150405Z")
	made, err := p.write(ctx, folder, from, to)
	if err != nil {
		return fmt.Errorf("write the report %s: %w", name, err)
	}
	message, err := announce.ReportOf(p.told(w.Report, folder, from, to, made), p.From)
	if err == nil {
		err = p.Topic.Publish(ctx, message)
	}
	if err != nil {
		return fmt.Errorf("tell of the report %s: %w", name, err)
	}
	p.Count.Add(telemetry.Announced, 1)
	p.Log.Info("report written", "report", name, "folder", folder)
	return errors.Join(p.Ledger.Done(ctx, written, name), p.Count.Flush())
}

func (p *Publisher) write(ctx context.Context, folder string, from, to time.Time) (*assessment.Assessment, error) {
	options := p.Options
	options.From, options.To, options.Now = from, to, p.Now()
	// In words alone: what draws is larger than all the rest of the function. The page says how to get the pictures.
	words := dossier.OfInventory(func(open inventory.Marks) (*inventory.Inventory, error) {
		return inventory.Read(p.Ledger.Inventory(ctx), open)
	}, nil)
	build := func(ctx context.Context, sink assessment.Sink) (*assessment.Assessment, error) {
		o := options
		o.Sink = sink
		return assessment.Build(ctx, p.Source(), o)
	}
	return dossier.Write(ctx, files{ctx, p.Store, folder}, build, words)
}

// files puts the files of a report into the store.
type files struct {
	ctx    context.Context
	store  Store
	folder string
}

// types are the content types by the ends of the names; the browser is told the encoding as well.
var types = map[string]string{".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}

func (f files) Put(name string, write func(io.Writer) error) error {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return err
	}
	err := f.store.Create(f.ctx, f.folder+"/"+name, types[path.Ext(name)], out.Bytes())
	if errors.Is(err, fs.ErrExist) {
		return nil // of the same second: the one that was here first says the same
	}
	return err
}

func (p *Publisher) told(period Period, folder string, from, to time.Time, made *assessment.Assessment) announce.Report {
	r := announce.Report{
		Title:  strings.Join([]string{string(period), "report,", from.Format(time.DateOnly), "to", to.Format(time.DateOnly)}, " "),
		Lines:  dossier.Lines(made),
		Bucket: p.Bucket, Folder: folder, Page: dossier.Page, Region: p.Region,
	}
	for _, severity := range finding.Severities() {
		if made.Summary.Open.Of(severity) > 0 {
			r.Worst = severity
		}
	}
	if p.Keep > 0 {
		r.Until = p.Now().Add(p.Keep)
	}
	return r
}
