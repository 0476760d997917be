package showcase

import (
	"context"
	"fmt"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

// wrong is something that stood open for some days of the month.
type wrong struct {
	check, kind, id, account string
	severity                 finding.Severity
	title                    string
	from, to                 int    // days; to 0: it still does
	event, by                string // of whom it is known
	remedy, approved         string // what put it right, and who let it
}

var story = []wrong{
	{"build-project-public", "buildproject", "payments-api", Prod, finding.Critical, "Everyone can read the builds of payments-api", 4, 4, "UpdateProjectVisibility", "alice", "build-make-private", "carol"},
	{"build-project-public", "buildproject", "docs-site", Shop, finding.Critical, "Everyone can read the builds of docs-site", 19, 19, "UpdateProjectVisibility", "bob", "build-make-private", ""},
	{"bucket-public", "bucket", "acme-pipeline-artifacts", Prod, finding.Critical, "Everyone can read the artifacts in acme-pipeline-artifacts", 12, 13, "PutBucketPolicy", "dave", "bucket-block-public", ""},
	{"role-administrator", "role", "deploy-everything", Shop, finding.Critical, "The pipeline role deploy-everything may do anything", 9, 0, "AttachRolePolicy", "bob", "", ""},
	{"trail-stopped", "trail", "audit", Prod, finding.Critical, "The trail audit records nothing", 22, 22, "StopLogging", "alice", "trail-start", "carol"},
	{"build-env-secret", "buildproject", "checkout", Shop, finding.High, "A token of GitHub stands in the variables of checkout", 2, 8, "", "", "", ""},
	{"build-env-secret", "buildproject", "nightly", Prod, finding.High, "A password stands in the variables of nightly", 15, 0, "CreateProject", "erin", "", ""},
	{"build-privileged", "buildproject", "images", Prod, finding.High, "Builds of images have the whole machine", 2, 0, "", "", "", ""},
	{"bucket-block-public-off", "bucket", "acme-pipeline-artifacts", Prod, finding.High, "acme-pipeline-artifacts may be made public", 6, 13, "DeletePublicAccessBlock", "dave", "bucket-block-public", ""},
	{"pipeline-deploys-unapproved", "pipeline", "storefront", Shop, finding.High, "storefront deploys to production without an approval", 2, 0, "", "", "", ""},
	{"pipeline-deploys-unapproved", "pipeline", "billing", Prod, finding.High, "billing deploys to production without an approval", 17, 24, "UpdatePipeline", "erin", "", ""},
	{"key-scheduled-for-deletion", "key", "1f0c3a5e-artifacts", Prod, finding.High, "The key of the artifacts will be deleted", 20, 21, "ScheduleKeyDeletion", "alice", "key-keep", "carol"},
	{"role-can-escalate", "role", "build-runner", Prod, finding.High, "build-runner can give itself any permission", 2, 0, "", "", "", ""},
	{"build-untrusted-with-power", "buildproject", "pull-requests", Shop, finding.High, "Pull requests of anybody run with the role of the pipeline", 11, 26, "UpdateWebhook", "bob", "", ""},
	{"log-group-retention", "loggroup", "/aws/codebuild/payments-api", Prod, finding.Medium, "The logs of payments-api are gone after 7 days", 2, 10, "", "", "log-group-retain", ""},
	{"log-group-retention", "loggroup", "/aws/codebuild/images", Prod, finding.Medium, "The logs of images are kept for ever", 2, 0, "", "", "", ""},
	{"log-group-customer-key", "loggroup", "/aws/codebuild/checkout", Shop, finding.Medium, "The logs of checkout have no key of your own", 5, 0, "", "", "", ""},
	{"bucket-unversioned", "bucket", "acme-releases", Shop, finding.Medium, "Releases can be replaced without a trace", 3, 18, "", "", "bucket-version", ""},
	{"bucket-plaintext-transport", "bucket", "acme-releases", Shop, finding.Medium, "acme-releases can be read without TLS", 3, 0, "", "", "", ""},
	{"key-rotation-off", "key", "77b1d0c2-releases", Shop, finding.Medium, "The key of the releases is never rotated", 2, 0, "", "", "", ""},
	{"build-logs-unencrypted", "buildproject", "legacy-batch", Prod, finding.Medium, "The logs of legacy-batch are not encrypted", 8, 25, "", "", "build-encrypt-logs", "erin"},
	{"image-scan-off", "imagerepository", "storefront", Shop, finding.Medium, "Images of storefront are not scanned", 14, 0, "PutImageScanningConfiguration", "frank", "", ""},
	{"image-tags-mutable", "imagerepository", "billing", Prod, finding.Medium, "A tag of billing can be moved to another image", 2, 16, "", "", "image-tags-lock", ""},
	{"deploy-no-rollback", "deploymentgroup", "storefront/blue-green", Shop, finding.Low, "A failed deployment of storefront stays", 2, 0, "", "", "", ""},
	{"pipeline-single-region", "pipeline", "billing", Prod, finding.Low, "billing and all its artifacts are in one region", 2, 0, "", "", "", ""},
	{"build-unused", "buildproject", "experiment-7", Prod, finding.Info, "Nobody has built experiment-7 for 90 days", 6, 0, "", "", "", ""},
}

// at is a moment of a day of the month.
func at(day, hour, minute, second int) time.Time {
	return First.AddDate(0, 0, day-1).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
}

func arn(name string) string { return "arn:aws:iam::" + Prod + ":user/" + name }

func (w wrong) finding(began time.Time) finding.Finding {
	f := finding.Finding{
		Check: w.check, Outcome: finding.Fail, Severity: w.severity, Basis: finding.State, Title: w.title, Detail: "It was read from the account: " + w.title + ".", Remedy: w.remedy,
		Resource: resource(w.account, w.kind, w.id),
	}
	if w.event != "" {
		f.Event = &finding.Cause{ID: w.id + began.String(), Name: w.event, Source: w.kind, Time: began.Add(-23 * time.Second)}
		f.Actor = &finding.Actor{Type: "IAMUser", Name: w.by, ARN: arn(w.by), Via: "console session"}
	}
	return f
}

// play has everything go wrong, and much of it put right.
func (m *Month) play(ctx context.Context) error {
	for i, w := range story {
		began := at(w.from, 8+i%9, 7*i%60, 23)
		f := w.finding(began)
		if err := m.Record(ctx, began, f); err != nil {
			return err
		}
		if w.to == 0 {
			continue
		}
		ended := at(w.to, 17, 3*i%60, 0)
		if w.remedy != "" {
			if err := m.apply(ctx, ended.Add(-40*time.Second), f, w.approved); err != nil {
				return err
			}
		}
		passed := f
		passed.Outcome, passed.Event, passed.Actor, passed.Detail = finding.Pass, nil, nil, ""
		if w.remedy == "" && w.by != "" {
			passed.Event = &finding.Cause{ID: w.id + ended.String(), Name: "Put right", Source: w.kind, Time: ended.Add(-time.Minute)}
			passed.Actor = &finding.Actor{Type: "IAMUser", Name: w.by, ARN: arn(w.by)}
		}
		if err := m.Record(ctx, ended, passed); err != nil {
			return err
		}
	}
	return nil
}

// apply has pipewarden put something right, by the settings or because somebody approved it.
func (m *Month) apply(ctx context.Context, when time.Time, f finding.Finding, approved string) error {
	m.now = when
	a, _, err := m.Ledger.Begin(ctx, ledger.Action{
		ID: ledger.OrderID(f, 1), Remedy: f.Remedy, Check: f.Check, Finding: f, Revision: 1, Resource: f.Resource, Mode: settings.Apply, Status: ledger.Ordered,
	})
	if err != nil {
		return fmt.Errorf("begin %s: %w", f.Remedy, err)
	}
	a.Status, a.Applied, a.Summary, a.Verified = ledger.Applied, when, "Put right: "+f.Title+".", "Read back: it is so."
	if approved != "" {
		a.Mode, a.By, a.Approved = settings.Ask, arn(approved), arn(approved)
	}
	if _, err = m.Ledger.Save(ctx, a); err != nil {
		return fmt.Errorf("save %s: %w", f.Remedy, err)
	}
	return nil
}
