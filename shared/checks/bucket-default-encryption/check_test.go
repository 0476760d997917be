package bucketdefaultencryption

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pipewarden/pipewarden/shared/check"
	"github.com/pipewarden/pipewarden/shared/check/checktest"
	"github.com/pipewarden/pipewarden/shared/finding"
	"github.com/pipewarden/pipewarden/shared/resource"
	"github.com/pipewarden/pipewarden/shared/resource/bucket"
	"github.com/pipewarden/pipewarden/shared/resource/buckettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	checktest.Run[bucket.DefaultKeyState](t, Check)
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	if unmet := Check.Needs(check.Options{}); !strings.Contains(unmet, "options.requireCustomerKey") {
		t.Errorf("without the option: %q", unmet)
	}
	if unmet := Check.Needs(check.Options{RequireCustomerKey: true}); unmet != "" {
		t.Errorf("with the option: %q", unmet)
	}
}

const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"

// TestRemedy is offered where the settings name a key for the bucket's region, and tells it everywhere.
func TestRemedy(t *testing.T) {
	t.Parallel()
	const s3 = `{"type":"AWS::S3::Bucket","path":`
	for algorithm, template := range map[string]string{
		"AES256":       s3 + `"BucketEncryption","value":{"ServerSideEncryptionConfiguration":[{"ServerSideEncryptionByDefault":{"KMSMasterKeyID":"` + arn + `","SSEAlgorithm":"aws:kms"}}]}}`,
		"aws:kms":      s3 + `"BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault","value":{"KMSMasterKeyID":"` + arn + `","SSEAlgorithm":"aws:kms"}}`,
		"aws:kms:dsse": s3 + `"BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault","value":{"KMSMasterKeyID":"` + arn + `","SSEAlgorithm":"aws:kms:dsse"}}`,
	} {
		for key, offered := range map[string]bool{arn: true, strings.Replace(arn, "eu-west-1", "us-east-1", 1): false} {
			manager := ""
			if algorithm != "AES256" {
				manager = "AWS"
			}
			p := &check.Pass{
				Check: Check, Ref: buckettest.Ref, Basis: finding.State, Options: check.Options{RequireCustomerKey: true, CustomerKeys: []string{key}},
				State: bucket.DefaultKeyState{Encryption: bucket.Encryption{Algorithm: algorithm}, Manager: resource.Known(manager), TakesLogs: resource.Known(false)},
			}
			Check.Run(p)
			f := p.Results()[0]
			raw, err := json.Marshal(f.Template)
			told := f.Remedy == "bucket-encrypt" && strings.Contains(f.Would, arn) && strings.HasSuffix(f.Would, "Can be undone.") && strings.Contains(f.ByHand, `"KMSMasterKeyID":"`+arn+`"`) && string(raw) == "["+template+"]"
			silent := f.Remedy+f.Would == "" && f.Template == nil && strings.Contains(f.ByHand, "KEY_ARN") && strings.Contains(f.Detail, "options.customerKeys")
			if err != nil || told != offered || silent == offered {
				t.Errorf("%s, %s: %+v\n%s", algorithm, key, f, raw)
			}
		}
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	f := checktest.Failure(t, Check, buckettest.Ref, bucket.DefaultKeyState{Encryption: bucket.Encryption{Algorithm: "AES256"}, Manager: resource.Known(""), TakesLogs: resource.Known(false)})
	if want := "\naws s3api put-bucket-encryption --bucket artifacts --expected-bucket-owner 111122223333 --region eu-west-1 "; !strings.Contains(f.ByHand, want) {
		t.Errorf("by hand: %s", f.ByHand)
	}
}
