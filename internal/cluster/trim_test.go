package cluster

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func trimmed[T any](t *testing.T, trim func(any) (any, error), from string, into T) T {
	t.Helper()
	if err := yaml.Unmarshal([]byte(from), into); err != nil {
		t.Fatal(err)
	}
	got, err := trim(into)
	if err != nil {
		t.Fatal(err)
	}
	return got.(T)
}

const podYAML = `
metadata:
  name: p
  namespace: n
  uid: u
  labels: {app: shop}
  annotations: {karpenter.sh/do-not-disrupt: "true", payload: "LONG"}
  ownerReferences: [{kind: OWNER, name: o, uid: o, controller: true}]
  managedFields: [{manager: m}]
spec:
  nodeName: a
  hostNetwork: true
  priority: 5
  volumes: [{name: v}]
  initContainers: [{name: config, image: i:1, env: [{name: A}]}]
  containers: [{name: c, image: i:2, env: [{name: A}]}]
status:
  phase: Running
  startTime: "2026-01-01T00:00:00Z"
  podIP: 10.0.0.1
  conditions:
  - {type: Ready, status: "True", lastTransitionTime: "2026-01-01T00:00:01Z", lastProbeTime: "2026-01-01T00:00:09Z"}
  - {type: Initialized, status: "True"}
  containerStatuses: [{name: c, ready: true, restartCount: 3}]
`

func TestOfAPodWhatDecisionsRestOnIsKept(t *testing.T) {
	long := strings.Replace(podYAML, "LONG", strings.Repeat("x", longestAnnotation+1), 1)
	for owner, want := range map[string]struct{ containers, statuses int }{"ReplicaSet": {0, 0}, "DaemonSet": {1, 1}} {
		t.Run(owner, func(t *testing.T) {
			pod := trimmed(t, trimPod, strings.Replace(long, "OWNER", owner, 1), &corev1.Pod{})
			if diff := cmp.Diff(map[string]string{"karpenter.sh/do-not-disrupt": "true"}, pod.Annotations); diff != "" {
				t.Errorf("annotations (-want +got):\n%s", diff)
			}
			if pod.ManagedFields != nil || pod.Spec.Volumes != nil || len(pod.Status.Conditions) != 1 || !pod.Status.Conditions[0].LastProbeTime.IsZero() {
				t.Errorf("kept too much: %+v", pod)
			}
			if pod.Labels["app"] != "shop" || pod.OwnerReferences[0].Kind != owner || pod.Spec.NodeName != "a" || !pod.Spec.HostNetwork ||
				*pod.Spec.Priority != 5 || pod.Status.StartTime == nil || pod.Status.PodIP == "" || pod.Status.Phase != corev1.PodRunning {
				t.Errorf("kept too little: %+v", pod)
			}
			if len(pod.Spec.Containers) != want.containers || len(pod.Spec.InitContainers) != want.containers || len(pod.Status.ContainerStatuses) != want.statuses {
				t.Errorf("containers kept: %+v %+v", pod.Spec, pod.Status)
			}
			for _, container := range pod.Spec.Containers {
				if container.Image != "i:2" || container.Env != nil {
					t.Errorf("container kept as %+v", container)
				}
			}
		})
	}
}

func TestAHeartbeatIsNoChange(t *testing.T) {
	node := func(at string, ready corev1.ConditionStatus) *corev1.Node {
		trimmed := trimmed(t, trimNode, `
metadata: {name: a, resourceVersion: "`+at+`"}
status:
  images: [{names: [i]}]
  conditions: [{type: Ready, status: "`+string(ready)+`", lastHeartbeatTime: "2026-01-01T00:00:`+at+`Z", lastTransitionTime: "2026-01-01T00:00:00Z"}]
`, &corev1.Node{})
		return trimmed
	}
	if len(node("01", corev1.ConditionTrue).Status.Images) > 0 {
		t.Error("images are kept")
	}
	if !same(node("01", corev1.ConditionTrue), node("11", corev1.ConditionTrue)) {
		t.Error("a heartbeat counts as a change")
	}
	if same(node("01", corev1.ConditionTrue), node("11", corev1.ConditionFalse)) {
		t.Error("a node that is not Ready any more counts as unchanged")
	}
}

