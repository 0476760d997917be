package definition

import "testing"

func TestHoldsMask(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"stages":[{"actions":[{"configuration":{"OAuthToken":"****"}}]}]}`:                 true,
		`{"environment":{"environmentVariables":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`:          true,
		`{"configuration":{"EnvironmentVariables":"[{\"name\":\"A\",\"value\":\"****\"}]"}}`: true,
		`{"configuration":{"EnvironmentVariables":"[{\"name\":\"A\",\"value\":\"b\"}]"}}`:    false,
		`{"defaultValue":"**"}`:                      false,
		`{"buildspec":"{not JSON, with **** in it"}`: false,
		`{"filter":"release/***/x"}`:                 false,
		`{"n":7,"on":true,"none":null}`:              false,
		`"****"`:                                     true,
		`{`:                                          false,
		``:                                           false,
	} {
		if got := HoldsMask([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
