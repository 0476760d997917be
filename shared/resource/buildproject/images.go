package buildproject

import (
	"bytes"
	"regexp"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// repositoryURI is an image repository of ECR as images name it: account, region, repository
// (Amazon ECR User Guide, "Private registry" and "Repository names").
var repositoryURI = regexp.MustCompile(`\b([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)`)

// images are the repositories of ECR that the project's definition names: that of the image that builds run in, and those that its variables
// and its buildspec write out, into which builds put images, or from which they take them. Of the definition no other text is looked at.
func (s State) images() []resource.Uses {
	const most = 50
	var out []resource.Uses
	environment, _ := s.Environment.Get()
	if m := repositoryURI.FindStringSubmatch(environment.Image); m != nil {
		out = append(out, resource.Uses{Ref: repositoryRef(m[1], m[2], m[3]), As: "build image"})
	}
	text := s.Definition.Reveal()
	if !bytes.Contains(text, []byte("ecr")) {
		return out
	}
	for _, m := range repositoryURI.FindAllSubmatch(text, most) {
		used := resource.Uses{Ref: repositoryRef(string(m[1]), string(m[2]), string(m[3])), As: "image store"}
		if len(out) == 0 || out[0].Ref != used.Ref {
			out = append(out, used)
		}
	}
	return out
}

func repositoryRef(account, region, id string) resource.Ref {
	return resource.Ref{Kind: "imagerepository", ID: id, Account: account, Region: region}
}
