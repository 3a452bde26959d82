package guard

import (
	"bytes"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/crossvpc/crossvpc/internal/message"
)

// redacted is in place of a credential.
const redacted = "[redacted]"

// longestWords is as much of a server's own words as anybody reads.
const longestWords = 512

// scrub takes credentials out of JSON. It may change text.
func (s *secrets) scrub(text []byte) []byte {
	text = unescape(text)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.forms.replace(s.replaceShort(text, shortestInData), redacted)
}

func (s *secrets) replaceShort(text []byte, shortest int) []byte {
	for _, secret := range s.short {
		if len(secret) >= shortest && bytes.Contains(text, []byte(secret)) {
			text = bytes.ReplaceAll(text, []byte(secret), []byte(redacted))
		}
	}
	return text
}

// words is what a server said, for people: without credentials, on one line, and cut. What nobody sees leaves first: with a
// character of no width in it, a credential would not be recognised, and be whole once that is gone.
func (s *secrets) words(text string) string {
	seen := visible(text)
	s.mu.RLock()
	safe := string(s.forms.replace(s.replaceShort([]byte(seen), shortestSecret), redacted))
	s.mu.RUnlock()
	return message.Cut(safe, longestWords)
}

// visible is a text on one line, without characters that don't print.
func visible(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return strings.Join(strings.Fields(text), " ")
}

// unescape writes characters of JSON strings as themselves that need no escape, so that
// nobody hides a credential behind them. It may change text.
func unescape(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u00`)) && !bytes.Contains(text, []byte(`\/`)) {
		return text
	}
	out := text[:0]
	for i := 0; i < len(text); {
		c, used := unescapeAt(text[i:])
		if used == 0 { // as it is, and whatever a backslash escapes with it
			used = 1
			if text[i] == '\\' && i+1 < len(text) {
				used = 2
			}
			out = append(out, text[i:i+used]...)
		} else {
			out = append(out, c)
		}
		i += used
	}
	return out
}

// unescapeAt gives the character that an escape stands for and its length; 0: it stays.
func unescapeAt(text []byte) (c byte, length int) {
	switch {
	case bytes.HasPrefix(text, []byte(`\/`)):
		return '/', 2
	case bytes.HasPrefix(text, []byte(`\u00`)) && len(text) >= 6:
		decoded, err := hex.DecodeString(string(text[4:6]))
		if err != nil || decoded[0] <= ' ' || decoded[0] > '~' || decoded[0] == '"' || decoded[0] == '\\' {
			return 0, 0
		}
		return decoded[0], 6
	}
	return 0, 0
}
