package ec2

import "testing"

func TestFilterValuesHaveWildcards(t *testing.T) {
	cases := map[string]struct {
		pattern, value string
		want           bool
	}{
		"the same text":                         {"node", "node", true},
		"another case":                          {"node", "Node", false},
		"a part":                                {"node", "nodes", false},
		"a star for the rest":                   {"node*", "node-1", true},
		"a star for nothing":                    {"node*", "node", true},
		"a star in the middle":                  {"a*c*e", "abcde", true},
		"stars that don't fit":                  {"a*c*f", "abcde", false},
		"a question mark for one":               {"node-?", "node-1", true},
		"a question mark for none":              {"node-?", "node-", false},
		"a question mark for one that is wide":  {"node-?", "node-é", true},
		"a star that is meant as it is":         {`10\*`, "10*", true},
		"a star that is meant as it is, not it": {`10\*`, "100", false},
		"an empty pattern and value":            {"", "", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := like(c.pattern, c.value); got != c.want {
				t.Errorf("like(%q, %q) is %t", c.pattern, c.value, got)
			}
		})
	}
}
