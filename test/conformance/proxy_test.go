package conformance

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// recordingProxy passes requests on and records the answers. It tells service
// and action by itself, for clients that can't say.
type recordingProxy struct {
	target string
	transcript
}

var credentialScope = regexp.MustCompile(`Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request`)

func (p *recordingProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	answer, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	p.add(exchange{
		Service: serviceOf(r), Action: actionOf(r, body), Status: response.StatusCode, ContentType: response.Header.Get("Content-Type"),
		ErrorType: response.Header.Get("X-Amzn-Errortype"), Body: string(answer),
	})
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(answer)
}

func serviceOf(r *http.Request) string {
	if scope := credentialScope.FindStringSubmatch(r.Header.Get("Authorization")); scope != nil {
		return serviceID[scope[1]]
	}
	return ""
}

func actionOf(r *http.Request, body []byte) string {
	if form, err := url.ParseQuery(string(body)); err == nil && form.Has("Action") {
		return form.Get("Action")
	}
	segments := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	return eksActions[r.Method+" "+strconv.Itoa(len(segments))]
}

// eksActions are EKS's, by the method and how many parts the path has: /clusters/{name}/access-entries/{principalArn}.
var eksActions = map[string]string{
	"GET 1": "ListClusters", "POST 1": "CreateCluster", "GET 2": "DescribeCluster", "DELETE 2": "DeleteCluster",
	"GET 3": "ListAccessEntries", "POST 3": "CreateAccessEntry",
	"GET 4": "DescribeAccessEntry", "POST 4": "UpdateAccessEntry", "DELETE 4": "DeleteAccessEntry",
}
