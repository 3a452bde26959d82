package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cluster/guard"
	"github.com/crossvpc/crossvpc/test/kubeconfig"
)

// ordinaryPod is a pod of 10 KiB: three containers with probes, resources and environment.
func ordinaryPod() *corev1.Pod {
	pod := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "NAME", Namespace: "shop", UID: "0b9f2c1e-7a1d-4d0e-9a55-NAME", ResourceVersion: "1",
			Labels:          map[string]string{"app.kubernetes.io/name": "shop", "app.kubernetes.io/instance": "shop-eu", "pod-template-hash": "7d9f8b6c5"},
			Annotations:     map[string]string{"prometheus.io/scrape": "true", "kubectl.kubernetes.io/restartedAt": "2026-11-30T00:00:00Z", "checksum/config": strings.Repeat("0", 64)},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "shop-7d9f8b6c5", UID: "1"}},
			ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "kube-controller-manager", FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{` + strings.Repeat(`"f:labels":{".":{},"f:app":{}},`, 60) + `"f:x":{}}}`)}},
		},
		Spec:   corev1.PodSpec{NodeName: "ip-10-11-0-1.eu-west-1.compute.internal", ServiceAccountName: "shop"},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "10.11.0.2", HostIP: "10.11.0.1", Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
	for i := range 3 {
		container := corev1.Container{Name: fmt.Sprintf("c%d", i), Image: "registry.example.org/shop/server:v1.2.3", Args: []string{"--listen=:8080", "--log-level=info"}}
		container.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("128Mi")}
		for n := range 20 {
			container.Env = append(container.Env, corev1.EnvVar{Name: fmt.Sprintf("SETTING_%d", n), Value: "a value of some length, as they are"})
		}
		pod.Spec.Containers = append(pod.Spec.Containers, container)
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: container.Name, Image: container.Image, Ready: true})
	}
	return pod
}

// largeCluster serves nodes and pods, by streams or by pages.
func largeCluster(t *testing.T, nodes, pods int, streams bool) kubeconfig.Fields {
	t.Helper()
	template := func(object any) []string {
		encoded, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(encoded), "NAME")
	}
	server := node("NAME")
	server.TypeMeta, server.ResourceVersion = metav1.TypeMeta{Kind: "Node", APIVersion: "v1"}, "1"
	for range 50 {
		server.Status.Images = append(server.Status.Images, corev1.ContainerImage{Names: []string{"registry.example.org/an/image@sha256:" + strings.Repeat("0", 64)}})
	}
	kinds := map[string]struct {
		count int
		parts []string
	}{"nodes": {nodes, template(server)}, "pods": {pods, template(ordinaryPod())}, "poddisruptionbudgets": {}}
	known := answer(http.StatusNotFound, "none")
	return servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		query, path := r.URL.Query(), strings.Split(r.URL.Path, "/")
		kind, served := kinds[path[len(path)-1]]
		sort, api := map[string]string{"nodes": "Node", "pods": "Pod"}[path[len(path)-1]], "v1"
		if sort == "" {
			sort, api = "PodDisruptionBudget", "policy/v1"
		}
		switch {
		case r.URL.Path == "/apis":
			_, _ = io.WriteString(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"policy","versions":[{"groupVersion":"policy/v1","version":"v1"}],"preferredVersion":{"groupVersion":"policy/v1","version":"v1"}}]}`)
		case r.URL.Path == "/apis/policy/v1":
			_, _ = io.WriteString(w, `{"kind":"APIResourceList","groupVersion":"policy/v1","resources":[{"name":"poddisruptionbudgets","namespaced":true,"kind":"PodDisruptionBudget","verbs":["list","watch"]}]}`)
		case r.URL.Path == "/api/v1":
			_, _ = io.WriteString(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"nodes","kind":"Node","verbs":["list","watch"]},{"name":"pods","namespaced":true,"kind":"Pod","verbs":["list","watch"]}]}`)
		case !served:
			known(w, r)
		case query.Get("sendInitialEvents") == "true" && !streams:
			answer(http.StatusBadRequest, "no streams")(w, r)
		case query.Get("watch") != "":
			if query.Get("sendInitialEvents") == "true" {
				for i := range kind.count {
					_, _ = io.WriteString(w, `{"type":"ADDED","object":`+strings.Join(kind.parts, fmt.Sprintf("n%d", i))+"}\n")
				}
				_, _ = fmt.Fprintf(w, `{"type":"BOOKMARK","object":{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}`+"\n", sort, api)
			}
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			from, limit := 0, 0
			_, _ = fmt.Sscan(query.Get("continue"), &from)
			_, _ = fmt.Sscan(query.Get("limit"), &limit)
			to, next := min(from+limit, kind.count), ""
			if to < kind.count {
				next = strconv.Itoa(to)
			}
			_, _ = fmt.Fprintf(w, `{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"9","continue":%q},"items":[`, sort, api, next)
			for i := from; i < to; i++ {
				if i > from {
					_, _ = io.WriteString(w, ",")
				}
				_, _ = io.WriteString(w, strings.Join(kind.parts, fmt.Sprintf("n%d", i)))
			}
			_, _ = io.WriteString(w, "]}")
		}
	})
}

// TestAThousandNodesWithThirtyThousandPodsFit prints the figures of docs/scale.md. Under the race detector it has a fifth of the
// pods and of the room; make bench runs it whole.
func TestAThousandNodesWithThirtyThousandPodsFit(t *testing.T) {
	for name, test := range map[string]struct {
		pods    int
		streams bool
	}{
		"streamed, as API servers since 1.34 do": {30_000, true},
		"a tenth of them by pages":               {3_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			share := int64(1)
			if raced {
				share, test.pods = 5, test.pods/5
			}
			heap := func() int64 {
				runtime.GC()
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				return int64(memory.HeapAlloc) //nolint:gosec // no exabytes
			}
			before, began := heap(), time.Now()
			connection := connectTo(t, largeCluster(t, 1000, test.pods, test.streams))
			t.Cleanup(connection.close)
			var err error
			for err = connection.Current(t.Context()); err != nil && time.Since(began) < 10*time.Minute; {
				err = connection.Current(t.Context()) // a machine with other things to do
			}
			if err != nil {
				t.Fatal(err)
			}
			var pods corev1.PodList
			if err := connection.Client.List(t.Context(), &pods); err != nil || len(pods.Items) != test.pods {
				t.Fatalf("%d pods (%v)", len(pods.Items), err)
			}
			pods.Items = nil
			taken, grown := connection.account.Taken(), heap()-before
			t.Logf("read in %s; counted as %d MiB, and the heap grew by %d MiB", time.Since(began).Round(time.Second), taken/guard.MiB, grown/guard.MiB)
			if taken > connection.account.Limit()/2/share || taken < grown/2 {
				t.Errorf("%d MiB of %d are counted for %d", taken/guard.MiB, connection.account.Limit()/guard.MiB, grown/guard.MiB)
			}
		})
	}
}
