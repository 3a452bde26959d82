package main

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func TestTheProbeImageIsThePodsOwn(t *testing.T) {
	pod := func(containers ...corev1.Container) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "system", Name: "crossvpc-0"}, Spec: corev1.PodSpec{Containers: containers}}
	}
	manager := corev1.Container{Name: "manager", Image: "registry.example/crossvpc@sha256:0"}
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		podName string
		want    string
		fails   bool
	}{
		"the manager's container": {pod(corev1.Container{Name: "mesh-proxy", Image: "proxy"}, manager), "crossvpc-0", manager.Image, false},
		"not in a pod":            {pod(manager), "", "", false},
		"the pod is gone":         {pod(manager), "crossvpc-1", "", true},
		"another container only":  {pod(corev1.Container{Name: "mesh-proxy"}), "crossvpc-0", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			reader := fake.NewClientBuilder().WithObjects(test.pod).Build()
			got, err := podImage(t.Context(), reader, &options{namespace: "system", podName: test.podName})
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("podImage() = %q, %v; want %q, an error: %t", got, err, test.want, test.fails)
			}
		})
	}
}
