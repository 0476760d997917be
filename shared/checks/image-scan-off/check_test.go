package imagescanoff

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/imagerepository"
)

func TestCases(t *testing.T) {
	t.Parallel()
	checktest.Run[imagerepository.State](t, Check)
}

func TestByHand(t *testing.T) {
	t.Parallel()
	ref := resource.Ref{Kind: "imagerepository", ID: "team/web", Account: "111122223333", Region: "eu-west-1"}
	for kind, want := range map[string]string{
		imagerepository.Basic: "aws ecr put-image-scanning-configuration --repository-name team/web --image-scanning-configuration scanOnPush=true --region eu-west-1",
		imagerepository.Enhanced: `aws ecr get-registry-scanning-configuration --query scanningConfiguration.rules --output json --region eu-west-1 | ` +
			`jq -c 'map(select(.scanFrequency=="SCAN_ON_PUSH"|not)) + [{scanFrequency:"SCAN_ON_PUSH",repositoryFilters:(map(select(.scanFrequency=="SCAN_ON_PUSH").repositoryFilters[])+[{filter:"team/web",filterType:"WILDCARD"}])}]' > rules.json && ` +
			`aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules file://rules.json --region eu-west-1`,
	} {
		got := checktest.Failure(t, Check, ref, imagerepository.State{
			Name: "team/web", ScanOnPush: resource.Known(false), Registry: resource.Known(imagerepository.Scanning{Type: kind, Rules: []imagerepository.Rule{{}}}),
		})
		if got.ByHand != want {
			t.Errorf("got  %s\nwant %s", got.ByHand, want)
		}
		raw, err := json.Marshal(got.Template)
		offered := err == nil && got.Remedy == "image-scan-on" && strings.HasSuffix(got.Would, "Can be undone.") &&
			string(raw) == `[{"type":"AWS::ECR::Repository","path":"ImageScanningConfiguration","value":{"ScanOnPush":true}}]`
		if offered != (kind == imagerepository.Basic) || !offered && (got.Remedy+got.Would != "" || got.Template != nil) {
			t.Errorf("%s: remedy %q: %s %s", kind, got.Remedy, got.Would, raw)
		}
		if said := got.Facts[len(got.Facts)-1].Value; !strings.HasSuffix(said, "1 rule") || strings.Contains(got.Detail, "Only the event was seen") {
			t.Errorf("%s: %s", said, got.Detail)
		}
	}
}
