package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// oneOrMore is a list that may be written without its brackets where it has one item.
type oneOrMore[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		var all []T
		if err := strictly(text, &all); err != nil {
			return err
		}
		*l = all
		return nil
	}
	var one T
	if err := strictly(text, &one); err != nil {
		return err
	}
	*l = oneOrMore[T]{one}
	return nil
}

// words are actions or resources.
type words = oneOrMore[string]

// values are what a condition compares with: text, or a number or boolean without quotes.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(text []byte) error {
	var all oneOrMore[any]
	if err := all.UnmarshalJSON(text); err != nil {
		return err
	}
	for _, each := range all {
		switch value := each.(type) {
		case string:
			*v = append(*v, value)
		case bool, float64:
			*v = append(*v, fmt.Sprint(value))
		default:
			return fmt.Errorf("a condition compares with text, not with %v", each)
		}
	}
	return nil
}

// principals are whom a trust policy names, by type ("AWS", "Service", "Federated").
type principals map[string]words

// UnmarshalJSON implements json.Unmarshaler. "*" alone stands for everybody.
func (p *principals) UnmarshalJSON(text []byte) error {
	var anybody string
	if json.Unmarshal(text, &anybody) == nil {
		if anybody != everything {
			return fmt.Errorf("the principal %q is not known here", anybody)
		}
		*p = principals{"AWS": {everything}}
		return nil
	}
	named := map[string]words{}
	if err := strictly(text, &named); err != nil {
		return err
	}
	for kind := range named {
		if kind != "AWS" && kind != "Service" && kind != "Federated" {
			return fmt.Errorf("principals of type %q are not known here", kind)
		}
	}
	*p = named
	return nil
}

// strictly reads JSON without unknown fields: the decoder's own strictness ends at an UnmarshalJSON.
func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
