package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"unicode"
)

// identityMends are IAM's rules about policies that moto does not have.
func identityMends() map[string]mended {
	return map[string]mended{
		"iam.CreateRole":             trustAsKept("AssumeRolePolicyDocument"),
		"iam.UpdateAssumeRolePolicy": trustAsKept("PolicyDocument"),
		"iam.PutUserPolicy":          putUserPolicy,
	}
}

// trustAsKept has moto keep a trust policy as IAM does: an account by the ARN of its root, one principal as a text, and more of them in an order
// of IAM's own (IAM User Guide, "AWS JSON policy elements: Principal").
func trustAsKept(field string) mended {
	return func(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
		form, err := url.ParseQuery(string(x.body))
		if err != nil {
			return nil, refusal("MalformedInput", "%v", err)
		}
		document := form.Get(field)
		form.Set(field, keptTrust(document, partition(x.Region)))
		return a.passForm(ctx, x, form)
	}
}

// passForm lets moto answer another request of the same kind.
func (a *AWS) passForm(ctx context.Context, x *exchange, form url.Values) (*answer, error) {
	other := x.again(x.method, x.path, x.query, []byte(form.Encode()))
	other.header.Set("Content-Type", x.header.Get("Content-Type"))
	return a.pass(ctx, other)
}

// principals finds the AWS principals of a policy, one or a list.
var principals = regexp.MustCompile(`"AWS"\s*:\s*("[^"]*"|\[[^\]]*\])`)

// keptTrust changes nothing else of the text. What is no list of texts is left to moto.
func keptTrust(document, partition string) string {
	return principals.ReplaceAllStringFunc(document, func(member string) string {
		given := principals.FindStringSubmatch(member)[1]
		var all []string
		if json.Unmarshal([]byte(given), &all) != nil {
			var one string
			if json.Unmarshal([]byte(given), &one) != nil {
				return member
			}
			all = []string{one}
		}
		for i, who := range all {
			if accountID.MatchString(who) {
				all[i] = arn(partition, "iam", "", who, "root")
			}
		}
		slices.Sort(all)
		var kept any = slices.Compact(all)
		if len(all) == 1 {
			kept = all[0]
		}
		var raw bytes.Buffer
		writer := json.NewEncoder(&raw)
		writer.SetEscapeHTML(false)
		if writer.Encode(kept) != nil {
			return member
		}
		return `"AWS":` + string(bytes.TrimSpace(raw.Bytes()))
	})
}

var accountID = regexp.MustCompile(`^\d{12}$`)

// quotaOfUser is how many characters the inline policies of a user have together, white space aside (IAM User Guide, "IAM and AWS STS quotas").
const quotaOfUser = 2048

// putUserPolicy refuses what is too much together with the user's other inline policies.
func putUserPolicy(ctx context.Context, a *AWS, x *exchange) (*answer, error) {
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return nil, refusal("MalformedInput", "%v", err)
	}
	user := form.Get("UserName")
	total := characters(form.Get("PolicyDocument"))
	reply, err := a.passForm(ctx, x, url.Values{"Action": {"ListUserPolicies"}, "Version": form["Version"], "UserName": {user}})
	if err != nil || reply.status != http.StatusOK {
		return reply, err
	}
	for _, name := range members(reply.body, "PolicyNames") {
		if name == form.Get("PolicyName") {
			continue
		}
		one, err := a.passForm(ctx, x, url.Values{"Action": {"GetUserPolicy"}, "Version": form["Version"], "UserName": {user}, "PolicyName": {name}})
		if err != nil || one.status != http.StatusOK {
			return one, err
		}
		document, err := url.PathUnescape(text(childObject(one.body, "GetUserPolicyResult"), "PolicyDocument"))
		if err != nil {
			return nil, broken(err)
		}
		total += characters(document)
	}
	if total > quotaOfUser {
		return nil, &problem{status: http.StatusConflict, code: "LimitExceeded", message: "Maximum policy size of 2048 bytes exceeded for user " + user}
	}
	return a.pass(ctx, x)
}

// members are the texts of a list in an answer of IAM's.
func members(raw []byte, list string) []string {
	var all []string
	switch found := childObject(raw, list)["member"].(type) {
	case string:
		all = []string{found}
	case []any:
		for _, one := range found {
			if name, ok := one.(string); ok {
				all = append(all, name)
			}
		}
	}
	return all
}

func characters(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
