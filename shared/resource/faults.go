package resource

import (
	"errors"
	"reflect"
)

// learnable is a Fact of any type.
type learnable interface{ Err() error }

// Faults lists why parts of a state were not learned, however deep they lie in it. What an event did not tell,
// and what nobody asked for, is no fault. They are not joined: of joined errors only one would be asked for its code.
func Faults(state any) []error {
	var all []error
	walk(reflect.ValueOf(state), func(f learnable) {
		if err := f.Err(); err != nil && !errors.Is(err, ErrNotTold) {
			all = append(all, err)
		}
	})
	return all
}

func walk(v reflect.Value, found func(learnable)) {
	if !v.IsValid() {
		return
	}
	if v.CanInterface() {
		if fact, ok := v.Interface().(learnable); ok {
			found(fact)
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		walk(v.Elem(), found)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), found)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // text: long, and nothing in it
		}
		for i := range v.Len() {
			walk(v.Index(i), found)
		}
	case reflect.Map:
		for each := v.MapRange(); each.Next(); {
			walk(each.Value(), found)
		}
	}
}
