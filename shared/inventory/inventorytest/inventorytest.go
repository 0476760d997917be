// Package inventorytest makes inventories for tests.
package inventorytest

import (
	"fmt"
	"iter"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/inventory"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// Where what is made lies.
const (
	Account = "111122223333"
	Region  = "eu-west-1"
	Other   = "444455556666"
)

// Resource is one of the account and region; a role has none.
func Resource(kind, id string) finding.Resource {
	r := finding.Resource{Kind: kind, ID: id, Account: Account, Region: Region}
	if kind == "role" {
		r.Region = ""
	}
	return r
}

// Leaning is a resource with what it leans on, each behind what it is to it.
func Leaning(user finding.Resource, pairs ...any) ledger.User {
	u := ledger.User{Resource: user}
	for i := 0; i < len(pairs); i += 2 {
		u.Leans = append(u.Leans, ledger.Edge{As: pairs[i].(string), On: pairs[i+1].(finding.Resource)}) //nolint:forcetypeassert // a test that is wrong may panic
	}
	return u
}

// All gives them one by one, and the error at the end.
func All(users []ledger.User, err error) iter.Seq2[ledger.User, error] {
	return func(yield func(ledger.User, error) bool) {
		for _, u := range users {
			if !yield(u, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.User{}, err)
		}
	}
}

// Estate is n pipelines of two accounts and two regions, each with as many builds as the rest of its number by four and one more, and a trail;
// and what is open on them.
func Estate(n int) ([]ledger.User, inventory.Marks) {
	marks := inventory.Marks{}
	users := []ledger.User{Leaning(Resource("trail", "main"), "trail logs", Resource("bucket", "trail-logs"), "trail key", Resource("key", "trail-key"))}
	for i := range n {
		at := func(kind, id string) finding.Resource {
			r := Resource(kind, strings.ReplaceAll(id, "%", fmt.Sprintf("%03d", i)))
			if i%3 == 2 {
				r.Account = Other
			}
			if i%6 == 5 && r.Region != "" {
				r.Region = "us-east-1"
			}
			return r
		}
		pipe := Leaning(
			at("pipeline", "team-%-deploy"),
			"artifact store", at("bucket", "codepipeline-artifacts-%"), "artifact key", at("key", "8f2f6a1c-0000-4c1e-9d6a-%"),
			"service role", at("role", "pipeline-service-%"), "deployment target", at("deploymentgroup", "web/production-%"),
		)
		for b := range 1 + i%4 {
			project := at("buildproject", "team-%-build-"+string(rune('a'+b)))
			pipe.Leans = append(pipe.Leans, ledger.Edge{As: fmt.Sprintf("build in stage Build-%d", b), On: project})
			users = append(users, Leaning(
				project, "service role", at("role", "build-service-%"), "build logs", at("loggroup", "/aws/codebuild/"+project.ID),
				"encryption key", at("key", "8f2f6a1c-0000-4c1e-9d6a-%"),
			))
			if (i+b)%5 == 1 {
				marks.Add(project, finding.Severities()[(i+b)%5])
				marks.Add(project, finding.Severities()[(i/5)%5])
			}
		}
		users = append(users, pipe)
		if i%7 == 3 {
			marks.Add(at("role", "build-service-%"), finding.Critical)
		}
	}
	return users, marks
}
