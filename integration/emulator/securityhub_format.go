package emulator

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a finding may say (AWS Security Hub API Reference, AwsSecurityFinding, and the objects that it names).
var (
	workflows   = []string{"NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"}
	hubLevels   = []string{"INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"}
	hubVerdicts = []string{"PASSED", "WARNING", "FAILED", "NOT_AVAILABLE"}
	hubSpaces   = []string{"Software and Configuration Checks", "TTPs", "Effects", "Unusual Behaviors", "Sensitive Data Identifications"}
)

// within says whether a text is there, and has no more characters.
func within(o object, name string, most int) bool {
	s := text(o, name)
	return strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= most
}

func instant(o object, name string) time.Time {
	at, err := time.Parse(time.RFC3339, text(o, name))
	if err != nil {
		return time.Time{}
	}
	return at
}

// stamped is a time as ASFF has it.
func stamped(seconds float64) string {
	return time.UnixMilli(int64(seconds * 1000)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// faultOf says why a finding would not be imported; "": it would be.
func (r *request) faultOf(f object) string {
	for name, most := range map[string]int{
		"Id": 512, "GeneratorId": 512, "ProductArn": 2048, "Title": 256, "Description": 1024, "AwsAccountId": 12, "SchemaVersion": 10,
		"CreatedAt": 40, "UpdatedAt": 40,
	} {
		if !within(f, name, most) {
			return "data." + name + " should have 1 to that many characters: " + text(f, name)
		}
	}
	switch {
	case text(f, "SchemaVersion") != "2018-10-08":
		return "data.SchemaVersion should be 2018-10-08"
	case text(f, "ProductArn") != r.at.arn("securityhub", "product/"+r.at.account+"/default"):
		return "data.ProductArn is not the account's own"
	case text(f, "AwsAccountId") != r.at.account:
		return "data.AwsAccountId is not the account that imports it"
	}
	for _, fault := range []string{faultOfTimes(f), faultOfGrade(f), faultOfResources(f), faultOfTexts(f), faultOfStates(f)} {
		if fault != "" {
			return fault
		}
	}
	return ""
}

func faultOfTimes(f object) string {
	for _, name := range []string{"CreatedAt", "UpdatedAt", "FirstObservedAt", "LastObservedAt"} {
		if given := f[name] != nil; given && instant(f, name).IsZero() {
			return "data." + name + " should match format date-time"
		}
	}
	return ""
}

// faultOfGrade looks at severity and types, which the provider's fields or the finding itself may have.
func faultOfGrade(f object) string {
	in := child(f, "FindingProviderFields")
	if in == nil {
		in = f
	}
	if !slices.Contains(hubLevels, text(child(in, "Severity"), "Label")) {
		return "data should have required property 'FindingProviderFields', with Severity.Label"
	}
	kinds := texts(in, "Types")
	if len(kinds) == 0 || len(kinds) > 50 {
		return "data.Types should have 1 to 50 items"
	}
	for _, kind := range kinds {
		if space, _, _ := strings.Cut(kind, "/"); !slices.Contains(hubSpaces, space) || strings.Count(kind, "/") > 2 {
			return "data.Types has no such namespace: " + kind
		}
	}
	return ""
}

func faultOfResources(f object) string {
	all := objects(f, "Resources")
	if len(all) == 0 || len(all) > 32 {
		return "data.Resources should have 1 to 32 items"
	}
	for _, one := range all {
		switch {
		case !within(one, "Id", 512), !within(one, "Type", 256):
			return "data.Resources should have an Id and a Type"
		case one["Region"] != nil && !within(one, "Region", 16):
			return "data.Resources.Region should have 1 to 16 characters"
		case one["Partition"] != nil && !slices.Contains([]string{"aws", "aws-cn", "aws-us-gov"}, text(one, "Partition")):
			return "data.Resources.Partition is none"
		}
	}
	return ""
}

func faultOfTexts(f object) string {
	if said := child(child(f, "Remediation"), "Recommendation"); said != nil && !within(said, "Text", 512) {
		return "data.Remediation.Recommendation.Text should have 1 to 512 characters"
	}
	if note := child(f, "Note"); note != nil && (!within(note, "Text", 512) || !within(note, "UpdatedBy", 512) || instant(note, "UpdatedAt").IsZero()) {
		return "data.Note should have Text, UpdatedBy and UpdatedAt"
	}
	if f["AwsAccountName"] != nil && !within(f, "AwsAccountName", 50) {
		return "data.AwsAccountName should have 1 to 50 characters"
	}
	return faultOfFields(child(f, "ProductFields"))
}

func faultOfFields(more object) string {
	if len(more) > 50 {
		return "data.ProductFields should have no more than 50"
	}
	for name := range more {
		if utf8.RuneCountInString(name) > 128 || !within(more, name, 2048) {
			return "data.ProductFields should have names of 128 and values of 2048 characters"
		}
	}
	return ""
}

func faultOfStates(f object) string {
	for _, one := range []struct {
		in   object
		name string
		of   []string
	}{
		{f, "RecordState", []string{"ACTIVE", "ARCHIVED"}},
		{child(f, "Workflow"), "Status", workflows},
		{child(f, "Compliance"), "Status", hubVerdicts},
	} {
		if one.in[one.name] != nil && !slices.Contains(one.of, text(one.in, one.name)) {
			return "data." + one.name + " should be one of " + strings.Join(one.of, ", ")
		}
	}
	return ""
}
