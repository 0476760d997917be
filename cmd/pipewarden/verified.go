package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pipewarden/pipewarden/shared/evidence"
	"github.com/pipewarden/pipewarden/shared/report"
)

// verification is what --format json prints.
type verification struct {
	Well   bool `json:"well"`
	Beside bool `json:"beside"` // the keys lay beside the evidence
	evidence.Result
}

func (v *verifying) tell(result evidence.Result) error {
	err := buffered(v.out, func(out io.Writer) error {
		if v.format.value == asJSON {
			return v.asJSON(out, result)
		}
		return v.asText(out, result)
	})
	if err == nil && len(result.Problems) > 0 {
		return exit{code: verdict}
	}
	return err
}

func (v *verifying) asJSON(out io.Writer, result evidence.Result) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(verification{len(result.Problems) == 0, v.work.Beside, result})
}

func (v *verifying) asText(out io.Writer, result evidence.Result) error {
	if len(result.Problems) > 0 {
		rows := make([][]string, 0, len(result.Problems))
		for _, p := range result.Problems {
			rows = append(rows, []string{string(p.What), report.Plain(p.Name), report.Plain(p.Why)})
		}
		if err := report.Columns(out, []string{"WHAT", "NAME", "WHY"}, rows); err != nil {
			return err
		}
		if err := line(out, ""); err != nil {
			return err
		}
	}
	return line(out, strings.Join(v.closing(result), "\n"))
}

// closing says what was verified, and by what.
func (v *verifying) closing(result evidence.Result) []string {
	verdict := "All is well"
	if n := len(result.Problems); n > 0 {
		verdict = capital(are(n, "thing")) + " wrong"
	}
	days := "no day is sealed of those"
	if result.First != "" {
		days = fmt.Sprintf("%s to %s", result.First, result.Last)
	}
	all := []string{fmt.Sprintf("%s: %s, %s, %s, %s.", verdict, days, counted(result.Manifests, "manifest"), counted(result.Objects, "object"), counted(result.Records, "record"))}
	for _, note := range result.Notes {
		all = append(all, "Noted in the manifest of "+report.Plain(note)+".")
	}
	if result.Expired > 0 {
		all = append(all, capital(are(result.Expired, "object"))+" gone: the time was over for which the manifests say that they are kept.")
	}
	if len(result.Unsealed) > 0 {
		open := make([]string, 0, len(result.Unsealed))
		for _, day := range result.Unsealed {
			open = append(open, string(day))
		}
		all = append(all, "Not sealed yet, and not verified: "+strings.Join(open, ", ")+".")
	}
	all = append(all, "Key: SHA-256 "+strings.Join(result.Keys, ", "))
	if v.work.Beside {
		all = append(all, "It lay beside the evidence: whoever altered that could have replaced it too. Compare the fingerprint with one that you got",
			"another way, or give the key that you have: --key FILE")
	}
	return all
}
