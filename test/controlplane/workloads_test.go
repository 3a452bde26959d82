package controlplane

import (
	"context"
	"maps"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

// makeNode makes a node that kwok plays, tainted so that only the test's own pods land there.
func makeNode(t *testing.T, c *Cluster, labels map[string]string) string {
	t.Helper()
	all := map[string]string{NodeLabel: NodeLabelValue}
	maps.Copy(all, labels)
	nodes := client(t, c).CoreV1().Nodes()
	node, err := nodes.Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "node-", Labels: all}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nodes.Delete(context.WithoutCancel(t.Context()), node.Name, metav1.DeleteOptions{}) })
	return node.Name
}

func nodeReady(ctx context.Context, client kubernetes.Interface, name string) corev1.ConditionStatus {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return ""
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status
		}
	}
	return ""
}

func podTemplate(app, ns string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      map[string]string{"app": app},
			Annotations: map[string]string{"pod-ready.stage.kwok.x-k8s.io/delay": "3s"},
		},
		Spec: corev1.PodSpec{
			NodeSelector:   map[string]string{"for": ns},
			InitContainers: []corev1.Container{{Name: "first", Image: "first"}},
			Containers:     []corev1.Container{{Name: "main", Image: "main"}},
		},
	}
}

func makeDeployment(t *testing.T, client kubernetes.Interface, ns string, replicas int32) {
	t.Helper()
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	_, err := client.AppsV1().Deployments(ns).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       appsv1.DeploymentSpec{Replicas: &replicas, Selector: selector, Template: podTemplate("web", ns)},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	one := intstr.FromInt32(1)
	_, err = client.PolicyV1().PodDisruptionBudgets(ns).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &one, Selector: selector},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the budget to allow one disruption", func(ctx context.Context) bool {
		return disruptionsAllowed(ctx, client, ns) == 1
	})
}

func disruptionsAllowed(ctx context.Context, client kubernetes.Interface, ns string) int32 {
	budget, err := client.PolicyV1().PodDisruptionBudgets(ns).Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return -1
	}
	return budget.Status.DisruptionsAllowed
}

func TestADisruptionBudgetRefusesTheSecondEvictionUntilTheFirstPodIsReplaced(t *testing.T) {
	eu := regions(t).Cluster("eu")
	client, ns := client(t, eu), namespace(t, eu)
	makeNode(t, eu, map[string]string{"for": ns})
	makeDeployment(t, client, ns, 3)
	pods, err := client.CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	evict := func(ctx context.Context, pod corev1.Pod) error {
		return client.PolicyV1().Evictions(ns).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: ns}})
	}

	if err := evict(t.Context(), pods.Items[0]); err != nil {
		t.Fatalf("first eviction: %v", err)
	}
	if err := evict(t.Context(), pods.Items[1]); !apierrors.IsTooManyRequests(err) || !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause) {
		t.Errorf("second eviction: %v, want 429 because of the budget", err)
	}
	eventually(t, "the budget to allow the second eviction", func(ctx context.Context) bool {
		return evict(ctx, pods.Items[1]) == nil
	})
}

func TestKwokGivesPodsTheirLifecycle(t *testing.T) {
	eu := regions(t).Cluster("eu")
	client, ns := client(t, eu), namespace(t, eu)
	makeNode(t, eu, map[string]string{"for": ns})
	makeDeployment(t, client, ns, 1)
	pods, err := client.CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	status := pods.Items[0].Status
	if first := status.InitContainerStatuses[0].State.Terminated; first == nil || first.ExitCode != 0 || first.StartedAt.IsZero() {
		t.Errorf("the init container is %+v, want terminated with 0 and a start time", first)
	}
	if main := status.ContainerStatuses[0].State.Running; main == nil || main.StartedAt.IsZero() {
		t.Errorf("the container is %+v, want running with a start time", main)
	}
	if status.PodIP == "" {
		t.Error("the pod has no address")
	}
	if waited := status.StartTime.Sub(pods.Items[0].CreationTimestamp.Time); waited < 2*time.Second {
		t.Errorf("ready after %s, want the 3s that the annotation asks for", waited)
	}
}

func TestKwokLeavesManagedPodsAlone(t *testing.T) {
	eu := regions(t).Cluster("eu")
	client, ns := client(t, eu), namespace(t, eu)
	makeNode(t, eu, map[string]string{"for": ns})
	for name, labels := range map[string]map[string]string{"agent": {ManagedPodLabel: "true"}, "other": nil} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Spec: podTemplate("", ns).Spec}
		if _, err := client.CoreV1().Pods(ns).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	phase := func(ctx context.Context, name string) (corev1.PodPhase, string) {
		pod, err := client.CoreV1().Pods(ns).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return "", ""
		}
		return pod.Status.Phase, pod.Spec.NodeName
	}
	eventually(t, "the other pod to run and the agent's to be bound", func(ctx context.Context) bool {
		other, _ := phase(ctx, "other")
		_, node := phase(ctx, "agent")
		return other == corev1.PodRunning && node != ""
	})
	if got, _ := phase(t.Context(), "agent"); got != corev1.PodPending {
		t.Errorf("the managed pod is %s, want Pending: nobody plays its kubelet here", got)
	}
	deleted := time.Now()
	for _, name := range []string{"agent", "other"} {
		if err := client.CoreV1().Pods(ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the other pod to be gone", func(ctx context.Context) bool {
		got, _ := phase(ctx, "other")
		return got == ""
	})
	if got, _ := phase(t.Context(), "agent"); got == "" {
		t.Errorf("the managed pod is gone %s after its deletion, with nobody to end its containers", time.Since(deleted))
	}
}

func TestANodeFallsSilentWithItsLabel(t *testing.T) {
	t.Parallel()
	f := ForTest(t, Options{Names: []string{"silent"}, Workloads: true, NodeMonitorGracePeriod: 10 * time.Second})
	c := f.Cluster("silent")
	client := client(t, c)
	dying, living := makeNode(t, c, nil), makeNode(t, c, nil)
	eventually(t, "both nodes to be ready", func(ctx context.Context) bool {
		return nodeReady(ctx, client, dying) == corev1.ConditionTrue && nodeReady(ctx, client, living) == corev1.ConditionTrue
	})

	if _, err := c.Kubectl(t.Context(), "label", "node", dying, NodeLabel+"-"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the silent node to be Unknown", func(ctx context.Context) bool {
		return nodeReady(ctx, client, dying) == corev1.ConditionUnknown
	})
	if got := nodeReady(t.Context(), client, living); got != corev1.ConditionTrue {
		t.Errorf("the other node is %s, want True", got)
	}
}

func TestPodsRunAfterARestartOfKwok(t *testing.T) {
	us := regions(t).Cluster("us")
	client, ns := client(t, us), namespace(t, us)
	node := makeNode(t, us, map[string]string{"for": ns})
	eventually(t, "the node to be ready", func(ctx context.Context) bool {
		return nodeReady(ctx, client, node) == corev1.ConditionTrue
	})
	us.StopKwok()
	if err := us.StartKwok(t.Context()); err != nil {
		t.Fatal(err)
	}
	makeDeployment(t, client, ns, 2)
}
