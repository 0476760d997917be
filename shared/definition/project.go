package definition

import "strings"

// projects compares projects of CodeBuild (AWS CodeBuild API Reference, "Project"), member by member; nil compares all members.
func projects(was, is object, compared func(member string) bool) []Difference {
	if compared == nil {
		compared = func(string) bool { return true }
	}
	var l list
	for _, m := range []struct {
		member string
		tell   func(was, is object)
	}{
		{"source", func(was, is object) { l.source("source", "", was.object("source"), is.object("source")) }},
		{"secondarySources", l.secondarySources},
		{"sourceVersion", func(was, is object) {
			l.value(Version, "source", "source version", was.text("sourceVersion"), is.text("sourceVersion"))
		}},
		{"secondarySourceVersions", l.secondaryVersions},
		{"serviceRole", func(was, is object) {
			l.value(Role, "", "service role", was.text("serviceRole"), is.text("serviceRole"))
		}},
		{"buildBatchConfig", l.batches},
		{"environment", func(was, is object) { l.environment(was.object("environment"), is.object("environment")) }},
		{"artifacts", func(was, is object) { l.artifacts("artifacts", "", was.object("artifacts"), is.object("artifacts")) }},
		{"secondaryArtifacts", l.secondaryArtifacts},
		{"encryptionKey", l.key},
		{"logsConfig", func(was, is object) { l.logs(was.object("logsConfig"), is.object("logsConfig")) }},
		{"projectVisibility", func(was, is object) {
			l.value(Access, "", "visibility", orElse(was.text("projectVisibility"), "PRIVATE"), orElse(is.text("projectVisibility"), "PRIVATE"))
		}},
		{"resourceAccessRole", func(was, is object) {
			l.value(Access, "", "role that shows builds to visitors", was.text("resourceAccessRole"), is.text("resourceAccessRole"))
		}},
		{"webhook", l.webhook},
		{"vpcConfig", func(was, is object) { l.network(was.object("vpcConfig"), is.object("vpcConfig")) }},
		{"cache", func(was, is object) { l.cache(was.object("cache"), is.object("cache")) }},
	} {
		if compared(m.member) {
			m.tell(was, is)
		}
	}
	l.projectSettings(was, is, compared)
	return l.all
}

func (l *list) secondarySources(was, is object) {
	before, after := keyed(was.objects("secondarySources"), "sourceIdentifier"), keyed(is.objects("secondarySources"), "sourceIdentifier")
	for _, id := range both(before, after) {
		where, of := "secondary source "+said(id), " of secondary source "+said(id)
		switch {
		case before[id] == nil:
			from := withoutCredentials(after[id].text("location"))
			l.add(Difference{Kind: Source, Where: where, After: said(from), Sentence: where + " was added: " + orNone(from)})
		case after[id] == nil:
			l.add(Difference{Kind: Source, Where: where, Before: said(withoutCredentials(before[id].text("location"))), Sentence: where + " was removed"})
		default:
			l.source(where, of, before[id], after[id])
		}
	}
}

func (l *list) secondaryVersions(was, is object) {
	before, after := keyed(was.objects("secondarySourceVersions"), "sourceIdentifier"), keyed(is.objects("secondarySourceVersions"), "sourceIdentifier")
	for _, id := range both(before, after) {
		l.value(Version, "secondary source "+said(id), "version of secondary source "+said(id), before[id].text("sourceVersion"), after[id].text("sourceVersion"))
	}
}

