package emulator

import (
	"context"
	"encoding/xml"
	"net/http"
)

// versioned is a bucket's versioning as it is sent and shown. moto knows nothing of MFA delete.
type versioned struct {
	XMLName   xml.Name `xml:"VersioningConfiguration"`
	NS        string   `xml:"xmlns,attr"`
	Status    string   `xml:",omitempty"`
	MFADelete string   `xml:"MfaDelete,omitempty"`
}

// putBucketVersioning takes the two states that there are, and nothing without a code of the MFA device while MFA delete is on, or to switch
// that, and keeps it on where there is Object Lock (Amazon S3 API Reference, "PutBucketVersioning").
func putBucketVersioning(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	var sent versioned
	if xml.Unmarshal(x.body, &sent) != nil {
		return nil, refusal("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	if sent.Status != "Enabled" && sent.Status != "Suspended" {
		return nil, refusal("IllegalVersioningConfigurationException", "The Versioning element must be specified")
	}
	if err := a.keepsVersioning(x, sent); err != nil {
		return nil, err
	}
	reply, err := a.pass(ctx, x)
	if err == nil && reply.status < http.StatusMultipleChoices && sent.MFADelete != "" {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.marks(x.bucket).mfaDelete = sent.MFADelete
	}
	return reply, err
}

// keepsVersioning says what keeps a bucket's versioning from being set.
func (a *AWS) keepsVersioning(x *exchange, sent versioned) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.marks(x.bucket)
	switch {
	case m.locked && sent.Status != "Enabled":
		return &problem{status: http.StatusConflict, code: "InvalidBucketState", message: "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."}
	case (m.mfaDelete == "Enabled" || sent.MFADelete != "") && x.header.Get("X-Amz-Mfa") == "":
		return denied("Mfa Authentication must be used for this request")
	}
	return nil
}

// getBucketVersioning says of MFA delete how it is switched, where it ever was.
func getBucketVersioning(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	mfa := a.marks(x.bucket).mfaDelete
	if mfa == "" {
		return reply, nil
	}
	var kept struct{ Status string } // moto's answer has another root
	if err := xml.Unmarshal(reply.body, &kept); err != nil {
		return nil, broken(err)
	}
	return xmlAnswer(http.StatusOK, versioned{NS: xmlns, Status: kept.Status, MFADelete: mfa}), nil
}
