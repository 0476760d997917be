package resource

import (
	"errors"
	"iter"
	"reflect"
	"slices"
	"sync"
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

// walk finds the facts in a value. A state has dozens of members that hold none, whatever their values: their types tell.
func walk(v reflect.Value, found func(learnable)) {
	if !v.IsValid() {
		return
	}
	shape := shapeOf(v.Type())
	switch {
	case !shape.holds:
	case shape.fact && v.CanInterface():
		fact, _ := v.Interface().(learnable)
		found(fact)
		if fact.Err() == nil {
			walk(reflect.ValueOf(fact.content()), found)
		}
	default:
		for part := range parts(v, shape) {
			walk(part, found)
		}
	}
}

// parts are what a value is made of, as far as facts may lie in it.
func parts(v reflect.Value, of shape) iter.Seq[reflect.Value] {
	return func(yield func(reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			yield(v.Elem())
		case reflect.Struct:
			for i := 0; i < len(of.fields) && yield(v.Field(of.fields[i])); i++ {
			}
		case reflect.Slice, reflect.Array:
			for i := 0; i < v.Len() && yield(v.Index(i)); i++ {
			}
		case reflect.Map:
			for each := v.MapRange(); each.Next() && yield(each.Value()); {
			}
		}
	}
}

// shape is what a type tells of its values.
type shape struct {
	fact   bool  // they are facts
	holds  bool  // there may be facts in them
	fields []int // of a structure: the exported ones that may hold some
}

// shapes are those that were worked out, by reflect.Type.
var shapes sync.Map

func shapeOf(t reflect.Type) shape {
	if known, ok := shapes.Load(t); ok {
		return known.(shape)
	}
	s := shaped(t, nil)
	shapes.Store(t, s)
	return s
}

// shaped works out a shape. Of a type that lies within itself it is not asked again what it holds.
func shaped(t reflect.Type, within []reflect.Type) (s shape) {
	if slices.Contains(within, t) {
		return shape{holds: true}
	}
	within = append(slices.Clip(within), t)
	if t.Implements(reflect.TypeFor[learnable]()) {
		return shape{fact: true, holds: true}
	}
	switch t.Kind() {
	case reflect.Interface:
		s.holds = true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		s.holds = shaped(t.Elem(), within).holds
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && shaped(f.Type, within).holds {
				s.holds, s.fields = true, append(s.fields, i)
			}
		}
	}
	return s
}
