package checktest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// before is the definition that the case compares with: trusted, unless its memory says otherwise.
func before(t *testing.T, one Case) *check.Definition {
	t.Helper()
	if one.Before == nil {
		return one.Past.Before
	}
	known := &check.Definition{
		By: "arn:aws:iam::111122223333:user/carol", How: "proven MFA", Trusted: true, At: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC),
	}
	if one.Past.Before != nil {
		known = one.Past.Before
	}
	body := []byte(one.Before)
	var sample string
	if json.Unmarshal(one.Before, &sample) == nil {
		request := Sample(t, sample, nil).Request()
		if body = request.JSON("pipeline"); body == nil {
			body = request.JSON()
		}
	}
	known.Body = resource.SealText(body)
	return known
}
