package engine

import (
	"context"
	"fmt"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

func (b *Batch) recall(ctx context.Context, ref resource.Ref, compared bool) (check.Memory, error) {
	if b.remember == nil {
		return check.Memory{}, nil
	}
	got, ok := b.memories[key(ref)]
	if !ok || compared && !got.compared {
		got.memory, got.err = b.remember(ctx, ref, compared)
		got.compared = compared
		if got.err == nil || ctx.Err() == nil { // else it was cut off, and the next to ask may have more time
			b.memories[key(ref)] = got
		}
	}
	return got.memory, got.err
}

// Forget has what is remembered of a resource asked for again.
func (b *Batch) Forget(ref resource.Ref) { delete(b.memories, key(ref)) }

// through wakes the resources of a kind that use what the event changed, where reading them looks into that: an event about a key names
// no pipeline, and the pipelines whose artifacts it seals are to be judged again.
func (b *Batch) through(ctx context.Context, result *Result, source resource.Source, ev *event.Event) error {
	for _, into := range source.Into() {
		for _, ref := range into.About(ev) {
			memory, err := b.recall(ctx, ref, false)
			if err != nil {
				return fmt.Errorf("recall %s %s: %w", ref.Kind, ref.ID, err)
			}
			for _, use := range memory.Used {
				if use.User.Kind == source.Kind() {
					result.Travel = append(result.Travel, use.User)
				}
			}
		}
	}
	return nil
}

// tagging is the tags of a resource as they were read.
type tagging struct {
	tags map[string]string
	err  error
}

// Tags reads the tags of a resource, by any of the kinds that the checks read, once in the batch; none, where its kind has none.
func (b *Batch) Tags(ctx context.Context, ref resource.Ref) (map[string]string, error) {
	source := b.engine.tagSource(ref)
	if b.engine.Config == nil || source == nil {
		return nil, nil
	}
	if got, known := b.tags[key(ref)]; known {
		return got.tags, got.err
	}
	cfg, err := b.config(ctx, ref, "")
	if err != nil {
		return nil, err
	}
	tags, err := source.Tags(ctx, cfg, ref)
	if err == nil || ctx.Err() == nil { // else it was cut off, and the next to ask may have more time
		b.tag(ref, tagging{tags, err})
	}
	return tags, err
}

func (b *Batch) tag(ref resource.Ref, t tagging) {
	if b.tags == nil {
		b.tags = map[string]tagging{}
	}
	b.tags[key(ref)] = t
}

// ForgetAll has what is remembered of every resource asked for again, and gives back the memory that it took.
func (b *Batch) ForgetAll() { clear(b.memories) }
