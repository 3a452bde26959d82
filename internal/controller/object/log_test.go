package object

import (
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestALogLineNamesTheObjectOnce(t *testing.T) {
	var lines []string
	base := funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{})
	Logger(base, "VPCPeering")(&reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "network", Name: "eu-us"}}).Info("Done: accept pcx-1")
	Logger(base, "AWSIdentity")(&reconcile.Request{NamespacedName: types.NamespacedName{Name: "eu"}}).Info("Done")
	if strings.Count(lines[0], "eu-us") != 1 || !strings.Contains(lines[0], `"VPCPeering"="network/eu-us"`) || !strings.Contains(lines[1], `"AWSIdentity"="eu"`) {
		t.Errorf("log lines: %q", lines)
	}
}

func TestEventsOfANamespaceThatIsBeingDeletedAreLoggedInstead(t *testing.T) {
	ending := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ending", DeletionTimestamp: new(metav1.Now()), Finalizers: []string{"kubernetes"}}}
	lasting := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "lasting"}}
	var lines []string
	log := funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{})
	inner := events.NewFakeRecorder(10)
	recorder := Recorder(inner, fake.NewClientBuilder().WithObjects(ending, lasting).Build(), log)
	for _, namespace := range []string{"ending", "lasting", "unknown", ""} {
		about := &v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "eu-us"}}
		recorder.Eventf(about, nil, corev1.EventTypeNormal, "Deleted", "Delete", "%s is gone", "pcx-1")
	}
	if got := len(inner.Events); got != 3 {
		t.Errorf("%d events were recorded, want those of the other three", got)
	}
	if len(lines) != 1 || !strings.Contains(lines[0], `"pcx-1 is gone"`) || !strings.Contains(lines[0], `"object"="ending/eu-us"`) {
		t.Errorf("log lines: %q", lines)
	}
}
