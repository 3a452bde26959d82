package guard

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	// shortestSecret is searched for in errors; what is shorter is no secret.
	shortestSecret = 4
	// shortestInData is searched for in objects too. A shorter token may be a word.
	shortestInData = 12
	// mostSecrets are kept: the credentials of a connection change, and an answer may be about a former one.
	mostSecrets = 4
)

// secrets are the credentials that were sent to a cluster, in the forms in which an answer
// may hold them. It is safe for concurrent use.
type secrets struct {
	mu    sync.RWMutex
	known []string
	// short ones are looked for as they are, forms by their parts.
	short []string
	forms grams
}

// learn notes a credential.
func (s *secrets) learn(secret string) {
	if len(secret) < shortestSecret || s.knows(secret) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = append(s.known, secret)
	s.known = s.known[max(0, len(s.known)-mostSecrets):]
	s.short = nil
	var forms []string
	for _, secret := range s.known {
		for _, part := range append(inside(secret), secret) {
			s.short = append(s.short, shortForms(part)...)
			forms = append(forms, longForms(part)...)
		}
	}
	s.forms = newGrams(forms)
	// Of two that begin alike the longer one is replaced.
	slices.SortFunc(s.short, func(a, b string) int { return len(b) - len(a) })
}

func (s *secrets) knows(secret string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Contains(s.known, secret)
}

// shortForms of what is too short to be found by its parts.
func shortForms(secret string) []string {
	if len(secret) >= shortestRun {
		return nil
	}
	forms := []string{secret, base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), percent(secret)}
	if escaped := url.QueryEscape(secret); escaped != secret {
		forms = append(forms, escaped)
	}
	return forms
}

// longForms are the ways in which a text is commonly written into another. Base64 has three,
// for what may come before it ("Bearer ", say).
func longForms(secret string) []string {
	forms := []string{secret, percent(secret), strings.ToLower(percent(secret)), hex.EncodeToString([]byte(secret))}
	for _, before := range []string{"", "\x00", "\x00\x00"} {
		standard := base64.RawStdEncoding.EncodeToString([]byte(before + secret))
		// The first characters depend on what is before.
		forms = append(forms, standard[min(len(standard), len(before)*2):])
		if inURLs := strings.NewReplacer("+", "-", "/", "_").Replace(standard); inURLs != standard {
			forms = append(forms, inURLs[min(len(inURLs), len(before)*2):])
		}
	}
	return forms
}

// percent encodes every byte.
func percent(secret string) string {
	var text strings.Builder
	for _, b := range []byte(secret) {
		text.WriteByte('%')
		text.WriteString(strings.ToUpper(hex.EncodeToString([]byte{b})))
	}
	return text.String()
}

// inside finds what a credential is made of: the lines of a key in PEM form, and the
// signature and session token of the presigned URL that an EKS token is.
// https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
func inside(secret string) []string {
	if strings.HasPrefix(secret, "-----BEGIN") {
		return strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' })
	}
	_, encoded, _ := strings.Cut(secret, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	presigned, err := url.Parse(string(decoded))
	if err != nil {
		return nil
	}
	var parts []string
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Security-Token"} {
		if value := presigned.Query().Get(name); value != "" {
			parts = append(parts, value)
		}
	}
	return parts
}
