package conformance

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
)

// bodyFix hides WriteTo of the SDK's request body. smithy-go closes the body
// once the response's headers are there; its WriteTo then returns io.EOF,
// which net/http takes for a failed write and closes the connection while the
// answer is still being read (aws-sdk-go-v2#1825, #2737). A fast server on
// loopback triggers it in a few of a hundred large answers.
type bodyFix struct{ next http.RoundTripper }

func (b bodyFix) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return b.next.RoundTrip(r)
}

// An exchange is one answer as it came over the wire.
type exchange struct {
	Service     string `json:"service"`
	Action      string `json:"action"`
	Status      int    `json:"status"`
	ContentType string `json:"contentType"`
	ErrorType   string `json:"errorType"`
	Body        string `json:"body"`
	// lost names values that the SDK did not find a place for.
	lost []string
}

type captureKey struct{}

// capture is where the transport leaves the raw answer to the call in whose
// context it is.
type capture struct{ exchange exchange }

func withCapture(ctx context.Context, c *capture) context.Context {
	return context.WithValue(ctx, captureKey{}, c)
}

// captureTransport reads each answer whole and leaves a copy in the capture of
// the request's context.
type captureTransport struct{ next http.RoundTripper }

func (c captureTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(r)
	into, wanted := r.Context().Value(captureKey{}).(*capture)
	if err != nil || !wanted {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	into.exchange.Status = response.StatusCode
	into.exchange.ContentType = response.Header.Get("Content-Type")
	into.exchange.ErrorType = response.Header.Get("X-Amzn-Errortype")
	into.exchange.Body = string(body)
	return response, nil
}

// transcript keeps every exchange of the suite for the shape checks.
type transcript struct {
	mu        sync.Mutex
	exchanges []exchange
}

func (t *transcript) add(e exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exchanges = append(t.exchanges, e)
}
