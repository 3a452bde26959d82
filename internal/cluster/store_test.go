package cluster

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAStoreTellsOfWhatDiffersAfterTheInitialList(t *testing.T) {
	pod := func(namespace, name, version, phase string) *corev1.Pod {
		return &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: version},
			Status:     corev1.PodStatus{Phase: corev1.PodPhase(phase)},
		}
	}
	told := 0
	s := newStore(func() { told++ })
	for _, step := range []struct {
		what  string
		do    func() error
		tells int
	}{
		{"the initial list", func() error {
			return s.Replace([]any{pod("a", "p", "1", "Running"), pod("b", "p", "1", "Running")}, "1")
		}, 0},
		{"the same, listed again", func() error {
			return s.Replace([]any{pod("a", "p", "2", "Running"), pod("b", "p", "1", "Running")}, "2")
		}, 0},
		{"one that changed, listed again", func() error {
			return s.Replace([]any{pod("a", "p", "3", "Failed"), pod("b", "p", "1", "Running")}, "3")
		}, 1},
		{"one that is gone, listed again", func() error { return s.Replace([]any{pod("a", "p", "3", "Failed")}, "4") }, 1},
		{"another in its place, listed again", func() error { return s.Replace([]any{pod("a", "q", "3", "Failed")}, "5") }, 1},
		{"a heartbeat", func() error { return s.Update(pod("a", "q", "6", "Failed")) }, 0},
		{"a change", func() error { return s.Update(pod("a", "q", "7", "Running")) }, 1},
		{"a new one", func() error { return s.Add(pod("b", "q", "8", "Running")) }, 1},
		{"a deletion", func() error { return s.Delete(pod("b", "q", "9", "Running")) }, 1},
	} {
		told = 0
		if err := step.do(); err != nil || told != step.tells {
			t.Errorf("%s: told %d times instead of %d (%v)", step.what, told, step.tells, err)
		}
	}
	if found := s.find(client.ObjectKey{Namespace: "a", Name: "q"}); found == nil || found.GetResourceVersion() != "7" {
		t.Errorf("the store has %v", found)
	}
	if gone := s.find(client.ObjectKey{Namespace: "b", Name: "q"}); gone != nil {
		t.Errorf("the store has %v, which was deleted", gone)
	}
}

func TestAStoreListsByNamespaceAndLabel(t *testing.T) {
	pod := func(namespace, name, app string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": app}}}
	}
	s := newStore(func() {})
	if err := s.Replace([]any{pod("a", "1", "x"), pod("a", "2", "y"), pod("b", "1", "x")}, "1"); err != nil {
		t.Fatal(err)
	}
	x := labels.SelectorFromSet(labels.Set{"app": "x"})
	for _, want := range []struct {
		namespace string
		selector  labels.Selector
		count     int
	}{{"", nil, 3}, {"a", nil, 2}, {"c", nil, 0}, {"", x, 2}, {"a", x, 1}} {
		if found := s.list(want.namespace, want.selector); len(found) != want.count {
			t.Errorf("namespace %q, selector %v: %d objects instead of %d", want.namespace, want.selector, len(found), want.count)
		}
	}
}

func TestANamespaceThatIsNotWatchedIsRefusedRatherThanEmpty(t *testing.T) {
	w := &watched{kind: kinds[CiliumNodeConfig], store: newStore(func() {}), namespaced: true, only: "kube-system"}
	list := &corev1.PodList{}
	for what, err := range map[string]error{
		"an object": func() error { _, err := w.find(client.ObjectKey{Namespace: "other", Name: "a"}); return err }(),
		"a list":    w.list(list, &client.ListOptions{Namespace: "other"}),
	} {
		if err == nil || !strings.Contains(err.Error(), `watched in namespace "kube-system" only, and asked for in "other"`) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAWatchIsReadOnlyInTheFormInWhichItKeeps(t *testing.T) {
	connection := connectTo(t, servedBy(t, answer(http.StatusNotFound, "none")))
	t.Cleanup(connection.close)
	reader := connection.Client.(*watchedClient)
	loose := func(gvk schema.GroupVersionKind) client.Object {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(gvk)
		return object
	}
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(Pod)
	for _, want := range []struct {
		object client.Object
		shown  bool
	}{{&corev1.Pod{}, true}, {loose(CiliumNode), true}, {loose(Pod), false}, {metadata, false}, {&corev1.Secret{}, false}} {
		if gvk, shown := reader.isShown(want.object); shown != want.shown {
			t.Errorf("%T of %s is read from a watch: %v", want.object, gvk, shown)
		}
	}
}
