// Package policy reads IAM policy documents, says whom they admit, and edits one statement at a time.
package policy

import "encoding/json"

// Kind says by whose rule a document is judged.
type Kind string

// The kinds of documents that are judged. AccessPoint is a Bucket on which the s3:DataAccessPoint... keys bind nothing,
// because there they hold for every request (S3 User Guide, "Blocking public access to your Amazon S3 storage").
const (
	Bucket      Kind = "bucket"
	AccessPoint Kind = "accesspoint"
	Key         Kind = "key"
	Logs        Kind = "logs"
	Topic       Kind = "topic"
	Repository  Kind = "repository"
	Trust       Kind = "trust"
)

// Strings is what JSON gives as one string or as a list of them. Edits work on the text that was read,
// so the form of a value nobody touched stays.
type Strings []string

// Document is one policy as Parse read it. Edits give a new document and leave the old one as it was.
// All its methods work on nil, which is "no policy".
type Document struct {
	Version    string
	ID         string
	Statements []Statement

	raw     []byte
	members []member // the top level in order, unknown keys included
	single  bool     // Statement is one object, not a list
}

// Statement is one statement of a document.
type Statement struct {
	Sid, Effect                              string
	Principal, NotPrincipal                  Principals
	Action, NotAction, Resource, NotResource Strings
	Condition                                Conditions

	raw json.RawMessage
}

// Principals is the Principal or NotPrincipal of a statement.
type Principals struct {
	Present   bool // the element is there
	Any       bool // "*", or {"AWS": "*"}, which means the same in a resource's policy
	AWS       Strings
	Service   Strings
	Federated Strings
	Canonical Strings
}

// Conditions is operator -> key -> values, spelled as in the document. Numbers and booleans are kept as JSON writes them.
type Conditions map[string]map[string]Strings

// JSON is the document as Parse read it, or as an edit left it: statements that were not edited keep their bytes.
// It is nil for no policy.
func (d *Document) JSON() []byte {
	if d == nil {
		return nil
	}
	return append([]byte(nil), d.raw...)
}

// JSON is the text of that statement alone, to recognise it again by.
func (s Statement) JSON() []byte { return append([]byte(nil), s.raw...) }
