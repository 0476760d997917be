package bucket

import (
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/policy"
)

// deliverers are the services that write logs to buckets, and to none that is under a key of KMS by default (S3 User Guide, "Enabling Amazon
// S3 server access logging"; Elastic Load Balancing User Guide, "Access logs for your Application Load Balancer").
var deliverers = []string{"logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"}

// logDelivery is the group that had to be granted writing before S3 delivered access logs by bucket policy (the former of those pages).
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"

// balancers are the accounts of AWS from which load balancers of the regions opened before August 2022 deliver their logs
// (the latter of those pages).
var balancers = map[string]bool{
	"127311923021": true, "033677994240": true, "027434742980": true, "797873946194": true, // us-east-1, us-east-2, us-west-1, us-west-2
	"985666609251": true, "507241528517": true, // ca-central-1, sa-east-1
	"054676820928": true, "156460612806": true, "652711504416": true, "009996457667": true, // eu-central-1, eu-west-1, eu-west-2, eu-west-3
	"897822967062": true, "635631232127": true, // eu-north-1, eu-south-1
	"582318560864": true, "600734575887": true, "383597477331": true, // ap-northeast-1, ap-northeast-2, ap-northeast-3
	"114774131450": true, "783225319266": true, "589379963580": true, // ap-southeast-1, ap-southeast-2, ap-southeast-3
	"718504428378": true, "754344448648": true, // ap-south-1, ap-east-1
	"098369216593": true, "076674570225": true, // af-south-1, me-south-1
	"048591011584": true, "190560391635": true, // us-gov-west-1, us-gov-east-1
	"638102146993": true, "037604701340": true, // cn-north-1, cn-northwest-1
}

// Delivers says whether an account is one of AWS's own, from which logs are delivered to the buckets of others.
func Delivers(account string) bool { return balancers[account] }

// admitsDelivery says whether a statement lets one of the services write that deliver to no bucket under a key of KMS.
func (p Policy) admitsDelivery() bool {
	return p.Document != nil && slices.ContainsFunc(p.Statements, func(s policy.Statement) bool {
		return s.Effect == "Allow" && (slices.ContainsFunc(s.Principal.Service, func(who string) bool { return slices.Contains(deliverers, who) }) ||
			slices.ContainsFunc(s.Principal.AWS, func(who string) bool { return Delivers(accountOf(who)) }))
	})
}

// accountOf is the account of a principal, which is given as its id or as an ARN.
func accountOf(principal string) string {
	const fields = 6
	if parts := strings.SplitN(principal, ":", fields); len(parts) == fields {
		return parts[4]
	}
	return principal
}

// Uploaders are the services that the policy lets put objects into the bucket, each once.
func (p Policy) Uploaders() []string {
	var all []string
	if p.Document == nil {
		return nil
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		uploads := slices.ContainsFunc(s.Action, func(pattern string) bool { return policy.Fits(strings.ToLower(pattern), "s3:putobject") })
		if s.Effect != "Allow" || !uploads && len(s.NotAction) == 0 {
			continue
		}
		for _, service := range s.Principal.Service {
			if !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
	}
	return all
}
