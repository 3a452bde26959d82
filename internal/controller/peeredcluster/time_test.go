package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// timeline is the time of day, and what a test skips of it.
type timeline struct {
	clock.RealClock
	mutex   sync.Mutex
	skipped time.Duration
}

func (l *timeline) Now() time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return time.Now().Add(l.skipped)
}

func (l *timeline) Since(t time.Time) time.Duration { return l.Now().Sub(t) }

func (l *timeline) advance(d time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.skipped += d
}

// madeAt says, on nodes and pods of a test, when they were made by the test's clock:
// the API server stamps its own time, and knows nothing of what was skipped.
const madeAt = "test/made-at"

func (l *timeline) stamp() map[string]string {
	return map[string]string{madeAt: l.Now().Format(time.RFC3339)}
}

// aged connects to the cluster and shows nodes and pods as old as the test's clock has them.
type aged struct{ Connector }

func (a *aged) Connect(ctx context.Context, object *v1alpha1.PeeredCluster) (*cluster.Connection, error) {
	connection, err := a.Connector.Connect(ctx, object)
	if err != nil {
		return nil, err
	}
	if _, done := connection.Client.(agedClient); !done {
		connection.Client = agedClient{connection.Client}
	}
	return connection, nil
}

type agedClient struct{ client.Client }

func (c agedClient) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if err := c.Client.List(ctx, list, options...); err != nil {
		return err
	}
	switch list := list.(type) {
	case *corev1.NodeList:
		for i := range list.Items {
			age(&list.Items[i].ObjectMeta)
		}
	case *corev1.PodList:
		for i := range list.Items {
			age(&list.Items[i].ObjectMeta)
		}
	}
	return nil
}

func age(object *metav1.ObjectMeta) {
	if made, err := time.Parse(time.RFC3339, object.Annotations[madeAt]); err == nil {
		object.CreationTimestamp = metav1.NewTime(made)
	}
}

// notes is an event recorder that keeps "type reason note" of all events.
type notes struct {
	mutex sync.Mutex
	lines []string
}

func (n *notes) Eventf(_, _ runtime.Object, kind, reason, _, note string, args ...any) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.lines = append(n.lines, kind+" "+reason+" "+fmt.Sprintf(note, args...))
}

func (n *notes) has(part string) bool {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	return slices.ContainsFunc(n.lines, func(line string) bool { return strings.Contains(line, part) })
}
