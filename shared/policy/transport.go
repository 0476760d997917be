package policy

import (
	"slices"
	"strings"
)

// DeniesPlaintext says whether nobody can reach the bucket without TLS: a Deny to everyone of every S3 action, on the bucket and on its
// objects, whenever aws:SecureTransport is false (S3 User Guide, "Security best practices for Amazon S3"). The bucket and its objects may have one
// statement each. Any further condition lets some plaintext through, so such a statement counts for nothing. BoolIfExists denies no less than Bool.
// With bucketARN "" any pair of X and X/* will do.
func (d *Document) DeniesPlaintext(bucketARN string) bool {
	if d == nil {
		return false
	}
	var denied []string
	for i := range d.Statements {
		if d.Statements[i].deniesPlaintext() {
			denied = append(denied, d.Statements[i].Resource...)
		}
	}
	if bucketARN != "" {
		return covers(denied, bucketARN)
	}
	return slices.ContainsFunc(denied, func(pattern string) bool {
		bucket := strings.TrimSuffix(strings.TrimSuffix(pattern, "/*"), "*")
		return !strings.Contains(bucket, "/") && covers(denied, bucket)
	})
}

// covers wants a pattern for the bucket and one for all its objects. The latter has to end in a wildcard that takes any key.
func covers(patterns []string, bucket string) bool {
	whole := slices.ContainsFunc(patterns, func(p string) bool { return Fits(p, bucket) })
	objects := slices.ContainsFunc(patterns, func(p string) bool {
		return strings.HasSuffix(p, "*") && Fits(p, bucket+"/")
	})
	return whole && objects
}

func (s *Statement) deniesPlaintext() bool {
	everyAction := slices.ContainsFunc(s.Action, func(a string) bool { return a == "*" || strings.EqualFold(a, "s3:*") })
	return s.Effect == "Deny" && s.Principal.Any && everyAction && s.Condition.isPlaintext()
}

// isPlaintext says whether the one and only condition is that the request came without TLS.
func (c Conditions) isPlaintext() bool {
	if len(c) != 1 {
		return false
	}
	for operator, keys := range c {
		if !strings.EqualFold(operator, "Bool") && !strings.EqualFold(operator, "BoolIfExists") || len(keys) != 1 {
			return false
		}
		for key, values := range keys {
			return strings.EqualFold(key, "aws:SecureTransport") &&
				slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, "false") })
		}
	}
	return false
}
