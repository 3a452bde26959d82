package iam

import (
	"fmt"
	"slices"
	"strings"
)

// arnParts is how many parts an ARN has; the last may have colons of its own.
const arnParts = 6

// resourceFits compares a resource with a pattern of a policy. The parts of an ARN are compared one by one: a wildcard
// does not reach beyond its part (reference_policies_elements_resource.html).
func resourceFits(pattern, resource string, context Context) bool {
	return pattern == everything || arnFits(pattern, resource, context)
}

func arnFits(pattern, arn string, context Context) bool {
	patterns, parts := strings.SplitN(pattern, ":", arnParts), strings.SplitN(arn, ":", arnParts)
	if len(patterns) != arnParts || len(parts) != arnParts {
		return false
	}
	for i := range patterns {
		if !glob(patterns[i], parts[i], context) {
			return false
		}
	}
	return true
}

// token is a piece of a pattern: text, or a wildcard for one or any number of characters.
type token struct {
	text     string
	one, any bool
}

// glob matches with * and ?. Variables are filled in from the context first, and what they bring in is text. One that
// the context has no value for fits nothing (reference_policies_variables.html). Without a context there are none.
func glob(pattern, text string, context Context) bool {
	tokens, resolved := tokenise(pattern, context)
	return resolved && matches(tokens, text)
}

// equal compares without wildcards.
func equal(pattern, text string, context Context) bool {
	tokens, resolved := tokenise(pattern, context)
	var literal strings.Builder
	for _, t := range tokens {
		switch {
		case t.any:
			literal.WriteByte('*')
		case t.one:
			literal.WriteByte('?')
		default:
			literal.WriteString(t.text)
		}
	}
	return resolved && literal.String() == text
}

func matches(tokens []token, text string) bool {
	for i, t := range tokens {
		switch {
		case t.any:
			for from := 0; from <= len(text); from++ {
				if matches(tokens[i+1:], text[from:]) {
					return true
				}
			}
			return false
		case t.one:
			runes := []rune(text)
			if len(runes) == 0 {
				return false
			}
			text = string(runes[1:])
		default:
			rest, ok := strings.CutPrefix(text, t.text)
			if !ok {
				return false
			}
			text = rest
		}
	}
	return text == ""
}

func tokenise(pattern string, context Context) (tokens []token, resolved bool) {
	for pattern != "" {
		at := strings.IndexAny(pattern, "*?$")
		switch {
		case at < 0:
			return append(tokens, token{text: pattern}), true
		case at > 0:
			tokens, pattern = append(tokens, token{text: pattern[:at]}), pattern[at:]
		case pattern[0] == '*':
			tokens, pattern = append(tokens, token{any: true}), pattern[1:]
		case pattern[0] == '?':
			tokens, pattern = append(tokens, token{one: true}), pattern[1:]
		default:
			name, rest, variable := cutVariable(pattern)
			if context == nil || !variable {
				tokens, pattern = append(tokens, token{text: "$"}), pattern[1:]
				continue
			}
			value, known := resolve(name, context)
			if !known {
				return nil, false
			}
			tokens, pattern = append(tokens, token{text: value}), rest
		}
	}
	return tokens, true
}

// cutVariable takes ${name} off the front of a pattern.
func cutVariable(pattern string) (name, rest string, variable bool) {
	inside, opened := strings.CutPrefix(pattern, "${")
	name, rest, closed := strings.Cut(inside, "}")
	return name, rest, opened && closed
}

// resolve is the value of a variable: of a key with one value, or one of the characters that mean something in patterns.
func resolve(name string, context Context) (string, bool) {
	if slices.Contains([]string{"*", "?", "$"}, name) {
		return name, true
	}
	values := context[strings.ToLower(name)]
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// checkVariables refuses variables of keys that are not known, and default values, which are not written here.
func checkVariables(pattern string) error {
	for {
		_, after, found := strings.Cut(pattern, "$")
		if !found {
			return nil
		}
		name, rest, variable := cutVariable("$" + after)
		if !variable {
			pattern = after
			continue
		}
		if !slices.Contains([]string{"*", "?", "$"}, name) {
			if multiple, known := lookUpKey(name); !known || multiple || strings.Contains(name, ",") {
				return fmt.Errorf("the variable ${%s} is not known here", name)
			}
		}
		pattern = rest
	}
}
