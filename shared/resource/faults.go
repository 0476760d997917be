package resource

import (
	"errors"
	"iter"
	"reflect"
)

// learnable is a Fact of any type.
type learnable interface {
	Err() error
	content() any
}

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
	if v.IsValid() && v.CanInterface() {
		if fact, ok := v.Interface().(learnable); ok {
			found(fact)
			if fact.Err() == nil {
				walk(reflect.ValueOf(fact.content()), found)
			}
			return
		}
	}
	for part := range parts(v) {
		walk(part, found)
	}
}

// parts are what a value is made of, as far as facts may lie in it.
func parts(v reflect.Value) iter.Seq[reflect.Value] {
	return func(yield func(reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			yield(v.Elem())
		case reflect.Struct:
			for i := 0; i < v.NumField() && (!v.Type().Field(i).IsExported() || yield(v.Field(i))); i++ {
			}
		case reflect.Slice, reflect.Array:
			for i := 0; i < v.Len() && v.Type().Elem().Kind() != reflect.Uint8 && yield(v.Index(i)); i++ {
			}
		case reflect.Map:
			for each := v.MapRange(); each.Next() && yield(each.Value()); {
			}
		}
	}
}
