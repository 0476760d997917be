package secret

import (
	"net/url"
	"slices"
	"strings"
)

// Variable lists the secrets that a variable with a value in plain text holds: what a rule knows by its form, else all of the value where
// the name says that it is a secret and the value is no reference to one. where is the variable's name.
func Variable(name, value string) []Found {
	const longest = 64 << 10 // no service takes more
	if len(value) > longest {
		value = value[:longest]
	}
	if Reference(value) && !strings.Contains(value, "\n") {
		return nil
	}
	out := valued(value)
	if len(out) == 0 && strings.Trim(name, "-_.") != "" {
		// Vendors' rules want to see the name before the value.
		out = slices.DeleteFunc(Text(name+`="`+value+`"`), func(f Found) bool { return f.Rule == generic || f.Rule == SecretVariable })
	}
	const shortest = 4
	if len(out) == 0 && Named(name) && len(value) >= shortest {
		out = []Found{found(SecretVariable, value, 0, name)}
	}
	for i := range out {
		out[i].Line, out[i].Where = 0, name
	}
	return out
}

// valued lists the secrets of a value by itself.
func valued(value string) []Found {
	if out := addresses(value); len(out) > 0 {
		return out
	}
	return Text(value)
}

// userinfo is what stands before the host of an address. A password may hold any sign.
var userinfo = lazy(`([A-Za-z][A-Za-z0-9+.-]*)://([^\s/?#]+)@`)

// addresses lists the credentials in the addresses within a text.
func addresses(text string) []Found {
	if !strings.Contains(text, "://") {
		return nil
	}
	var out []Found
	for _, at := range userinfo().FindAllStringSubmatch(text, -1) {
		user, password, _ := strings.Cut(at[2], ":")
		switch {
		case password != "" && !Reference(decoded(password)):
			out = append(out, found(URLCredentials, decoded(password), 0, ""))
		case password == "" && inAddress([]string{"", "", user}):
			out = append(out, found(URLCredentials, decoded(user), 0, ""))
		}
	}
	return out
}

func decoded(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// located is what stands before the host of an address that is nothing else, with a scheme or without. A password may hold any sign.
var located = lazy(`^(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^\s:/@?#]*):([^\s?#]+)@[\w.-]+(?::\d+)?(?:[/?#:]|$)`)

// port begins what follows a host that is none of anybody's credentials: host:8080/@scope/package.
var port = lazy(`^\d{1,5}/`)

// URL lists the secrets in an address: what stands before its host, and tokens in its path and query. A user's name alone is none:
// hosts of repositories give addresses with it, and git@ is everybody's. where says whose address it is.
func URL(address, where string) []Found {
	out := addresses(address)
	if parts := located().FindStringSubmatch(address); len(out) == 0 && parts != nil {
		if password := decoded(parts[2]); !strings.HasPrefix(password, "//") && !Reference(password) && !port().MatchString(password) {
			out = []Found{found(URLCredentials, password, 0, "")}
		}
	}
	if len(out) == 0 {
		out = Text(address)
	}
	for i := range out {
		out[i].Line, out[i].Where = 0, where
	}
	return out
}
