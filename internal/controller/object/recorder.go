package object

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Recorder records events, except of objects whose namespace is being deleted: the API server
// takes no event there, and each would be logged as an error. They are logged as what they are.
func Recorder(inner events.EventRecorder, namespaces client.Reader, log logr.Logger) events.EventRecorder {
	return &recorder{EventRecorder: inner, namespaces: namespaces, log: log}
}

type recorder struct {
	events.EventRecorder
	namespaces client.Reader
	log        logr.Logger
}

// Eventf implements events.EventRecorder.
func (r *recorder) Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any) {
	if about, err := meta.Accessor(regarding); err == nil && r.ends(about.GetNamespace()) {
		r.log.Info(fmt.Sprintf(note, args...), "reason", reason, "object", about.GetNamespace()+"/"+about.GetName())
		return
	}
	r.EventRecorder.Eventf(regarding, related, eventtype, reason, action, note, args...)
}

// ends reads the cache, so that it costs nothing; what it does not have is taken to stay.
func (r *recorder) ends(namespace string) bool {
	if namespace == "" {
		return false // events of objects without one are in the namespace default
	}
	found := &corev1.Namespace{}
	err := r.namespaces.Get(context.Background(), client.ObjectKey{Name: namespace}, found)
	return err == nil && !found.DeletionTimestamp.IsZero()
}
