package chaos

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// watching serves a watch: what is sent is told.
func watching(t *testing.T) (s *Streams, tell chan<- string, lines <-chan string) {
	t.Helper()
	told, read := make(chan string), make(chan string, 100)
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		for {
			w.(http.Flusher).Flush()
			select {
			case line := <-told:
				_, _ = fmt.Fprintln(w, line)
			case <-r.Context().Done():
				return
			}
		}
	}))
	t.Cleanup(served.Close)
	s = &Streams{}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, served.URL+"?watch=true", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.Around(served.Client().Transport).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	go func() {
		defer close(read)
		for scanner := bufio.NewScanner(response.Body); scanner.Scan(); {
			read <- scanner.Text()
		}
	}()
	return s, told, read
}

func event(kind, uid, version string) string {
	return fmt.Sprintf(`{"type":%q,"object":{"metadata":{"uid":%q,"resourceVersion":%q}}}`, kind, uid, version)
}

// reads is what comes until the line.
func reads(lines <-chan string, last string) []string {
	var got []string
	for line := range lines {
		if got = append(got, line); line == last {
			return got
		}
	}
	return got
}

// readsAhead returns when the stream holds so many events back.
func (s *Streams) readsAhead(n int) {
	s.each(func(one *stream) {
		for len(one.frames) < n {
			one.changed.Wait()
		}
	})
}

func TestAHeldWatchTellsEverythingLate(t *testing.T) {
	t.Parallel()
	s, tell, lines := watching(t)
	first, second := event("ADDED", "a", "1"), event("MODIFIED", "a", "2")
	tell <- first
	reads(lines, first)
	s.Hold()
	tell <- second
	s.readsAhead(1)
	select {
	case line := <-lines:
		t.Errorf("told while it is held: %s", line)
	default:
	}
	s.Release(false)
	if got := reads(lines, second); !slices.Equal(got, []string{second}) {
		t.Errorf("told: %v", got)
	}
}

func TestAMergedWatchTellsTheLastOfEachObject(t *testing.T) {
	t.Parallel()
	s, tell, lines := watching(t)
	s.Hold()
	end := event("BOOKMARK", "", "9")
	for _, line := range []string{
		event("ADDED", "a", "1"), event("MODIFIED", "b", "2"), event("MODIFIED", "a", "3"), event("DELETED", "b", "4"), end,
	} {
		tell <- line
	}
	s.readsAhead(5)
	s.Release(true)
	got := strings.Join(reads(lines, end), "\n")
	want := strings.Join([]string{event("ADDED", "a", "3"), event("DELETED", "b", "4"), end}, "\n")
	if got != want {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
}

func TestABrokenWatchTellsNothingOfWhatWasHeldBack(t *testing.T) {
	t.Parallel()
	s, tell, lines := watching(t)
	s.Hold()
	tell <- event("MODIFIED", "a", "1")
	s.readsAhead(1)
	s.Break()
	if got := reads(lines, ""); len(got) > 0 {
		t.Errorf("told: %v", got)
	}
}
