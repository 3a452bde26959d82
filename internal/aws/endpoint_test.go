package aws

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
)

// sent is one request that an endpoint got.
type sent struct {
	Action, AccessKey, Region, UserAgent string
	Form                                 url.Values
}

// endpoint answers the query protocol with canned bodies and records requests.
type endpoint struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]func(url.Values) (int, string)
	got     []sent
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{answers: map[string]func(url.Values) (int, string){}}
	e.Server = httptest.NewUnstartedServer(e)
	e.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is part of the tests
	e.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	t.Cleanup(e.Close)
	return e
}

func startedEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := newEndpoint(t)
	e.Start()
	return e
}

// answer sets the body for an action; it stands for every later request.
func (e *endpoint) answer(action, body string) {
	e.answerWith(action, func(url.Values) (int, string) { return http.StatusOK, body })
}

func (e *endpoint) refuse(action, code, message string) {
	e.answerWith(action, func(url.Values) (int, string) { return http.StatusBadRequest, refusal(code, message) })
}

func (e *endpoint) answerWith(action string, answer func(url.Values) (int, string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[action] = answer
}

func refusal(code, message string) string {
	return fmt.Sprintf(`<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>r</RequestID></Response>`, code, message)
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	action := form.Get("Action")
	request := sent{Action: action, Form: form, UserAgent: r.UserAgent()}
	request.AccessKey, request.Region = scopeOf(r)
	e.mu.Lock()
	e.got = append(e.got, request)
	answer := e.answers[action]
	e.mu.Unlock()
	status, text := http.StatusOK, "<Response><requestId>r</requestId></Response>"
	if answer != nil {
		status, text = answer(form)
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// scopeOf reads "Credential=AKID/20260101/eu-west-1/ec2/aws4_request".
func scopeOf(r *http.Request) (accessKey, region string) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(credential, "/")
	if len(parts) < 3 {
		return "", ""
	}
	return parts[0], parts[2]
}

// requests are those of an action; of all actions when it is empty.
func (e *endpoint) requests(action string) []sent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(e.got), func(s sent) bool { return action != "" && s.Action != action })
}

// actions counts requests by action.
func (e *endpoint) actions() map[string]int {
	counts := map[string]int{}
	for _, request := range e.requests("") {
		counts[request.Action]++
	}
	return counts
}

func (e *endpoint) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = nil
}

// configuration is a hand-made one for an endpoint; one attempt only, so that retries hide nothing.
func (e *endpoint) configuration() awssdk.Config {
	return awssdk.Config{
		Region:           "eu-west-1",
		BaseEndpoint:     awssdk.String(e.URL),
		Credentials:      awscredentials.NewStaticCredentialsProvider("AMBIENT", "secret", ""),
		RetryMaxAttempts: 1,
	}
}