func (l *list) source(where, of string, was, is object) {
	l.value(Source, where, "source type"+of, was.text("type"), is.text("type"))
	had, has := was.text("location"), is.text("location")
	l.value(Source, where, "source location"+of, withoutCredentials(had), withoutCredentials(has))
	if withoutCredentials(had) == withoutCredentials(has) && !masked(had) && !masked(has) && had != has {
		l.add(Difference{Kind: Source, Where: where, Sentence: "the credentials in the source location" + of + " changed (they are not shown)", mark: mark(has)})
	}
	l.buildspec(where, of, was.text("buildspec"), is.text("buildspec"))
	l.value(Source, where, "source credentials"+of, credentials(was), credentials(is))
	l.toggle(Source, where, "the check of the source's certificate"+of, !was.flag("insecureSsl"), !is.flag("insecureSsl"))
	if canonical(was["gitSubmodulesConfig"]) != canonical(is["gitSubmodulesConfig"]) {
		l.toggle(Source, where, "fetching of submodules"+of, was.object("gitSubmodulesConfig").flag("fetchSubmodules"), is.object("gitSubmodulesConfig").flag("fetchSubmodules"))
	}
}

// credentials say which connection or secret opens the source: its kind and its ARN, which is no secret itself.
func credentials(source object) string {
	auth := source.object("auth")
	if resource := auth.text("resource"); strings.HasPrefix(resource, "arn:") {
		return resource
	}
	return auth.text("type")
}

func (l *list) toggle(kind Kind, where, what string, was, is bool) {
	if was == is {
		return
	}
	words := map[bool]string{true: "on", false: "off"}
	l.add(Difference{Kind: kind, Where: where, Before: words[was], After: words[is], Sentence: what + " was switched " + words[is]})
}

func (l *list) environment(was, is object) {
	l.value(Environment, "environment", "image", was.text("image"), is.text("image"))
	l.toggle(Environment, "environment", "privileged mode", was.flag("privilegedMode"), is.flag("privilegedMode"))
	l.value(Environment, "environment", "credentials that the image is pulled with",
		orElse(was.text("imagePullCredentialsType"), "CODEBUILD"), orElse(is.text("imagePullCredentialsType"), "CODEBUILD"))
	l.value(Environment, "environment", "registry credential", was.object("registryCredential").text("credential"), is.object("registryCredential").text("credential"))
	l.value(Environment, "environment", "certificate", was.text("certificate"), is.text("certificate"))
	l.value(Settings, "environment", "environment type", was.text("type"), is.text("type"))
	l.value(Settings, "environment", "compute type", was.text("computeType"), is.text("computeType"))
	l.value(Settings, "environment", "fleet", was.object("fleet").text("fleetArn"), is.object("fleet").text("fleetArn"))
	if isHidden(was["environmentVariables"]) || isHidden(is["environmentVariables"]) {
		return
	}
	before, after := keyed(was.objects("environmentVariables"), "name"), keyed(is.objects("environmentVariables"), "name")
	for _, name := range both(before, after) {
		l.variable("variable "+said(name), before[name], after[name], "environment")
	}
}

// isHidden says that a record has a word in place of the list.
func isHidden(v any) bool {
	text, ok := v.(string)
	return ok && masked(text)
}

func (l *list) batches(was, is object) {
	had, has := was.object("buildBatchConfig"), is.object("buildBatchConfig")
	l.value(Role, "batch builds", "service role of batch builds", had.text("serviceRole"), has.text("serviceRole"))
}

func (l *list) projectSettings(was, is object, compared func(string) bool) {
	for _, m := range []struct{ member, what string }{
		{"name", "name"},
		{"timeoutInMinutes", "timeout in minutes"},
		{"queuedTimeoutInMinutes", "timeout in the queue in minutes"},
		{"concurrentBuildLimit", "limit of concurrent builds"},
	} {
		if compared(m.member) {
			l.value(Settings, "", m.what, was.text(m.member), is.text(m.member))
		}
	}
	if compared("description") {
		l.hidden(Settings, "", "the description", was.text("description"), is.text("description"))
	}
	if compared("fileSystemLocations") && canonical(was["fileSystemLocations"]) != canonical(is["fileSystemLocations"]) {
		l.add(Difference{Kind: Environment, Where: "environment", Sentence: "the file systems that builds mount changed", mark: mark(canonical(is["fileSystemLocations"]))})
	}
}
