package imagerepository

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// Scanning is how a registry scans the images of its repositories.
type Scanning struct {
	Type  string `json:"type"` // Basic or Enhanced
	Rules []Rule `json:"rules,omitempty"`
}

// Rule says which repositories are scanned when.
type Rule struct {
	Frequency string   `json:"frequency"` // SCAN_ON_PUSH, CONTINUOUS_SCAN or MANUAL
	Filters   []string `json:"filters"`   // one that fits is enough
}

// Scans says whether a rule of the registry has new images of that repository scanned.
func (s Scanning) Scans(repository string) bool {
	return slices.ContainsFunc(s.Rules, func(r Rule) bool {
		return (r.Frequency == scanOnPush || r.Frequency == scanContinuously) &&
			slices.ContainsFunc(r.Filters, func(filter string) bool { return fits(filter, repository) })
	})
}

// fits reads a filter as ECR does: * stands for any text, and a filter without one fits wherever it occurs
// (Amazon ECR User Guide, "Filters to choose which repositories are scanned in Amazon ECR").
func fits(filter, repository string) bool {
	parts := strings.Split(filter, "*")
	if len(parts) == 1 {
		return filter != "" && strings.Contains(repository, filter)
	}
	rest, ok := strings.CutPrefix(repository, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		rest, ok = after, ok && found
	}
	return ok && strings.HasSuffix(rest, parts[len(parts)-1])
}

// Scanned says whether new images are scanned, and what is not known about that. A registry with enhanced scanning goes by its rules alone;
// with basic scanning the repository's own switch does as well (Amazon ECR User Guide, "Scan images for software vulnerabilities").
func (s State) Scanned() (bool, error) {
	rules, ruled := s.Registry.Get()
	own, switched := s.ScanOnPush.Get()
	switch {
	case ruled && rules.Scans(s.Name):
		return true, nil
	case ruled && rules.Type == Enhanced:
		return false, nil
	case switched && own:
		return true, s.Registry.Err()
	case !switched:
		return false, s.ScanOnPush.Err()
	}
	return false, s.Registry.Err()
}

func scanningOf(c *types.RegistryScanningConfiguration) Scanning {
	s := Scanning{Type: string(c.ScanType), Rules: make([]Rule, 0, len(c.Rules))}
	for _, rule := range c.Rules {
		one := Rule{Frequency: string(rule.ScanFrequency), Filters: make([]string, 0, len(rule.RepositoryFilters))}
		for _, filter := range rule.RepositoryFilters {
			one.Filters = append(one.Filters, aws.ToString(filter.Filter))
		}
		s.Rules = append(s.Rules, one)
	}
	return s
}
