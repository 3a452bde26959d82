package rig

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// monitoring is the namespace of who reads metrics.
const monitoring = "monitoring"

// Scraper is a service account in the eu cluster that reads the manager's metrics as Prometheus does.
type Scraper struct{ token string }

// NewScraper makes a service account; one that may read gets the ClusterRole that is made for it.
func (r *Rig) NewScraper(ctx context.Context, name string, mayRead bool) (*Scraper, error) {
	steps := [][]string{{"create", "namespace", monitoring}, {"create", "serviceaccount", "-n", monitoring, name}}
	if mayRead {
		steps = append(steps, []string{"create", "clusterrolebinding", name, "--clusterrole=crossvpc-metrics-reader", "--serviceaccount=" + monitoring + ":" + name})
	}
	for _, step := range steps {
		if _, err := r.EU.Cluster.Kubectl(ctx, step...); err != nil && !strings.Contains(err.Error(), "already exists") {
			return nil, err
		}
	}
	token, err := r.EU.Cluster.Kubectl(ctx, "create", "token", "-n", monitoring, name)
	return &Scraper{strings.TrimSpace(token)}, err
}

// Scrape reads the metrics that the manager serves at an address.
func (s *Scraper) Scrape(ctx context.Context, address string) (status int, page string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/metrics", nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// The manager makes its certificate at its start.
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", fmt.Errorf("reading metrics: %w", err)
	}
	return answer.StatusCode, string(text), nil
}
