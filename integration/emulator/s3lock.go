package emulator

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// lockMends are Object Lock, of which moto refuses to delete what is locked, and no more, and writing under a condition.
func lockMends() map[string]mended {
	return map[string]mended{
		"s3.PutObject":                  placeObject,
		"s3.GetObjectRetention":         objectRetention,
		"s3.PutObjectRetention":         putObjectRetention,
		"s3.DeleteObject":               deleteObject,
		"s3.PutObjectLockConfiguration": lockBucket,
		"s3.GetObjectLockConfiguration": bucketLock,
	}
}

// placeObject lets one at a time look whether something is there already, and write. Those are two steps in moto
// (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes").
func placeObject(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	if x.header.Get("If-None-Match") != "" {
		a.placing.Lock()
		defer a.placing.Unlock()
	}
	return sealedObject(ctx, a, x)
}

// retention is until when a version stays, and how firmly.
type retention struct {
	XMLName xml.Name `xml:"Retention"`
	NS      string   `xml:"xmlns,attr"`
	Mode    string
	Until   string `xml:"RetainUntilDate"`
}

const compliance, bypassHeader = "COMPLIANCE", "X-Amz-Bypass-Governance-Retention"

// retained is the retention of the version that a call is about; nil where it has none.
func (a *AWS) retained(ctx context.Context, x *exchange) (*retention, *answer, error) {
	query, err := url.ParseQuery(x.query)
	if err != nil {
		return nil, nil, refusal("InvalidArgument", "%v", err)
	}
	which := url.Values{}
	if version := query.Get("versionId"); version != "" {
		which.Set("versionId", version)
	}
	reply, err := a.pass(ctx, x.again(http.MethodHead, x.path, which.Encode(), nil))
	if err != nil {
		return nil, nil, err
	}
	if reply.status != http.StatusOK || reply.header.Get("X-Amz-Object-Lock-Mode") == "" {
		return nil, reply, nil
	}
	return &retention{NS: xmlns, Mode: reply.header.Get("X-Amz-Object-Lock-Mode"), Until: reply.header.Get("X-Amz-Object-Lock-Retain-Until-Date")}, reply, nil
}

// objectRetention also shows what the bucket's default gave a version (Amazon S3 API Reference, "GetObjectRetention").
func objectRetention(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	now, reply, err := a.retained(ctx, x)
	switch {
	case err != nil:
		return nil, err
	case reply.status == http.StatusNotFound:
		return nil, &problem{status: http.StatusNotFound, code: "NoSuchKey", message: "The specified key does not exist."}
	case now == nil:
		return nil, &problem{status: http.StatusNotFound, code: "NoSuchObjectLockConfiguration", message: "The specified object does not have a ObjectLock configuration"}
	}
	return xmlAnswer(http.StatusOK, now), nil
}

// putObjectRetention lets nobody shorten or weaken what is kept for compliance, and for governance only who says that he goes round it
// (Amazon S3 User Guide, "Locking objects with Object Lock").
func putObjectRetention(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	var asked retention
	if xml.Unmarshal(x.body, &asked) != nil {
		return nil, refusal("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	now, _, err := a.retained(ctx, x)
	if err != nil {
		return nil, err
	}
	if now != nil && asked.weaker(now) && (now.Mode == compliance || !bypasses(x)) {
		return nil, denied("Access Denied because object protected by object lock.")
	}
	return a.pass(ctx, x)
}

func (r *retention) weaker(than *retention) bool {
	wanted, err := time.Parse(time.RFC3339, r.Until)
	until, unread := time.Parse(time.RFC3339, than.Until)
	return err != nil || unread != nil || wanted.Before(until) || than.Mode == compliance && r.Mode != compliance
}

// bypasses says whether the caller goes round governance.
func bypasses(x *exchange) bool { return strings.EqualFold(x.header.Get(bypassHeader), "true") }

// deleteObject takes only a yes for a yes: moto takes any word.
func deleteObject(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	if !bypasses(x) {
		x.header.Del(bypassHeader)
	}
	return a.pass(ctx, x)
}

// locked is a bucket's Object Lock as it is sent and shown. moto shows days and years, of which a bucket has one.
type locked struct {
	XMLName xml.Name `xml:"ObjectLockConfiguration"`
	NS      string   `xml:"xmlns,attr"`
	Enabled string   `xml:"ObjectLockEnabled"`
	Default *struct {
		Mode  string
		Days  int `xml:",omitempty"`
		Years int `xml:",omitempty"`
	} `xml:"Rule>DefaultRetention"`
}

// lockBucket takes a default of days or of years (Amazon S3 API Reference, "PutObjectLockConfiguration").
func lockBucket(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	var sent locked
	if xml.Unmarshal(x.body, &sent) != nil || sent.Default != nil && (sent.Default.Days == 0) == (sent.Default.Years == 0) {
		return nil, refusal("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	return a.pass(ctx, x)
}

func bucketLock(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	reply, err := a.pass(ctx, x)
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	var kept locked
	if err := xml.Unmarshal(reply.body, &kept); err != nil {
		return nil, broken(err)
	}
	if kept.Default != nil && kept.Default.Mode == "" {
		kept.Default = nil
	}
	kept.XMLName, kept.NS = xml.Name{}, xmlns
	return xmlAnswer(http.StatusOK, kept), nil
}
