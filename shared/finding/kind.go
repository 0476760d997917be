package finding

var kindNames = map[string]string{
	"buildproject": "build project", "loggroup": "log group", "logpolicy": "logs resource policy", "reportgroup": "report group",
	"deploymentgroup": "deployment group", "imagerepository": "image repository", "packagedomain": "package domain",
	"sourcecredential": "source credential", "imageregistry": "image registry",
}

// KindName is what people call a kind of resource: "build project".
func KindName(kind string) string {
	if name, ok := kindNames[kind]; ok {
		return name
	}
	return kind
}
