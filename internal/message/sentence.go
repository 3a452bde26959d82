package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence makes a sentence of a clause: a capital letter, and a full stop if the clause
// ends in no mark of its own. A name that it begins with keeps its spelling: rtb-1,
// ec2:CreateRoute, spec.paused, crossvpc.
func Sentence(clause string) string {
	sentence := strings.TrimSpace(clause)
	if sentence == "" {
		return ""
	}
	if first, size := utf8.DecodeRuneInString(sentence); startsWithWord(sentence) {
		sentence = string(unicode.ToUpper(first)) + sentence[size:]
	}
	if last, _ := utf8.DecodeLastRuneInString(sentence); strings.ContainsRune(".!?…", last) {
		return sentence
	}
	return sentence + "."
}

func startsWithWord(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	name := strings.IndexFunc(strings.TrimRight(first, ",:.?!"), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) >= 0
	return !name && first != "crossvpc"
}

// Clause is a sentence without its full stop, to go on with.
func Clause(sentence string) string { return strings.TrimSuffix(sentence, ".") }

// Sentences is "A is wrong. B is wrong. And 3 more.": the first few findings, each a
// sentence of its own.
func Sentences(findings []string) string {
	bounded := Bounded(findings, MostNamed)
	sentences := make([]string, 0, len(bounded))
	for _, finding := range bounded {
		sentences = append(sentences, Sentence(finding))
	}
	return strings.Join(sentences, " ")
}
