package privilege

import (
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// nobodys stands in a question for a name that no policy spells out, so that only wildcards fit it. No action and no ARN holds it.
const nobodys = "~~~~~~~~"

// The longest texts that are compared: an action is a service prefix and a name, both far shorter than this, and ARNs end at 2,048
// (AWS General Reference, "Amazon Resource Names"). A pattern that asks for more fits nothing.
const (
	longestAction = 128
	longestARN    = 2048
)

// tidied is a pattern without repeated stars; ok is false for one that demands more than any text has.
func tidied(pattern string, longest int) (text string, ok bool) {
	if strings.Contains(pattern, "**") {
		var b strings.Builder
		for i := range len(pattern) {
			if pattern[i] != '*' || i == 0 || pattern[i-1] != '*' {
				b.WriteByte(pattern[i])
			}
		}
		pattern = b.String()
	}
	return pattern, len(pattern)-strings.Count(pattern, "*") <= longest
}

// wild says that a pattern leaves everything open: it is nothing but wildcards.
func wild(pattern string) bool { return pattern != "" && strings.Trim(pattern, "*?") == "" }

// target is one pattern of a Resource or NotResource.
type target struct {
	text     string
	all      bool   // it fits everything
	service  string // the third field of an ARN, as a pattern
	resource string // the sixth, as a pattern; "" when the pattern has fewer fields, which a star may stand for
}

func targetOf(pattern string) (target, bool) {
	text, ok := tidied(pattern, longestARN)
	t := target{text: text, all: wild(text)}
	if parts := strings.SplitN(text, ":", 6); len(parts) == 6 {
		t.service, t.resource = parts[2], parts[5]
	}
	return t, ok
}

// untyped are the services whose resources are named without a type before the first slash, so that a*/* is no "all of type a"
// (Service Authorization Reference, resource types).
var untyped = map[string]bool{"s3": true, "execute-api": true, "mediastore": true, "s3-object-lambda": true}

// everything says whether the pattern takes in every resource of a service, or every one of one type. Regions and accounts that are
// written out do not narrow it: the own account is all there is to reach.
func (t target) everything(service, kind string) bool {
	switch {
	case t.all:
		return true
	case t.resource == "":
		return t.loose(service, kind+"/"+nobodys)
	case !policy.Fits(t.service, service):
		return false
	case wild(t.resource):
		return true
	case untyped[service]:
		return false
	}
	i := strings.IndexAny(t.resource, ":/")
	return i >= 0 && wild(strings.TrimRight(t.resource[i+1:], ":*")+"*") && strings.Contains(t.resource[i:], "*") && (kind == "" || policy.Fits(t.resource[:i], kind))
}

// takes says whether the pattern takes in one resource, by its service and the sixth field of its ARN. Region and account are not compared.
func (t target) takes(service, resource string) bool {
	if t.all || t.resource == "" {
		return t.all || t.loose(service, resource)
	}
	return policy.Fits(t.service, service) && policy.Fits(t.resource, resource)
}

// loose compares a pattern of fewer fields, such as arn:*:role/deploy, with a whole ARN.
func (t target) loose(service, resource string) bool {
	return policy.Fits(t.text, strings.Join([]string{"arn", "aws", service, nobodys, nobodys, resource}, ":"))
}
