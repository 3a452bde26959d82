package ec2

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// filter is one Filter.N of a request. Filters of different names must all agree, one of the values
// of a filter must (API_Filter in EC2's reference).
type filter struct {
	Name   string   `query:"Name,required"`
	Values []string `query:"Value"`
}

// properties are the documented filters of a describe action: the values of an answer that each compares.
type properties[T any] map[string]func(T) []string

// tagged is an answer that can be filtered by its tags.
type tagged interface{ tags() []tag }

// maximumFilterValues is how many values the filters of one call may have
// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html).
const maximumFilterValues = 200

// choose keeps the answers that all filters agree to; an unknown filter is refused.
func choose[T any](filters []filter, known properties[T], answers []T) ([]T, error) {
	values := 0
	for _, f := range filters {
		values += len(f.Values)
	}
	if values > maximumFilterValues {
		return nil, sim.Fail("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maximumFilterValues)
	}
	for _, f := range filters {
		property, err := known.find(f.Name)
		if err != nil {
			return nil, err
		}
		answers = slices.DeleteFunc(answers, func(answer T) bool { return !f.agrees(property(answer)) })
	}
	return answers, nil
}

func (p properties[T]) find(name string) (func(T) []string, error) {
	if property, known := p[name]; known {
		return property, nil
	}
	if tagProperty := tagFilter(name); tagProperty != nil {
		return func(answer T) []string {
			if bearer, ok := any(answer).(tagged); ok {
				return tagProperty(bearer.tags())
			}
			return nil
		}, nil
	}
	return nil, sim.Fail("InvalidParameterValue", "The filter '%s' is invalid", name)
}

// tagFilter is the property behind "tag:KEY" and "tag-key".
func tagFilter(name string) func([]tag) []string {
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		return func(tags []tag) []string {
			for _, t := range tags {
				if t.Key == key {
					return []string{t.Value}
				}
			}
			return nil
		}
	}
	if name == "tag-key" {
		return func(tags []tag) []string {
			keys := make([]string, 0, len(tags))
			for _, t := range tags {
				keys = append(keys, t.Key)
			}
			return keys
		}
	}
	return nil
}

func (f filter) agrees(actual []string) bool {
	return slices.ContainsFunc(f.Values, func(pattern string) bool {
		return slices.ContainsFunc(actual, func(value string) bool { return like(pattern, value) })
	})
}

// like compares with EC2's wildcards: * for any characters, ? for one, a backslash for the next as it is.
func like(pattern, value string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return pattern == value
	}
	return likeRunes([]rune(pattern), []rune(value))
}

func likeRunes(pattern, value []rune) bool {
	for len(pattern) > 0 {
		switch {
		case pattern[0] == '*':
			rest := pattern[1:]
			for skip := range len(value) + 1 {
				if likeRunes(rest, value[skip:]) {
					return true
				}
			}
			return false
		case len(value) == 0:
			return false
		case pattern[0] == '\\' && len(pattern) > 1:
			pattern = pattern[1:]
			if pattern[0] != value[0] {
				return false
			}
		case pattern[0] != '?' && pattern[0] != value[0]:
			return false
		}
		pattern, value = pattern[1:], value[1:]
	}
	return len(value) == 0
}

// one, each and truth make the values of properties.
func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func each[T any](items []T, value func(T) string) []string {
	values := make([]string, 0, len(items))
	for _, item := range items {
		if v := value(item); v != "" {
			values = append(values, v)
		}
	}
	return values
}

func truth(value bool) []string {
	if value {
		return []string{"true"}
	}
	return []string{"false"}
}
