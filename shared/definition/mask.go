package definition

import (
	"encoding/json"
	"strings"
)

// HoldsMask says whether a value in a definition stands for one that AWS does not tell: whoever writes the definition back writes that in its
// place (AWS CodePipeline User Guide, "GitHub version 1 (OAuth) source action"). JSON within a text is looked into, because the variables of a
// CodeBuild action are written so. What is no JSON at all holds none.
func HoldsMask(raw []byte) bool {
	var body any
	return json.Unmarshal(raw, &body) == nil && holdsMask(body)
}

func holdsMask(v any) bool {
	switch v := v.(type) {
	case string:
		if text := strings.TrimSpace(v); strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
			return HoldsMask([]byte(text))
		}
		return masked(v)
	case []any:
		for _, below := range v {
			if holdsMask(below) {
				return true
			}
		}
	case map[string]any:
		for _, below := range v {
			if holdsMask(below) {
				return true
			}
		}
	}
	return false
}
