package soak

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

type answers struct{}

func (answers) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func TestAMeterCountsRequestsAndOpenWatches(t *testing.T) {
	t.Parallel()
	var meter Meter
	through := meter.Around(answers{})
	ask := func(query string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.org/api/v1/nodes"+query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := through.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
	first, second, list := ask("?watch=true"), ask("?watch=true"), ask("") //nolint:bodyclose // closed below, one after the other
	if asked, open := meter.Asked.Load(), meter.Watches.Load(); asked != 3 || open != 2 {
		t.Errorf("%d asked, %d open", asked, open)
	}
	for _, response := range []*http.Response{first, first, list} {
		_ = response.Body.Close()
	}
	if open := meter.Watches.Load(); open != 1 {
		t.Errorf("%d are open after one was closed, twice", open)
	}
	_ = second.Body.Close()
}
