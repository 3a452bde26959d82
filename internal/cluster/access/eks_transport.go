package access

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
)

// eksTransport adds a token to each request, and looks at what comes of it.
type eksTransport struct {
	cluster *eksCluster
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *eksTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := t.cluster.account.Token(request.Context())
	if err != nil {
		return nil, errors.Join(err, closed(request))
	}
	with := request.Clone(request.Context())
	with.Header.Set("Authorization", "Bearer "+token)
	response, err := t.next.RoundTrip(with)
	if _, unverified := errors.AsType[*tls.CertificateVerificationError](err); unverified {
		t.cluster.doubtful.Store(true)
	}
	if err != nil {
		return nil, err
	}
	t.cluster.doubtful.Store(false)
	if response.StatusCode == http.StatusUnauthorized {
		return nil, errors.Join(t.cluster.refused(request.Context(), token), response.Body.Close())
	}
	return response, nil
}

// WrappedRoundTripper lets client-go close what is idle.
func (t *eksTransport) WrappedRoundTripper() http.RoundTripper { return t.next }

// closed closes the body of a request that is not sent, as a RoundTripper must.
func closed(request *http.Request) error {
	if request.Body == nil {
		return nil
	}
	if err := request.Body.Close(); err != nil {
		return fmt.Errorf("closing a request: %w", err)
	}
	return nil
}

// refused says why a token was not taken. The API server does not tell, EKS does.
func (c *eksCluster) refused(ctx context.Context, token string) error {
	if known := c.recentRefusal(); known != nil {
		return known
	}
	c.account.Drop(token)
	principal, err := c.account.Principal(ctx)
	if err != nil {
		return err
	}
	entry, err := c.account.Entry(ctx, principal)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.principal = principal
	c.refusal, c.refusedAt = c.whyRefused(entry, err), c.clock.Now()
	return c.refusal
}

func (c *eksCluster) recentRefusal() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil && c.clock.Since(c.refusedAt) < refusalHolds {
		return c.refusal
	}
	return nil
}
