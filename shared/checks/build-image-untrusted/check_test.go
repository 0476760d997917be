package buildimageuntrusted

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/buildproject"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[buildproject.State](t, Check)
}

func TestTrusted(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Account: "111122223333"}
	settings := []string{"docker.io/library/", "public.ecr.aws/docker", "ghcr.io/example-corp/builder", ""}
	for image, want := range map[string]bool{
		"111122223333.dkr.ecr.eu-west-1.amazonaws.com/builder:1":            true,
		"111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/builder":     true,
		"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/builder@sha256:0": true,
		"444455556666.dkr.ecr.eu-west-1.amazonaws.com/builder:1":            false,
		"111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example/b:1":     false,
		"111122223333.dkr.ecr.evil.example/b:1":                             false,
		"ubuntu:24.04":                                                      true,
		"library/ubuntu":                                                    true,
		"docker.io/library/ubuntu":                                          true,
		"somebody/ubuntu":                                                   false,
		"public.ecr.aws/docker/library/go:1":                                true,
		"public.ecr.aws/dockerfake/go:1":                                    false,
		"ghcr.io/example-corp/builder":                                      true,
		"ghcr.io/example-corp/builder:1":                                    true,
		"ghcr.io/example-corp/builder2:1":                                   false,
		"localhost/ubuntu":                                                  false,
		"registry:5000/ubuntu":                                              false,
	} {
		if trusted(ref, image, settings) != want {
			t.Errorf("%s: want %v", image, want)
		}
	}
	if trusted(ref, "ubuntu", nil) {
		t.Error("without settings no other registry is trusted")
	}
}

// TestHosts holds the reading of names to what a container runtime makes of them.
func TestHosts(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"ubuntu": "docker.io/library/ubuntu", "somebody/ubuntu": "docker.io/somebody/ubuntu", "localhost/ubuntu": "localhost/ubuntu",
		"registry.example/ubuntu": "registry.example/ubuntu", "registry:5000/ubuntu": "registry:5000/ubuntu",
	} {
		if got := full(image); got != want {
			t.Errorf("%s: %s", image, got)
		}
	}
	for rest, want := range map[string]bool{
		".eu-west-1.amazonaws.com": true, "-fips.us-gov-west-1.amazonaws.com": true, ".eusc-de-east-1.amazonaws.eu": true,
		"evil.eu-west-1.amazonaws.com": false, ".amazonaws.com": false, ".eu-west-1.evil.example": false, "": false,
	} {
		if got := ofAWS(rest); got != want {
			t.Errorf("%q: %v", rest, got)
		}
	}
}
