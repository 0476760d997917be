package events_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pipewarden/pipewarden/events"
)

// record is as much of a sample as names it: an envelope, or a record in which the envelope's members are missing.
type record struct {
	ID         string `json:"id"`
	DetailType string `json:"detail-type"`
	Detail     *struct {
		EventID, EventName, EventSource string
	}
	EventID, EventName, EventSource, EventType string
}

func samples(t *testing.T) map[string]record {
	t.Helper()
	out := map[string]record{}
	for name, raw := range events.All() {
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Detail != nil {
			r.EventID, r.EventName, r.EventSource = r.Detail.EventID, r.Detail.EventName, r.Detail.EventSource
		}
		out[name] = r
	}
	return out
}

func TestAllIsSortedAndReadable(t *testing.T) {
	t.Parallel()
	var names []string
	for name, raw := range events.All() {
		names = append(names, name)
		again, err := events.Read(name)
		if err != nil || string(again) != string(raw) || len(raw) == 0 {
			t.Errorf("%s: read again: %d bytes against %d, error %v", name, len(again), len(raw), err)
		}
	}
	if !slices.IsSorted(names) {
		t.Error("not in the order of the names")
	}
	if len(names) < 500 {
		t.Errorf("only %d samples", len(names))
	}
	for range events.All() {
		break
	}
	if _, err := events.Read("codebuild/NoSuchCall.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a sample that is not there: %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	variant := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for name, r := range samples(t) {
		folder, file := path.Split(strings.TrimSuffix(name, ".json"))
		folder = strings.TrimSuffix(folder, "/")
		title, rest, varied := strings.Cut(file, "-")
		if varied && !variant.MatchString(rest) {
			t.Errorf("%s: variant %q", name, rest)
		}
		want := r.EventName
		if want == "" {
			kind := r.DetailType
			if r.EventType == "AwsCloudTrailInsight" {
				kind = "AWS Insight via CloudTrail"
			}
			want = strings.Map(func(c rune) rune {
				if unicode.IsLetter(c) || unicode.IsDigit(c) {
					return c
				}
				return -1
			}, kind)
		}
		if title != want {
			t.Errorf("%s: tells of %q", name, want)
		}
		service, _, _ := strings.Cut(r.EventSource, ".")
		if service != "" && service != folder && folder != "records" {
			t.Errorf("%s: of %s", name, r.EventSource)
		}
		if (folder == "records") != (r.DetailType == "") {
			t.Errorf("%s: bare records lie in records/, envelopes do not", name)
		}
	}
}

func TestIDsAreGivenOutOnce(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	for name, r := range samples(t) {
		for _, id := range []string{r.ID, r.EventID} {
			if first, taken := owner[id]; taken && id != "" {
				t.Errorf("%s and %s share %s", first, name, id)
			}
			owner[id] = name
		}
	}
}

// Samples are copied into tests, logs and findings of tests: nothing in them may look like, or be, somebody's own.
func TestNothingReal(t *testing.T) {
	t.Parallel()
	keyID := regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)
	uuid := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	account := regexp.MustCompile(`\b[0-9]{12}\b`)
	address := regexp.MustCompile(`"sourceIPAddress": "([0-9.]+)"`)
	token := regexp.MustCompile(`(?i)-----BEGIN|\b(?:ghp|gho|github_pat|xox[abps]|sk_live)_?-?[A-Za-z0-9]{10}|"(?:sessionToken|secretAccessKey)"`)
	for name, raw := range events.All() {
		for _, id := range keyID.FindAllString(string(raw), -1) {
			if !strings.HasSuffix(id, "EXAMPLE") {
				t.Errorf("%s: key id %s", name, id)
			}
		}
		for _, id := range account.FindAllString(uuid.ReplaceAllString(string(raw), ""), -1) {
			if !slices.Contains([]string{"111122223333", "444455556666", "777788889999"}, id) {
				t.Errorf("%s: account %s", name, id)
			}
		}
		for _, ip := range address.FindAllStringSubmatch(string(raw), -1) {
			if !strings.HasPrefix(ip[1], "192.0.2.") && !strings.HasPrefix(ip[1], "198.51.100.") && !strings.HasPrefix(ip[1], "203.0.113.") {
				t.Errorf("%s: address %s", name, ip[1])
			}
		}
		if hit := token.Find(raw); hit != nil {
			t.Errorf("%s: %q", name, hit)
		}
	}
}

func TestIgnoredPatternsNameSamples(t *testing.T) {
	t.Parallel()
	file, err := os.Open("ignored.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	names := slices.Sorted(maps.Keys(samples(t)))
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		pattern, reason, _ := strings.Cut(lines.Text(), "#")
		pattern = strings.TrimSpace(pattern)
		if pattern == "" {
			continue
		}
		if strings.TrimSpace(reason) == "" {
			t.Errorf("%s: no reason", pattern)
		}
		if !slices.ContainsFunc(names, func(name string) bool { ok, err := path.Match(pattern, name); return ok && err == nil }) {
			t.Errorf("%s: matches no sample", pattern)
		}
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
}
