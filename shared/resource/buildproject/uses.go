package buildproject

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// uses lists the buckets, the log group, the key, the role and the image repositories that the project leans on, as far as they are known.
func uses(ref resource.Ref, s State) []resource.Uses {
	var out []resource.Uses
	add := func(used resource.Ref, as string) {
		if one := (resource.Uses{Ref: used, As: as}); used.ID != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	inBucket := func(bucket string) resource.Ref {
		return resource.Ref{Kind: "bucket", ID: bucket, Account: ref.Account, Region: ref.Region}
	}
	outputs, _ := s.Outputs()
	for _, a := range outputs {
		add(inBucket(a.Bucket()), "build artifacts")
	}
	if logs, ok := s.S3Logs.Get(); ok {
		add(inBucket(logs.Bucket()), "build logs")
	}
	if logs, ok := s.CloudWatchLogs.Get(); ok && logs.Status != Disabled {
		// Without a name CodeBuild takes the project's (AWS CodeBuild User Guide, "View build details").
		group := firstOf(logs.Group, "/aws/codebuild/"+ref.ID)
		add(resource.Ref{Kind: "loggroup", ID: group, Account: ref.Account, Region: ref.Region}, "build logs")
	}
	if cache, ok := s.Cache.Get(); ok && cache.Type == S3 {
		add(inBucket(bucketOf(cache.Location)), "build cache")
	}
	if key, ok := s.EncryptionKey.Get(); ok {
		add(keyRef(ref, key), "encryption key")
	}
	if role, ok := s.ServiceRole.Get(); ok {
		add(roleRef(ref, role), "service role")
		for _, duty := range s.duties() {
			add(roleRef(ref, role), duty)
		}
	}
	for _, used := range s.images() {
		add(used.Ref, used.As)
	}
	return out
}

// keyRef names a key by its ID. An alias names none: what it points at may change without the project.
func keyRef(user resource.Ref, key string) resource.Ref {
	ref := resource.Ref{Kind: "key", ID: key, Account: user.Account, Region: user.Region}
	if parts := strings.SplitN(key, ":", 6); len(parts) == 6 {
		ref.Region, ref.Account, ref.ID = parts[3], parts[4], strings.TrimPrefix(parts[5], "key/")
	}
	if strings.HasPrefix(ref.ID, "alias/") {
		ref.ID = ""
	}
	return ref
}

func roleRef(user resource.Ref, role string) resource.Ref {
	ref := resource.Ref{Kind: "role", ID: role[strings.LastIndexByte(role, '/')+1:], Account: user.Account}
	if parts := strings.SplitN(role, ":", 6); len(parts) == 6 {
		ref.Account = parts[4]
	}
	return ref
}
