package resource

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unicode"
	"unicode/utf8"
)

// APIJSON writes an AWS SDK structure as the service's JSON API has it, so that it fits a request or the AWS CLI:
// member names begin in lower case, and what is not set is left out. Times are written as RFC 3339.
// It fits the services whose API names are the SDK's with a small first letter, as CodeBuild's and CodePipeline's are.
func APIJSON(v any) (json.RawMessage, error) { return writer(small).json(v) }

// SDKJSON writes it with the names as the SDK has them, which are those of the other services' APIs: S3, IAM, KMS, CloudTrail, EventBridge.
func SDKJSON(v any) (json.RawMessage, error) {
	return writer(func(name string) string { return name }).json(v)
}

func small(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}

// writer says how members are named.
type writer func(field string) string

func (w writer) json(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(w.value(reflect.ValueOf(v)))
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return raw, nil
}

func (w writer) value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Pointer, reflect.Interface:
		return w.value(v.Elem())
	case reflect.Struct:
		return w.object(v)
	case reflect.Map:
		object := make(map[string]any, v.Len())
		for each := v.MapRange(); each.Next(); {
			object[each.Key().String()] = w.value(each.Value())
		}
		return object
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			list = append(list, w.value(v.Index(i)))
		}
		return list
	default:
		return v.Interface()
	}
}

func (w writer) object(v reflect.Value) any {
	if when, ok := v.Interface().(time.Time); ok {
		return when.UTC()
	}
	object := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() && !v.Field(i).IsZero() {
			object[w(field.Name)] = w.value(v.Field(i))
		}
	}
	return object
}
