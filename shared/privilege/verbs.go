package privilege

import "strings"

// reading are the verbs with which the names of actions begin that change nothing. AWS names its calls so throughout, and the Service Authorization
// Reference gives such actions the access levels List and Read.
var reading = []string{
	"get", "list", "describe", "batchget", "batchdescribe", "batchcheck", "head", "search", "lookup", "query", "scan", "select", "view", "read",
	"check", "validate", "simulate", "preview", "estimate", "detect", "discover", "filter", "poll", "count", "retrieve", "test", "verify",
}

// writing are verbs of those that do change something: whoever may use one of them on all of a service may write to it.
var writing = []string{"create", "put", "update", "delete", "set", "modify", "start", "stop", "attach", "add", "remove", "send", "publish", "run", "write"}

// Reads says whether an action, or all actions that a pattern fits, change nothing, by the verb that its name begins with. s3:GetObject is such,
// though it gives data away.
func Reads(action string) bool {
	_, name, _ := strings.Cut(strings.ToLower(action), ":")
	for _, verb := range reading {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}
