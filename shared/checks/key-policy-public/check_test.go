package keypolicypublic

import (
	"testing"

	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/key"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[key.AdmissionState](t, Check)
}

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"

var ref = resource.Ref{Kind: "key", ID: id, Account: "111122223333", Region: "eu-central-1"}

func TestByHand(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse([]byte(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	state := key.AdmissionState{Policy: resource.Known(key.Policy{Document: document})}
	const of = " --key-id " + id + " --policy-name default --region eu-central-1"
	want := "aws kms get-key-policy" + of + ` --query Policy --output text | jq -c '.Statement |= (if type == "array" then . else [.] end) | ` +
		`.Statement[0].Condition.StringEquals["kms:CallerAccount"] = "111122223333" | .Statement[2].Condition.StringEquals["kms:CallerAccount"] = "111122223333"' > policy.json && ` +
		"aws kms put-key-policy" + of + " --policy file://policy.json"
	f := checktest.Failure(t, Check, ref, state)
	if f.ByHand != want {
		t.Errorf("by hand: %s\nwant     %s", f.ByHand, want)
	}
	if f.Facts[0].Value != "statement 1 of the policy; statement 3 of the policy" || f.Path[len(f.Path)-2] != "policy statement 1" {
		t.Errorf("facts %+v, path %v", f.Facts, f.Path)
	}
	homeless := ref
	homeless.Account = ""
	if f = checktest.Failure(t, Check, homeless, state); f.ByHand != "" {
		t.Errorf("without an account: %s", f.ByHand)
	}
}
