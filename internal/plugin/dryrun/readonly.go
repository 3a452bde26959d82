package dryrun

import (
	"fmt"
	"net/http"
)

// reads lets only reads through to an API server.
type reads struct{ next http.RoundTripper }

// ReadOnly wraps a transport to an API server so that nothing can be written through it.
func ReadOnly(next http.RoundTripper) http.RoundTripper { return reads{next} }

// WrappedRoundTripper lets client-go look through it.
func (r reads) WrappedRoundTripper() http.RoundTripper { return r.next }

// RoundTrip implements http.RoundTripper.
func (r reads) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return nil, fmt.Errorf("%s %s is no read, and nothing is written here", request.Method, request.URL.Path)
	}
	return r.next.RoundTrip(request)
}
