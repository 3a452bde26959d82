package guard

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
)

// Transport makes the transport of a configuration: the only one to its server. Nothing of
// client-go is below it that logs, decodes or unpacks.
func Transport(config *rest.Config, account *Account) (http.RoundTripper, error) {
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	account.secrets.learn(config.BearerToken)
	account.secrets.learn(string(config.KeyData))
	inner := utilnet.SetTransportDefaults(&http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial(config),
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    ConnectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: mostHeader,
		MaxIdleConnsPerHost:    25,
		DisableCompression:     true, // net/http would unpack without a limit
	})
	return rest.HTTPWrappersForConfig(config, &transport{account: account, inner: inner})
}

// dial is how a server is dialled where a configuration does not say.
func dial(config *rest.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	if config.Dial != nil {
		return config.Dial
	}
	return (&net.Dialer{Timeout: ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext
}

type transport struct {
	account *Account
	inner   *http.Transport
}

// WrappedRoundTripper lets client-go cancel requests and close what is idle.
func (t *transport) WrappedRoundTripper() http.RoundTripper { return t.inner }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.account.Exceeded(); err != nil {
		return nil, closing(request.Body, err)
	}
	t.account.secrets.learn(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
	kind := kindOf(request)
	asked := request.Clone(request.Context())
	asked.Header.Set("Accept-Encoding", "gzip")
	if kind == isWatch {
		asked.Header.Set("Accept-Encoding", "identity") // API servers do not pack watches
	}
	response, err := t.inner.RoundTrip(asked)
	if err != nil {
		return nil, clean(t.account, err)
	}
	packed := response.Body
	header := response.Header
	response.Header, response.Trailer = t.account.shown(request.Method, header), nil
	response.Status = strconv.Itoa(response.StatusCode) + " " + http.StatusText(response.StatusCode)
	response.Body, err = unpacked(packed, header.Values("Content-Encoding"), kind != isWatch)
	switch code := response.StatusCode; {
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		return nil, closing(packed, ErrRedirected)
	case err != nil:
		return nil, closing(packed, err)
	case code < http.StatusOK || code >= http.StatusBadRequest:
		t.account.refusal(response, response.Body)
		return response, nil
	}
	if err := t.account.fits(header.Get("Content-Type")); err != nil {
		return nil, closing(packed, err)
	}
	response.Body, response.ContentLength, response.Uncompressed = t.framed(request.Context(), kind, response.Body), -1, true
	return response, nil
}

func closing(body io.Closer, err error) error {
	if body != nil {
		_ = body.Close()
	}
	return err
}

const mostRetryAfter = 1

// shown is what of an answer's header is handed on: the rest is logged by some and needed
// by nobody. How long to wait before another try is ours to say, but for a second.
func (a *Account) shown(method string, header http.Header) http.Header {
	shown := http.Header{}
	if header.Get("Retry-After") != "" && method == http.MethodGet {
		shown.Set("Retry-After", strconv.Itoa(mostRetryAfter))
	}
	if date := header.Get("Date"); date != "" {
		shown.Set("Date", a.secrets.words(date))
	}
	shown.Set("Content-Type", "application/json")
	return shown
}

// fits refuses what says that it is not JSON: we ask for nothing else, and weigh nothing
// else. Plain text is what a server says that was not told what it sends.
func (a *Account) fits(contentType string) error {
	if contentType == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" && media != "text/plain" {
		return unfit("content of type %q instead of JSON", a.secrets.words(contentType))
	}
	return nil
}

func (t *transport) framed(ctx context.Context, kind kind, body io.ReadCloser) *frames {
	limits := t.account.limits
	f := &frames{ctx: ctx, inner: body, account: t.account, most: limits.single(), what: "one answer"}
	switch kind {
	case isWatch:
		f.stream, f.most, f.what = true, limits.event(), "one event of a watch"
	case isList:
		f.most = limits.Answer
	case isOther:
	}
	return f
}

type kind int

const (
	isOther kind = iota
	isList
	isWatch
)

// kindOf tells by what was asked: lists are asked for by the page.
func kindOf(request *http.Request) kind {
	query := request.URL.Query()
	switch {
	case request.Method != http.MethodGet:
		return isOther
	case slices.Contains([]string{"1", "true"}, query.Get("watch")):
		return isWatch
	case query.Has("limit"):
		return isList
	}
	return isOther
}
