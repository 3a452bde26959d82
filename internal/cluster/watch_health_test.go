package cluster

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

// source is an API server as a reflector sees it.
type source struct {
	stream *watch.FakeWatcher
	err    error
	asked  metav1.ListOptions
}

func (s *source) ListWithContext(context.Context, metav1.ListOptions) (runtime.Object, error) {
	return &corev1.NodeList{}, s.err
}

func (s *source) WatchWithContext(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
	s.asked = options
	if s.err != nil {
		return nil, s.err
	}
	s.stream = watch.NewFakeWithChanSize(8, false)
	return s.stream, nil
}

type listening struct {
	*testing.T

	source *source
	health *watchHealth
	clock  *clocktesting.FakePassiveClock
	stream watch.Interface
}

func listen(t *testing.T) *listening {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
	return &listening{T: t, source: &source{}, clock: clock, health: &watchHealth{
		clock: clock, heard: clock.Now(), kept: newKept(guard.NewAccount(guard.DefaultLimits(), nil), asItIs),
	}}
}

func (l *listening) watch(filling bool) error {
	var err error
	l.stream, err = l.health.listen(l.source).WatchWithContext(l.Context(), metav1.ListOptions{SendInitialEvents: &filling})
	return err
}

// pass lets the reflector take one event.
func (l *listening) pass(send func(*watch.FakeWatcher)) {
	send(l.source.stream)
	<-l.stream.ResultChan()
}

func (l *listening) after(d time.Duration) { l.clock.SetTime(l.clock.Now().Add(d)) }

func (l *listening) expect(broken bool, age time.Duration, heard bool) {
	l.Helper()
	if got := l.health.broken(); (got != nil) != broken {
		l.Errorf("broken is %v, want %v", got, broken)
	}
	if got := l.health.heardWithin(age); got != heard {
		l.Errorf("heard within %s is %v, want %v", age, got, heard)
	}
}

func bookmark(end bool) *corev1.Node {
	node := &corev1.Node{}
	if end {
		node.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
	}
	return node
}

func TestAWatchIsReliedOnOnlyWhatWasHeardOf(t *testing.T) {
	for name, tell := range map[string]func(*listening){
		"not before its initial list is complete": func(l *listening) {
			_ = l.watch(true)
			l.pass(func(w *watch.FakeWatcher) { w.Add(&corev1.Node{}) })
			l.pass(func(w *watch.FakeWatcher) { w.Action(watch.Bookmark, bookmark(false)) })
			l.expect(false, time.Minute, false)
			l.pass(func(w *watch.FakeWatcher) { w.Action(watch.Bookmark, bookmark(true)) })
			l.expect(false, time.Second, true)
		},
		"from the start where a list came before": func(l *listening) {
			_ = l.watch(false)
			l.expect(false, time.Second, true)
		},
		"as long as something is heard": func(l *listening) {
			_ = l.watch(false)
			l.after(longestSilence)
			l.pass(func(w *watch.FakeWatcher) { w.Modify(&corev1.Node{}) })
			l.after(longestSilence)
			l.expect(false, longestSilence, true)
			l.expect(false, time.Second, false)
		},
		"not when it stalls without an error": func(l *listening) {
			_ = l.watch(false)
			l.after(longestSilence + time.Second)
			l.expect(true, longestSilence, false)
		},
		"not when the API server ends it with an error": func(l *listening) {
			_ = l.watch(false)
			gone := apierrors.NewResourceExpired("too old").Status()
			l.pass(func(w *watch.FakeWatcher) { w.Error(&gone) })
			l.expect(true, time.Minute, false)
			_ = l.watch(false)
			l.expect(false, time.Minute, true)
		},
		"not when it can't be opened": func(l *listening) {
			l.source.err = errors.New("refused")
			_ = l.watch(false)
			l.expect(true, time.Minute, false)
		},
		"where lists are not streamed, once there was a list": func(l *listening) {
			l.source.err = apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "watch", corev1.Resource("nodes"), "", "sendInitialEvents is forbidden", 0, false)
			_ = l.watch(true)
			l.expect(false, time.Minute, false)
			l.source.err = nil
			_ = l.watch(false)
			l.expect(false, time.Minute, true)
		},
		"not when its list fails": func(l *listening) {
			l.source.err = errors.New("refused")
			_, _ = l.health.listen(l.source).ListWithContext(l.Context(), metav1.ListOptions{})
			l.expect(true, time.Minute, false)
		},
	} {
		t.Run(name, func(t *testing.T) { tell(listen(t)) })
	}
}

func TestAStreamIsAskedForShortEnoughToBeHeardOf(t *testing.T) {
	l := listen(t)
	if err := l.watch(false); err != nil {
		t.Fatal(err)
	}
	if seconds := l.source.asked.TimeoutSeconds; seconds == nil || time.Duration(*seconds)*time.Second*2 > longestSilence {
		t.Errorf("a stream lasts %v s, and silence is allowed for %s", seconds, longestSilence)
	}
}
