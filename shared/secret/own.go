package secret

import (
	"bytes"
	"slices"
	"strings"
)

// IDs of the package's own rules.
const (
	SecretVariable  = "secret-variable"       // a variable whose name says that it holds a secret
	SecretArgument  = "secret-argument"       // an option of a command that takes a secret
	SecretKey       = "aws-secret-access-key" // gitleaks knows the ID of an access key, and not the key itself
	SessionToken    = "aws-session-token"     //nolint:gosec // a rule's ID
	URLCredentials  = "url-credentials"       // user and password, or a token, before the host of an address
	URLToken        = "url-token"             // a token in the query of an address
	OAuthToken      = "oauth-token"           //nolint:gosec // a rule's ID
	longestVariable = 700                     // match of what assigns a variable
	longestGeneric  = 512
)

// secretKeys are near every name that Named knows, in text.
var secretKeys = []string{"passw", "passphrase", "secret", "token", "credential", "creds", "api_key", "apikey", "api-key", "access_key", "accesskey", "access-key", "private_key", "_key", "_pwd", "_pass", "_pat", "_pw", "_dsn"}

// tellingKeys are near every name that telling knows.
var tellingKeys = []string{
	"passw", "passphrase", "secret", "credential", "api_key", "apikey", "api-key", "api.key", "api_token", "apitoken", "api-token", "api.token", "access_key", "accesskey", "access-key", "access.key",
	"access_token", "accesstoken", "access-token", "access.token", "auth_key", "authkey", "auth-key", "auth.key", "auth_token", "authtoken", "auth-token", "auth.token",
	"private_key", "privatekey", "private-key", "private.key",
}

// beforeHost says whether an address has something before its host.
func beforeHost(text []byte, _, end int) bool {
	const longest = 600
	i := bytes.IndexAny(text[end:min(len(text), end+longest)], "@/ \t\n\"'<>")
	return i >= 0 && text[end+i] == '@'
}

// assigns says whether the word is in a name in capitals that is given a value.
func assigns(text []byte, start, end int) bool {
	if text[start] != '_' && (text[start] < 'A' || text[start] > 'Z') {
		return false
	}
	for ; end < len(text); end++ {
		if c := text[end]; c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return c == '='
		}
	}
	return false
}

// ownRules are what gitleaks leaves to its generic rule, told by how AWS and shells write it.
func ownRules() []*rule {
	return []*rule{
		{
			id: SecretKey, priority: byOwn, entropy: 3, longest: 200, group: 1, keys: []string{"secret_access_key", "secretaccesskey", "secret_key", "secretkey", "secret-access-key", "secret access key"},
			regex: lazy(`(?i)secret[_ -]?(?:access[_ -]?)?key[\w ]{0,20}["'\\]{0,2}[ \t]{0,3}(?:=>|:=|[=:,])[ \t]{0,3}["'\\]{0,2}([a-z0-9/+]{40})(?:[^a-z0-9/+=]|$)`),
			own: func(groups []string) bool {
				return !strings.Contains(strings.ToUpper(groups[1]), "EXAMPLE") && strong(groups[1]) && !digest().MatchString(groups[1])
			},
		},
		{
			id: SessionToken, priority: byOwn, entropy: 4, group: 1, keys: []string{"iqojb3jpz2lu", "fwogzxivyxdz", "fqogzxivyxdz"},
			regex: lazy(`((?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[A-Za-z0-9+/=%]{80,})`),
		},
		{
			id: URLCredentials, quick: beforeHost, priority: byOwn, longest: 700, keys: []string{"://"},
			regex: lazy(`[A-Za-z][A-Za-z0-9+.-]{1,20}://(?:[^\s/:@'"<>\\]{0,200}:([^\s/@'"<>\\]{1,300})|([A-Za-z0-9_.=~%-]{20,300}))@[\w\[$]`), own: inAddress,
		},
		{
			id: URLToken, priority: byOwn, longest: 700, group: 1, keys: []string{"token=", "api_key=", "apikey=", "password=", "secret=", "api-key="},
			regex: lazy(`(?i)[?&](?:[a-z_-]{0,20}token|api[_-]?key|client_secret|password)=([^\s&"'#<>\\;]{8,600})`),
			own:   func(groups []string) bool { return !Reference(groups[1]) && strong(groups[1]) },
		},
		{
			id: SecretVariable, quick: assigns, priority: byContext, longest: longestVariable, group: lastGroup, keys: secretKeys,
			regex: lazy(`\b([A-Z][A-Z0-9_]{2,60})=(?:"([^"\n]{1,600})"|'([^'\n]{1,600})'|([^\s"'&|;<>]{1,600}))`), own: assigned,
		},
		{
			id: SecretArgument, priority: byContext, longest: longestVariable, group: lastGroup, keys: []string{"--pass", "--token", "--secret", "--api-key", "--auth-token", "--access-token"},
			regex: lazy(`\s--(?:password|passwd|passphrase|token|secret|secret-key|api-key|auth-token|access-token)(?:=|[ \t]+)(?:"([^"\n]{4,600})"|'([^'\n]{4,600})'|([^\s"'&|;<>]{4,600}))`),
			own:   func(groups []string) bool { return !Reference(last(groups)) && strong(last(groups)) },
		},
	}
}

// last is what the last group holds that holds anything.
func last(groups []string) string {
	for _, group := range slices.Backward(groups) {
		if group != "" {
			return group
		}
	}
	return ""
}

// assigned says whether NAME=value in a command or its output gives a secret away. Shells trace and print variables so.
func assigned(groups []string) bool {
	return Named(groups[1]) && !Reference(last(groups)) && strong(last(groups))
}

// inAddress says whether what stands before the host of an address is a secret. A name alone is none.
func inAddress(groups []string) bool {
	if password := groups[1]; password != "" {
		return !Reference(password)
	}
	return strong(groups[2]) && entropy(groups[2]) > 3.5 && strings.ContainsAny(groups[2], "0123456789") && !strings.ContainsAny(groups[2], ".")
}

// identifier is the name at which a match of the generic rule begins.
var identifier = lazy(`[\w.-]+`)

// telling are words of names in text, in any case, after which a value of much entropy is a secret. "token" and "key" alone are none of them:
// logs are full of next tokens and cache keys.
var telling = lazy(`(?i)(passw(or)?d|passphrase|secret|client[_.-]?secret|api[_.-]?(key|token)|access[_.-]?(key|token)|auth[_.-]?(key|token)|private[_.-]?key|credentials?)$`)

// genericInContext is what makes a secret of what gitleaks' generic rule matches.
func genericInContext(groups []string) bool {
	name := identifier().FindString(groups[0])
	value := last(groups)
	return telling().MatchString(name) && Named(name) && !Reference(value) && strong(value)
}

// digest is a sum of 40 digits, such as a commit has.
var digest = lazy(`^(?i)[a-f0-9]{40}$`)
