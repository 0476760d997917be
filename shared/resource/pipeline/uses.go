package pipeline

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// BuildIn begins what a build project is to the pipeline; the name of the stage follows.
const BuildIn = "build in stage "

// uses lists the buckets, keys, roles, image repositories, build projects and deployment groups that the pipeline leans on, as far as they are known.
func uses(ref resource.Ref, s State) []resource.Uses {
	var out []resource.Uses
	add := func(used resource.Ref, as string) {
		if one := (resource.Uses{Ref: used, As: as}); used.ID != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	for _, store := range s.Stores {
		// CodePipeline takes only a bucket of the store's region (AWS CodePipeline API Reference, "ArtifactStore").
		in := resource.Ref{Kind: "bucket", ID: store.Bucket, Account: ref.Account, Region: store.Region}
		if one := (resource.Uses{Ref: in, As: "artifact store", Sure: true}); in.ID != "" && !slices.Contains(out, one) {
			out = append(out, one)
		}
		used := keyRef(ref.Account, store.Region, store.Key)
		if known, ok := store.Effective.Get(); ok {
			used = keyRef(ref.Account, store.Region, known.KeyARN)
		}
		add(used, "artifact key")
	}
	add(roleRef(ref.Account, s.RoleARN), "service role")
	for _, stage := range s.Stages {
		for _, action := range stage.Actions {
			add(roleRef(ref.Account, action.RoleARN), "action role")
			add(action.reached(ref, "bucket", action.SourceBucket), "source")
			add(action.reached(ref, "imagerepository", action.Images), action.imagesAs())
			add(action.reached(ref, "buildproject", action.Project), BuildIn+stage.Name)
			add(action.reached(ref, "deploymentgroup", action.Group), "deployment target")
		}
	}
	return out
}

// keyRef names a key by its ID. An alias names none: what it points at may change without the pipeline.
func keyRef(account, region, key string) resource.Ref {
	ref := resource.Ref{Kind: "key", ID: key, Account: account, Region: region}
	if parts := strings.SplitN(key, ":", 6); len(parts) == 6 {
		ref.Region, ref.Account, ref.ID = parts[3], parts[4], strings.TrimPrefix(parts[5], "key/")
	}
	if strings.HasPrefix(ref.ID, "alias/") {
		ref.ID = ""
	}
	return ref
}

func roleRef(account, role string) resource.Ref {
	ref := resource.Ref{Kind: "role", ID: role[strings.LastIndexByte(role, '/')+1:], Account: account}
	if parts := strings.SplitN(role, ":", 6); len(parts) == 6 {
		ref.Account = parts[4]
	}
	return ref
}
