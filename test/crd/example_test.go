package crd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// example has a value for each text that a pattern of our CRDs asks for.
var example = []string{
	"vpc-0123456789abcdef0", "rtb-0123456789abcdef0", "sg-0123456789abcdef0", "sgr-0123456789abcdef0", "pcx-0123456789abcdef0",
	"subnet-0123456789abcdef0", "eu-west-1", "123456789012", "22:00", "a", "Mon", "arn:aws:iam::123456789012:role/a", "10.12.0.0/16",
}

// leaf is a place in an object that holds no further places.
type leaf struct {
	path []any
	kind string
}

// filled is an object with something at each place that a schema has, and those places.
func filled(s *schema.Structural, path []any, leaves *[]leaf, admits func(s *schema.Structural, text string) bool) any {
	switch {
	case len(s.Properties) > 0:
		object := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			property := s.Properties[name]
			object[name] = filled(&property, append(slices.Clone(path), name), leaves, admits)
		}
		return object
	case s.Type == "array":
		return []any{filled(s.Items, append(slices.Clone(path), 0), leaves, admits)}
	case s.AdditionalProperties != nil:
		return map[string]any{"a": filled(s.AdditionalProperties.Structural, append(slices.Clone(path), "a"), leaves, admits)}
	}
	*leaves = append(*leaves, leaf{path, s.Type})
	if s.Type == "object" {
		return map[string]any{}
	}
	return value(s, admits)
}

func value(s *schema.Structural, admits func(*schema.Structural, string) bool) any {
	v := s.ValueValidation
	switch {
	case v != nil && len(v.Enum) > 0:
		return v.Enum[0].Object
	case s.Type == "boolean":
		return true
	case s.Type == "integer":
		if v != nil && v.Minimum != nil {
			return int64(*v.Minimum)
		}
		return int64(1)
	case v != nil && v.Format == "date-time":
		return "2026-11-30T12:00:00Z"
	}
	for _, text := range example {
		if admits(s, text) {
			return text
		}
	}
	panic("example has no text for " + v.Pattern)
}

// put returns the object with another value at a place.
func put(object any, path []any, value any) any {
	if len(path) == 0 {
		return value
	}
	switch at := path[0].(type) {
	case string:
		changed := maps.Clone(object.(map[string]any))
		changed[at] = put(changed[at], path[1:], value)
		return changed
	case int:
		changed := slices.Clone(object.([]any))
		changed[at] = put(changed[at], path[1:], value)
		return changed
	}
	panic("a path has names and numbers")
}

func (l leaf) String() string {
	names := make([]string, 0, len(l.path))
	for _, at := range l.path {
		names = append(names, fmt.Sprint(at))
	}
	return strings.Join(names, ".")
}
