package conformance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A check that an emulator passes without doing anything proves nothing.
func TestNoCheckPassesAgainstAServerThatDoesNothing(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"that agrees with everything": agree,
		"that refuses everything":     refuse,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			target := newTarget(name, server.URL)
			target.credentialsFor, target.pause, target.patience = keyIsAccount, func() {}, 2
			target.control = noControl{}
			for _, c := range registry {
				if len(c.run(t.Context(), target)) == 0 {
					t.Errorf("%q passes", c.Name)
				}
			}
		})
	}
}

var actionParameter = regexp.MustCompile(`(?:^|&)Action=([A-Za-z]+)`)

// agree answers every call with an empty success of its protocol.
func agree(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form := actionParameter.FindSubmatch(body)
	if form == nil {
		_, _ = io.WriteString(w, "{}")
		return
	}
	action := string(form[1])
	_, _ = io.WriteString(w, "<"+action+"Response><"+action+"Result/><requestId>r</requestId><return>true</return></"+action+"Response>")
}

// refuse answers every call with an error nobody expects.
func refuse(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusBadRequest)
	switch {
	case strings.HasPrefix(r.URL.Path, "/clusters"):
		_, _ = io.WriteString(w, `{"__type":"NobodyExpectsThis","message":"no"}`)
	default:
		_, _ = io.WriteString(w, "<Response><Errors><Error><Code>NobodyExpectsThis</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>")
	}
}

// noControl takes everything and does nothing.
type noControl struct{}

func (noControl) Advance(time.Duration)                    {}
func (noControl) Now() time.Time                           { return time.Time{} }
func (noControl) SetLag(_, _ time.Duration) func()         { return func() {} }
func (noControl) SetQuota(string, string, int) func()      { return func() {} }
func (noControl) SetThrottling(string) func()              { return func() {} }
func (noControl) DeclareRole(_, _, _ string, _ ...string)  {}
func (noControl) ShareSubnets(_, _, _ string, _ ...string) {}
func (noControl) SetEKSEndpoint(_, _, _, _, _ string)      {}
func (noControl) LoseAnswer(_, _, _ string)                {}
func (noControl) Deny(string, ...string)                   {}
func (noControl) Attach(string, ...string)                 {}
func (noControl) DeclareTrust(_, _ string, _ ...string)    {}
func (noControl) FailNext(_, _, _, _ string, _ int)        {}
