package remedy_test

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/remedy"
)

// Apply tells having written from having found it done; whoever does not ask is not told.
func TestWhatIsDoneAlreadyIsNoticed(t *testing.T) {
	t.Parallel()
	r := &room{lamp: lamp{false, "red"}}
	rem := r.remedy(t, true)
	p, err := rem.Plan(t.Context(), r.fake.Config(), dark)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true} {
		ctx, already := remedy.Noticing(t.Context())
		if err := rem.Apply(ctx, r.fake.Config(), p); err != nil || *already != want {
			t.Errorf("already done: %v, want %v; %v", *already, want, err)
		}
	}
	if err := rem.Apply(t.Context(), r.fake.Config(), p); err != nil {
		t.Error(err)
	}
}
