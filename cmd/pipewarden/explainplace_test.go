package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/ledger"
	"github.com/pipewarden/pipewarden/shared/settings"
)

const places = `mode: propose
checks:
  off: [bucket-public-latent]
options:
  retentionDays: 180
  sourceOwners: [example-org, example-labs]
  minRegions: 0
overrides:
  - {ou: ou-ab12-34567890, options: {requireCustomerKey: true, retentionDays: 400}, checks: {off: [bucket-public-latent]}}
  - account: "111122223333"
    tag: stage=sandbox
    options: {requireVpc: false, retentionDays: 30, sourceOwners: []}
    checks:
      off:
        - build-outside-network
        - bucket-unversioned
  - {ou: r-ab12, options: {minRegions: 2}}
exemptions:
  - {check: bucket-public, resource: "docs-*", owner: ann@example.com, reason: "open data", until: 2026-12-31}
  - {check: bucket-public, resource: "docs-*", owner: zoe, reason: "ended", until: 2026-01-31}
  - {check: bucket-unversioned, resource: "*", tag: stage=sandbox, owner: bob, reason: "emptied nightly", until: 2026-12-31}
`

func TestExplainPlaces(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "s.yaml")
	write(t, file, places)
	for name, line := range map[string]string{
		"known.txt":   "docs-site --kind bucket --account 111122223333 --ou ou-ab12-34567890 --ou r-ab12 --tag stage=sandbox",
		"unknown.txt": "docs-site --kind bucket --account 111122223333",
		"all.txt":     "docs-site --kind bucket --account 444455556666 --ou ou-ab12-34567890 --tag a=b --all",
		"known.json":  "docs-site --kind bucket --account 111122223333 --ou ou-ab12-34567890 --tag stage=sandbox --format json",
		"project.txt": "docs-site --kind buildproject --account 111122223333 --ou r-ab12 --tag stage=sandbox",
	} {
		got := run(t, offline(t, nil), append([]string{"settings", "explain", "--file", file}, strings.Fields(line)...)...)
		if got.code != done || got.err != "" {
			t.Errorf("%s: %+v", name, got)
		}
		golden(t, "explain-"+name, got.out)
	}
}

// A check that is off by default is told where the settings switch it on, and told as off again where an override does.
func TestExplainChecksThatAreOn(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "s.yaml", "checks: {off: []}\noverrides:\n- {tag: stage=sandbox, checks: {off: [artifact-object-unencrypted]}}\n")
	for tag, want := range map[string][]switched{
		"--tag a=b":           {{"artifact-object-unencrypted", true, origin{"checks.off", 1, ""}}},
		"--tag stage=sandbox": {{"artifact-object-unencrypted", false, origin{"overrides.0.checks.off.0", 3, ""}}},
		"": {
			{"artifact-object-unencrypted", true, origin{"checks.off", 1, ""}},
			{"artifact-object-unencrypted", false, origin{"overrides.0.checks.off.0", 3, "its tags were not given (--tag)"}},
		},
	} {
		got := run(t, offline(t, nil), strings.Fields("settings explain logs --file s.yaml --format json "+tag)...)
		var told explanation
		if err := json.Unmarshal([]byte(got.out), &told); err != nil {
			t.Fatalf("%+v: %v", got, err)
		}
		if diff := cmp.Diff(want, told.Checks, cmp.AllowUnexported(switched{})); diff != "" {
			t.Errorf("%s: %s", tag, diff)
		}
	}
}

// Of a deployment units are as the ledger has them, and tags as AWS has them where the credentials are those of the account.
func TestExplainPlacesOfTheDeployment(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	until := s.now().AddDate(0, 1, 0)
	deploy(t, s, func(set *settings.Settings) {
		set.Overrides = []settings.Override{
			{OU: "ou-ab12-34567890", Options: settings.Given{MinRegions: new(2)}}, {Tag: "stage", Options: settings.Given{RetentionDays: new(30)}},
		}
	})
	if err := s.ledger.Exempt(t.Context(), ledger.Exemption{Check: "door-open", Resource: "front", Owner: "ann", Reason: "r", Until: until}); err != nil {
		t.Fatal(err)
	}
	member := ledger.Member{Account: "444455556666", State: "ACTIVE", Units: []string{"ou-ab12-34567890", "r-ab12"}}
	if _, err := s.ledger.SetMember(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	own := ledger.Member{Account: "111122223333", State: "ACTIVE", Units: []string{"r-ab12"}}
	if _, err := s.ledger.SetMember(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	const remedies = "REMEDY      MODE     WHY\ndoor-close  propose  The settings say propose for door-close.\n"
	exempted := "\nEXEMPTED   OWNER  UNTIL       FROM\ndoor-open  ann    " + until.Format(time.DateOnly) + "  ledger\n"
	s.says(t, "", "settings explain front --table ledger --kind door").want(t, done, remedies+exempted+asUsual, "")
	s.says(t, "", "settings explain front --table ledger --kind door --tag stage=x --ou ou-ab12-34567890").want(t, done, remedies+`
OPTION         VALUE  FROM
minRegions     2      override 1
retentionDays  30     override 2
`+exempted+asUsual, "")
	s.says(t, "", "settings explain front --table ledger --kind door --account 444455556666").want(t, done, remedies+`
OPTION         VALUE  FROM
minRegions     2      override 1
retentionDays  90     default
retentionDays  30     override 2, if it fits: its tags are read with credentials of its account (or give them: --tag)
`+exempted+asUsual, "")
	s.says(t, "", "settings explain front --table ledger --kind door --account 777788889999 --tag a=b").want(t, done, remedies+`
OPTION      VALUE  FROM
minRegions  0      default
minRegions  2      override 1, if it fits: where its account lies in the organisation was not read yet
`+exempted+asUsual, "")
}

func TestValidateCountsOverrides(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pipewarden.yaml", places)
	if got := run(t, offline(t, nil), "settings", "validate"); got.code != done ||
		!strings.Contains(got.out, "\nOtherwise at some places: 3 overrides. What holds where: pipewarden settings explain\n") {
		t.Errorf("%+v", got)
	}
}
