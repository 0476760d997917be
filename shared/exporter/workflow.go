package exporter

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/pipewarden/pipewarden/shared/asff"
	"github.com/pipewarden/pipewarden/shared/ledger"
)

// seen is how a finding stands in Security Hub.
type seen struct {
	known    bool
	status   types.WorkflowStatus
	archived bool
	ours     bool // the deployment suppressed it, or was about to
}

func seenAs(f types.AwsSecurityFinding) seen {
	s := seen{known: true, archived: f.RecordState == types.RecordStateArchived, ours: f.ProductFields[asff.Exempted] != ""}
	if f.Workflow != nil {
		s.status = f.Workflow.Status
	}
	return s
}

// theirs says that somebody suppressed it in Security Hub. That stays so until they take it back.
func (s seen) theirs() bool { return s.status == types.WorkflowStatusSuppressed && !s.ours }

// move is what is to become of a finding's workflow.
type move struct {
	id     string
	status types.WorkflowStatus
	note   string // "": none
}

// endedNote takes the place of the note that told of an exemption.
const endedNote = "The exemption ended: pipewarden counts this finding again."

// move says where the workflow must go for the finding to stand in Security Hub as it does in the ledger; false: nowhere. What people made of a
// finding there, that it is known, solved or suppressed, stays; only what pipewarden put there is taken back.
//
// A finding that Security Hub does not show yet may be there all the same. The import says how a new one stands, so only what is not the first
// revision is moved.
func (i *item) move() (move, bool) {
	m := move{id: i.id(), status: asff.Workflow(i.entry)}
	may := i.seen.known || i.entry.Revision > 1
	switch m.status {
	case types.WorkflowStatusResolved:
		return m, may && !i.seen.theirs() && i.seen.status != m.status
	case types.WorkflowStatusSuppressed:
		m.note = asff.Note(i.entry.Finding.Exemption)
		return m, may && !i.heeded && i.seen.status != m.status
	}
	if i.seen.status == types.WorkflowStatusSuppressed && i.seen.ours {
		m.note = endedNote
		return m, true
	}
	return m, i.seen.archived && i.seen.status == types.WorkflowStatusResolved
}

// heeded says that a finding is exempted because it was suppressed in Security Hub.
func heeded(standing ledger.Standing, e ledger.Entry) bool {
	return e.Finding.Exemption != nil && slices.ContainsFunc(standing.Exemptions, func(x ledger.Exemption) bool {
		return x.By == heeder && x.Setting().Key() == e.Finding.Exemption.Key
	})
}

// moveAll moves the workflow of findings. Each call moves those that go the same way with the same note.
func (x *Exporter) moveAll(ctx context.Context, s *shipment, moves []move, refused map[string]bool) error {
	for len(moves) > 0 {
		lead := moves[0]
		var rest []move
		in := &securityhub.BatchUpdateFindingsInput{Workflow: &types.WorkflowUpdate{Status: lead.status}}
		if lead.note != "" {
			in.Note = &types.NoteUpdate{Text: aws.String(lead.note), UpdatedBy: aws.String(asff.Name)}
		}
		for _, m := range moves {
			if m.status != lead.status || m.note != lead.note {
				rest = append(rest, m)
				continue
			}
			in.FindingIdentifiers = append(in.FindingIdentifiers, types.AwsSecurityFindingIdentifier{Id: aws.String(m.id), ProductArn: aws.String(x.Source.Product())})
		}
		out, err := x.Hub.BatchUpdateFindings(ctx, in)
		if err != nil {
			return fmt.Errorf("update findings in Security Hub: %w", err)
		}
		for _, f := range out.UnprocessedFindings {
			id := ""
			if f.FindingIdentifier != nil {
				id = aws.ToString(f.FindingIdentifier.Id)
			}
			refused[id] = true
			if key, ours := x.Source.Key(id); ours {
				s.fail(key, problem("update finding", id, aws.ToString(f.ErrorCode), aws.ToString(f.ErrorMessage)))
			}
		}
		moves = rest
	}
	return nil
}
