package conformance

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

func TestTargetAnswersAsAWSDoes(t *testing.T) {
	target := openTarget(t)
	if target.only != "" {
		t.Skip("SKIPPED: each check wants accounts of its own, and here is one: see TestTheOpenQuestionsAboutAWS")
	}
	if unknown := target.deviations.unknownNames(registry); len(unknown) > 0 {
		t.Errorf("listed deviations that no check is named after: %q", unknown)
	}
	var tally tally
	for _, c := range registry {
		t.Run(c.Name, func(t *testing.T) { tally.judge(t, target, c) })
	}
	t.Run("no value of an answer is lost in the SDK", func(t *testing.T) {
		judgeShapes(t, target, target.transcript.lostValues())
	})
	t.Run("answers fit botocore's service model", func(t *testing.T) {
		found, unavailable := target.transcript.misshapen(t.TempDir())
		if unavailable != nil {
			t.Skipf("SKIPPED: the second parser can't be had here: %v", unavailable)
		}
		judgeShapes(t, target, found)
	})
	t.Logf("%s: %d checks, %d pass, %d known deviations, %d not applicable, %d wrong",
		target.Name, len(registry), tally.passed.Load(), tally.deviating.Load(), tally.inapplicable.Load(), tally.wrong.Load())
}

func TestEveryCheckIsASentenceOfItsOwnWithASource(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range registry {
		if seen[c.Name] {
			t.Errorf("%q is there twice", c.Name)
		}
		seen[c.Name] = true
		if strings.Count(c.Name, " ") < 2 || c.Source == "" {
			t.Errorf("%q (source %q) is not a sentence with a source", c.Name, c.Source)
		}
		if strings.Contains(c.Name, " :: ") || strings.Contains(c.Name, "/") {
			t.Errorf("%q would not survive as a test name or in the list of deviations", c.Name)
		}
	}
}

func TestDeviationsAreReadStrictly(t *testing.T) {
	for name, file := range map[string]string{
		"a line without a reason": "creating twice",
		"an empty reason":         "creating twice :: ",
		"the same check twice":    "a b :: x\na b :: y",
	} {
		if _, err := parseDeviations(file); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	got, err := parseDeviations("# comment\n\na b c :: why\n")
	if err != nil || len(got) != 1 || got["a b c"] != "why" {
		t.Errorf("got %v, %v", got, err)
	}
}

// tally counts verdicts.
type tally struct{ passed, deviating, inapplicable, wrong atomic.Int64 }

// judge runs one check and compares its outcome with what is known of the
// target: a deviation that is not listed and a listed one that passes are both
// failures, otherwise the list would rot.
func (y *tally) judge(t *testing.T, target *Target, c check) {
	if c.Needs != anyTarget && !slices.Contains(target.capabilities, c.Needs) {
		y.inapplicable.Add(1)
		t.Logf("not applicable: %s does not offer %s", target.Name, c.Needs)
		return
	}
	failures := c.run(t.Context(), target)
	reason, listed := target.deviations[c.Name]
	switch {
	case len(failures) > 0 && listed:
		y.deviating.Add(1)
		t.Logf("known deviation (%s):\n%s", reason, strings.Join(failures, "\n"))
	case len(failures) > 0:
		y.wrong.Add(1)
		t.Errorf("%s deviates from AWS (source: %s):\n%s", target.Name, c.Source, strings.Join(failures, "\n"))
	case listed:
		y.wrong.Add(1)
		t.Errorf("%s passes a check that is listed as a deviation (%s): remove it from the list", target.Name, reason)
	default:
		y.passed.Add(1)
	}
}

// judgeShapes reports answers of a wrong form. Only a target with a list of
// deviations may have any: those are logged, because they change with every
// version and none of them changes what a check says.
func judgeShapes(t *testing.T, target *Target, found []string) {
	for _, each := range found {
		if target.deviations == nil {
			t.Errorf("%s: %s", target.Name, each)
		} else {
			t.Logf("%s deviates in form: %s", target.Name, each)
		}
	}
	t.Logf("%s: %d exchanges, %d of a wrong form", target.Name, len(target.transcript.exchanges), len(found))
}
