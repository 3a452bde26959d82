package soak

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// Meter counts what goes to API servers.
type Meter struct {
	// Asked counts requests, and Watches those that are open.
	Asked, Watches atomic.Int64
}

// Around counts what goes through a transport.
func (m *Meter) Around(next http.RoundTripper) http.RoundTripper { return metered{next, m} }

type metered struct {
	http.RoundTripper

	meter *Meter
}

func (o metered) RoundTrip(request *http.Request) (*http.Response, error) {
	o.meter.Asked.Add(1)
	response, err := o.RoundTripper.RoundTrip(request)
	if err == nil && request.URL.Query().Get("watch") != "" {
		o.meter.Watches.Add(1)
		response.Body = &open{ReadCloser: response.Body, meter: o.meter}
	}
	return response, err
}

// open is the stream of a watch. Its end is when it is closed: the context of its request goes on.
type open struct {
	io.ReadCloser

	meter *Meter
	once  sync.Once
}

func (o *open) Close() error {
	o.once.Do(func() { o.meter.Watches.Add(-1) })
	return o.ReadCloser.Close()
}
