package leader

import (
	"context"
	"io"
	"net/http"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Transport lets no request through that may change something, unless the lease is held. It is
// asked when the request is about to be sent, after whatever waited.
func (l *Lease) Transport(inner http.RoundTripper) http.RoundTripper {
	return &fence{inner, l}
}

type fence struct {
	inner http.RoundTripper
	lease *Lease
}

// RoundTrip implements http.RoundTripper.
func (f *fence) RoundTrip(request *http.Request) (*http.Response, error) {
	if mayChange(request) {
		if err := f.lease.Held(); err != nil {
			return nil, closing(request.Body, err)
		}
	}
	return f.inner.RoundTrip(request)
}

// mayChange: reviews are POSTs that change nothing, and a replica that waits asks them of who scrapes its metrics.
func mayChange(request *http.Request) bool {
	path := request.URL.Path
	return request.Method != http.MethodGet && request.Method != http.MethodHead &&
		!strings.HasSuffix(path, "/apis/authentication.k8s.io/v1/tokenreviews") &&
		!strings.HasSuffix(path, "/apis/authorization.k8s.io/v1/subjectaccessreviews")
}

// WrappedRoundTripper lets client-go cancel requests and close what is idle.
func (f *fence) WrappedRoundTripper() http.RoundTripper { return f.inner }

func closing(body io.Closer, err error) error {
	if body != nil {
		_ = body.Close()
	}
	return err
}

// Doer sends requests to AWS.
type Doer interface {
	Do(request *http.Request) (*http.Response, error)
}

// Doer lets no request through unless the lease is held: what AWS is asked for is a POST
// whether it changes something or not.
func (l *Lease) Doer(inner Doer) Doer { return fencedDoer{inner, l} }

type fencedDoer struct {
	inner Doer
	lease *Lease
}

// Do implements Doer.
func (d fencedDoer) Do(request *http.Request) (*http.Response, error) {
	if err := d.lease.Held(); err != nil {
		return nil, closing(request.Body, err)
	}
	return d.inner.Do(request)
}

// Reader reads only while the lease is held. A reconciliation begins with a read, so none
// begins after it.
func (l *Lease) Reader(inner client.Reader) client.Reader { return fencedReader{inner, l} }

type fencedReader struct {
	client.Reader

	lease *Lease
}

// Get implements client.Reader.
func (r fencedReader) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if err := r.lease.Held(); err != nil {
		return err
	}
	return r.Reader.Get(ctx, key, object, options...)
}

// Client is like Reader; what it writes goes through Transport.
func (l *Lease) Client(inner client.Client) client.Client {
	return fencedClient{Client: inner, reader: fencedReader{inner, l}}
}

type fencedClient struct {
	client.Client

	reader fencedReader
}

// Get implements client.Reader.
func (c fencedClient) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return c.reader.Get(ctx, key, object, options...)
}
