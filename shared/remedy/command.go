package remedy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// cli are the services that the AWS CLI calls otherwise than IAM does (AWS CLI Command Reference).
var cli = map[string]string{"codedeploy": "deploy", "s3": "s3api"}

// commands are the AWS CLI's for the calls, one on a line; "" where an input is not shown.
func commands(requests []Request, ref resource.Ref) string {
	var lines []string
	for _, r := range requests {
		call, err := r.call()
		if err != nil || call.Input == nil || !ref.Sound() {
			return ""
		}
		lines = append(lines, command(call, first(r.region, ref.Region)))
	}
	return strings.Join(lines, "\n")
}

// command writes each member as an option where all of them are plain, and else the whole input as JSON.
func command(c Call, region string) string {
	service := first(cli[c.Service], c.Service)
	words := []string{"aws", service, kebab(c.Operation)}
	if region != "" {
		words = append(words, "--region", region)
	}
	options, plain := options(c.Input)
	if !plain {
		options = []string{"--cli-input-json", quote(string(c.Input))}
	}
	return strings.Join(append(words, options...), " ")
}

// options are the members as the command takes them; false when one is not plain. A text that begins with file:// would be read as a file.
func options(input json.RawMessage) (options []string, plain bool) {
	members, ok := decoded(input).(map[string]any)
	if !ok {
		return nil, false
	}
	for name, value := range members {
		option := "--" + kebab(name)
		switch value := value.(type) {
		case bool:
			if !value {
				option = "--no-" + kebab(name)
			}
			options = append(options, option)
		case json.Number:
			options = append(options, option+" "+value.String())
		case string:
			if value == "" || strings.Contains(value, "://") || strings.ContainsAny(value, "{[\n") {
				return nil, false
			}
			options = append(options, option+" "+quote(value))
		default:
			return nil, false
		}
	}
	slices.Sort(options)
	return options, true
}

var (
	runOfCapitals = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
	capital       = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// kebab is a name of the API as the CLI spells it: UpdateProjectVisibility is update-project-visibility.
func kebab(name string) string {
	return strings.ToLower(capital.ReplaceAllString(runOfCapitals.ReplaceAllString(name, "$1-$2"), "$1-$2"))
}

var word = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// quote keeps a shell from reading anything into a text.
func quote(text string) string {
	if word.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
