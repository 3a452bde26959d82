package guard

import (
	"encoding/json"
	"strings"
	"testing"
)

const planted = "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_QWN0aW9u"

// FuzzNoWordsOfAServerHoldACredential: between is what a server puts between the two halves of the token that it was sent, and
// around them. Whatever it is, the token does not come out whole.
func FuzzNoWordsOfAServerHoldACredential(f *testing.F) {
	for _, between := range []string{"", "\x00", "\u200b", "\r", "\xff", "\ufeff", "…", `\u0000`, "%", planted} {
		f.Add("denied: ", between, 20)
	}
	f.Fuzz(func(t *testing.T, around, between string, at int) {
		var s secrets
		s.learn(planted)
		at = min(max(at, 0), len(planted))
		text := around + planted[:at] + between + planted[at:] + around
		if said := s.words(text); strings.Contains(said, planted) || strings.ContainsAny(said, "\n\x00\u200b") || len(said) > longestWords {
			t.Errorf("%q is told as %q", text, said)
		}
		// In an object, where other bytes than the token's stay.
		answer, err := json.Marshal(map[string]string{"message": text})
		if err != nil {
			t.Fatal(err)
		}
		if safe := s.scrub(answer); strings.Contains(string(safe), planted) || !json.Valid(safe) {
			t.Errorf("%q is kept as %q", text, safe)
		}
	})
}

func TestACredentialBehindCharactersOfNoWidthIsTakenOut(t *testing.T) {
	var s secrets
	s.learn(planted)
	for _, hidden := range []string{"\u200b", "\x00", "\ufeff", "\x1b", "\u2060"} {
		var text strings.Builder
		for _, c := range planted {
			text.WriteString(string(c) + hidden)
		}
		if said := s.words("denied: " + text.String()); said != "denied: "+redacted {
			t.Errorf("with %q in it, the token is told as %q", hidden, said)
		}
	}
}
