package leader

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"k8s.io/client-go/rest"
)

// The configuration is that of the whole manager: a limit of 5 seconds in it would cut each of its watches.
func TestTheLockLeavesTheConfigurationAlone(t *testing.T) {
	config := &rest.Config{Host: "https://10.0.0.1", UserAgent: "crossvpc/v1"}
	if _, err := NewLock(config, "namespace", "lease", NewLease(LeaseDuration, func() {})); err != nil {
		t.Fatal(err)
	}
	if config.Timeout != 0 || config.UserAgent != "crossvpc/v1" {
		t.Errorf("changed to %v, %q", config.Timeout, config.UserAgent)
	}
}

func TestAReplicaThatWaitsMayAskWhoScrapesItsMetrics(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	fenced := NewLease(LeaseDuration, func() {}).Transport(http.DefaultTransport)
	for path, passes := range map[string]bool{
		"/apis/authentication.k8s.io/v1/tokenreviews":               true,
		"/apis/authorization.k8s.io/v1/subjectaccessreviews":        true,
		"/apis/networking.crossvpc.io/v1alpha1/awsidentities":       false,
		"/apis/authorization.k8s.io/v1/subjectaccessreviews/status": false,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := fenced.RoundTrip(request)
		if (err == nil) != passes {
			t.Errorf("%s: %v", path, err)
		}
		if response != nil {
			_ = response.Body.Close()
		}
	}
}
