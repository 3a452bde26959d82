package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEachKindOfChangeIsTriedAndOnlyWhatTestsNoticeIsKilled(t *testing.T) {
	r, err := tryPackage(t.Context(), t.TempDir(), chosenPackage{path: "./testdata/sample"}, filter{functions: regexp.MustCompile("")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range r.outcomes {
		got = append(got, o.verdict()+" "+strings.TrimPrefix(o.name, "testdata/sample "))
	}
	want := []string{
		"killed var table: `true` turned round",
		"killed counter.add: `c.list = append(c.list, v)` left out",
		"killed counter.add: returned `len(c.list)` becomes zero",
		"SURVIVED compare: `a < b` becomes <=",
		"killed compare: `a < b` becomes >=",
		"killed both: `a && !b` becomes ||",
		"killed both: `a` turned round",
		"killed both: `!b` turned round",
		"killed lazy: `p == nil || *p > limit` becomes &&",
		"killed lazy: `p == nil` turned round",
		"killed lazy: `*p > limit` becomes >=",
		"killed lazy: `*p > limit` becomes <=",
		"killed sum: `v < 0` becomes <=",
		"killed sum: `v < 0` becomes >=",
		"killed sum: `0` becomes one more",
		"killed sum: returned `errors.New(\"negative\")` becomes zero",
		"killed sum: `0` becomes one more (2)",
		"killed sum: `total = total + v*2` left out",
		"killed sum: `total + v*2` becomes -",
		"killed sum: `v*2` becomes /",
		"killed sum: `2` becomes one more",
		"killed sum: returned `total` becomes zero",
		"killed pair: `return sum([]int{1})` returns zero values",
		"killed pair: `1` becomes one more",
		"killed pause: returned `time.Duration(n) * 5 * time.Second` becomes zero",
		"killed pause: `time.Duration(n) * 5 * time.Second` becomes /",
		"killed pause: `time.Duration(n) * 5` becomes /",
		"killed known: returned `kind(table[name])` becomes zero",
		"UNREACHED untested: returned `a - 1` becomes zero",
		"UNREACHED untested: `a - 1` becomes +",
		"UNREACHED untested: `1` becomes one more",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestASurvivorFailsTheRunUnlessItIsListed(t *testing.T) {
	lives := outcome{name: "p F: `a` left out", reached: true}
	dies := outcome{name: "p F: `b` left out", reached: true, killed: true}
	for name, c := range map[string]struct {
		outcomes []outcome
		listed   equivalents
		whole    bool
		well     bool
	}{
		"every mutant is noticed":                      {[]outcome{dies}, nil, true, true},
		"one survives":                                 {[]outcome{dies, lives}, nil, true, false},
		"one survives in a sample":                     {[]outcome{dies, lives}, nil, false, false},
		"the survivor is listed":                       {[]outcome{dies, lives}, equivalents{lives.name: "same"}, true, true},
		"one that is listed is noticed":                {[]outcome{dies}, equivalents{dies.name: "same"}, true, false},
		"one that is listed does not exist":            {[]outcome{dies}, equivalents{"p G: gone": "same"}, true, false},
		"a sample need not have what is listed":        {[]outcome{dies}, equivalents{"p G: gone": "same"}, false, true},
		"another package's list does not matter to it": {[]outcome{dies}, equivalents{"pp G: gone": "same"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if got := report(&out, results{path: "p", outcomes: c.outcomes}, c.listed, c.whole); got != c.well {
				t.Errorf("well: %v\n%s", got, out.String())
			}
		})
	}
}

func TestAnEquivalentWithoutAReasonIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want equivalents
	}{
		"two share a reason of two lines": {"# p\np F: a\np F: b\n    The same,\n    always.\n\np G: c\n    Only speed.\n",
			equivalents{"p F: a": "The same, always.", "p F: b": "The same, always.", "p G: c": "Only speed."}},
		"no reason":    {"p F: a\n", nil},
		"listed twice": {"p F: a\n    Same.\np F: a\n    Same.\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "equivalent.txt")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readEquivalents(path)
			if (err != nil) != (c.want == nil) {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTheSameSeedChoosesTheSameMutants(t *testing.T) {
	mutants := make([]mutant, 100)
	for i := range mutants {
		mutants[i].id = i
	}
	choose := func(seed string) (list []string) {
		for _, p := range chosen(options{sample: 30, seed: seed}) {
			list = append(list, p.path)
			for _, m := range p.choose(mutants, regexp.MustCompile("")) {
				list = append(list, m.name(p.path)+string(rune('A'+m.id)))
			}
		}
		return list
	}
	if d := cmp.Diff(choose("a"), choose("a")); d != "" {
		t.Error(d)
	}
	if cmp.Equal(choose("a"), choose("b")) {
		t.Error("another seed chooses the same")
	}
}
