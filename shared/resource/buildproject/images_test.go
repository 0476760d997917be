package buildproject

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pipewarden/pipewarden/shared/resource"
)

func TestImages(t *testing.T) {
	t.Parallel()
	repository := func(id string) resource.Ref {
		return resource.Ref{Kind: "imagerepository", ID: id, Account: "111122223333", Region: "eu-west-1"}
	}
	const registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/"
	for name, one := range map[string]struct {
		image, definition string
		want              []resource.Uses
	}{
		"an image of AWS":       {image: "aws/codebuild/standard:7.0", definition: `{"environment":{"image":"aws/codebuild/standard:7.0"}}`},
		"a public image":        {image: "public.ecr.aws/docker/library/node:22", definition: `{"ecr":1}`},
		"a build image, by tag": {image: registry + "team/build:7", definition: `{"environment":{"image":"` + registry + `team/build:7"}}`, want: []resource.Uses{{Ref: repository("team/build"), As: "build image"}}},
		"a build image, offline": {
			image: "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/build@sha256:" + strings.Repeat("0", 64),
			want:  []resource.Uses{{Ref: resource.Ref{Kind: "imagerepository", ID: "build", Account: "111122223333", Region: "cn-north-1"}, As: "build image"}},
		},
		"a variable and the buildspec": {
			definition: `{"environment":{"environmentVariables":[{"name":"REPOSITORY_URI","value":"` + registry + `web"}]},
				"source":{"buildspec":"docker push ` + registry + `web:$TAG\nhttps://111122223333.dkr-ecr.eu-west-1.on.aws/side_car"}}`,
			want: []resource.Uses{{Ref: repository("web"), As: "image store"}, {Ref: repository("side_car"), As: "image store"}},
		},
		"what only resembles one": {definition: `{"a":"1111222233334.dkr.ecr.eu-west-1.amazonaws.com/web","b":"x111122223333.dkr.ecr.eu-west-1.amazonaws.com/web","c":"` + registry + `"}`},
	} {
		s := State{Environment: resource.Known(Environment{Image: one.image}), Definition: resource.SealText([]byte(one.definition))}
		if diff := cmp.Diff(one.want, Kind.LeansOn(ref, s)); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// FuzzImages holds that what a definition names is nothing but a name: it may hold secrets, and the inventory is no place for them.
func FuzzImages(f *testing.F) {
	f.Add("docker push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:$TAG")
	f.Add("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:0;id")
	f.Fuzz(func(t *testing.T, text string) {
		for _, used := range (State{Definition: resource.SealText([]byte(text))}).images() {
			if strings.Trim(used.Ref.ID, "abcdefghijklmnopqrstuvwxyz0123456789._/-") != "" || len(used.Ref.Account) != 12 || !used.Ref.Sound() {
				t.Errorf("%q named %+v", text, used.Ref)
			}
		}
	})
}
