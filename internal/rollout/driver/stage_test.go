package driver

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/test/controlplane"
)

// stage is a namespace, and nodes that only its pods land on, in a real control plane that the tests share.
type stage struct {
	client.Client
	t         *testing.T
	cluster   *controlplane.Cluster
	namespace string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	cluster := controlplane.Shared(t, controlplane.Options{Names: []string{"drained"}, Workloads: true}).Cluster("drained")
	kube, err := client.New(cluster.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{Client: kube, t: t, cluster: cluster}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "drain-"}}
	s.create(namespace)
	s.namespace = namespace.Name
	return s
}

func (s *stage) create(object client.Object) {
	s.t.Helper()
	if err := s.Create(s.t.Context(), object); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.Delete(context.WithoutCancel(s.t.Context()), object) })
}

func (s *stage) node() *corev1.Node {
	s.t.Helper()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "node-", Labels: map[string]string{controlplane.NodeLabel: controlplane.NodeLabelValue, "for": s.namespace},
	}}
	s.create(node)
	s.eventually("node "+node.Name+" to be Ready", func() bool {
		s.read(node)
		for _, condition := range node.Status.Conditions {
			if condition.Type == corev1.NodeReady {
				return condition.Status == corev1.ConditionTrue
			}
		}
		return false
	})
	return node
}

func (s *stage) read(object client.Object) {
	s.t.Helper()
	if err := s.Get(s.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) eventually(what string, done func() bool) {
	s.t.Helper()
	err := wait.PollUntilContextTimeout(s.t.Context(), 50*time.Millisecond, 3*time.Minute, true, func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		s.t.Fatalf("waiting for %s: %v", what, err)
	}
}

func labelled(app string) map[string]string { return map[string]string{"app": app} }

func (s *stage) template(app string, annotations map[string]string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labelled(app), Annotations: annotations},
		Spec: corev1.PodSpec{
			NodeSelector: map[string]string{"for": s.namespace},
			Containers:   []corev1.Container{{Name: "main", Image: "main"}},
		},
	}
}

// deploy runs replicas of an application and waits until they are Ready.
func (s *stage) deploy(app string, replicas int32, annotations map[string]string) {
	s.t.Helper()
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: app},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labelled(app)}, Template: s.template(app, annotations),
		},
	}
	s.create(deployment)
	s.eventually(app+" to be Ready", func() bool {
		s.read(deployment)
		return deployment.Status.ReadyReplicas == replicas
	})
}

// protect gives an application a budget that demands so many healthy pods, and waits until it is judged.
func (s *stage) protect(app, name string, healthy int32) *policyv1.PodDisruptionBudget {
	s.t.Helper()
	least := intstr.FromInt32(healthy)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &least, Selector: &metav1.LabelSelector{MatchLabels: labelled(app)}},
	}
	s.create(budget)
	s.eventually("budget "+name+" to be judged", func() bool {
		s.read(budget)
		return budget.Status.ObservedGeneration == budget.Generation && budget.Status.ExpectedPods > 0 && budget.Status.CurrentHealthy == budget.Status.ExpectedPods
	})
	return budget
}

// on lists the pods of the namespace on a node that a drain has to remove.
func (s *stage) on(node string) []*corev1.Pod {
	s.t.Helper()
	var list corev1.PodList
	if err := s.List(s.t.Context(), &list, client.InNamespace(s.namespace)); err != nil {
		s.t.Fatal(err)
	}
	var pods []*corev1.Pod
	for i := range list.Items {
		if pod := &list.Items[i]; pod.Spec.NodeName == node && podrules.Leaves(pod, time.Time{}) {
			pods = append(pods, pod)
		}
	}
	return pods
}

func (s *stage) evict(pods []*corev1.Pod) Evictions {
	s.t.Helper()
	done, err := Evict(s.t.Context(), s, &EvictionSerializer{}, pods, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return done
}
