package pipeline

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/pipewarden/pipewarden/shared/resource"
)

// EditCommand is how a definition is changed by hand; change says what to do in between. The whole definition is sent back,
// and what it masks would be sent back as the mask (AWS CodePipeline User Guide, "Edit a pipeline").
func (s State) EditCommand(ref resource.Ref, change string) string {
	at := ""
	if ref.Region != "" && strings.Trim(ref.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
		at = " --region " + ref.Region
	}
	if s.Masked {
		change += `; leave no "` + Mask + `" in it`
	}
	change = strings.Map(printable, change)
	return "aws codepipeline get-pipeline" + at + " --name " + ref.ID + " --query pipeline > pipeline.json  # then " + change +
		"\naws codepipeline update-pipeline" + at + " --pipeline file://pipeline.json"
}

// SealCommand is how stores are given a key of their owners' by hand: the one for a store's region, as that function gives it, else KEY_ARN.
func (s State) SealCommand(ref resource.Ref, stores []Store, key func(region string) string) string {
	changes := make([]string, 0, len(stores))
	for _, store := range stores {
		changes = append(changes, "of the artifact store in "+store.Region+` to {"id":"`+cmp.Or(key(store.Region), "KEY_ARN")+`","type":"KMS"}`)
	}
	return "# first give the roles of the pipeline and of every action, and readers in other accounts, kms:GenerateDataKey and kms:Decrypt on the key: without them the next run stops\n" +
		s.EditCommand(ref, "set the encryptionKey "+strings.Join(changes, ", and "))
}

// printable keeps the comment on its line, whatever the names in it hold: people paste the command.
func printable(r rune) rune {
	if !unicode.IsPrint(r) {
		return '?'
	}
	return r
}

// Names lists actions by their names, as a sentence does: "A, B and C".
func Names(actions []Action) string {
	names := make([]string, 0, len(actions))
	for _, a := range actions {
		names = append(names, a.Name)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
