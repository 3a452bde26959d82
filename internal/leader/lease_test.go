package leader

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// memoryLock is a lock in memory.
type memoryLock struct {
	resourcelock.Interface

	holder string
	err    error
}

func (*memoryLock) Identity() string { return "us" }

func (r *memoryLock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &resourcelock.LeaderElectionRecord{HolderIdentity: r.holder}, nil, r.err
}

func (r *memoryLock) Update(_ context.Context, written resourcelock.LeaderElectionRecord) error {
	if r.err == nil {
		r.holder = written.HolderIdentity
	}
	return r.err
}

type election struct {
	*testing.T

	record *memoryLock
	lease  *Lease
	lock   *lock
	now    time.Duration
	lost   int
}

func elect(t *testing.T) *election {
	t.Helper()
	e := &election{T: t, record: &memoryLock{}, now: time.Hour}
	e.lease = NewLease(LeaseDuration, func() { e.lost++ })
	e.lease.now = func() time.Duration { return e.now }
	e.lock = &lock{e.record, e.lease}
	return e
}

func (e *election) renew() error {
	return e.lock.Update(e.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "us"})
}

func (e *election) want(held bool, lost int) {
	e.Helper()
	if err := e.lease.Held(); (err == nil) != held || e.lost != lost {
		e.Errorf("held: %v, lost %d times; want %t, %d", err, e.lost, held, lost)
	}
}

func TestTheLeaseIsHeldFromARenewalOnAndNoLongerThanItLasts(t *testing.T) {
	e := elect(t)
	e.want(false, 0)
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	e.now += LeaseDuration - margin - 1
	e.want(true, 0)
	e.now++ // stopped, or asleep
	e.want(false, 0)
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	e.want(true, 0)
	e.now += LeaseDuration
	e.record.err = errors.New("the API server is away")
	if e.renew() == nil {
		t.Fatal("it was renewed")
	}
	e.want(false, 0)
}

func TestAnotherHolderEndsItAtFirstSightAndForGood(t *testing.T) {
	e := elect(t)
	e.record.holder = "them"
	_, _, _ = e.lock.Get(t.Context()) // a candidate sees the leader, and loses nothing
	e.want(false, 0)
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	e.record.holder = "them"
	for range 2 {
		_, _, _ = e.lock.Get(t.Context())
		e.want(false, 1)
	}
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	e.want(false, 1)
}

func TestALeaseThatIsGivenBackIsNotHeld(t *testing.T) {
	e := elect(t)
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	if err := e.lock.Update(t.Context(), resourcelock.LeaderElectionRecord{}); err != nil {
		t.Fatal(err)
	}
	e.want(false, 0)
}

func TestWithoutTheLeaseNothingIsSentThatMayChangeSomething(t *testing.T) {
	e := elect(t)
	sent := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent[r.Method]++ }))
	t.Cleanup(server.Close)
	send := func(do func(*http.Request) (*http.Response, error), method string) error {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	transport, aws := e.lease.Transport(http.DefaultTransport).RoundTrip, e.lease.Doer(http.DefaultClient).Do
	if err := send(transport, http.MethodGet); err != nil {
		t.Error(err)
	}
	if err := send(transport, http.MethodPatch); !errors.Is(err, ErrNotHeld) {
		t.Errorf("a write to a cluster: %v", err)
	}
	if err := send(aws, http.MethodPost); !errors.Is(err, ErrNotHeld) {
		t.Errorf("a call to AWS: %v", err)
	}
	if err := e.renew(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(send(transport, http.MethodPatch), send(aws, http.MethodPost)); err != nil {
		t.Error(err)
	}
	if sent[http.MethodGet] != 1 || sent[http.MethodPatch] != 1 || sent[http.MethodPost] != 1 {
		t.Errorf("sent %v", sent)
	}
}

func TestTheClockGoesOn(t *testing.T) {
	before := sinceBoot()
	if before <= 0 || sinceBoot() < before || sinceStart() <= 0 {
		t.Errorf("it is at %s", before)
	}
}