func TestOfACiliumNodeTheListsOfAddressesAreDropped(t *testing.T) {
	got := trimmed(t, trimCiliumNode, `
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: a, managedFields: [{manager: m}]}
spec:
  instance-id: i-1
  ipam: {pool: {10.0.0.1: {}}}
status:
  ipam: {used: {10.0.0.1: {}}}
  eni: {enis: {eni-1: {id: eni-1, number: 1, addresses: [10.0.0.1], prefixes: [10.0.0.0/28], vpc: {id: vpc-1}}}}
`, &unstructured.Unstructured{})
	want := map[string]any{
		"apiVersion": "cilium.io/v2", "kind": "CiliumNode",
		"metadata": map[string]any{"name": "a"},
		"spec":     map[string]any{"instance-id": "i-1"},
		"status": map[string]any{"eni": map[string]any{"enis": map[string]any{
			"eni-1": map[string]any{"id": "eni-1", "number": int64(1), "vpc": map[string]any{"id": "vpc-1"}},
		}}},
	}
	if diff := cmp.Diff(want, got.Object, cmp.Transformer("numbers", func(n float64) int64 { return int64(n) })); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestOfACiliumNodeAllThatIsReadIsKept(t *testing.T) {
	const object = `
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: a}
spec:
  instance-id: i-1
  addresses: [{type: InternalIP, ip: 10.0.0.1}]
  eni: {vpc-id: vpc-1, availability-zone: eu-west-1a, node-subnet-id: subnet-1, first-interface-index: 1, security-groups: [sg-1], exclude-interface-tags: {a: b}, instance-type: m5.large}
status:
  eni: {enis: {eni-1: {id: eni-1, number: 2, subnet: {id: subnet-1, cidr: 10.0.0.0/24}, vpc: {id: vpc-1, primary-cidr: 10.0.0.0/16, cidrs: [10.1.0.0/16]},
    security-groups: [sg-1], tags: {a: c}, mac: "0a:00", ip: 10.0.0.1, description: long}}}
`
	asIs := func(object any) (any, error) { return object, nil }
	read := func(trim func(any) (any, error)) cilium.CiliumNode {
		node, err := cilium.CiliumNodeFromUnstructured(trimmed(t, trim, object, &unstructured.Unstructured{}))
		if err != nil {
			t.Fatal(err)
		}
		return node
	}
	if diff := cmp.Diff(read(asIs), read(trimCiliumNode)); diff != "" {
		t.Errorf("read (-whole +kept):\n%s", diff)
	}
	kept := trimmed(t, trimCiliumNode, object, &unstructured.Unstructured{})
	for _, gone := range [][]string{{"spec", "addresses"}, {"spec", "eni", "instance-type"}, {"status", "eni", "enis", "eni-1", "mac"}} {
		if _, found, _ := unstructured.NestedFieldNoCopy(kept.Object, gone...); found {
			t.Errorf("%v is kept", gone)
		}
	}
}

func TestACiliumNodeThatIsNoneIsLeftForItsReaderToRefuse(t *testing.T) {
	for _, object := range []string{`{spec: text}`, `{status: {eni: text}}`, `{status: {eni: {enis: [a]}}}`, `{status: {eni: {enis: {eni-1: text}}}}`} {
		kept := trimmed(t, trimCiliumNode, `{apiVersion: cilium.io/v2, kind: CiliumNode, metadata: {name: a}, `+object[1:], &unstructured.Unstructured{})
		if _, err := cilium.CiliumNodeFromUnstructured(kept); err == nil {
			t.Errorf("%s was made readable", object)
		}
	}
}

func TestOfANodeClaimItsInstanceAndItsMarkAreKept(t *testing.T) {
	got := trimmed(t, trimNodeClaim, `
apiVersion: karpenter.sh/v1
kind: NodeClaim
metadata: {name: a, annotations: {mark: rev}, labels: {karpenter.sh/nodepool: apps}, managedFields: [{manager: m}]}
spec: {requirements: [{key: k, operator: Exists}]}
status: {providerID: "aws:///eu-west-1a/i-1", conditions: [{type: Drifted, status: "True"}]}
`, &unstructured.Unstructured{})
	want := map[string]any{
		"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
		"metadata": map[string]any{"name": "a", "annotations": map[string]any{"mark": "rev"}, "labels": map[string]any{"karpenter.sh/nodepool": "apps"}},
		"status":   map[string]any{"providerID": "aws:///eu-west-1a/i-1"},
	}
	if diff := cmp.Diff(want, got.Object); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestChangesAreToldOnceUntilSomebodyLooks(t *testing.T) {
	connector := NewConnector()
	c := &changes{cluster: "us", out: connector.changes}
	expect := func(after ...time.Duration) {
		t.Helper()
		var got []time.Duration
		for range len(connector.Changes()) {
			e := <-connector.Changes()
			if e.Object.Cluster != "us" {
				t.Errorf("told of %q", e.Object.Cluster)
			}
			got = append(got, e.Object.After)
		}
		if diff := cmp.Diff(after, got); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	}
	c.tell(kinds[Pod])
	expect() // at rest pods come and go
	c.tell(kinds[Node])
	c.tell(kinds[Node])
	expect(atRest)
	c.seen()
	c.attend(true)
	c.tell(kinds[Pod])
	c.tell(kinds[Node])
	expect(whileWorking)
}
