package announce

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pipewarden/pipewarden/shared/finding"
)

// regionless are the kinds that belong to no region.
var regionless = map[string]bool{"role": true, "user": true, "account": true}

func region(r finding.Resource) string {
	switch {
	case r.Region != "":
		return r.Region
	case regionless[r.Kind]:
		return "global"
	}
	return "region not known"
}

func account(n tidied) string {
	switch {
	case n.AccountName != "" && n.Resource.Account != "":
		return n.AccountName + " (" + n.Resource.Account + ")"
	case n.AccountName+n.Resource.Account == "":
		return "account not known"
	}
	return n.AccountName + n.Resource.Account
}

// The parts of an address or ARN are checked, because what stands in their place could lead elsewhere.
var (
	regionForm  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
)

// consoles are the hosts by partition (AWS General Reference, "service endpoints"); of others none is known to us.
var consoles = map[string]string{
	"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com",
}

// console is the page that shows the resource; "" when its address is not known.
func console(n tidied) string {
	host, r := consoles[n.Partition], n.Resource
	page := "https://" + host + "/"
	switch {
	case host == "" || r.ID == "":
		return ""
	case r.Kind == "role" || r.Kind == "user":
		return page + "iam/home#/" + r.Kind + "s/details/" + url.PathEscape(r.ID)
	case r.Kind == "account" && r.Region == "":
		return page + "console/home"
	case !regionForm.MatchString(r.Region):
		return ""
	}
	path := consolePath(n.Partition, r)
	if path == "" {
		return ""
	}
	return "https://" + r.Region + "." + host + "/" + path
}

func consolePath(partition string, r finding.Resource) string {
	name, home := url.PathEscape(r.ID), "home?region="+r.Region
	switch r.Kind {
	case "buildproject":
		if !accountForm.MatchString(r.Account) {
			return ""
		}
		return "codesuite/codebuild/" + r.Account + "/projects/" + name + "/history?region=" + r.Region
	case "pipeline":
		return "codesuite/codepipeline/pipelines/" + name + "/view?region=" + r.Region
	case "bucket":
		return "s3/buckets/" + name + "?region=" + r.Region + "&tab=permissions"
	case "trail":
		if arn := r.ARN(partition); arn != "" {
			return "cloudtrailv2/" + home + "#/trails/" + arn
		}
	case "key":
		return "kms/" + home + "#/kms/keys/" + name
	case "loggroup":
		// The page wants the name escaped twice, and a dollar sign where the second escaping has its percent sign.
		return "cloudwatch/" + home + "#logsV2:log-groups/log-group/" + strings.ReplaceAll(url.QueryEscape(r.ID), "%", "$25")
	case "account":
		return "console/" + home
	}
	return ""
}
