package conformance

import (
	"net/http"
	"testing"
	"time"
)

// openURL describes whatever listens at the URL: an awssim, a moto_server, or
// else a server that takes an account's id for its access key.
func openURL(t *testing.T, url string) *Target {
	switch {
	case answers(url + "/_awssim/config"):
		target := awssimAt(url, url)
		target.pause, target.patience = func() { target.control.Advance(time.Second) }, 120
		return target
	case answers(url + "/moto-api/data.json"):
		return motoAt(t, url)
	}
	target := newTarget(url, url)
	target.credentialsFor = keyIsAccount
	target.pause, target.patience = func() { time.Sleep(200 * time.Millisecond) }, 150
	return target
}

func answers(url string) bool {
	response, err := http.Get(url)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
