package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"
)

// hidden is a text of which no part may be seen but its first four characters.
const hidden = "Zq7-this-may-not-be-seen"

func TestValueNeverShowsItself(t *testing.T) {
	t.Parallel()
	v := Of(hidden)
	holder := struct {
		Open   Value
		closed Value
	}{v, v}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "value", v, "holder", holder)
	raw, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(raw), v.String(), fmt.Errorf("read: %v", v).Error(), errors.New(fmt.Sprint(holder)).Error()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		shown = append(shown, fmt.Sprintf(verb, v), fmt.Sprintf(verb, &v), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	for _, text := range shown {
		if strings.Contains(text, hidden[:5]) || strings.Contains(text, fmt.Sprintf("%x", hidden[:5])) {
			t.Errorf("the text is shown: %s", text)
		}
	}
	if !strings.Contains(string(raw), `"Open":"Zq7-…"`) {
		t.Errorf("as JSON: %s", raw)
	}
	if text, err := v.MarshalText(); err != nil || string(text) != "Zq7-…" {
		t.Errorf("as text: %s, %v", text, err)
	}
	if zero := (Value{}); zero.Masked() != "" || zero.Fingerprint() != "" {
		t.Errorf("nothing: %q %q", zero.Masked(), zero.Fingerprint())
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "…", "abc": "…", "abcd": "a…", "abcdefgh": "ab…", "abcdefghijklmno": "abc…", "abcdefghijklmnop": "abcd…", strings.Repeat("x", 99): "xxxx…",
		"äöüßäöüß": "äö…", "\x1b[31mred-and-more": "?[31…", "\xff\xfe\xfdabcdefghijklm": "???a…",
	} {
		if got := Of(text).Masked(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	one := Of(hidden).Fingerprint()
	if len(one) != 16 || strings.Trim(one, "0123456789abcdef") != "" || one != Of(hidden).Fingerprint() || one == Of(hidden+"x").Fingerprint() {
		t.Errorf("fingerprint %s", one)
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"PASSWORD", "DB_PASSWORD", "dbPassword", "NPM_TOKEN", "npm.auth-token", "API_KEY", "apiKey", "apikey", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "aws_session_token",
		"CLIENT_SECRET", "PRIVATE_KEY", "SSH_PRIVATE_KEY", "GITHUB_PAT", "DB_PASS", "MYSQL_PWD", "DB_PASSWORD_PROD", "SENTRY_DSN", "ENCRYPTION_KEYS", "GOOGLE_CREDENTIALS", "SIGNING_KEY_2",
	} {
		if !Named(name) {
			t.Errorf("%s is not taken for a secret's name", name)
		}
	}
	for _, name := range []string{
		"", "LOG_LEVEL", "PWD", "OLD_PWD", "OLDPWD", "KEY", "CACHE_KEY", "PUBLIC_KEY", "SSH_PUBLIC_KEY", "SECRET_ARN", "SECRET_NAME", "DB_PASSWORD_PARAM", "TOKEN_URL", "PASSWORD_MIN_LENGTH", "MAX_TOKEN_COUNT",
		"BYPASS", "COMPASS_URL", "PASS_RATE", "KEYBOARD", "MONKEY", "AUTHOR", "SECRETARY", "TOKENIZER", "KMS_KEY_ID", "SECRETS_MANAGER", "PARTITION_KEY", "IMAGE_TAG", "PAT", strings.Repeat("x", 5000),
	} {
		if Named(name) {
			t.Errorf("%s is taken for a secret's name", name)
		}
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"", "  ", "${DB_PASSWORD}", "$DB_PASSWORD", "$(cat x)", "`cat x`", "prefix-${X}", "{{resolve:secretsmanager:db:SecretString:password}}", "#{Source.Token}", "%TOKEN%", "<your token>",
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1b2c3", "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/db", "/prod/db/password", "/prod", "./secrets.json", "~/.ssh/id_rsa", "key.pem",
		"changeme", "CHANGE_ME", "xxxxxxxx", "****", "***hidden***", "true", "False", "none", "n/a", "0", "3600", "1.2.3", "10.0.0.1", "https://auth.example.com/token", "s3://bucket/key", "ssm:/prod/db",
		"prod/payments/db-password", "payments-db-password", "payments-db:password::", "your-token-here", "HIDDEN_DUE_TO_SECURITY_REASONS", "AKIAIOSFODNN7EXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", `"changeme"`, "https://git@github.com/x/y",
	} {
		if !Reference(value) {
			t.Errorf("%q is taken for a secret", value)
		}
	}
	for _, value := range []string{"hunter2", "Passw0rd!", "correct-horse-battery", "S3cr3t", "abc123def456", "1234567", "https://a:hunter2x@example.com/x", "/" + sample(t, "[a-z]{13}[A-Z]{13}[0-9]{13}", seeded("w")), strings.Repeat("a1", 2000)} {
		if Reference(value) {
			t.Errorf("%q is not taken for a secret", value)
		}
	}
}

func TestVariable(t *testing.T) {
	t.Parallel()
	pat := "ghp_" + sample(t, "[a-zA-Z0-9]{36}", seeded("pat"))
	hex := sample(t, "[a-z0-9]{32}", seeded("hex"))
	for name, c := range map[string]struct{ name, value, want string }{
		"by its name":            {"DB_PASSWORD", "hunter2", SecretVariable},
		"by its form":            {"HARMLESS", pat, "github-pat"},
		"by form before name":    {"GITHUB_TOKEN", pat, "github-pat"},
		"by both":                {"ADAFRUIT", hex, "adafruit-api-key"},
		"an address":             {"REPO", "https://builder:hunter2x@git.example.com/x.git", URLCredentials},
		"a database's address":   {"DATABASE_URL", "postgres://app:hunter2x@db.example.com/app", URLCredentials},
		"an access key":          {"KEY", "AKIA" + sample(t, "[A-Z2-7]{16}", seeded("k")), "aws-access-token"},
		"a secret key":           {"AWS_SECRET_ACCESS_KEY", sample(t, "[a-z]{10}[A-Z]{10}[0-9]{20}", seeded("s")), SecretKey},
		"a reference":            {"DB_PASSWORD", "/prod/db/password", ""},
		"a flag":                 {"USE_TOKEN", "true", ""},
		"a number":               {"TOKEN_COUNT", "17", ""},
		"a level":                {"LOG_LEVEL", "info", ""},
		"a digest":               {"IMAGE_DIGEST", "sha256:" + sample(t, "[0-9a-f]{64}", seeded("d")), ""},
		"a name of a secret":     {"SECRET_ID", "prod-db-4711", ""},
		"short":                  {"DB_PASSWORD", "abc", ""},
		"an address, user alone": {"REPO", "https://alice@bitbucket.org/x/y.git", ""},
		"no name":                {"", "hunter2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Variable(c.name, c.value)
			switch {
			case c.want == "" && len(got) > 0, c.want != "" && (len(got) != 1 || got[0].Rule != c.want || got[0].Where != c.name || got[0].Line != 0):
				t.Errorf("%+v, want %s", got, c.want)
			case c.want != "" && strings.Contains(fmt.Sprint(got), c.value):
				t.Errorf("the value is shown: %+v", got)
			}
		})
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://builder:hunter2@git.example.com/x.git":                                   URLCredentials,
		"https://builder:p%40ss@git.example.com/x.git":                                    URLCredentials,
		"https://" + sample(t, "[a-z]{9}[0-9]{9}[A-Z]{9}", seeded("u")) + "@example.com/": URLCredentials,
		"https://ghp_" + sample(t, "[a-zA-Z0-9]{36}", seeded("u")) + "@github.com/x/y":    URLCredentials,
		"https://example.com/x?private_token=" + "abcd1234efgh":                           URLToken,
		"https://github.com/x/y.git":                                                      "", "https://git@github.com/x/y.git": "", "git@github.com:x/y.git": "", "https://alice@bitbucket.org/x/y.git": "",
		"builder:hunter2x@git.example.com/x.git": URLCredentials, "https://builder:hun/ter@2x@git.example.com/x.git": URLCredentials, "https://example.com:8443/@scope/x.git": "", "ssh://git@example.com:22/x": "",
		"bucket/prefix/source.zip": "", "": "", "https://user:${TOKEN}@example.com/": "", "https://user:@example.com": "",
	} {
		got := URL(address, "source")
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].Rule != want || got[0].Where != "source") {
			t.Errorf("%s: %+v, want %s", address, got, want)
		}
	}
	if one, other := URL("https://b:p%40ssw0rd@x.example.com", ""), Variable("DB_PASSWORD", "p@ssw0rd"); one[0].Fingerprint != other[0].Fingerprint {
		t.Error("the same password has two fingerprints")
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("export DB_PASSWORD=hunter2xyz9\n"), 3)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\x00\xff\n"), 1)
	f.Add([]byte("https://a:b@c curl -u x:y \"api_key\": \"a1b2c3d4e5f6g7\""), 7)
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		whole := Text(string(raw))
		var parts []Found
		s := NewScanner(func(f Found) { parts = append(parts, f) })
		if cut = max(1, cut); cut > len(raw) {
			cut = len(raw)
		}
		for _, part := range [][]byte{raw[:cut], raw[cut:]} {
			if n, err := s.Write(part); n != len(part) || err != nil {
				t.Fatalf("wrote %d, %v", n, err)
			}
		}
		if err := s.Close(); err != nil || fmt.Sprint(parts) != fmt.Sprint(whole) {
			t.Fatalf("in parts %v, at once %v, %v", parts, whole, err)
		}
		lines := bytes.Count(raw, newline) + 1
		for _, f := range whole {
			if f.Line < 1 || f.Line > lines || utf8.RuneCountInString(f.Masked) > 5 || f.Rule == "" || len(f.Fingerprint) != 16 {
				t.Fatalf("%+v of %d lines", f, lines)
			}
		}
		Spec(string(raw))
		Variable("DB_PASSWORD", string(raw))
		URL(string(raw), "x")
		Action(map[string]string{"EnvironmentVariables": string(raw), "OAuthToken": string(raw), "ParameterOverrides": string(raw)}, "x")
		Named(string(raw))
		Reference(string(raw))
	})
}
