package nodesim

import (
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Workload is a Deployment, spread over zones and nodes, with a PodDisruptionBudget.
type Workload struct {
	Namespace, Name string
	Replicas        int32
	// MaxUnavailable of the budget; negative means no budget, 0 one that never allows an eviction.
	MaxUnavailable int32
	// ReadyAfter is how long a pod takes to become Ready, as a duration such as "2s"; empty means at once.
	ReadyAfter string
	// Annotations of the pods.
	Annotations map[string]string
}

// readyDelayAnnotation is read by kwok's stages (test/controlplane/stages.yaml).
const readyDelayAnnotation = "pod-ready.stage.kwok.x-k8s.io/delay"

// Objects are the objects to create.
func (w Workload) Objects() []client.Object {
	objects := []client.Object{w.deployment()}
	if w.MaxUnavailable >= 0 {
		most := intstr.FromInt32(w.MaxUnavailable)
		objects = append(objects, &policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name},
			Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &most, Selector: w.selector()},
		})
	}
	return objects
}

func (w Workload) selector() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": w.Name}}
}

func (w Workload) deployment() *appsv1.Deployment {
	annotations := map[string]string{}
	maps.Copy(annotations, w.Annotations)
	if w.ReadyAfter != "" {
		annotations[readyDelayAnnotation] = w.ReadyAfter
	}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &w.Replicas, Selector: w.selector(),
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: w.selector().MatchLabels, Annotations: annotations},
				Spec: corev1.PodSpec{
					Containers: []corev1.Container{{Name: "app", Image: "registry.example/app:1"}},
					TopologySpreadConstraints: []corev1.TopologySpreadConstraint{
						{MaxSkew: 1, TopologyKey: corev1.LabelTopologyZone, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: w.selector()},
						{MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: w.selector()},
					},
				},
			},
		},
	}
}
