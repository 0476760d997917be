package finding

import (
	"regexp"
	"strings"
)

// The parts of an ARN are checked, because what stands in their place could lead elsewhere.
var (
	regionForm  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
)

// arnForms are the ARNs that follow from a name (Service Authorization Reference). A role's does not: its path is not in its name.
var arnForms = map[string]string{
	"buildproject": "codebuild:{region}:{account}:project/{id}", "reportgroup": "codebuild:{region}:{account}:report-group/{id}",
	"pipeline": "codepipeline:{region}:{account}:{id}", "bucket": "s3:::{id}", "trail": "cloudtrail:{region}:{account}:trail/{id}",
	"key": "kms:{region}:{account}:key/{id}", "loggroup": "logs:{region}:{account}:log-group:{id}",
	"imagerepository": "ecr:{region}:{account}:repository/{id}", "deploymentgroup": "codedeploy:{region}:{account}:deploymentgroup:{id}",
}

// ARN is the resource's Amazon Resource Name in a partition; "" when it does not follow from what is known.
func (r Resource) ARN(partition string) string {
	if strings.HasPrefix(r.ID, "arn:") {
		return r.ID
	}
	form, ok := arnForms[r.Kind]
	needs := strings.Contains(form, "{region}")
	if !ok || r.ID == "" || needs && !(regionForm.MatchString(r.Region) && accountForm.MatchString(r.Account)) {
		return ""
	}
	if r.Kind == "imagerepository" && strings.Contains(r.ID, ":") {
		return "" // one of ECR Public, which has a registry of its own
	}
	return "arn:" + partition + ":" + strings.NewReplacer("{region}", r.Region, "{account}", r.Account, "{id}", r.ID).Replace(form)
}
