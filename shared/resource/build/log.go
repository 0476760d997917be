package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/pipewarden/pipewarden/shared/awserr"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/secret"
)

// mostPages is how many pages of a log are asked for, however little each holds: one may be empty though others follow
// (Amazon CloudWatch Logs API Reference, "GetLogEvents").
const mostPages = 100

// scan looks for secrets in the build's own log while it is read, and keeps nothing of the log.
func (s *State) scan(ctx context.Context, cfg aws.Config) {
	log, _ := s.Log.Get()
	limit := resource.LimitsOf(ctx).LogBytes
	switch {
	case log.Stream == "":
		s.Secrets = resource.Known([]secret.Found{})
		return
	case limit == 0:
		log.Unread = "logs are not read"
		s.Log = resource.Known(log)
		return
	}
	r := &reader{log: log, limit: limit, kept: []secret.Found{}}
	err := r.pages(ctx, cloudwatchlogs.NewFromConfig(cfg))
	if err != nil {
		r.log.Unread = awserr.Reason(err)
	}
	s.Log, s.Secrets = resource.Known(r.log), resource.Known(r.kept)
	if err != nil && len(r.kept) == 0 {
		s.Secrets = resource.Unlearned[[]secret.Found](awserr.Plain("read the log of build "+s.ID, err))
	}
}

// reader reads one log and keeps of it what was found.
type reader struct {
	log   Log
	limit int64
	kept  []secret.Found // never nil: nothing found is known as well
}

func (r *reader) pages(ctx context.Context, client *cloudwatchlogs.Client) error {
	scanner := secret.NewScanner(r.keep)
	in := &cloudwatchlogs.GetLogEventsInput{LogGroupName: &r.log.Group, LogStreamName: &r.log.Stream, StartFromHead: aws.Bool(true)}
	var broken error
	for range mostPages {
		out, err := client.GetLogEvents(ctx, in)
		if err != nil {
			broken = fmt.Errorf("read log %s: %w", r.log.Stream, err)
			break
		}
		r.take(scanner, out.Events)
		// The last page's token is the one that was sent (same page of the API Reference).
		end := out.NextForwardToken == nil || in.NextToken != nil && *out.NextForwardToken == *in.NextToken
		if end || r.log.Unread != "" {
			return scanner.Close()
		}
		in.NextToken = out.NextForwardToken
	}
	if broken == nil {
		r.log.Unread = fmt.Sprintf("it has more than %d pages", mostPages)
	}
	return errors.Join(broken, scanner.Close())
}

// take writes each event as the lines that it is, and stops at the limit.
func (r *reader) take(scanner *secret.Scanner, events []types.OutputLogEvent) {
	for _, e := range events {
		text := aws.ToString(e.Message)
		if len(text) == 0 || text[len(text)-1] != '\n' {
			text += "\n"
		}
		if r.log.Bytes+int64(len(text)) > r.limit {
			r.log.Unread = fmt.Sprintf("it is longer than the %d bytes that are read", r.limit)
			return
		}
		r.log.Bytes += int64(len(text))
		r.log.Lines += strings.Count(text, "\n")
		_, _ = scanner.Write([]byte(text)) // a Scanner takes everything
	}
}

// keep counts each secret, and keeps each once, by where it stands first.
func (r *reader) keep(f secret.Found) {
	r.log.Times++
	known := slices.ContainsFunc(r.kept, func(k secret.Found) bool { return k.Fingerprint == f.Fingerprint })
	if !known && len(r.kept) < MostSecrets {
		r.kept = append(r.kept, f)
	}
}
