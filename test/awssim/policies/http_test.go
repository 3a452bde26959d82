package policies

import (
	"io"
	"net/http"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// plainBody hides WriteTo of the SDK's request body, without which the SDK closes it early (aws-sdk-go-v2#1825).
type plainBody struct{ next http.RoundTripper }

func (p plainBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.RoundTrip(r)
}

func httpClient(cloud *awssim.Cloud) *http.Client {
	return &http.Client{Transport: plainBody{cloud.RoundTripper()}}
}
