package bucket

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// refs names the bucket that an S3 call was about. The owner is taken from the record's resources where they tell it:
// a record lies in the caller's account too when that is another one.
func refs(e *event.Event) []resource.Ref {
	if e.Service() != service {
		return nil
	}
	name, owner := plain(e.Request().String("bucketName")), ""
	for _, r := range e.Detail.Objects("resources") {
		of := plain(r.String("ARN"))
		if r.String("type") != "AWS::S3::Bucket" || of == "" || name != "" && of != name {
			continue
		}
		name, owner = of, r.String("accountId")
		break
	}
	if name == "" {
		return nil
	}
	if owner == "" {
		owner = e.Account
	}
	return []resource.Ref{{Kind: kind, ID: name, Account: owner, Region: e.Region}}
}

// plain is the bucket's name, given as such or as ARN; "" for anything else. Names end up in commands that people paste,
// so only what S3 has ever allowed gets through (S3 User Guide, "Bucket naming rules", the old rule of us-east-1 included).
func plain(s string) string {
	if strings.HasPrefix(s, "arn:") {
		_, name, found := strings.Cut(s, ":s3:::")
		if !found {
			return ""
		}
		s = name
	}
	if len(s) < 3 || len(s) > 255 || s[0] == '-' || strings.ContainsFunc(s, isOdd) {
		return ""
	}
	return s
}

func isOdd(c rune) bool { return !strings.ContainsRune("._-", c) && !isAlphanumeric(c) }

func isAlphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
