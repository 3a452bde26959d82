package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// reviewer is an API server as far as the guard asks it: "good" is prometheus, who may; "other" is somebody, who may not.
func reviewer(t *testing.T, answers bool) *httptest.Server {
	t.Helper()
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		var reply any
		switch {
		case !answers:
			http.Error(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"no"}`, http.StatusForbidden)
			return
		case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
			review := authenticationv1.TokenReview{TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "TokenReview"}}
			text := string(body)
			review.Status.Authenticated = strings.Contains(text, "good") || strings.Contains(text, "other")
			review.Status.User = authenticationv1.UserInfo{Username: "somebody", Groups: []string{"system:authenticated"}}
			if strings.Contains(text, "good") {
				review.Status.User.Username = "prometheus"
			}
			reply = review
		case strings.HasSuffix(r.URL.Path, "/subjectaccessreviews"):
			text := string(body)
			review := authorizationv1.SubjectAccessReview{TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SubjectAccessReview"}}
			review.Status.Allowed = strings.Contains(text, "prometheus") && strings.Contains(text, "/metrics") && strings.Contains(text, "get")
			reply = review
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(reply)
	}))
}

func TestMetricsAreForThoseWhoseTokenMayGetThem(t *testing.T) {
	for name, c := range map[string]struct {
		authorization string
		answers       bool
		want          int
	}{
		"who may":                   {"Bearer good", true, http.StatusOK},
		"in another case":           {"bearer good", true, http.StatusOK},
		"who may not":               {"Bearer other", true, http.StatusForbidden},
		"a token of nobody":         {"Bearer stolen", true, http.StatusUnauthorized},
		"no token":                  {"", true, http.StatusUnauthorized},
		"an empty token":            {"Bearer ", true, http.StatusUnauthorized},
		"a password":                {"Basic Z29vZDpnb29k", true, http.StatusUnauthorized},
		"where nobody can find out": {"Bearer good", false, http.StatusInternalServerError},
	} {
		t.Run(name, func(t *testing.T) {
			server := reviewer(t, c.answers)
			defer server.Close()
			filter, err := guardMetrics(&rest.Config{Host: server.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			handler, err := filter(logr.Discard(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "crossvpc_leader 1") }))
			if err != nil {
				t.Fatal(err)
			}
			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			if c.authorization != "" {
				request.Header.Set("Authorization", c.authorization)
			}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != c.want || strings.Contains(answer.Body.String(), "crossvpc_leader") != (c.want == http.StatusOK) {
				t.Errorf("answer %d %q, want %d", answer.Code, answer.Body, c.want)
			}
		})
	}
}

func TestMetricsAreSecureUnlessToldOtherwise(t *testing.T) {
	options := defaultOptions()
	if served := options.metrics(); !served.SecureServing || served.FilterProvider == nil || served.BindAddress != ":8443" {
		t.Errorf("by default metrics are served like this: %+v", served)
	}
	options.metricsSecure = false
	if served := options.metrics(); served.SecureServing || served.FilterProvider != nil {
		t.Errorf("with --metrics-secure=false: %+v", served)
	}
}
