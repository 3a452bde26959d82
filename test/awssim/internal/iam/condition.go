package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// condition is one key that is compared with values by one operator.
type condition struct {
	key    string
	values []string
	test   operator
	// forAll and forAny are the set operators, for keys with several values.
	forAll, forAny bool
	ifExists       bool
	null           bool
}

// operator compares one value of the request with one of the policy.
type operator struct {
	fits func(pattern, value string, context Context) bool
	// not turns the comparison round: none of the policy's values may fit.
	not bool
}

// operators are those of reference_policies_elements_condition_operators.html that compare text, ARNs and booleans.
// ArnEquals and ArnLike behave identically, it says there.
var operators = map[string]operator{
	"StringEquals":              {fits: equal},
	"StringNotEquals":           {fits: equal, not: true},
	"StringEqualsIgnoreCase":    {fits: equalFold},
	"StringNotEqualsIgnoreCase": {fits: equalFold, not: true},
	"StringLike":                {fits: glob},
	"StringNotLike":             {fits: glob, not: true},
	"ArnEquals":                 {fits: arnFits},
	"ArnNotEquals":              {fits: arnFits, not: true},
	"ArnLike":                   {fits: arnFits},
	"ArnNotLike":                {fits: arnFits, not: true},
	"Bool":                      {fits: equalFold},
}

func equalFold(pattern, value string, context Context) bool {
	return equal(strings.ToLower(pattern), strings.ToLower(value), context)
}

func newCondition(name, key string, wanted values) (condition, error) {
	c := condition{key: strings.ToLower(key), values: wanted}
	rest := name
	if rest, c.forAll = strings.CutPrefix(rest, "ForAllValues:"); !c.forAll {
		rest, c.forAny = strings.CutPrefix(rest, "ForAnyValue:")
	}
	c.null = rest == "Null"
	if !c.null {
		var known bool
		rest, c.ifExists = strings.CutSuffix(rest, "IfExists")
		if c.test, known = operators[rest]; !known {
			return c, fmt.Errorf("the condition operator %q is not known here", name)
		}
	}
	return c, c.check(name, key)
}

// check refuses keys that are not known, and set operators in the wrong place: a key with several values needs one
// (Access Analyzer calls it an error: access-analyzer-reference-policy-checks.html).
func (c condition) check(operator, key string) error {
	multiple, known := lookUpKey(key)
	switch {
	case !known:
		return fmt.Errorf("the condition key %q is not known here", key)
	case len(c.values) == 0:
		return fmt.Errorf("%s of %s has no value", operator, key)
	case c.null && (c.forAll || c.forAny):
		return fmt.Errorf("%s: Null takes no set operator", operator)
	case c.null && slices.ContainsFunc(c.values, func(v string) bool { return v != "true" && v != "false" }):
		return fmt.Errorf("operator Null: %s is true or false", key)
	case multiple && !c.null && !c.forAll && !c.forAny:
		return fmt.Errorf("%s has several values: %s needs ForAllValues or ForAnyValue", key, operator)
	}
	for _, value := range c.values {
		if err := checkVariables(value); err != nil {
			return err
		}
	}
	return nil
}

// holds says whether the condition holds. A key that the request does not have fits no value, so what must not fit
// holds; IfExists holds; ForAllValues holds of none of no values.
func (c condition) holds(context Context) bool {
	actual, there := context[c.key]
	there = there && len(actual) > 0
	switch {
	case c.null:
		return slices.Contains(c.values, strconv.FormatBool(!there))
	case !there && c.forAny:
		return c.ifExists
	case !there:
		return c.ifExists || c.forAll || c.test.not
	case c.forAll:
		return !slices.ContainsFunc(actual, func(value string) bool { return !c.accepts(value, context) })
	default:
		return slices.ContainsFunc(actual, func(value string) bool { return c.accepts(value, context) })
	}
}

// accepts says whether the operator is content with a value: it fits one of the policy's, or with not none of them.
func (c condition) accepts(value string, context Context) bool {
	return slices.ContainsFunc(c.values, func(pattern string) bool { return c.test.fits(pattern, value, context) }) != c.test.not
}
