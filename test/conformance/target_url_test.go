package conformance

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// openURL describes whatever listens at the URL: an awssim, a moto_server, or
// else a server that takes an account's id for its access key.
func openURL(t *testing.T, url string) (*Target, func()) {
	switch {
	case answers(t.Context(), url+"/_awssim/config"):
		target := awssimAt(url, url)
		target.pause, target.patience, target.ticking = func() { target.control.Advance(500 * time.Millisecond) }, 240, true
		return target, simControl{endpoint: url}.setTiming(checkedTiming())
	case answers(t.Context(), url+"/moto-api/data.json"):
		return motoAt(t, url), func() {}
	}
	target := newTarget(url, url)
	target.credentialsFor = keyIsAccount
	target.pause, target.patience = func() { <-time.After(200 * time.Millisecond) }, 150
	return target, func() {}
}

// answers says whether a GET of the URL gives 200.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}
