package buildrevert

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"github.com/pipewarden/pipewarden/shared/definition"
	"github.com/pipewarden/pipewarden/shared/remedy"
	"github.com/pipewarden/pipewarden/shared/resource"
)

type project = remedy.API[codebuild.UpdateProjectInput]

// state is a project as an update takes it: without what other calls set, its webhook and who may see its builds.
type state struct {
	Project *project `json:"project"`         // null: there is none
	Again   bool     `json:"again,omitempty"` // a person asked for one that is gone
}

func projectOf(in codebuild.UpdateProjectInput) state { return state{Project: &project{Value: in}} }

// written is the definition as the API writes it; nil where there is none.
func (s state) written() json.RawMessage {
	if s.Project == nil {
		return nil
	}
	raw, err := resource.APIJSON(s.Project.Value)
	if err != nil {
		return nil
	}
	return raw
}

// apart are the members of a project that no update sets: what CodeBuild gives it, and what other calls set.
var apart = []string{"arn", "badge", "created", "lastModified", "projectVisibility", "publicProjectAlias", "resourceAccessRole", "webhook"}

// trusted reads a definition that was kept. It is refused when it is another project's, or holds what would get lost on the way: members that
// this version does not know.
func trusted(id string, body json.RawMessage) (state, error) {
	kept, in, ok := decoded(body)
	if !ok {
		return state{}, &remedy.RefusedError{Why: "The definition of " + id + " that is kept cannot be read."} // and not why: the reason could quote a value
	}
	if aws.ToString(in.Name) != id {
		return state{}, &remedy.RefusedError{Why: "The definition that is kept of " + id + " is that of another project."}
	}
	if lost := remedy.Lost(kept, projectOf(in).written()); lost != "" {
		return state{}, &remedy.RefusedError{Why: fmt.Sprintf("The definition of %s that is kept has a member %s, which this version of pipewarden does not know and would lose.", id, lost)}
	}
	return projectOf(sendable(in)), nil
}

// decoded gives a definition twice: with every member that an update could set, and with those that are known.
func decoded(body json.RawMessage) (kept json.RawMessage, in codebuild.UpdateProjectInput, ok bool) {
	var members map[string]json.RawMessage
	var shown struct{ Badge *types.ProjectBadge }
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(body, &shown) != nil {
		return nil, in, false
	}
	for _, name := range apart {
		delete(members, name)
	}
	kept, err := json.Marshal(members)
	if err != nil || json.Unmarshal(kept, &in) != nil {
		return nil, in, false
	}
	in.BadgeEnabled = enabled(shown.Badge)
	return kept, in, in.Artifacts != nil && in.Environment != nil && in.Source != nil && aws.ToString(in.ServiceRole) != ""
}

func enabled(b *types.ProjectBadge) *bool {
	if b == nil {
		return nil
	}
	return &b.BadgeEnabled
}

// same compares what projects come to: a member that is left out has a value, too.
func same(found, want state) bool {
	if found.Project == nil || want.Project == nil {
		return found.Project == nil && want.Project == nil
	}
	return remedy.Alike(filled(found.Project.Value), filled(want.Project.Value))
}

// words tell what differs in sentences, which show no value that may be a secret.
func words(from, to state) []string {
	switch {
	case to.Project == nil:
		return []string{"the project does not exist any more"}
	case from.Project == nil:
		return []string{"the project is made again"}
	}
	differences, err := definition.Compare(from.written(), to.written())
	if err != nil {
		return []string{err.Error()}
	}
	all := make([]string, 0, len(differences))
	for _, d := range differences {
		all = append(all, d.Sentence)
	}
	if len(all) == 0 {
		return []string{"something in the definition changed that is not shown"}
	}
	return remedy.Few(all)
}
