package buildproject

import "github.com/pipewarden/pipewarden/shared/pattern"

// anchors says how the pattern of each type of filter is judged that must fit whole values.
var anchors = map[string]func(string) (bool, string, error){
	FilterActor: pattern.Anchored,
	FilterHead:  pattern.AnchoredRef,
	FilterBase:  pattern.AnchoredRef,
}

// Admits says whether the filter lets in whom, or which references, its pattern fits. One that keeps something out keeps out more when it is
// not anchored, which starts no build.
func (f Filter) Admits() bool { return anchors[f.Type] != nil && !f.Exclude }

// Anchored says whether the pattern of a filter that admits fits whole values only, and in words that follow the pattern why it does not.
// An error means that the pattern cannot be judged.
func (f Filter) Anchored() (safe bool, why string, err error) { return anchors[f.Type](f.Pattern) }

// Mended is the pattern between ^ and $, and whether that puts it right. It does not where the pattern has a wildcard that nothing holds, and
// where it would fit nothing any more: all references begin with refs/, so that main between anchors fits none.
func (f Filter) Mended() (string, bool) {
	whole := pattern.Whole(f.Pattern)
	if safe, _, err := anchors[f.Type](whole); !safe || err != nil {
		return "", false
	}
	if f.Type != FilterActor && !pattern.Begins(whole, "refs/") {
		return "", false
	}
	return whole, true
}

// Named says whether every group that takes pull requests says whose.
func Named(groups []Group) bool {
	for _, g := range groups {
		if g.PullRequests() && !g.Only(FilterActor) {
			return false
		}
	}
	return len(groups) > 0
}

// GroupsInTemplate are filter groups as a CloudFormation template has them (AWS CloudFormation Template Reference, "AWS::CodeBuild::Project
// ProjectTriggers").
func GroupsInTemplate(groups []Group) [][]map[string]any {
	all := make([][]map[string]any, 0, len(groups))
	for _, group := range groups {
		one := make([]map[string]any, 0, len(group))
		for _, f := range group {
			filter := map[string]any{"Type": f.Type, "Pattern": f.Pattern}
			if f.Exclude {
				filter["ExcludeMatchedPattern"] = true
			}
			one = append(one, filter)
		}
		all = append(all, one)
	}
	return all
}
