package remedy

import "github.com/pipewarden/pipewarden/shared/resource"

// Owned refuses a bucket whose account is not known. Names of buckets are global: a call that does not say whose bucket it is for changes a
// stranger's who took the name since, as far as that one's policy lets it (S3 User Guide, "Verifying bucket ownership with bucket owner condition").
func Owned(ref resource.Ref) error {
	if ref.Account != "" {
		return nil
	}
	return &RefusedError{Why: "Whose bucket " + ref.ID + " is, is not known, and its name may be another's by now."}
}
