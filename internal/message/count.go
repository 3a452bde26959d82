package message

import (
	"strconv"
	"strings"
)

// Count is "1 node" or "3 nodes".
func Count(n int, noun string) string { return strconv.Itoa(n) + " " + Plural(n, noun) }

// Plural is the noun alone: "node" for 1, else "nodes".
func Plural(n int, noun string) string {
	switch {
	case n == 1:
		return noun
	case endsInConsonantAndY(noun):
		return strings.TrimSuffix(noun, "y") + "ies" // entry, entries
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "sh"):
		return noun + "es" // address, addresses
	default:
		return noun + "s"
	}
}

func endsInConsonantAndY(noun string) bool {
	return len(noun) > 1 && strings.HasSuffix(noun, "y") && !strings.ContainsRune("aeiou", rune(noun[len(noun)-2]))
}

// Verb picks the form of a verb: Verb(1, "is", "are") is "is".
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
