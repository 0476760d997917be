package deliverychangewithoutmfa

// words are what happened, by the call. The name that goes into them is the repository's, or what else the request names.
var words = map[string]string{
	"DeleteBranch":                         "a branch of %s was deleted",
	"codecommit DeleteRepository":          "the source repository %s was deleted",
	"PutRepositoryTriggers":                "the triggers of %s were changed",
	"UpdateRepositoryEncryptionKey":        "the key of the source repository %s was changed",
	"UpdateDefaultBranch":                  "the default branch of %s was changed",
	"OverridePullRequestApprovalRules":     "the approval rules of pull request %s were overridden",
	"DeletePullRequestApprovalRule":        "an approval rule of pull request %s was deleted",
	"UpdatePullRequestApprovalRuleContent": "an approval rule of pull request %s was changed",
	"DeleteApprovalRuleTemplate":           "the approval rule template %s was deleted",
	"UpdateApprovalRuleTemplateContent":    "the approval rule template %s was changed",
	"UpdateApprovalRuleTemplateName":       "the approval rule template %s was renamed",

	"CreateDeploymentGroup": "a deployment group of %s was created",
	"UpdateDeploymentGroup": "a deployment group of %s was changed",
	"DeleteDeploymentGroup": "a deployment group of %s was deleted",
	"CreateDeployment":      "a deployment of %s was started",
	"StopDeployment":        "the deployment %s was stopped",
	"DeleteApplication":     "the application %s was deleted",

	"CreateDomain":                      "the package domain %s was created",
	"PutDomainPermissionsPolicy":        "who may use the package domain %s was changed",
	"DeleteDomainPermissionsPolicy":     "the policy of the package domain %s was deleted",
	"codeartifact DeleteRepository":     "a repository of the package domain %s was deleted",
	"PutRepositoryPermissionsPolicy":    "who may use a repository of the package domain %s was changed",
	"DeleteRepositoryPermissionsPolicy": "the policy of a repository of the package domain %s was deleted",
	"AssociateExternalConnection":       "the package domain %s was connected to a public repository",
	"PutPackageOriginConfiguration":     "where a package of the domain %s may come from was changed",

	"CreateConnection": "the connection %s was created",
	"DeleteConnection": "the connection %s was deleted",
	"CreateHost":       "the host %s was created",
	"UpdateHost":       "the host %s was changed",
	"DeleteHost":       "the host %s was deleted",

	"DeleteNotificationRule": "the notification rule %s was deleted",
	"UpdateNotificationRule": "the notification rule %s was changed",
	"Unsubscribe":            "a receiver of the notification rule %s was removed",

	"CreateRepository":                 "the image repository %s was created",
	"ecr DeleteRepository":             "the image repository %s was deleted",
	"SetRepositoryPolicy":              "who may use the image repository %s was changed",
	"DeleteRepositoryPolicy":           "the policy of the image repository %s was deleted",
	"PutRegistryPolicy":                "who may use the image registry of %s was changed",
	"PutImageTagMutability":            "whether image tags of %s can be overwritten was changed",
	"PutImageScanningConfiguration":    "the image scans of %s were changed",
	"PutRegistryScanningConfiguration": "the image scans of the registry of %s were changed",
	"BatchDeleteImage":                 "images of %s were deleted",
}
