package chaos

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// server notes what was carried out.
type server struct {
	*httptest.Server

	mu   sync.Mutex
	done []string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done = append(s.done, string(content))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) carriedOut() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

func (s *server) wants(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.carriedOut()); diff != "" {
		t.Errorf("carried out (-want +got):\n%s", diff)
	}
}

func send(t *testing.T, through http.RoundTripper, method, url, content string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := through.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestAProcessThatWasKilledDoesNothingMore(t *testing.T) {
	t.Parallel()
	for after, want := range map[bool][]string{false: {"1"}, true: {"1", "2"}} {
		s, w := newServer(t), &Wire{}
		kube, aws := w.ToCluster(s.Client().Transport), w.ToAWS(s.Client().Transport)
		w.Arm(Strike{At: 2, Blow: Kill, After: after})
		if _, err := send(t, kube, http.MethodGet, s.URL, ""); err != nil {
			t.Errorf("reading is no act: %v", err)
		}
		s.done = nil
		if code, err := send(t, kube, http.MethodPatch, s.URL, "1"); err != nil || code != http.StatusOK {
			t.Errorf("the first act: %d, %v", code, err)
		}
		for _, act := range []string{"2", "3"} {
			if _, err := send(t, aws, http.MethodPost, s.URL, act); !errors.Is(err, ErrKilled) {
				t.Errorf("act %s: %v", act, err)
			}
		}
		if _, err := send(t, kube, http.MethodGet, s.URL, ""); !errors.Is(err, ErrKilled) || !w.Dead() {
			t.Errorf("a dead process reads: %v", err)
		}
		s.wants(t, want...)
		if w.Arm(); w.Dead() {
			t.Error("the next process is dead, too")
		}
	}
}

func TestARequestOnItsWayArrivesAfterItsProcessIsGone(t *testing.T) {
	t.Parallel()
	s, w := newServer(t), &Wire{}
	w.Arm(Strike{At: 1, Blow: Overtaken})
	if _, err := send(t, w.ToCluster(s.Client().Transport), http.MethodPatch, s.URL, "late"); !errors.Is(err, ErrKilled) {
		t.Error(err)
	}
	s.wants(t)
	w.Arm()
	if _, err := send(t, w.ToCluster(s.Client().Transport), http.MethodPatch, s.URL, "next"); err != nil {
		t.Error(err)
	}
	w.Deliver()
	w.Deliver()
	s.wants(t, "next", "late")
}

func TestOneWriteIsRefusedAndTheOthersAreNot(t *testing.T) {
	t.Parallel()
	for blow, want := range map[Blow]int{Conflict: 409, Busy: 429, Broken: 500, TimesOut: 504} {
		s, w := newServer(t), &Wire{}
		kube, aws := w.ToCluster(s.Client().Transport), w.ToAWS(s.Client().Transport)
		w.Arm(Strike{At: 2, Blow: blow})
		for i, through := range []http.RoundTripper{kube, aws, kube, kube} {
			code, err := send(t, through, http.MethodPatch, s.URL, string(rune('a'+i)))
			if err != nil || code != http.StatusOK && i != 2 || code != want && i == 2 {
				t.Errorf("request %d: %d, %v", i, code, err)
			}
		}
		s.wants(t, "a", "b", "d")
	}
}

func TestAnAnswerIsLostAfterTheWrite(t *testing.T) {
	t.Parallel()
	s, w := newServer(t), &Wire{}
	w.Arm(Strike{At: 1, Blow: Lost, After: true})
	if _, err := send(t, w.ToCluster(s.Client().Transport), http.MethodPatch, s.URL, "done"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	s.wants(t, "done")
}

func TestAProcessIsKilledAfterTheActThatSomethingComesOf(t *testing.T) {
	t.Parallel()
	s, w := newServer(t), &Wire{}
	w.Arm(Strike{Blow: Kill, When: func() bool { return len(s.carriedOut()) == 2 }})
	kube := w.ToCluster(s.Client().Transport)
	for i, act := range []string{"1", "2", "3"} {
		if _, err := send(t, kube, http.MethodPatch, s.URL, act); errors.Is(err, ErrKilled) != (i > 0) {
			t.Errorf("act %s: %v", act, err)
		}
	}
	s.wants(t, "1", "2")
	if w.Writes() != 2 {
		t.Errorf("%d writes", w.Writes())
	}
}
