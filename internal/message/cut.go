package message

import "strings"

// LongestNote is how many bytes the API server takes as the note of an event.
// https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/validation/events.go
const LongestNote = 1024

// ellipsis ends what was cut.
const ellipsis = "…"

// Cut bounds a text to most bytes. It never leaves half a character, and what it cuts
// ends in an ellipsis. Bytes that are no UTF-8 are replaced first: an API server would
// replace them, too, and the text would grow past its bound.
func Cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:max(most-len(ellipsis), 0)], "") + ellipsis
}

// Note is a text as an event takes it.
func Note(text string) string { return Cut(text, LongestNote) }
