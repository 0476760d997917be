package secret

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// placeholders stand where a secret is to be put, or are no secret to anybody.
var placeholders = []string{
	"changeme", "change-me", "change_me", "changeit", "placeholder", "dummy", "example", "sample", "secret", "password", "passwd", "pass", "token", "key", "apikey", "api-key", "api_key", "credentials", "test", "testing",
	"mock", "fake", "foo", "bar", "none", "null", "nil", "undefined", "unset", "empty", "default", "todo", "tbd", "n/a", "na", "redacted", "masked", "hidden", "hidden_due_to_security_reasons", "removed", "true", "false",
	"yes", "no", "on", "off", "enabled", "disabled", "required", "optional", "inherit", "auto", "postgres", "mysql", "root", "admin", "guest", "user", "localhost", "string", "value", "plaintext", "secrets_manager",
	"parameter_store", "not-set", "not_set", "notset", "replaceme", "replace_me", "replace-me",
}

// placeholderParts are within texts like your-token-here and <replace this>. AWS puts EXAMPLE into the keys of its documentation.
var placeholderParts = []string{"changeme", "change-me", "change_me", "placeholder", "your-", "your_", "-here", "_here", "replace-", "replace_", "insert-", "examplekey", "dummy", "redacted"}

// references are values that say where a secret is, or how to come by it.
var references = []func() *regexp.Regexp{
	lazy(`\$\{|\$\(|^\$[A-Za-z_0-9]|\{\{|#\{|%[A-Za-z_]+%|^<[^>]*>$|^\[[^\]]*\]$|^@[A-Za-z_]+@$|` + "`"),                     // what a shell, CloudFormation, CodePipeline or a template puts in
	lazy(`^arn:[a-z-]+:|^(?i:ssm|ssm-secure|secretsmanager|vault|op|s3|file|kms|env|awsssm|sops|gcpsm|keyvault|https?)://?`), // what is fetched
	lazy(`^[~.]?/[\w.@+-]+(/[\w.@+-]+)*/?$|^(\.\.?/|~/)`),                                                                    // parameters and files
	lazy(`(?i)^[\w.-]+\.(pem|key|crt|cer|json|ya?ml|txt|env|p12|pfx|jks|properties|ini|conf|cfg|toml)$`),
	lazy(`^[\w/+=.@-]+:[\w.-]*:[\w-]*:[\w-]*$`), // secret-id:json-key:version-stage:version-id of Secrets Manager
	lazy(`^\d{1,6}$|^\d{1,3}(\.\d{1,3}){1,3}$|^v?\d+(\.\d+){1,3}$`),
	lazy(`^[xX*.#•-]+$|^\*{3}|\*{4}|EXAMPLE(KEY)?$`),
}

// secretName is the name of a secret or parameter: words in small letters of which one says what it is.
var secretName = lazy(`^[a-z][a-z0-9]*([-_/.:][a-z0-9]+)+$`)

// Reference says whether a value is no secret itself: empty, a placeholder, or a reference to where the secret is kept.
func Reference(value string) bool {
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	if placeholder(value) {
		return true
	}
	const longest = 2048 // of an ARN or an address that is one
	switch {
	case len(value) > longest:
		return false
	case strings.Contains(value, "://"):
		return len(addresses(value)) == 0
	case plain(value):
		return harmless(value) || strings.ContainsAny(value, "-_") && namesSecret(value)
	case slices.ContainsFunc(references, func(e func() *regexp.Regexp) bool { return e().MatchString(value) }):
		return !wild(value)
	}
	return namesSecret(value)
}

// placeholder says whether a text is empty, one sign again and again, or stands where a secret is to be put.
func placeholder(value string) bool {
	low := strings.ToLower(value)
	return slices.Contains(placeholders, low) || strings.TrimSpace(value) == "" || strings.Trim(value, value[:1]) == "" ||
		slices.ContainsFunc(placeholderParts, func(part string) bool { return strings.Contains(low, part) })
}

// namesSecret says whether a text is the name under which a secret is kept.
func namesSecret(value string) bool { return secretName().MatchString(value) && named(value) }

// plain says whether a value is one word: of letters, digits, hyphens and underscores. Nearly all are, and no expression is needed for them.
func plain(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	})
}

// harmless says of one word what the expressions of references say: a short number, a text of crosses, a key of the documentation.
func harmless(word string) bool {
	const longest = 6
	return len(word) <= longest && strings.Trim(word, "0123456789") == "" || strings.Trim(word, "xX-") == "" ||
		strings.HasSuffix(word, "EXAMPLE") || strings.HasSuffix(word, "EXAMPLEKEY")
}

// named says whether a word of a secret's name says what it is.
func named(value string) bool {
	return slices.ContainsFunc(split(value), func(word string) bool {
		return slices.Contains(secretWords, word) || slices.Contains([]string{"KEY", "KEYS", "PARAM", "PARAMETER", "SSM", "AUTH", "PROD", "STAGING", "DEV"}, word)
	})
}

// wild says that a text which begins like a path is none: an AWS secret access key may begin with a slash.
func wild(value string) bool {
	return len(value) == 40 && value[0] == '/' && !strings.ContainsAny(value, ".-_@") && strong(value) && entropy(value) > 4
}

// strong says whether a text is like a password or key, and not like a word, a number or a sentence.
func strong(value string) bool {
	const shortest = 8
	if len(value) < shortest {
		return false
	}
	var kinds [4]bool
	for _, r := range value {
		switch {
		case unicode.IsLower(r):
			kinds[0] = true
		case unicode.IsUpper(r):
			kinds[1] = true
		case unicode.IsDigit(r):
			kinds[2] = true
		default:
			kinds[3] = true
		}
	}
	letters := kinds[0] || kinds[1]
	return letters && (kinds[2] || kinds[0] && kinds[1] && kinds[3])
}
