package finding

import "strings"

// Called is the name of a user, or of a session and its role, by its ARN; anything else is a name already.
func Called(by string) string {
	const fields = 6
	parts := strings.SplitN(by, ":", fields)
	if len(parts) < fields || parts[0] != "arn" {
		return by
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	if kind != "assumed-role" {
		if name = name[strings.LastIndexByte(name, '/')+1:]; name == "" {
			return parts[5]
		}
		return name
	}
	role, session, _ := strings.Cut(name, "/")
	return session + " via " + role
}
