package exporter

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/awstest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// suppressed brings findings out and has somebody suppress them.
func (w *world) suppressed(note *types.Note, all ...finding.Finding) {
	w.t.Helper()
	for _, f := range all {
		w.record(f)
		w.handle("", message(w.t, "m", f))
		w.decide(f, types.WorkflowStatusSuppressed, note)
	}
}

func (w *world) heed() {
	w.t.Helper()
	if err := w.Heed(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// holding are the exemptions that nobody ended, in the ledger.
func (w *world) holding() []ledger.Exemption {
	w.t.Helper()
	standing, err := w.Ledger.Standing(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(standing.Exemptions, func(e ledger.Exemption) bool { return e.Ended != "" })
}

// judge records a finding as the auditor would: with the exemption that holds.
func (w *world) judge(f finding.Finding) ledger.Entry {
	w.t.Helper()
	standing, err := w.Ledger.Standing(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	f.Exemption = w.Settings.Exempts(f, settings.Place{}, w.clock, standing.Settings()...)
	return w.record(f)
}

func TestSuppressionsAreHeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket(`we*b\`)
	w.suppressed(&types.Note{Text: aws.String("  open\ndata\x1b[2J "), UpdatedBy: aws.String("ann\u202e")}, web)
	w.record(bucket("docs"))
	w.handle("", message(t, "m", bucket("docs")))
	w.heed()
	want := []ledger.Exemption{{
		Check: "bucket-public", Resource: `we\*b\\`, Account: account, Owner: "ann?", Reason: "suppressed in Security Hub: open data?[2J",
		Until: time.Date(2027, 2, 18, 0, 0, 0, 0, time.UTC), By: "securityhub", At: w.clock,
	}}
	if diff := cmp.Diff(want, w.holding()); diff != "" {
		t.Fatal(diff)
	}
	e := want[0].Setting()
	if other := bucket(`weXb\`); !e.Fits(web) || e.Fits(other) {
		t.Error("the exemption is not for this very resource")
	}
	w.heed()
	if len(w.holding()) != 1 {
		t.Errorf("exemptions %v", w.holding())
	}

	// Judged again, it is exempted; what people made of it in Security Hub stays, and stays theirs.
	if entry := w.judge(web); entry.Finding.Exemption == nil {
		t.Fatal("not exempted")
	}
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE SUPPRESSED")
	w.heed()
	if len(w.holding()) != 1 {
		t.Errorf("exemptions %v", w.holding())
	}

	// They take it back. Until it is judged again, nothing suppresses it anew.
	w.decide(web, types.WorkflowStatusNotified, nil)
	w.heed()
	if len(w.holding()) != 0 {
		t.Errorf("exemptions %v", w.holding())
	}
	w.clock = w.clock.Add(48 * time.Hour)
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE NOTIFIED")
	w.judge(web)
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE NOTIFIED")
}

// A suppression without a note is Security Hub's word, and a note of the deployment's own is nobody's.
func TestSuppressionsWithoutANote(t *testing.T) {
	t.Parallel()
	for name, note := range map[string]*types.Note{"none": nil, "ours": {Text: aws.String(endedNote), UpdatedBy: aws.String("pipewarden")}, "empty": {}} {
		w := newWorld(t)
		w.suppressed(note, bucket("web"))
		w.heed()
		if got := w.holding(); len(got) != 1 || got[0].Owner != "Security Hub" || got[0].Reason != "suppressed in Security Hub" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// While it stands, an exemption is renewed long before its end, in the place of the old one, of which nobody is warned then.
func TestHeededExemptionsAreRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.suppressed(nil, bucket("web"))
	w.heed()
	until := w.holding()[0].Until
	for range 300 {
		w.clock = w.clock.Add(24 * time.Hour)
		w.heed()
		got := w.holding()
		if len(got) != 1 || got[0].Until.Before(until) || got[0].Until.Sub(w.clock) < 40*24*time.Hour {
			t.Fatalf("at %s: %+v", w.clock, got)
		}
		until = got[0].Until
	}
	standing, err := w.Ledger.Standing(t.Context())
	if err != nil || len(standing.Exemptions) < 5 || len(standing.Exemptions) > 9 {
		t.Errorf("%d exemptions in all, %v", len(standing.Exemptions), err)
	}
}

// What the deployment itself suppressed is no decision of anybody in Security Hub, also when its exemption is over and that was not told yet.
func TestOurOwnSuppressionsAreNotHeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.Settings.Exemptions = []settings.Exemption{{Check: "bucket-public", Resource: "web", Owner: "ann", Reason: "open", Until: settings.Date{Time: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}}}
	w.judge(web)
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE SUPPRESSED ours")
	w.heed()
	w.clock = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	w.heed()
	if got := w.holding(); len(got) > 0 {
		t.Errorf("exemptions %+v", got)
	}
	w.judge(web)
	w.handle("", message(t, "m", web))
	w.want(web, "ACTIVE NEW")
}

func TestWhatIsNotHeeded(t *testing.T) {
	t.Parallel()
	web := bucket("web")
	change := func(change func(*types.AwsSecurityFinding)) func(*world) {
		return func(w *world) {
			id := w.Source.ID(web)
			one := w.findings[id]
			delete(w.findings, id)
			change(&one)
			w.findings[*one.Id] = one
		}
	}
	for name, prepare := range map[string]func(*world){
		"another product": change(func(f *types.AwsSecurityFinding) {
			f.ProductArn = aws.String(strings.ReplaceAll(*f.ProductArn, account, "444455556666"))
		}),
		"another account": change(func(f *types.AwsSecurityFinding) { f.AwsAccountId = aws.String("444455556666") }),
		"another check":   change(func(f *types.AwsSecurityFinding) { f.GeneratorId = aws.String("pipewarden/bucket-unversioned") }),
		"no key":          change(func(f *types.AwsSecurityFinding) { f.Id = aws.String("eu-west-1/" + account + "/pipewarden/") }),
		"part of a key":   change(func(f *types.AwsSecurityFinding) { f.Id = aws.String((*f.Id)[:len(*f.Id)-8]) }),
		"unknown finding": change(func(f *types.AwsSecurityFinding) {
			f.Id = aws.String("eu-west-1/" + account + "/pipewarden/" + strings.Repeat("0", 32))
		}),
		"archived":       change(func(f *types.AwsSecurityFinding) { f.RecordState = types.RecordStateArchived }),
		"not suppressed": change(func(f *types.AwsSecurityFinding) { f.Workflow.Status = types.WorkflowStatusNotified }),
		"no workflow":    change(func(f *types.AwsSecurityFinding) { f.Workflow = nil }),
		"export is off":  func(w *world) { w.Settings.Export.SecurityHub = false },
		"exempted already": func(w *world) {
			if err := w.Ledger.Exempt(w.t.Context(), ledger.Exemption{Check: web.Check, Resource: "*", Owner: "ann", Reason: "x", Until: w.clock, By: "arn"}); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.suppressed(nil, web)
			prepare(w)
			w.heed()
			for _, e := range w.holding() {
				if e.By == heeder {
					t.Errorf("%+v", e)
				}
			}
		})
	}
	w := newWorld(t)
	w.suppressed(nil, act("web"))
	if w.heed(); len(w.holding()) > 0 {
		t.Errorf("one act that is left alone lets the next one pass: %+v", w.holding())
	}
}

// What is put right is archived, and stays suppressed: when it is back, nobody is told in between.
func TestArchivedSuppressionsKeepTheirExemption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	web := bucket("web")
	w.suppressed(nil, web)
	w.heed()
	w.judge(passed(web))
	w.handle("", message(t, "m", web))
	w.want(web, "ARCHIVED SUPPRESSED")
	w.heed()
	if len(w.holding()) != 1 {
		t.Fatalf("exemptions %v", w.holding())
	}
	if entry := w.judge(web); entry.Finding.Exemption == nil {
		t.Error("not exempted when it was back")
	}
	delete(w.findings, w.Source.ID(web)) // as Security Hub does in the end
	w.heed()
	if len(w.holding()) != 0 {
		t.Errorf("exemptions %v", w.holding())
	}
}

// What cannot be read ends nothing: not the hub, and not the ledger.
func TestNothingEndsForNotHavingLooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.suppressed(nil, bucket("a"), bucket("b"), bucket("c"))
	w.heed()
	calls := 0
	w.aws.On("securityhub.GetFindings", func(in any) (any, error) {
		if calls++; calls > 1 { // the first page is read
			return nil, awstest.Error("InvalidAccessException")
		}
		return w.got(in)
	})
	if err := w.Heed(t.Context()); err == nil || len(w.holding()) != 3 || len(w.mails) != 1 {
		t.Errorf("%v, %d exemptions, %d mails", err, len(w.holding()), len(w.mails))
	}
}

func TestHeedAsksForNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.heed()
	w.aws.ExpectActions([]string{"securityhub:GetFindings"})
	f := awstest.Inputs[*securityhub.GetFindingsInput](w.aws, "securityhub.GetFindings")[0].Filters
	if *f.ProductArn[0].Value != w.Source.Product() || *f.GeneratorId[0].Value != "pipewarden/" || f.GeneratorId[0].Comparison != types.StringFilterComparisonPrefix ||
		*f.WorkflowStatus[0].Value != "SUPPRESSED" {
		t.Errorf("filters %+v", f)
	}
}

func FuzzSuppressions(f *testing.F) {
	f.Add("web", "open data", "ann")
	f.Add(`we*b\`, "\xff\u202e\n", " ")
	f.Fuzz(func(t *testing.T, name, note, by string) {
		o := orders{x: newWorld(t).Exporter}
		known := bucket(name)
		e := o.exemption(types.AwsSecurityFinding{Note: &types.Note{Text: &note, UpdatedBy: &by}}, known)
		for _, text := range []string{e.Owner, e.Reason} {
			if text == "" || strings.ContainsAny(text, "\x1b\n\r\u202e") {
				t.Errorf("%q", text)
			}
		}
		other := bucket(name + "x")
		if s := e.Setting(); !s.Fits(known) || s.Fits(other) {
			t.Errorf("%q does not fit %q alone", e.Resource, name)
		}
	})
}
