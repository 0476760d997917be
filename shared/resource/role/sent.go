package role

import (
	"fmt"
	"strings"

	"github.com/pipewarden/pipewarden/shared/event"
	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

// byAWS are policies of AWS whose documents are judged though an event names them only
// (AWS Managed Policy Reference Guide). What others hold is not told by an event.
var byAWS = map[string]string{
	"AdministratorAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	"IAMFullAccess":       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`,
	"PowerUserAccess":     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]}`,
}

// SentPolicy is the policy that a successful call gives to a role: an inline one with its document, or a managed one by its ARN, of which the
// document is told of AWS's widest only. It is nil for every other event.
func SentPolicy(e *event.Event) *Policy {
	if e.Service() != service || !e.Succeeded() {
		return nil
	}
	q := e.Request()
	switch e.Name() {
	case "PutRolePolicy":
		p := Policy{Name: q.String("policyName")}
		document, err := policy.Parse(q.JSON("policyDocument"))
		if err != nil {
			p.Document = resource.Unlearned[Document](fmt.Errorf("the inline policy that was sent: %w", err))
			return &p
		}
		p.Document = resource.Known(Document{document})
		return &p
	case "AttachRolePolicy":
		arn := q.String("policyArn")
		p := Policy{Name: nameInARN(arn), ARN: arn}
		if text, known := byAWS[p.Name]; known && accountOf(arn) == "aws" && strings.HasSuffix(arn, ":policy/"+p.Name) {
			p.Document = documentOf(text, "policy "+p.Name)
		}
		return &p
	}
	return nil
}

// toldRights builds as much of the state as the policy that was sent. What else the role may do, and what holds it back, is not told.
func toldRights(e *event.Event) (Permissions, bool) {
	about, sent := refs(e), SentPolicy(e)
	if len(about) == 0 || sent == nil {
		return Permissions{}, false
	}
	return Permissions{Name: about[0].ID, Policies: []Policy{*sent}}, true
}

// nameInARN is the name of a policy, without its path.
func nameInARN(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
