package message

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestATextThatIsTooLongEndsInAnEllipsis(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"", 0, ""},
		{"short", 5, "short"},
		{"longer", 5, "lo…"},
		{"äöü", 6, "äöü"},
		{"äöüß", 7, "äö…"},
		{"äöüß", 6, "ä…"}, // "ä" and half an "ö" would fit
		{"a\xffb", 100, "a�b"},
		{strings.Repeat("\xff", 4), 100, "�"}, // a run of them is one
		{"日本語", 3, "…"},
	} {
		if got := Cut(test.text, test.most); got != test.want {
			t.Errorf("Cut(%q, %d) is %q, want %q", test.text, test.most, got, test.want)
		}
	}
}

func FuzzCutGivesValidTextWithinItsBound(f *testing.F) {
	f.Add("Zwei größere Änderungen", 10)
	f.Add("\xe6\x97", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = len(ellipsis) + max(most, 0)%2048
		got := Cut(text, most)
		if len(got) > most || !utf8.ValidString(got) {
			t.Errorf("Cut(%q, %d) is %q: %d bytes, valid: %t", text, most, got, len(got), utf8.ValidString(got))
		}
		if utf8.ValidString(text) && len(text) <= most && got != text {
			t.Errorf("Cut(%q, %d) is %q: it fits as it is", text, most, got)
		}
	})
}

func TestANoteIsWhatAnEventTakes(t *testing.T) {
	if got := Note(strings.Repeat("ä", 1000)); len(got) > 1024 || !strings.HasSuffix(got, "ä…") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-8:])
	}
}

func TestListsNameTheFirstFew(t *testing.T) {
	for _, test := range []struct {
		items         []string
		list, clauses string
	}{
		{nil, "", ""},
		{[]string{"a"}, "a", "a"},
		{[]string{"a", "b"}, "a, b", "a; b"},
		{[]string{"a", "b", "c", "d", "e"}, "a, b, c, d, e", "a; b; c; d; e"},
		{[]string{"a", "b", "c", "d", "e", "f"}, "a, b, c, d, e and 1 more", "a; b; c; d; e; and 1 more"},
		{[]string{"a", "b", "c", "d", "e", "f", "g"}, "a, b, c, d, e and 2 more", "a; b; c; d; e; and 2 more"},
	} {
		if got := List(test.items); got != test.list {
			t.Errorf("List(%q) is %q, want %q", test.items, got, test.list)
		}
		if got := Clauses(test.items); got != test.clauses {
			t.Errorf("Clauses(%q) is %q, want %q", test.items, got, test.clauses)
		}
	}
}

func TestABoundedListLeavesTheWholeOneAlone(t *testing.T) {
	all := []string{"a", "b", "c"}
	if got := Bounded(all, 1); !slices.Equal(got, []string{"a", "and 2 more"}) {
		t.Errorf("got %q", got)
	}
	if !slices.Equal(all, []string{"a", "b", "c"}) {
		t.Errorf("the list itself is now %q", all)
	}
}

func TestCountsHaveTheRightPlural(t *testing.T) {
	for _, test := range []struct {
		n    int
		noun string
		want string
	}{
		{0, "pod", "0 pods"}, {1, "pod", "1 pod"}, {2, "pod", "2 pods"},
		{1, "security group", "1 security group"}, {3, "security group", "3 security groups"},
		{1, "entry", "1 entry"}, {2, "entry", "2 entries"}, {2, "day", "2 days"}, {2, "y", "2 ys"},
		{2, "address", "2 addresses"}, {2, "branch", "2 branches"}, {2, "suffix", "2 suffixes"},
	} {
		if got := Count(test.n, test.noun); got != test.want {
			t.Errorf("Count(%d, %q) is %q, want %q", test.n, test.noun, got, test.want)
		}
	}
}

func TestAVerbAgreesWithItsCount(t *testing.T) {
	if got := Verb(0, "is", "are") + Verb(1, "is", "are") + Verb(2, "is", "are"); got != "areisare" {
		t.Errorf("got %s", got)
	}
}

func TestDurationsHaveNoZerosAtTheEnd(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                              "0s",
		time.Second:                    "1s",
		10 * time.Second:               "10s",
		time.Minute:                    "1m",
		10 * time.Minute:               "10m",
		90 * time.Second:               "1m30s",
		time.Hour:                      "1h",
		20 * time.Hour:                 "20h",
		90 * time.Minute:               "1h30m",
		time.Hour + 10*time.Second:     "1h0m10s",
		1500 * time.Millisecond:        "1.5s",
		-5 * time.Minute:               "-5m",
		100*time.Hour + 10*time.Minute: "100h10m",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%s) is %q, want %q", d, got, want)
		}
	}
}

func FuzzADurationIsSpelledExactly(f *testing.F) {
	f.Add(int64(time.Hour))
	f.Add(int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, n int64) {
		d := time.Duration(n)
		if parsed, err := time.ParseDuration(Duration(d)); err != nil || parsed != d {
			t.Errorf("Duration(%s) is %q, which is %s (%v)", d, Duration(d), parsed, err)
		}
	})
}

func TestASentenceHasACapitalLetterAndAFullStop(t *testing.T) {
	for clause, want := range map[string]string{
		"":                    "",
		" ":                   "",
		"a":                   "A.",
		"route a to b":        "Route a to b.",
		"Cut in the middle…":  "Cut in the middle…",
		"Already a sentence.": "Already a sentence.",
		"ärger":               "Ärger.",
		"10.0.0.0/16 is ours": "10.0.0.0/16 is ours.",
		"why?":                "Why?",
		"rtb-1 has no route":  "rtb-1 has no route.",
		"ec2:CreateRoute: no": "ec2:CreateRoute: no.",
		"crossvpc waits":      "crossvpc waits.",
		"somebody's route":    "Somebody's route.",
		"then, something":     "Then, something.",
	} {
		if got := Sentence(clause); got != want {
			t.Errorf("Sentence(%q) is %q, want %q", clause, got, want)
		}
		if got := Clause(Sentence(clause)); strings.HasSuffix(got, ".") {
			t.Errorf("Clause ends in a full stop: %q", got)
		}
	}
}

func TestFindingsAreSentencesOfTheirOwn(t *testing.T) {
	for _, test := range []struct {
		findings []string
		want     string
	}{
		{nil, ""},
		{[]string{"a is wrong"}, "A is wrong."},
		{[]string{"A is wrong.", "b"}, "A is wrong. B."},
		{[]string{"a", "b", "c", "d", "e", "f", "g"}, "A. B. C. D. E. And 2 more."},
	} {
		if got := Sentences(test.findings); got != test.want {
			t.Errorf("Sentences(%q) is %q, want %q", test.findings, got, test.want)
		}
	}
}

func TestTheShortestOfEachIsSaidToo(t *testing.T) {
	if got := Plural(2, "y"); got != "ys" {
		t.Errorf("of a single letter: %q", got)
	}
	if got := Plural(2, "ry"); got != "ries" {
		t.Errorf("of two letters: %q", got)
	}
	for most := range 4 {
		if got := Cut("abcdef", most); got != ellipsis {
			t.Errorf("cut to %d bytes: %q", most, got)
		}
	}
	if got := Cut("abcdef", 4); got != "a"+ellipsis {
		t.Errorf("cut to 4 bytes: %q", got)
	}
	if got := Clause("Route table rtb-1 has none."); got != "Route table rtb-1 has none" {
		t.Errorf("to go on with: %q", got)
	}
}
