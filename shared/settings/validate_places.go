package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// options checks those of the file, or of an override at a path.
func (v *validator) options(o Options, at ...string) {
	below := func(names ...string) []string { return slices.Concat(at, names) }
	for name, value := range map[string]int{"minRegions": o.MinRegions, "retentionDays": o.RetentionDays, "buildLogMegabytes": o.BuildLogMegabytes} {
		if value < 0 {
			v.wrong(fmt.Sprintf("0 or more expected, %d found", value), below(name)...)
		}
	}
	if o.BuildLogMegabytes > mostLogMegabytes {
		v.wrong(fmt.Sprintf("%d at most, %d found", mostLogMegabytes, o.BuildLogMegabytes), below("buildLogMegabytes")...)
	}
	v.customerKeys(o.CustomerKeys, below("customerKeys"))
	for i, id := range o.TrustedAccounts {
		if !trustable.MatchString(id) {
			v.wrong(fmt.Sprintf("an account id of 12 digits or an organisation id (o-...) expected, %.40q found", id), below("trustedAccounts", fmt.Sprint(i))...)
		}
	}
}

// mostAsking is so many overrides by unit or tag that no organisation has them: what each of them would lead to is worked out where it is not
// known which of them fit.
const mostAsking = 200

// overrides demands of each that it says for what places it is, and what is otherwise there.
func (v *validator) overrides(all []Override) {
	asking := 0
	for i, o := range all {
		at := []string{"overrides", fmt.Sprint(i)}
		is := where{o.Account, o.OU, o.Tag}
		v.where(is, at)
		switch {
		case is == where{}:
			v.wrong("it says for no place that it is: give it an account, an ou or a tag", at...)
		case o.Options == Given{} && len(o.Checks.Off) == 0 && !v.above[strings.Join(at, ".")]:
			v.wrong("it changes nothing: give it options, or checks that are off", at...)
		}
		v.options(o.Options.Over(Options{}), slices.Concat(at, []string{"options"})...)
		for j, id := range o.Checks.Off {
			v.named("check", id, v.known.Checks, "", slices.Concat(at, []string{"checks", "off", fmt.Sprint(j)})...)
		}
		if o.OU == "" && o.Tag == "" {
			continue
		}
		if asking++; asking == mostAsking+1 {
			v.wrong(fmt.Sprintf("%d overrides by ou or tag are the most", mostAsking), at...)
		}
	}
}

// where checks the form of what is asked of a place.
func (v *validator) where(w where, at []string) {
	below := func(name string) []string { return slices.Concat(at, []string{name}) }
	if w.account != "" && !accountPattern.MatchString(w.account) {
		v.wrong(fmt.Sprintf("%q is no account: 12 digits expected", clip(w.account)), below("account")...)
	}
	if w.ou != "" && !unit.MatchString(w.ou) {
		v.wrong(fmt.Sprintf("%q is no organisational unit: an id like ou-ab12-34567890 expected, or the root's, r-ab12", clip(w.ou)), below("ou")...)
	}
	if name, _, _ := strings.Cut(w.tag, "="); w.tag != "" && name == "" {
		v.wrong("a tag's name, or name=value, expected", below("tag")...)
	}
}

// unit is the form of the ids of organisational units and roots (AWS Organizations API Reference, "OrganizationalUnit" and "Root").
var unit = regexp.MustCompile(`^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$`)

// accountPattern is an account's id, of which * may stand for a part.
var accountPattern = regexp.MustCompile(`^([0-9]{12}|[0-9*]*\*[0-9*]*)$`)

// keyARN is the form of a KMS key's ARN (AWS KMS Developer Guide, "Key ARN").
var keyARN = regexp.MustCompile(`^arn:[a-z-]+:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+$`)

// customerKeys demands one key for each region: a bucket, or a log group, takes a key of its own region only.
func (v *validator) customerKeys(arns, list []string) {
	seen := map[string]bool{}
	for i, arn := range arns {
		at := slices.Concat(list, []string{fmt.Sprint(i)})
		form := keyARN.FindStringSubmatch(arn)
		switch {
		case form == nil:
			v.wrong(fmt.Sprintf("the ARN of a KMS key expected, %q found", clip(arn)), at...)
		case seen[form[1]]:
			v.wrong("there is a key for "+form[1]+" already", at...)
		default:
			seen[form[1]] = true
		}
	}
}

// mostLogMegabytes is what a function can read within its time, a megabyte at a time.
const mostLogMegabytes = 64

// trustable is the form of the ids of accounts and organisations (AWS Organizations API Reference, "Organization").
var trustable = regexp.MustCompile(`^([0-9]{12}|o-[a-z0-9]{10,32})$`)
