package secret

import (
	"slices"
	"strings"
	"unicode"
)

// secretWords are words of a variable's name that say that its value is a secret.
var secretWords = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "SECRET", "SECRETS", "TOKEN", "TOKENS", "CREDENTIAL", "CREDENTIALS", "CREDS", "APIKEY", "APITOKEN"}

// secretEnds say so only where they end the name: PWD alone is a folder, and PASS begins many harmless names.
var secretEnds = []string{"PASS", "PWD", "PW", "PAT", "DSN"}

// secretBefore are words that make a secret of KEY or KEYS after them: API_KEY, but neither CACHE_KEY nor PUBLIC_KEY.
var secretBefore = []string{"API", "ACCESS", "PRIVATE", "SECRET", "ENCRYPTION", "SIGNING", "SIGN", "AUTH", "SSH", "MASTER", "ACCOUNT", "STORAGE", "DEPLOY", "GPG", "PGP", "JWT", "SESSION", "SERVICE", "AES", "HMAC", "RSA", "LICENSE", "APP", "ADMIN"}

// aboutWords end names of what is known about a secret: where it lies, how long it lives.
var aboutWords = []string{
	"NAME", "NAMES", "ID", "IDS", "ARN", "ARNS", "PATH", "FILE", "FILENAME", "URL", "URI", "PARAM", "PARAMETER", "REF", "REFERENCE", "ALIAS", "LENGTH", "LEN", "TTL", "AGE", "EXPIRY",
	"EXPIRES", "EXPIRATION", "TIMEOUT", "TYPE", "KIND", "HEADER", "ENDPOINT", "HOST", "ISSUER", "AUDIENCE", "SCOPE", "SCOPES", "VERSION", "POLICY", "ENABLED", "DISABLED", "REQUIRED", "COUNT", "LIMIT", "MAX", "MIN", "REGION",
	"STORE", "MANAGER", "PROVIDER", "BACKEND", "BUCKET", "ROTATION", "DAYS", "HOURS", "MINUTES", "SECONDS", "SIZE", "LOCATION", "DIR", "FORMAT", "ALGORITHM", "ALG", "PREFIX", "SUFFIX", "FIELD", "REGEX", "PATTERN",
	"SERVICE", "SOURCE", "TABLE", "USER", "USERNAME", "MODE", "SCAN", "SCANNER", "SCANNING", "LABEL", "BUDGET", "ADDRESS",
}

// awsNames are variables that the AWS SDKs take credentials from (AWS SDKs and Tools Reference Guide, "AWS access keys").
var awsNames = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"}

// Named says whether a variable of that name holds a secret, by its words: DB_PASSWORD, apiKey, npm.auth-token.
func Named(name string) bool {
	if slices.Contains(awsNames, strings.ToUpper(name)) {
		return true
	}
	words := split(name)
	if len(words) == 0 || slices.Contains(aboutWords, words[len(words)-1]) {
		return false
	}
	return endsSecret(words) || slices.ContainsFunc(words, func(word string) bool { return slices.Contains(secretWords, word) }) || holdsKey(words)
}

// endsSecret says whether the last of several words says so.
func endsSecret(words []string) bool {
	return len(words) > 1 && words[0] != "OLD" && slices.Contains(secretEnds, words[len(words)-1])
}

// holdsKey says whether KEY stands after a word that makes a secret of it.
func holdsKey(words []string) bool {
	for i, word := range words[1:] {
		if (word == "KEY" || word == "KEYS") && slices.Contains(secretBefore, words[i]) {
			return !slices.Contains(words, "PUBLIC")
		}
	}
	return false
}

// split takes a name apart into words in capitals, at signs and where a capital follows a small letter.
func split(name string) []string {
	const longest = 256
	if len(name) > longest {
		name = name[:longest]
	}
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToUpper(word.String()))
			word.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		// Within CamelCase a word begins with a capital, and after an abbreviation with its last one: DBPassword.
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			flush()
		}
		word.WriteRune(r)
	}
	flush()
	return words
}
