package emulator

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Made says when a role or a build project was made, by its ARN, which no call can. A project must be there already.
func (a *AWS) Made(arn string, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const fields = 6 // arn:PARTITION:SERVICE:REGION:ACCOUNT:TYPE/NAME
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) != fields || parts[2] != "codebuild" {
		a.made[arn] = at.UTC()
		return
	}
	if project := a.estate(place{parts[4], parts[3]}).projects[lastPart(arn, "/")]; project != nil {
		project["created"] = float64(at.UnixMilli()) / 1000
	}
}

var creation = regexp.MustCompile(`<CreateDate>[^<]*</CreateDate>`)

// getRole gives the time that Made told.
func getRole(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if at, told := a.made[text(childObject(reply.body, "Role"), "Arn")]; told {
		reply.body = creation.ReplaceAllLiteral(reply.body, []byte("<CreateDate>"+at.Format(time.RFC3339)+"</CreateDate>"))
	}
	return reply, nil
}
