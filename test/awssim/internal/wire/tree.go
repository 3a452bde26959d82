package wire

import (
	"encoding/xml"
	"reflect"
	"strings"
)

// Tree turns an answer into maps and slices under its XML names, to be dumped as JSON.
func Tree(value any) any { return tree(reflect.ValueOf(value)) }

func tree(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return tree(value.Elem())
	case reflect.Slice:
		items := make([]any, 0, value.Len())
		for i := range value.Len() {
			items = append(items, tree(value.Index(i)))
		}
		return items
	case reflect.Struct:
		return structure(value)
	default:
		return value.Interface()
	}
}

func structure(value reflect.Value) any {
	members := map[string]any{}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("xml"), ",")
		if !field.IsExported() || field.Type == reflect.TypeFor[xml.Name]() {
			continue
		}
		if strings.Contains(options, "omitempty") && value.Field(i).IsZero() {
			continue
		}
		if name == "item" || name == "member" {
			return tree(value.Field(i))
		}
		members[name] = tree(value.Field(i))
	}
	return members
}
