package roletrustrestore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/pipewarden/pipewarden/shared/policy"
	"github.com/pipewarden/pipewarden/shared/resource/role"
)

// everyone is how role.Openings calls everybody.
const everyone = "everyone"

// strangers are those whom a trust policy lets in too far, as role-backdoored calls them.
func strangers(document []byte, home string) ([]string, error) {
	d, err := policy.Parse(document)
	if err != nil {
		return nil, fmt.Errorf("trust policy: %w", err)
	}
	var all []string
	for _, o := range role.Openings(d, home, func(string) bool { return false }) {
		all = append(all, o.Who)
	}
	return all, nil
}

// uniqueID is what IAM puts in the place of a principal that was deleted (IAM User Guide, "AWS JSON policy elements: Principal").
var uniqueID = regexp.MustCompile(`^A(?:IDA|ROA|GPA)[A-Z0-9]{12,}$`)

// deleted is the first principal of a policy that exists no more; "" for none.
func deleted(document []byte) string {
	d, err := policy.Parse(document)
	if err != nil {
		return ""
	}
	for _, s := range d.Statements {
		for _, who := range slices.Concat(s.Principal.AWS, s.NotPrincipal.AWS) {
			if uniqueID.MatchString(who) {
				return who
			}
		}
	}
	return ""
}

// compact takes the white space out, which what is kept may have come by on its way.
func compact(document []byte) string {
	var out bytes.Buffer
	if json.Compact(&out, document) != nil {
		return string(document)
	}
	return out.String()
}

// alike compares two policies by what they say.
func alike(a, b []byte) bool {
	x, errX := decoded(a)
	y, errY := decoded(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func decoded(document []byte) (any, error) {
	if !json.Valid(document) {
		return nil, errors.New("the document is no JSON")
	}
	var v any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	err := decoder.Decode(&v)
	return unordered(v), err
}

// unordered sorts lists of texts, and takes one text alone for a list of it. The statements are a list of something else, and keep their order.
func unordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = unordered(member)
		}
	case []any:
		texts := make([]string, 0, len(v))
		for i, item := range v {
			if text, ok := item.(string); ok {
				texts = append(texts, text)
			}
			v[i] = unordered(item)
		}
		if len(texts) == len(v) {
			slices.Sort(texts)
			return texts
		}
	case string:
		return []string{v}
	}
	return v
}
