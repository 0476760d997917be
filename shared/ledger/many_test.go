package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

func TestManyOfDynamoDB(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	now := time.Now()
	s := ledger.NewDynamoDB(fake.config(), "ledger", func() time.Time { return now })
	var keys []ledger.Key
	for i := range 250 {
		item := ledger.Item{PK: "p", SK: fmt.Sprint(i), Body: []byte(fmt.Sprint(i))}
		if i == 7 {
			item.Expires = now.Add(-time.Hour)
		}
		if err := s.Put(t.Context(), item); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, ledger.Key{PK: "p", SK: fmt.Sprint(i)})
	}
	fake.busy = 2
	got, err := s.Many(t.Context(), append(keys, keys[0], ledger.Key{PK: "p", SK: "none"}))
	if err != nil || len(got) != 249 {
		t.Fatalf("%d items, %v", len(got), err)
	}
	for _, item := range got {
		if item.PK != "p" || string(item.Body) != item.SK || item.Version != 1 || item.SK == "7" {
			t.Errorf("%+v", item)
		}
	}
	fake.busy = 100
	var throttled *types.ProvisionedThroughputExceededException
	if got, err := s.Many(t.Context(), keys[:1]); !errors.As(err, &throttled) || got != nil {
		t.Errorf("a table that never answers: %v, %v", got, err)
	}
}

// Findings are read a hundred at a time, and in the order of their keys all the same.
func TestFindingsOfMany(t *testing.T) {
	t.Parallel()
	d := newDesk()
	const many = 230
	for i := range many {
		r := finding.Resource{Kind: "bucket", ID: fmt.Sprintf("b-%03d", i), Account: "111122223333", Region: "eu-west-1"}
		f := finding.Finding{Check: "bucket-public", Outcome: finding.Fail, Severity: finding.High, Resource: r}
		if _, _, err := d.view(t, r).Record(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	seen, last := map[string]bool{}, ""
	for e, err := range d.Findings(t.Context(), "") {
		if key := e.Finding.Key(); err != nil || key <= last {
			t.Fatalf("%s after %s, %v", key, last, err)
		} else {
			last, seen[e.Finding.Resource.ID] = key, true
		}
	}
	if len(seen) != many {
		t.Errorf("%d of %d", len(seen), many)
	}
	for range d.Findings(t.Context(), "") {
		break // whoever has seen enough
	}
}
