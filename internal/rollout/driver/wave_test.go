package driver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestPodsThatTheClusterNeedsAreAskedOnlyWhenNoOtherIsLeft(t *testing.T) {
	named := func(name string, priority int32) *corev1.Pod {
		pod := owned(name)
		pod.Spec.Priority = &priority
		return pod
	}
	names := func(pods []*corev1.Pod) (list []string) {
		for _, pod := range pods {
			list = append(list, pod.Name)
		}
		return list
	}
	dns, low, high := named("dns", criticalPriority), named("low", -10), named("high", 1000)
	plain := owned("plain")
	if diff := cmp.Diff([]string{"low", "plain", "high"}, names(wave([]*corev1.Pod{dns, high, plain, low}))); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dns"}, names(wave([]*corev1.Pod{dns}))); diff != "" {
		t.Errorf("then (-want +got):\n%s", diff)
	}
}
