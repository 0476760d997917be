package auditorrulesrestore

import (
	"bytes"
	"encoding/json"
)

// compact takes the white space out of a pattern.
func compact(pattern []byte) string {
	var out bytes.Buffer
	if json.Compact(&out, pattern) != nil {
		return string(pattern)
	}
	return out.String()
}
